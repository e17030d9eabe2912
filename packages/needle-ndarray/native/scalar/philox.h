// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as
// 1, 2, 3" (SC 2011): a function from a counter of 128 bits and a key of 64 to 128 random bits. Any number of the
// stream can be computed by itself, so the numbers are the same for every split of the work.
#pragma once
#include "scalar/lanes.h"

namespace needle::scalar {
namespace {

constexpr int philox_rounds = 10;
constexpr uint32_t philox_multiplier_0 = 0xD2511F53, philox_multiplier_1 = 0xCD9E8D57;
constexpr uint32_t philox_key_step_0 = 0x9E3779B9, philox_key_step_1 = 0xBB67AE85;  // golden ratio, sqrt(3) - 1

// Replaces the counter by its random words.
NEEDLE_HD void philox(uint32_t (&counter)[4], uint32_t key_0, uint32_t key_1) {
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    for (int round = 0; round < philox_rounds; ++round) {
        const uint64_t left = static_cast<uint64_t>(philox_multiplier_0) * a;
        const uint64_t right = static_cast<uint64_t>(philox_multiplier_1) * c;
        a = static_cast<uint32_t>(right >> 32) ^ b ^ key_0;
        b = static_cast<uint32_t>(right);
        c = static_cast<uint32_t>(left >> 32) ^ d ^ key_1;
        d = static_cast<uint32_t>(left);
        key_0 += philox_key_step_0;
        key_1 += philox_key_step_1;
    }
    counter[0] = a, counter[1] = b, counter[2] = c, counter[3] = d;
}

// How Needle uses it: the key is the seed, the counter is the position (low half) and the stream (high half).
NEEDLE_HD void philox_block(uint64_t key, uint64_t stream, uint64_t position, uint32_t (&words)[4]) {
    words[0] = static_cast<uint32_t>(position), words[1] = static_cast<uint32_t>(position >> 32);
    words[2] = static_cast<uint32_t>(stream), words[3] = static_cast<uint32_t>(stream >> 32);
    philox(words, static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32));
}

// Uniform in [0, 1) with 24 and 53 bits; exact, so the same on every device.
NEEDLE_HD float unit_float(uint32_t word) { return static_cast<float>(static_cast<int32_t>(word >> 8)) * 0x1p-24f; }
NEEDLE_HD double unit_double(uint64_t word) { return static_cast<double>(static_cast<int64_t>(word >> 11)) * 0x1p-53; }

}  // namespace
}  // namespace needle::scalar
