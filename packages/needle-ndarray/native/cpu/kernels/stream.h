// Stores that go to memory past the caches: for results too large to be found there later. An ordinary store would read
// each line first and drive out what is still of use.
#pragma once
#include "cpu/kernels/isa.h"
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace needle::cpu {
namespace {

// `to` is aligned to vector_bytes.
template <class T> inline void stream(T *to, Vector<T> v) {
#if defined(__AVX512F__)
    _mm512_stream_si512(reinterpret_cast<__m512i *>(to), (__m512i)v);
#elif defined(__AVX2__)
    _mm256_stream_si256(reinterpret_cast<__m256i *>(to), (__m256i)v);
#elif defined(__SSE2__)
    _mm_stream_si128(reinterpret_cast<__m128i *>(to), (__m128i)v);
#else
    store(to, v);
#endif
}

// Stands after the last of them, before another thread may look.
inline void finish_streaming() {
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

}  // namespace
}  // namespace needle::cpu
