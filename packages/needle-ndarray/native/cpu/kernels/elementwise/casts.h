// Which loop converts elements of one dtype to another.
#pragma once
#include "cpu/kernels.h"
#include "cpu/kernels/elementwise/copying.h"
#include "cpu/kernels/elementwise/halves.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/streaming.h"
#include "cpu/kernels/vectors/types.h"
#include "scalar/functions.h"

namespace needle::cpu {
namespace {

template <class To> struct Convert {
    template <class From> NEEDLE_INLINE To apply(From x) { return scalar::convert<To>(x); }
};
template <class To> struct ConvertTruth {
    NEEDLE_INLINE To apply(uint8_t x) { return To(x != 0); }
};

constexpr int64_t cast_block = 256;

// A conversion in two steps, of which the first one is exact: few pairs of dtypes have a loop of their own.
template <CastLoop first, class Between, CastLoop second, int in_size, int out_size>
void cast_through(const void *in, void *out, int64_t n) {
    Between block[cast_block];
    auto from = static_cast<const char *>(in);
    auto to = static_cast<char *>(out);
    for (int64_t i = 0; i < n; i += cast_block) {
        const int64_t count = n - i < cast_block ? n - i : cast_block;
        first(from + i * in_size, block, count);
        second(block, to + i * out_size, count);
    }
}

// Floats to integers of up to 32 bits, as `scalar::convert` does it. They are limited before they are converted: both
// are vectors then, for which a choice between converted numbers and bounds is too much for the compiler.
template <class From, class To> void limited_cast(const void *in_, void *out_, int64_t n) {
    constexpr bool is_signed = To(-1) < To(0);
    constexpr int bits = 8 * sizeof(To) - is_signed, digits = sizeof(From) == 4 ? 24 : 53;
    constexpr bool fits = bits <= digits;  // the largest integer is a float as well
    constexpr From above = From(uint64_t{1} << bits), least = is_signed ? -above : From(0);
    constexpr From most = fits ? above - 1 : above - above / From(uint64_t{1} << digits);
    constexpr To largest = To((uint64_t{1} << bits) - 1);
    auto in = static_cast<const From *>(in_);
    auto out = static_cast<To *>(out_);
    alignas(line_bytes) From limited[round_size];
    int64_t i = 0;
    for (; i + round_size <= n; i += round_size) {
        for (int j = 0; j < round_size; j += lanes<From>) {
            const Vector<From> x = load(in + i + j), number = x == x ? x : Vector<From>{};
            store(limited + j, scalar::at_most(scalar::at_least(number, least), most));
        }
#pragma GCC ivdep
        for (int j = 0; j < round_size; ++j) {
            const To converted = To(int32_t(limited[j]));  // by way of int32, which vectors have an instruction for
            out[i + j] = !fits && in[i + j] >= above ? largest : converted;
        }
    }
    for (; i < n; ++i) {
        keep_scalar();
        out[i] = scalar::convert<To>(in[i]);
    }
}

struct StickyDouble {
    template <class From> NEEDLE_INLINE double apply(From x) { return scalar::sticky_double(x); }
};
struct StickyFloat {
    NEEDLE_INLINE float apply(double x) { return scalar::sticky_float(x); }
};

template <class From, class To> constexpr CastLoop cast_loop();

// From or To is float16 or bfloat16.
template <class From, class To> constexpr CastLoop narrow_cast_loop() {
    constexpr bool widens = scalar::is_narrow<From>;
    if constexpr (converts_halves && dtype_of<From> == DType::Float16 && dtype_of<To> == DType::Float32)
        return widen_halves;
    else if constexpr (converts_halves && dtype_of<From> == DType::Float32 && dtype_of<To> == DType::Float16)
        return narrow_halves;
    else if constexpr (widens && dtype_of<To> == DType::Float32) return simple_unary<Convert<To>, From, To>;
    else if constexpr (dtype_of<From> == DType::Float64 && dtype_of<To> == DType::Float16)
        return cast_through<simple_unary<StickyFloat, double, float>, float, cast_loop<float, To>(), sizeof(From),
                            sizeof(To)>;
    else if constexpr (!widens && is_float<From>) return simple_unary<Convert<To>, From, To>;
    else {
        // The narrowest float that holds all values of From.
        using Between = typename Choose<(sizeof(From) < 4), float, double>::type;
        constexpr CastLoop second = cast_loop<Between, To>();
        if constexpr (sizeof(From) < 8)
            return cast_through<cast_loop<From, Between>(), Between, second, sizeof(From), sizeof(To)>;
        else return cast_through<simple_unary<StickyDouble, From, double>, double, second, sizeof(From), sizeof(To)>;
    }
}

template <class From, class To> constexpr CastLoop cast_loop() {
    if constexpr (dtype_of<From> != dtype_of<To> && (scalar::is_narrow<From> || scalar::is_narrow<To>))
        return narrow_cast_loop<From, To>();
    else if constexpr (is_bool<From>) return simple_unary<ConvertTruth<Raw<To>>, uint8_t, Raw<To>>;
    else if constexpr (dtype_of<From> == dtype_of<To>) return copy_elements<Unsigned<To>>;
    else if constexpr (is_bool<To>) return simple_unary<Convert<bool>, Raw<From>, bool>;
    else if constexpr (is_float<From> && !is_float<To> && sizeof(To) <= 4 && dtype_of<To> != DType::UInt32)
        return limited_cast<From, To>;
    else if constexpr (is_float<From>) return simple_unary<Convert<To>, From, To>;
    else if constexpr (is_float<To>) return simple_unary<Convert<To>, Number<From>, To>;
    else if constexpr (sizeof(From) == sizeof(To)) return copy_elements<Unsigned<To>>;
    else {
        using C = typename Choose<(sizeof(From) > sizeof(To)), Raw<From>, Number<From>>::type;
        return simple_unary<Convert<Unsigned<To>>, C, Unsigned<To>>;
    }
}

}  // namespace
}  // namespace needle::cpu
