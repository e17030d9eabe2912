#include "core/allocator.h"
#include "core/errors.h"
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

namespace needle {

namespace {

// Size classes: powers of two from 128 bytes to 64 KiB, kept by each thread for itself; above, four steps to each
// doubling, kept for all threads together.
constexpr int smallest_log2 = 7, small_classes = 10, largest_small = 1 << (smallest_log2 + small_classes - 1);
constexpr size_t small_cache_bytes = 256 * 1024;  // kept of each class by each thread
constexpr int large_classes = 4 * 40;
constexpr size_t huge_page = size_t{2} << 20;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool caching = false;  // so that AddressSanitizer sees every block's life
#else
constexpr bool caching = true;
#endif

struct FreeBlock {
    FreeBlock *next;
};

// What the system has given, in use or cached. Only this touches memory that threads share, so only fresh memory pays
// for the limit.
std::atomic<int64_t> held{0}, held_blocks{0};
std::atomic<int64_t> held_limit{unlimited};
std::atomic<int64_t> peak{0};

// Counts bytes that are about to be asked of the system; false where that is more than the limit allows.
bool reserve(int64_t bytes) {
    int64_t before = held.load(std::memory_order_relaxed);
    do {
        int64_t limit = held_limit.load(std::memory_order_relaxed);
        if (before > limit || bytes > limit - before) return false;
    } while (!held.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
    held_blocks.fetch_add(1, std::memory_order_relaxed);
    return true;
}
void unreserve(int64_t bytes) {
    held.fetch_sub(bytes, std::memory_order_relaxed);
    held_blocks.fetch_sub(1, std::memory_order_relaxed);
}

int small_class(size_t bytes) {
    if (bytes <= (size_t{1} << smallest_log2)) return 0;
    return 64 - __builtin_clzll(bytes - 1) - smallest_log2;
}

// A large class is this longer than its steps, so that an array whose size is a power of two, as so many are, fits its
// step together with the header in front of it.
constexpr size_t beyond_step = 4096;

// Class of a size above 64 KiB and that class's size: the next multiple of a quarter of the power of two below.
int large_class(size_t &bytes) {
    size_t body = std::max(bytes - beyond_step, size_t{largest_small});
    int log2 = 63 - __builtin_clzll(body);
    size_t step = size_t{1} << (log2 - 2);
    body = (body + step - 1) / step * step;
    bytes = body + beyond_step;
    return 4 * (log2 - 16) + static_cast<int>((body - (size_t{1} << log2)) / step);
}

void *system_allocate(size_t bytes) {
    if (bytes < huge_page) return std::aligned_alloc(64, (bytes + 63) & ~size_t{63});
    // Pages of its own, aligned so that the kernel can use huge ones.
    size_t whole = bytes + huge_page;
    void *raw = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw == MAP_FAILED) return nullptr;
    auto start = reinterpret_cast<uintptr_t>(raw), aligned = (start + huge_page - 1) & ~(huge_page - 1);
    if (aligned > start) munmap(raw, aligned - start);
    size_t tail = start + whole - (aligned + bytes);
    if (tail > 0) munmap(reinterpret_cast<void *>(aligned + bytes), tail);
    auto *address = reinterpret_cast<void *>(aligned);
    madvise(address, bytes, MADV_HUGEPAGE);
    return address;
}

void system_free(void *address, size_t bytes) {
    if (bytes < huge_page) std::free(address);
    else munmap(address, bytes);
}

// One thread's small blocks. Only that thread touches the lists; the counts are atomic so that statistics can read
// them.
struct SmallCache {
    FreeBlock *free[small_classes];
    std::atomic<int32_t> count[small_classes];
    SmallCache *next, *previous;  // the caches of all threads
    enum State : uint8_t { New, Enrolled, Closed } state;

