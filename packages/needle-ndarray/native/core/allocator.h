// The caching allocator of CPU memory. Freed blocks wait for the next array of their size class, so that a loop which
// makes the same temporaries again and again touches no fresh page: page faults are the largest cost of large-array
// work.
#pragma once
#include <cstddef>
#include <cstdint>

namespace needle {

struct Block {
    void *address;
    size_t bytes;  // of the whole size class
};

// An array lives on, and takes a block of its own size class. Scratch memory is given back before the operation that
// takes it returns, so a larger block that waits does no harm to anybody, and saves a fresh one.
enum class Use { Array, Scratch };

// `bytes` of data behind `header` bytes, the whole aligned to 64 bytes; throws Error(Memory).
Block take_block(size_t bytes, size_t header, Use use);
void give_block(Block block) noexcept;

struct AllocatorStatistics {
    int64_t bytes_in_use, bytes_cached, blocks_in_use;
    int64_t peak_bytes_in_use;  // to within the small blocks that threads keep, 2.5 MiB each
};
AllocatorStatistics allocator_statistics();
void reset_peak();   // to the bytes that are in use now
void empty_cache();  // of large blocks, and of the calling thread's small ones

// Of the bytes in use and in the cache together; what waits in the cache is given back before an allocation fails.
// unlimited, too, is a number: the largest.
constexpr int64_t unlimited = INT64_MAX;
int64_t memory_limit();
void set_memory_limit(int64_t bytes);

// Of the large blocks that wait in the cache.
int64_t cache_limit();
int64_t default_cache_limit();  // an eighth of the machine's memory
void set_cache_limit(int64_t bytes);

}  // namespace needle
