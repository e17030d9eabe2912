// Softmax and its relatives, row by row. A row is read from memory once and then found in the cache. What is
// subtracted before exp is the row's largest element, so that nothing overflows.
#include "cpu/softmax.h"
#include "cpu/kernels.h"
#include "cpu/kernels/reduction/softmax_columns.h"
#include "cpu/kernels/vectors/vectors.h"
#include "scalar/functions.h"

namespace needle::cpu {
namespace {

template <class T> constexpr T lowest = -scalar::Float<T>::infinity;
template <class T> constexpr T not_a_number = scalar::Float<T>::nan;

// exp(x - shift) of the vector at x + i, in a row of n elements. The next row is likely to follow this one in memory:
// it is fetched while the arithmetic has the time.
template <class T, class P> NEEDLE_INLINE Vector<T> power(const T *x, Vector<T> shift, int64_t i, int64_t n, P part) {
    __builtin_prefetch(x + n + i, 0, 2);
    return scalar::exp(part.load(x + i, lowest<T>) - shift);
}

// The sum of exp(x - shift), in every lane.
template <class T> NEEDLE_INLINE Vector<T> sum_of_powers(const T *x, Vector<T> shift, int64_t n) {
    return sum_of_lanes<T>(sum_vectors<T>(n, [&](int64_t i, auto part) { return power(x, shift, i, n, part); }));
}

template <class T> void softmax(const void *x_, void *y_, int64_t n, void *scratch, bool streams) {
    auto x = static_cast<const T *>(x_);
    auto y = static_cast<T *>(y_);
    T *powers = streams ? static_cast<T *>(scratch) : y;
    const Vector<T> peak = max_of_row(x, n);
    const Vector<T> sum = sum_vectors<T>(n, [&](int64_t i, auto part) {
        const Vector<T> y = power(x, peak, i, n, part);
        part.store(powers + i, y);
        return y;
    });
    const Vector<T> factor = T(1) / sum_of_lanes<T>(sum);
    for_each_result<T>(n, y, streams,
                       [&](int64_t i, auto part) { part.store(y + i, part.load(powers + i, T(0)) * factor); });
}

template <class T> NEEDLE_INLINE void subtract(const T *x, Vector<T> a, Vector<T> b, T *y, int64_t n, bool streams) {
    for_each_result<T>(n, y, streams,
                       [&](int64_t i, auto part) { part.store(y + i, (part.load(x + i, T(0)) - a) - b); });
}

template <class T> void log_softmax(const void *x_, void *y_, int64_t n, bool streams) {
    auto x = static_cast<const T *>(x_);
    const Vector<T> peak = max_of_row(x, n);
    subtract(x, peak, scalar::log(sum_of_powers(x, peak, n)), static_cast<T *>(y_), n, streams);
}

template <class T> void softmax_grad(const void *grad_, const void *y_, void *out_, int64_t n, bool streams) {
    auto grad = static_cast<const T *>(grad_), y = static_cast<const T *>(y_);
    auto out = static_cast<T *>(out_);
    const Vector<T> dot = sum_of_lanes<T>(
        sum_vectors<T>(n, [&](int64_t i, auto part) { return part.load(grad + i, T(0)) * part.load(y + i, T(0)); }));
    for_each_result<T>(n, out, streams, [&](int64_t i, auto part) {
        part.store(out + i, part.load(y + i, T(0)) * (part.load(grad + i, T(0)) - dot));
    });
}

template <class T> void log_softmax_grad(const void *grad_, const void *y_, void *out_, int64_t n, bool streams) {
    auto grad = static_cast<const T *>(grad_), y = static_cast<const T *>(y_);
    auto out = static_cast<T *>(out_);
    const Vector<T> sum =
        sum_of_lanes<T>(sum_vectors<T>(n, [&](int64_t i, auto part) { return part.load(grad + i, T(0)); }));
    for_each_result<T>(n, out, streams, [&](int64_t i, auto part) {
        part.store(out + i, part.load(grad + i, T(0)) - scalar::exp(part.load(y + i, T(0))) * sum);
    });
}

// ---- The largest element and the sum of a part of a row

template <class T> struct Measure {
    T peak, sum;
};
template <class T> NEEDLE_INLINE bool is_finite(T x) { return x - x == T(0); }
// What is subtracted before exp: infinities would make NaN of each other.
template <class T> NEEDLE_INLINE T shift_of(T peak) { return is_finite(peak) ? peak : T(0); }

template <class T> void measure(const void *x_, int64_t n, void *measure_) {
    auto x = static_cast<const T *>(x_);
    const T peak = max_of_row(x, n)[0];
    const Vector<T> shift = Vector<T>{} + shift_of(peak);
    *static_cast<Measure<T> *>(measure_) = {peak, sum_of_powers(x, shift, n)[0]};
}

template <class T> void merge(const void *measures_, int64_t count, void *merged) {
    auto measures = static_cast<const Measure<T> *>(measures_);
    T peak = lowest<T>, sum = 0;
    for (int64_t i = 0; i < count; ++i) peak = measures[i].peak > peak ? measures[i].peak : peak;
    for (int64_t i = 0; i < count; ++i) {
        const T distance = measures[i].peak - peak;
        sum += is_finite(distance) ? measures[i].sum * scalar::exp(distance) : measures[i].sum;
    }
    *static_cast<Measure<T> *>(merged) = {peak, sum};
}

template <class T> void logarithm(const void *measure_, void *out) {
    const auto [peak, sum] = *static_cast<const Measure<T> *>(measure_);
    *static_cast<T *>(out) = scalar::log(sum) + shift_of(peak);
}

template <class T> void softmax_part(const void *x_, const void *measure_, void *y_, int64_t n, bool streams) {
    auto x = static_cast<const T *>(x_);
    auto y = static_cast<T *>(y_);
    const auto [peak, sum] = *static_cast<const Measure<T> *>(measure_);
    const Vector<T> shift = Vector<T>{} + shift_of(peak);
    const T factor = is_finite(peak) ? 1 / sum : not_a_number<T>;
    for_each_result<T>(n, y, streams, [&](int64_t i, auto part) {
        part.store(y + i, scalar::exp(part.load(x + i, T(0)) - shift) * factor);
    });
}

template <class T> void log_softmax_part(const void *x, const void *measure_, void *y, int64_t n, bool streams) {
    const auto [peak, sum] = *static_cast<const Measure<T> *>(measure_);
    const T logarithm = is_finite(peak) ? scalar::log(sum) : not_a_number<T>;
    subtract(static_cast<const T *>(x), Vector<T>{} + shift_of(peak), Vector<T>{} + logarithm, static_cast<T *>(y), n,
             streams);
}

template <class T>
void logsumexp_grad(const void *grad_, const void *x_, const void *y_, void *out_, int64_t n, bool streams) {
    auto x = static_cast<const T *>(x_);
    auto out = static_cast<T *>(out_);
    const T grad = *static_cast<const T *>(grad_), y = *static_cast<const T *>(y_);
    for_each_result<T>(n, out, streams, [&](int64_t i, auto part) {
        part.store(out + i, scalar::exp(part.load(x + i, T(0)) - y) * grad);
    });
}

template <class T>
void cross_entropy_grad(const void *grad, const void *x, const void *y, int64_t label, void *out, int64_t n,
                        bool streams) {
    logsumexp_grad<T>(grad, x, y, out, n, streams);
    const T distance = static_cast<const T *>(x)[label] - *static_cast<const T *>(y);
    static_cast<T *>(out)[label] = scalar::expm1(distance) * *static_cast<const T *>(grad);
}

template <class T>
constexpr SoftmaxLoops loops_of = {softmax<T>,
                                   log_softmax<T>,
                                   softmax_grad<T>,
                                   log_softmax_grad<T>,
                                   measure<T>,
                                   merge<T>,
                                   logarithm<T>,
                                   softmax_part<T>,
                                   log_softmax_part<T>,
                                   logsumexp_grad<T>,
                                   cross_entropy_grad<T>,
                                   softmax_columns<T>,
                                   log_softmax_columns<T>,
                                   softmax_grad_columns<T>,
                                   log_softmax_grad_columns<T>,
                                   logsumexp_columns<T>};

}  // namespace

extern const SoftmaxKernels NEEDLE_CAT(softmax_, NEEDLE_ISA);
const SoftmaxKernels NEEDLE_CAT(softmax_, NEEDLE_ISA) = {{loops_of<float>, loops_of<double>}};

}  // namespace needle::cpu
