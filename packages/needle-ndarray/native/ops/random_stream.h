// What the fronts of random operations share: the part of a stream that a draw has claimed, and how it is cut.
#pragma once
#include "core/parallel.h"
#include "ops/random.h"
#include <algorithm>

namespace needle {

// Elements first, first + 1, ... of a stream.
struct Stream {
    uint64_t key, number;
    int64_t first;
};

// The counters of n elements of `bytes` each.
inline Stream claim(Generator &generator, int64_t n, int bytes) {
    const int per_counter = 16 / bytes;
    const GeneratorState start = generator.claim(static_cast<uint64_t>((n + per_counter - 1) / per_counter));
    return {start.key, start.stream, static_cast<int64_t>(start.position) * per_counter};
}

// Calls fill(begin, n) for the blocks of [0, count) on the threads of the pool.
template <class Fill> void fill_blocks(int64_t count, Fill &&fill) {
    constexpr int64_t block_elements = 16384;  // of one task
    parallel_for((count + block_elements - 1) / block_elements, [&](int64_t block) {
        const int64_t begin = block * block_elements;
        fill(begin, std::min(block_elements, count - begin));
    });
}

// Throws where random arrays cannot be made on a device.
inline void check_device(Device device, const char *what) {
    if (device.type != DeviceType::CPU)
        fail(ErrorKind::Unavailable, std::string(what) + " is not available on " + device.name() + " in this build");
}

}  // namespace needle
