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

Block take_block(size_t bytes);  // aligned to 64 bytes; throws Error(Memory)
void give_block(Block block) noexcept;

struct AllocatorStatistics {
    int64_t bytes_in_use, bytes_cached;
};
AllocatorStatistics allocator_statistics();
void empty_cache();  // of large blocks, and of the calling thread's small ones

}  // namespace needle
