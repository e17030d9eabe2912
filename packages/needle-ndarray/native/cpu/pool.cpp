// The thread pool behind parallel_for. The caller works through the tasks itself and afterwards waits only for tasks
// that a worker has really claimed, so a late or descheduled worker never holds anybody up. Each thread begins with a
// share of neighbouring tasks that is its own, and helps with the others' when that is done: so the next job over the
// same array finds much of it in the caches of the core that wrote it.
#include "core/environment.h"
#include "core/errors.h"
#include "core/parallel.h"
#include <algorithm>
#include <atomic>
#include <new>
#include <pthread.h>
#include <sched.h>
#include <time.h>

namespace needle {
namespace {

constexpr int max_threads = 1024, max_shares = 64;
// How often a thread looks for news before it sleeps, at some 25 ns a look. Sleeping and waking costs 30 us, more than
// many a job takes. So a worker whose sleep turned out short looks longer the next time: the jobs of one training step
// find it awake, and after one pause it is as ready to sleep as before, so that an idle process uses no processor time.
constexpr int spins = 400, patient_spins = 4000;
constexpr int64_t short_sleep = 100'000;  // nanoseconds
// Nobody is woken for a job that was quick the last time, unless such jobs come so close together that they fill a good
// part of a short sleep.
constexpr int64_t quick_job = 50'000;  // nanoseconds
// A worker moves off its caller's processor at most so often: where other processes leave no processor free, the
// scheduler does better with both on one.
constexpr int64_t shortest_stay = 100'000'000;  // nanoseconds

int64_t now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Moves this thread away from a processor, if it may run on any other, and leaves its affinity as it was.
void leave_processor(int processor) {
    cpu_set_t allowed, others;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    others = allowed;
    CPU_CLR(processor, &others);
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) return;
    sched_setaffinity(0, sizeof allowed, &allowed);
}

inline void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

int threads_by_default() {
    if (auto count = environment_threads().value) return static_cast<int>(*count);
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > max_threads ? max_threads : count;
}

// Each share of a job has a ticket: the number of the job (upper half) and the number of the share's tasks that nobody
// has claimed yet (lower half). A task is claimed by lowering the ticket by one. The fields of the job are read only
// after that, and written only while every task of the job before is finished; a thread that still holds an old ticket
// fails to lower it.
class Pool {
  public:
    constexpr Pool() = default;

    int threads() {
        int count = threads_.load(std::memory_order_relaxed);
        if (count == 0) threads_.store(count = threads_by_default(), std::memory_order_relaxed);
        return count;
    }

    void resize(int count) {
        pthread_mutex_lock(&mutex_);
        threads_.store(count, std::memory_order_relaxed);
        pthread_cond_broadcast(&news_);  // workers that are now too many leave
        pthread_mutex_unlock(&mutex_);
    }

    void run(int64_t count, Task task, void *ctx) noexcept {
        // Nested calls, and calls while another thread uses the pool, run where they are.
        if (count < 2 || threads() < 2 || busy_.exchange(true, std::memory_order_acquire)) {
            for (int64_t i = 0; i < count; ++i) task(ctx, i);
            return;
        }
        task_ = task, ctx_ = ctx;
        for (int64_t first = 0; first < count; first += max_tasks) {
            first_ = first;
            count_ = count - first < max_tasks ? static_cast<uint32_t>(count - first) : max_tasks;
            run_job();
        }
        busy_.store(false, std::memory_order_release);
    }

    // In a forked child only the forking thread exists: a pool without workers, of the same size.
    void reset_in_child() {
        int count = threads_.load(std::memory_order_relaxed);
        new (this) Pool;
        threads_.store(count, std::memory_order_relaxed);
    }

  private:
    static constexpr uint32_t max_tasks = UINT32_MAX;

    static uint64_t make_ticket(uint32_t job, uint32_t unclaimed) {
        return static_cast<uint64_t>(job) << 32 | unclaimed;
    }
    static uint32_t unclaimed_of(uint64_t ticket) { return static_cast<uint32_t>(ticket); }

