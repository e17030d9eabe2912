// The operations that elements are folded with.
#pragma once
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/types.h"
#include "scalar/functions.h"
#if defined(__AVX512BW__)
#include <immintrin.h>
#endif

namespace needle::cpu {
namespace {

// The least and the largest value that a type has.
template <class T> constexpr T lowest() {
    if constexpr (is_float<T>) return -T(__builtin_inf());
    else if constexpr (is_unsigned<T>) return 0;
    else return T(scalar::Wide<T>(1) << (8 * sizeof(T) - 1));
}
template <class T> constexpr T highest() {
    if constexpr (is_float<T>) return T(__builtin_inf());
    else return T(~lowest<T>());
}

template <class A, class B> constexpr bool is_same = false;
template <class A> constexpr bool is_same<A, A> = true;

// As scalar::maximum and minimum.
template <bool largest, class V> NEEDLE_INLINE V extremum(V a, V b) {
#if defined(__AVX512F__)
    // The instructions give their second operand where there is a NaN; the other one's NaN replaces that. No mask is
    // made: the machine has so few registers for them that it could not look far ahead for memory.
    if constexpr (is_same<V, Vector<float>> || is_same<V, Vector<double>>) {
        if constexpr (is_same<V, Vector<float>>) {
            const __m512 x = (__m512)b, y = (__m512)a;
            const __m512 best = largest ? _mm512_maskz_max_ps(-1, x, y) : _mm512_maskz_min_ps(-1, x, y);
            return (V)_mm512_fixupimm_ps(best, x, _mm512_set1_epi32(0x11), 0);
        } else {
            const __m512d x = (__m512d)b, y = (__m512d)a;
            const __m512d best = largest ? _mm512_maskz_max_pd(-1, x, y) : _mm512_maskz_min_pd(-1, x, y);
            return (V)_mm512_fixupimm_pd(best, x, _mm512_set1_epi64(0x11), 0);
        }
    }
#endif
    // Single floats in vectors, without a branch: it would be foreseen wrongly each second time, and wait for memory.
    if constexpr (is_same<V, float> || is_same<V, double>) return extremum<largest>(Vector<V>{a}, Vector<V>{b})[0];
    else return largest ? scalar::maximum(a, b) : scalar::minimum(a, b);
}

// A monoid: an associative operation on scalars or vectors, and the value that changes nothing.
template <ReduceOp op> struct Monoid {
    static constexpr bool sees_sign = op == ReduceOp::max || op == ReduceOp::min;
    static constexpr bool may_repeat = op != ReduceOp::sum && op != ReduceOp::prod;  // an element may be taken twice

    template <class V> NEEDLE_INLINE V apply(V a, V b) {
        if constexpr (op == ReduceOp::sum) return scalar::add(a, b);
        else if constexpr (op == ReduceOp::prod) return scalar::multiply(a, b);
        else if constexpr (op == ReduceOp::max || op == ReduceOp::any) return extremum<true>(a, b);
        else return extremum<false>(a, b);
    }

    template <class T> static constexpr T identity() {
        if constexpr (op == ReduceOp::sum) return is_float<T> ? T(-0.0) : T(0);
        else if constexpr (op == ReduceOp::prod) return 1;
        else if constexpr (op == ReduceOp::max || op == ReduceOp::any) return lowest<T>();
        else return highest<T>();
    }
};

}  // namespace
}  // namespace needle::cpu
