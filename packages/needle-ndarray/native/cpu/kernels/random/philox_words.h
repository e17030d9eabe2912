// Philox in vectors. A word of the counter stands in the low half of a 64-bit lane: the multiplication reads no more,
// so that products go into the next round as they are, their other half still above them.
#pragma once
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/transpose.h"
#include "scalar/philox.h"

namespace needle::cpu {
namespace {

// Counters that are worked on together, and the words that they give.
constexpr int batch = 64;
constexpr int batch_words = 4 * batch;

using Words = Vector<uint64_t>;

// Products of the low halves.
inline Words multiply_low(Words a, uint32_t b) {
    const Words factor = uint64_t{b} + Words{};
#if defined(__AVX512F__)
    return (Words)_mm512_maskz_mul_epu32(-1, (__m512i)a, (__m512i)factor);
#elif defined(__AVX2__)
    return (Words)_mm256_mul_epu32((__m256i)a, (__m256i)factor);
#elif defined(__SSE2__)
    return (Words)_mm_mul_epu32((__m128i)a, (__m128i)factor);
#else
    return (a & 0xffffffffu) * factor;
#endif
}

// The words of counters position, position + 1, ..., in order.
void philox_words(uint64_t key, uint64_t stream, uint64_t position, uint32_t *words) {
    constexpr int W = lanes<uint64_t>, together = vector_registers / 8;  // what the registers hold at once
    constexpr uint64_t low_half = 0xffffffffu;
    Words numbers;
    for (int i = 0; i < W; ++i) numbers[i] = static_cast<uint64_t>(i);
    for (int start = 0; start < batch; start += together * W) {
        Words a[together], b[together], c[together], d[together];
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) {
            a[k] = numbers + (position + static_cast<uint64_t>(start + k * W));
            b[k] = a[k] >> 32;
            c[k] = stream + Words{};
            d[k] = (stream >> 32) + Words{};
        }
        uint32_t key_0 = static_cast<uint32_t>(key), key_1 = static_cast<uint32_t>(key >> 32);
        for (int round = 0; round < scalar::philox_rounds; ++round) {
#pragma GCC unroll 4
            for (int k = 0; k < together; ++k) {
                const Words left = multiply_low(a[k], scalar::philox_multiplier_0);
                const Words right = multiply_low(c[k], scalar::philox_multiplier_1);
                a[k] = (right >> 32) ^ b[k] ^ key_0;
                c[k] = (left >> 32) ^ d[k] ^ key_1;
                b[k] = right;
                d[k] = left;
            }
            key_0 += scalar::philox_key_step_0;
            key_1 += scalar::philox_key_step_1;
        }
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) {
            const Words ab = (a[k] & low_half) | b[k] << 32, cd = (c[k] & low_half) | d[k] << 32;
            uint32_t *to = words + 4 * (start + k * W);
            const Words halves[2] = {interleave<0>(ab, cd), interleave<W / 2>(ab, cd)};
            __builtin_memcpy(to, halves, sizeof halves);
        }
    }
}

}  // namespace
}  // namespace needle::cpu
