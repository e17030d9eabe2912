// Quotients and remainders of integers, which no vector unit divides, by way of floats.
#pragma once
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/types.h"
#include "scalar/division.h"

namespace needle::cpu {
namespace {

template <class T> struct FloatDivision {
    using F = typename Choose<(sizeof(T) > 2), double, float>::type;
    using Whole = typename Choose<(sizeof(T) > 2), int64_t, int32_t>::type;
    // Taken: every integer of up to 32 bits, and those of 64 between -limit and limit.
    static constexpr uint64_t limit = uint64_t{1} << 50;

    static F inverse(T b) { return F(1) / F(b == 0 ? T(1) : b); }

    // floor(a / b) is floor((a + 1/2) / b), with b's sign before the half. That number lies 1 / 2b from every integer
    // at the least, and the two roundings move it by less: |a / b| 2^-52 (2^-23 in float, for 16 bits).
    template <bool quotient> static T apply(T a, T b, F inverse) {
        const F half = b < T(0) ? F(-0.5) : F(0.5);
        const F whole = __builtin_floor((F(a) + half) * inverse);
        const T q = T(Whole(whole));
        if constexpr (quotient) return b == 0 ? T(0) : q;
        else return scalar::subtract(a, scalar::multiply(q, b == 0 ? T(1) : b));
    }

    static bool fits(const T *at) {
        if constexpr (sizeof(T) < 8) return true;
        else {
            constexpr uint64_t offset = is_unsigned<T> ? 0 : limit;
            uint64_t bits = 0;
            for (int i = 0; i < round_size; ++i) bits |= uint64_t(at[i]) + offset;
            return bits < limit + offset;
        }
    }
};

template <bool quotient, class T>
void divide_integers(const void *a_, int64_t a_step, const void *b_, int64_t b_step, void *out_, int64_t n) {
    using Division = FloatDivision<T>;
    auto a = static_cast<const T *>(a_), b = static_cast<const T *>(b_);
    auto out = static_cast<T *>(out_);
    auto exactly = [](T x, T y) {
        const auto both = scalar::divide_integers(x, y);
        return quotient ? both.quotient : both.remainder;
    };
    int64_t i = 0;
    if (n >= round_size) {
        Operand<T, round_size> x(a, a_step), y(b, b_step);
        const T divisor = *b;
        const auto inverse = Division::inverse(divisor);
        for (; i + round_size <= n; i += round_size, x.advance(), y.advance()) {
            if (!Division::fits(x.at) || !Division::fits(y.at)) {
                for (int j = 0; j < round_size; ++j) out[i + j] = exactly(x.at[j], y.at[j]);
                continue;
            }
            if (b_step == 0)
#pragma GCC ivdep
                for (int j = 0; j < round_size; ++j)
                    out[i + j] = Division::template apply<quotient>(x.at[j], divisor, inverse);
            else
#pragma GCC ivdep
                for (int j = 0; j < round_size; ++j)
                    out[i + j] = Division::template apply<quotient>(x.at[j], y.at[j], Division::inverse(y.at[j]));
        }
    }
    for (; i < n; ++i) {
        keep_scalar();
        out[i] = exactly(a[i * a_step], b[i * b_step]);
    }
}

}  // namespace
}  // namespace needle::cpu
