// Some lanes of a vector: loads and stores that touch no memory beside them, for the edges of a matrix.
#pragma once
#include "cpu/kernels/vectors/isa.h"
#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace needle::cpu {
namespace {

// Lanes [first, last).
template <class T> class Some {
  public:
#if defined(__AVX512F__)
    Some(int64_t first, int64_t last) : mask_(static_cast<uint16_t>((uint32_t{1} << last) - (uint32_t{1} << first))) {}
    Vector<T> load(const T *p) const {
        if constexpr (sizeof(T) == 4) return _mm512_maskz_loadu_ps(mask_, p);
        else return _mm512_maskz_loadu_pd(static_cast<__mmask8>(mask_), p);
    }
    void store(T *p, Vector<T> v) const {
        if constexpr (sizeof(T) == 4) _mm512_mask_storeu_ps(p, mask_, v);
        else _mm512_mask_storeu_pd(p, static_cast<__mmask8>(mask_), v);
    }

  private:
    const uint16_t mask_;
#elif defined(__AVX2__)
    Some(int64_t first, int64_t last) {
        int32_t bits[8];
        for (int i = 0; i < 8; ++i) {
            const int lane = i * 4 / static_cast<int>(sizeof(T));
            bits[i] = lane >= first && lane < last ? -1 : 0;
        }
        mask_ = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(bits));
    }
    Vector<T> load(const T *p) const {
        if constexpr (sizeof(T) == 4) return _mm256_maskload_ps(p, mask_);
        else return _mm256_maskload_pd(p, mask_);
    }
    void store(T *p, Vector<T> v) const {
        if constexpr (sizeof(T) == 4) _mm256_maskstore_ps(p, mask_, v);
        else _mm256_maskstore_pd(p, mask_, v);
    }

  private:
    __m256i mask_;
#else
    Some(int64_t first, int64_t last) : first_(first), last_(last) {}
    Vector<T> load(const T *p) const {
        Vector<T> v{};
        for (int64_t i = first_; i < last_; ++i) v[i] = p[i];
        return v;
    }
    void store(T *p, Vector<T> v) const {
        for (int64_t i = first_; i < last_; ++i) p[i] = v[i];
    }

  private:
    const int64_t first_, last_;
#endif
};

}  // namespace
}  // namespace needle::cpu