    void push(int c, void *address) {
        auto *block = static_cast<FreeBlock *>(address);
        block->next = free[c];
        free[c] = block;
        count[c].store(count[c].load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    void *pop(int c) {
        FreeBlock *block = free[c];
        if (!block) return nullptr;
        free[c] = block->next;
        count[c].store(count[c].load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
        return block;
    }
    int64_t bytes() const {
        int64_t sum = 0;
        for (int c = 0; c < small_classes; ++c)
            sum += int64_t{count[c].load(std::memory_order_relaxed)} << (c + smallest_log2);
        return sum;
    }
    int64_t blocks() const {
        int64_t sum = 0;
        for (const auto &of_class : count) sum += of_class.load(std::memory_order_relaxed);
        return sum;
    }
    void release() {
        for (int c = 0; c < small_classes; ++c)
            while (void *block = pop(c)) {
                std::free(block);
                unreserve(int64_t{1} << (c + smallest_log2));
            }
    }
};
thread_local SmallCache small_cache;

size_t class_bytes(int large) {
    return (size_t{1} << (large / 4 + 16)) + size_t(large % 4) * (size_t{1} << (large / 4 + 14)) + beyond_step;
}

struct LargeCache {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    FreeBlock *free[large_classes] = {};
    int64_t bytes = 0, blocks = 0;
    int64_t limit = default_cache_limit();
    SmallCache *threads = nullptr;

    LargeCache() {
        // A fork in the middle of an allocation must not leave the child with a locked mutex.
        pthread_atfork([] { pthread_mutex_lock(&get().mutex); }, [] { pthread_mutex_unlock(&get().mutex); },
                       [] {
                           get().forget_other_threads();
                           pthread_mutex_unlock(&get().mutex);
                       });
    }
    // In a forked child only the forking thread exists, and the memory in which the others kept their caches is used
    // again by threads to come.
    void forget_other_threads() {
        for (SmallCache *thread = threads; thread; thread = thread->next)
            if (thread != &small_cache) {
                held.fetch_sub(thread->bytes(), std::memory_order_relaxed);
                held_blocks.fetch_sub(thread->blocks(), std::memory_order_relaxed);
            }
        threads = small_cache.state == SmallCache::Enrolled ? &small_cache : nullptr;
        small_cache.next = small_cache.previous = nullptr;
    }
    // The following under the lock.
    void *pop(int c) {
        FreeBlock *block = free[c];
        if (!block) return nullptr;
        free[c] = block->next;
        bytes -= static_cast<int64_t>(class_bytes(c));
        --blocks;
        return block;
    }
    void push(int c, void *address) {
        auto *block = static_cast<FreeBlock *>(address);
        block->next = free[c];
        free[c] = block;
        bytes += static_cast<int64_t>(class_bytes(c));
        ++blocks;
    }
    void trim(int64_t allowed) {  // the largest first
        for (int c = large_classes - 1; c >= 0 && bytes > allowed; --c)
            while (bytes > allowed) {
                void *block = pop(c);
                if (!block) break;
                system_free(block, class_bytes(c));
                unreserve(static_cast<int64_t>(class_bytes(c)));
            }
    }
    int64_t bytes_in_use() const {
        int64_t kept = bytes;
        for (SmallCache *thread = threads; thread; thread = thread->next) kept += thread->bytes();
        return held.load(std::memory_order_relaxed) - kept;
    }
    // The first comparison spares the walk through all threads where there is no new peak.
    void note_peak() const {
        if (held.load(std::memory_order_relaxed) - bytes <= peak.load(std::memory_order_relaxed)) return;
        int64_t now = bytes_in_use();
        if (now > peak.load(std::memory_order_relaxed)) peak.store(now, std::memory_order_relaxed);
    }
    static LargeCache &get() {
        static LargeCache *cache = new LargeCache;  // never destroyed: arrays may outlive every static
        return *cache;
    }
};

struct Locked {
    LargeCache &cache = LargeCache::get();
    Locked() { pthread_mutex_lock(&cache.mutex); }
    ~Locked() { pthread_mutex_unlock(&cache.mutex); }
};

// Lists a thread's cache for the statistics and empties it when the thread ends.
struct Enrolment {
    Enrolment() {
        Locked lock;
        small_cache.next = lock.cache.threads;
        if (small_cache.next) small_cache.next->previous = &small_cache;
        lock.cache.threads = &small_cache;
        small_cache.state = SmallCache::Enrolled;
    }
    ~Enrolment() {
        small_cache.release();
        Locked lock;
        (small_cache.previous ? small_cache.previous->next : lock.cache.threads) = small_cache.next;
        if (small_cache.next) small_cache.next->previous = small_cache.previous;
        small_cache.state = SmallCache::Closed;  // blocks freed later in this thread's exit go straight back
    }
};
__attribute__((noinline)) void enrol() { thread_local Enrolment enrolment; }

// How many classes above its own scratch memory may come from: up to four times the size.
constexpr int classes_of_scratch = 8;

// Takes a cached block of the class, or for scratch memory of one above, whose size `bytes` then is; null if none
// waits.
void *take_large(int index, size_t &bytes, Use use) {
    const int last = use == Use::Scratch ? std::min(index + classes_of_scratch, large_classes - 1) : index;
    Locked lock;
    for (int c = index; c <= last; ++c)
        if (void *block = lock.cache.pop(c)) {
            lock.cache.note_peak();
            bytes = class_bytes(c);
            return block;
        }
    return nullptr;
}

bool keep_large(void *address, int index, size_t bytes) {
    Locked lock;
    if (lock.cache.bytes + static_cast<int64_t>(bytes) > lock.cache.limit) return false;
    if (held.load(std::memory_order_relaxed) > memory_limit()) return false;  // set when more was in use
    lock.cache.push(index, address);
    return true;
}

[[noreturn]] void out_of_memory(size_t asked, size_t block) {
    std::string text = "cannot allocate " + std::to_string(asked) + " bytes: arrays hold " +
                       std::to_string(allocator_statistics().bytes_in_use) + " bytes already";
    if (memory_limit() != unlimited)
        text += ", the block takes " + std::to_string(block) + " and the limit is " + std::to_string(memory_limit()) +
                " bytes; free arrays, or change the limit with set_memory_limit()";
    fail(ErrorKind::Memory, text);
}

// Null where neither the limit nor the system allows it.
void *try_fresh(size_t bytes) {
    if (!reserve(static_cast<int64_t>(bytes))) return nullptr;
    void *address = system_allocate(bytes);
    if (!address) unreserve(static_cast<int64_t>(bytes));
    return address;
}

void *fresh(size_t bytes) {
    void *address = try_fresh(bytes);
    if (!address) {  // what waits in the cache may be what is missing
        empty_cache();
        address = try_fresh(bytes);
    }
    if (address && held.load(std::memory_order_relaxed) > peak.load(std::memory_order_relaxed))
        Locked().cache.note_peak();
    return address;
}

}  // namespace

Block take_block(size_t bytes, size_t header, Use use) {
    const size_t asked = bytes;
    if (bytes > (size_t{1} << 55)) out_of_memory(asked, bytes);
    bytes += header;
    void *address;
    if (bytes <= largest_small) {
        int c = small_class(bytes);
        bytes = size_t{1} << (c + smallest_log2);
        address = small_cache.pop(c);
    } else {
        const int index = large_class(bytes);
        address = take_large(index, bytes, use);
    }
    if (!address) address = fresh(bytes);
    if (!address) out_of_memory(asked, bytes);
    return {address, bytes};
}

void give_block(Block block) noexcept {
    if (!caching) {
    } else if (block.bytes <= largest_small) {
        SmallCache &cache = small_cache;
        int c = small_class(block.bytes);
        auto kept = static_cast<size_t>(cache.count[c].load(std::memory_order_relaxed));
        if (cache.state == SmallCache::New) enrol();
        if (cache.state != SmallCache::Closed && (kept + 1) * block.bytes <= small_cache_bytes)
            return cache.push(c, block.address);
    } else {
        size_t bytes = block.bytes;
        if (keep_large(block.address, large_class(bytes), bytes)) return;
    }
    system_free(block.address, block.bytes);
    unreserve(static_cast<int64_t>(block.bytes));
}

AllocatorStatistics allocator_statistics() {
    Locked lock;
    lock.cache.note_peak();
    const int64_t in_use = lock.cache.bytes_in_use();
    int64_t blocks = held_blocks.load(std::memory_order_relaxed) - lock.cache.blocks;
    for (SmallCache *thread = lock.cache.threads; thread; thread = thread->next) blocks -= thread->blocks();
    return {in_use, held.load(std::memory_order_relaxed) - in_use, blocks, peak.load(std::memory_order_relaxed)};
}

void reset_peak() {
    Locked lock;
    peak.store(lock.cache.bytes_in_use(), std::memory_order_relaxed);
}

void empty_cache() {
    small_cache.release();
    Locked().cache.trim(0);
}

int64_t memory_limit() { return held_limit.load(std::memory_order_relaxed); }

void set_memory_limit(int64_t bytes) {
    held_limit.store(bytes, std::memory_order_relaxed);
    if (held.load(std::memory_order_relaxed) > bytes) empty_cache();
}

int64_t cache_limit() { return Locked().cache.limit; }

int64_t default_cache_limit() {
    return static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<int64_t>(sysconf(_SC_PAGE_SIZE)) / 8;
}

void set_cache_limit(int64_t bytes) {
    Locked lock;
    lock.cache.limit = bytes;
    lock.cache.trim(bytes);
}

}  // namespace needle