    void run_job() {
        const int wanted = threads() - 1;
        const uint32_t job = this->job() + 1;
        shares_.store(std::min<int64_t>({count_, wanted + 1, max_shares}), std::memory_order_relaxed);
        unfinished_.store(count_, std::memory_order_relaxed);
        for (int share = 0; share < shares_.load(std::memory_order_relaxed); ++share)
            tickets_[share].value.store(make_ticket(job, tasks_of(share)), std::memory_order_release);
        caller_processor_.store(sched_getcpu(), std::memory_order_relaxed);
        // Sequentially consistent, as is the worker's pair "count myself asleep, then look at the job": one of the
        // two always sees the other.
        job_.store(job, std::memory_order_seq_cst);
        if (started_.load(std::memory_order_relaxed) < wanted) start_workers(wanted);
        const bool sleepers = asleep_.load(std::memory_order_seq_cst) > 0;
        const int64_t start = sleepers ? now() : 0;
        if (sleepers && worth_waking(start)) wake(count_ - 1 < static_cast<uint32_t>(wanted) ? count_ - 1 : wanted);
        drain(0);
        wait_until_finished();
        if (sleepers) remember(now() - start);
    }

    // A job that ran while workers slept. Its function and the number of its tasks tell about what it takes.
    struct Past {
        Task task;
        uint32_t count;
        int64_t time;  // nanoseconds
    };
    Past &past() {
        const uint64_t key = reinterpret_cast<uintptr_t>(task_) / 16 * 31 + count_;
        return pasts_[key % (sizeof pasts_ / sizeof *pasts_)];
    }
    bool worth_waking(int64_t start) {
        if (start - window_ > short_sleep) window_ = start, in_window_ = 0;
        const Past &last = past();
        return last.task != task_ || last.count != count_ || last.time + in_window_ > quick_job;
    }
    void remember(int64_t time) {
        past() = {task_, count_, time};
        in_window_ += time;
    }

    int64_t first_of(int share) const { return int64_t{count_} * share / shares_.load(std::memory_order_relaxed); }
    uint32_t tasks_of(int share) const { return static_cast<uint32_t>(first_of(share + 1) - first_of(share)); }

    void drain(int own) {
        int64_t finished = 0;
        const int shares = shares_.load(std::memory_order_relaxed);
        for (int i = 0; i < shares; ++i) {
            const int share = (own + i) % shares;
            std::atomic<uint64_t> &of_share = tickets_[share].value;
            uint64_t ticket = of_share.load(std::memory_order_acquire);
            while (unclaimed_of(ticket) > 0) {
                if (!of_share.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel,
                                                    std::memory_order_acquire))
                    continue;
                task_(ctx_, first_ + first_of(share + 1) - unclaimed_of(ticket));
                ++finished;
                ticket = of_share.load(std::memory_order_acquire);
            }
        }
        if (finished == 0 || unfinished_.fetch_sub(finished, std::memory_order_seq_cst) != finished) return;
        if (caller_sleeps_.load(std::memory_order_seq_cst)) {
            pthread_mutex_lock(&mutex_);
            pthread_cond_signal(&finished_);
            pthread_mutex_unlock(&mutex_);
        }
    }

    void wait_until_finished() {
        for (int i = 0; i < spins; ++i, pause())
            if (unfinished_.load(std::memory_order_acquire) == 0) return;
        pthread_mutex_lock(&mutex_);
        caller_sleeps_.store(true, std::memory_order_seq_cst);
        while (unfinished_.load(std::memory_order_seq_cst) != 0) pthread_cond_wait(&finished_, &mutex_);
        caller_sleeps_.store(false, std::memory_order_relaxed);
        pthread_mutex_unlock(&mutex_);
    }

    void wake(int count) {
        pthread_mutex_lock(&mutex_);
        for (int i = 0; i < count; ++i) pthread_cond_signal(&news_);
        pthread_mutex_unlock(&mutex_);
    }

    void start_workers(int wanted);

