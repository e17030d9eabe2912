// Stores that go past the caches, for results larger than those: a line that is written whole need not be read first,
// and what the caches hold stays there. Plain stores where the machine has none.
#pragma once
#include "cpu/kernels/vectors/isa.h"
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace needle::cpu {
namespace {

constexpr int line_bytes = 64;

inline bool is_line(const void *address) { return reinterpret_cast<uintptr_t>(address) % line_bytes == 0; }

// V is a vector of 16, 32 or 64 bytes, and `to` aligned to its size. The stores that make a line should follow each
// other.
template <class V> inline void stream(void *to, V v) {
#if defined(__AVX512F__)
    if constexpr (sizeof(V) == 64) return _mm512_stream_si512(static_cast<__m512i *>(to), (__m512i)v);
#endif
#if defined(__AVX__)
    if constexpr (sizeof(V) == 32) return _mm256_stream_si256(static_cast<__m256i *>(to), (__m256i)v);
#endif
#if defined(__SSE2__)
    if constexpr (sizeof(V) == 16) return _mm_stream_si128(static_cast<__m128i *>(to), (__m128i)v);
#endif
    __builtin_memcpy(to, &v, sizeof v);
}

// Streamed stores are not ordered with others: ends every task that has made some.
inline void finish_streams() {
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

// A block that was computed in the first-level cache goes past the others. This costs no more than computing with
// streaming stores, since memory is slower than both, and no loop needs a second form for it.
inline void stream_block(const void *from_, void *to_, int64_t bytes) {
    auto from = static_cast<const char *>(from_);
    auto to = static_cast<char *>(to_);
    int64_t i = -reinterpret_cast<intptr_t>(to) & (line_bytes - 1);  // up to the first whole line
    i = i < bytes ? i : bytes;
    __builtin_memcpy(to, from, i);
    constexpr int vectors = line_bytes / vector_bytes;
    for (; i + line_bytes <= bytes; i += line_bytes) {
        Vector<char> line[vectors];
        for (int j = 0; j < vectors; ++j) line[j] = load(from + i + j * vector_bytes);
        for (int j = 0; j < vectors; ++j) stream(to + i + j * vector_bytes, line[j]);
    }
    __builtin_memcpy(to + i, from + i, bytes - i);
}

}  // namespace
}  // namespace needle::cpu
