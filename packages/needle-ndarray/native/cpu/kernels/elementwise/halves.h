// float16 to float32 and back with the instructions that x86-64-v3 has for it; elsewhere the compiler makes vectors of
// the scalar functions, which give the same bits.
#pragma once
#include "cpu/kernels/vectors/loops.h"
#include "scalar/narrow.h"
#if defined(__F16C__)
#include <immintrin.h>
#endif

namespace needle::cpu {
namespace {

#if defined(__F16C__)
constexpr bool converts_halves = true;

inline void widen_halves(const void *in_, void *out_, int64_t n) {
    auto in = static_cast<const Float16 *>(in_);
    auto out = static_cast<float *>(out_);
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i *>(in + i))));
    for (; i < n; ++i) {
        keep_scalar();
        out[i] = scalar::widen(in[i]);
    }
}

inline void narrow_halves(const void *in_, void *out_, int64_t n) {
    auto in = static_cast<const float *>(in_);
    auto out = static_cast<Float16 *>(out_);
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm_storeu_si128(reinterpret_cast<__m128i *>(out + i),
                         _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
    for (; i < n; ++i) {
        keep_scalar();
        out[i] = scalar::narrow<Float16>(in[i]);
    }
}
#else
constexpr bool converts_halves = false;
inline void widen_halves(const void *, void *, int64_t) {}
inline void narrow_halves(const void *, void *, int64_t) {}
#endif

}  // namespace
}  // namespace needle::cpu