    void work(int own) {
        int patience = spins;
        int64_t moved = 0;
        for (uint32_t seen = 0;;) {
            for (int i = 0; i < patience && job() == seen; ++i) pause();
            if (job() == seen || too_many()) {
                const int64_t start = now();
                if (!sleep_until_news(seen)) return;
                patience = now() - start < short_sleep ? patient_spins : spins;
            }
            seen = job();
            // The scheduler may wake a worker on its caller's processor, and leave both there for ten milliseconds.
            if (const int here = sched_getcpu(); here == caller_processor_.load(std::memory_order_relaxed))
                if (const int64_t time = now(); time - moved > shortest_stay) leave_processor(here), moved = time;
            drain(own);
        }
    }

    // False where the worker shall end instead.
    bool sleep_until_news(uint32_t seen) {
        pthread_mutex_lock(&mutex_);
        asleep_.fetch_add(1, std::memory_order_seq_cst);
        while (job() == seen && !too_many()) pthread_cond_wait(&news_, &mutex_);
        asleep_.fetch_sub(1, std::memory_order_relaxed);
        bool stays = !too_many();
        if (!stays) started_.fetch_sub(1, std::memory_order_relaxed);
        pthread_mutex_unlock(&mutex_);
        return stays;
    }

    uint32_t job() const { return job_.load(std::memory_order_seq_cst); }

    bool too_many() const {
        return started_.load(std::memory_order_relaxed) > threads_.load(std::memory_order_relaxed) - 1;
    }

    struct alignas(64) Ticket {
        std::atomic<uint64_t> value{0};
    };
    Ticket tickets_[max_shares];
    alignas(64) std::atomic<uint32_t> job_{0};
    std::atomic<int> shares_{1};
    alignas(64) std::atomic<int64_t> unfinished_{0};
    alignas(64) std::atomic<bool> busy_{false};
    std::atomic<bool> caller_sleeps_{false};
    std::atomic<int> threads_{0};  // 0: not asked for yet
    std::atomic<int> started_{0}, asleep_{0};
    std::atomic<int> caller_processor_{-1};
    Past pasts_[64] = {};
    int64_t window_ = 0, in_window_ = 0;  // when it began, and what jobs took in it, in nanoseconds
    Task task_ = nullptr;
    void *ctx_ = nullptr;
    int64_t first_ = 0;
    uint32_t count_ = 0;
    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t news_ = PTHREAD_COND_INITIALIZER;
    pthread_cond_t finished_ = PTHREAD_COND_INITIALIZER;
};

// Trivially destroyed: the detached workers may outlive every destructor of the process.
Pool pool;

void Pool::start_workers(int wanted) {
    static bool fork_handled = false;  // true in a forked child as well, which inherits the handler
    pthread_mutex_lock(&mutex_);
    if (!fork_handled) fork_handled = pthread_atfork(nullptr, nullptr, [] { pool.reset_in_child(); }) == 0;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    auto main = [](void *own) -> void * {
        pool.work(static_cast<int>(reinterpret_cast<intptr_t>(own)));
        return nullptr;
    };
    while (fork_handled && started_.load(std::memory_order_relaxed) < wanted) {
        pthread_t thread;
        const intptr_t own = started_.load(std::memory_order_relaxed) + 1;  // the caller's share is number 0
        if (pthread_create(&thread, &detached, main, reinterpret_cast<void *>(own)) != 0)
            break;  // fewer threads, same results
        started_.fetch_add(1, std::memory_order_relaxed);
    }
    pthread_attr_destroy(&detached);
    pthread_mutex_unlock(&mutex_);
}

}  // namespace

void parallel_for(int64_t count, Task task, void *ctx) { pool.run(count, task, ctx); }

int num_threads() { return pool.threads(); }

void set_num_threads(int count) {
    if (count < 1 || count > max_threads)
        fail(ErrorKind::Value, "set_num_threads: expected a number from 1 to " + std::to_string(max_threads) +
                                   ", got " + std::to_string(count));
    pool.resize(count);
}

}  // namespace needle
