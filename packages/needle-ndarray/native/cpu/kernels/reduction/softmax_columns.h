// Softmax, its logarithm and their gradients down columns, with the arithmetic of the rows.
#pragma once
#include "cpu/kernels/vectors/strips.h"
#include "scalar/functions.h"

namespace needle::cpu {
namespace {

template <class T>
void softmax_columns(const void *const *in, void *out, const int64_t *steps, int64_t n, int64_t columns) {
    for_each_strip<T>(n, columns, [&](int64_t first, auto strip) {
        constexpr int width = decltype(strip)::width;
        const T *x = static_cast<const T *>(in[0]) + first;
        T *y = static_cast<T *>(out) + first;
        const auto peak = max_down<T, width>(n, [&](int64_t i) { return strip.load(x + i * steps[0]); });
        const auto sum = sum_down<T, width>(n, [&](const auto &sum, int64_t i) {
            const auto power = mapped(strip.load(x + i * steps[0]) - peak, [](Vector<T> v) { return scalar::exp(v); });
            strip.store(y + i * steps[1], power);
            return sum + power;
        });
        const auto factor = mapped(sum, [](Vector<T> v) { return T(1) / v; });
        for (int64_t i = 0; i < n; ++i) strip.store(y + i * steps[1], strip.load(y + i * steps[1]) * factor);
    });
}

template <class T>
void log_softmax_columns(const void *const *in, void *out, const int64_t *steps, int64_t n, int64_t columns) {
    for_each_strip<T>(n, columns, [&](int64_t first, auto strip) {
        constexpr int width = decltype(strip)::width;
        const T *x = static_cast<const T *>(in[0]) + first;
        T *y = static_cast<T *>(out) + first;
        auto row = [&](int64_t i) { return strip.load(x + i * steps[0]); };
        const auto peak = max_down<T, width>(n, row);
        const auto sum = sum_down<T, width>(n, [&](const auto &sum, int64_t i) {
            return sum + mapped(row(i) - peak, [](Vector<T> v) { return scalar::exp(v); });
        });
        const auto logarithm = mapped(sum, [](Vector<T> v) { return scalar::log(v); });
        for (int64_t i = 0; i < n; ++i) strip.store(y + i * steps[1], (row(i) - peak) - logarithm);
    });
}

template <class T>
void logsumexp_columns(const void *const *in, void *out, const int64_t *steps, int64_t n, int64_t columns) {
    for_each_strip<T>(n, columns, [&](int64_t first, auto strip) {
        constexpr int width = decltype(strip)::width;
        const T *x = static_cast<const T *>(in[0]) + first;
        auto row = [&](int64_t i) { return strip.load(x + i * steps[0]); };
        // Infinities would make NaN of each other.
        const auto shift =
            mapped(max_down<T, width>(n, row), [](Vector<T> v) { return v - v == T(0) ? v : Vector<T>{}; });
        const auto sum = sum_down<T, width>(n, [&](const auto &sum, int64_t i) {
            return sum + mapped(row(i) - shift, [](Vector<T> v) { return scalar::exp(v); });
        });
        strip.store(static_cast<T *>(out) + first, mapped(sum, [](Vector<T> v) { return scalar::log(v); }) + shift);
    });
}

template <class T>
void softmax_grad_columns(const void *const *in, void *out, const int64_t *steps, int64_t n, int64_t columns) {
    for_each_strip<T, widest_strip>(n, columns, [&](int64_t first, auto strip) {
        const T *grad_ = static_cast<const T *>(in[0]) + first, *y_ = static_cast<const T *>(in[1]) + first;
        T *to = static_cast<T *>(out) + first;
        auto grad = [&](int64_t i) { return strip.load(grad_ + i * steps[0]); };
        auto y = [&](int64_t i) { return strip.load(y_ + i * steps[1]); };
        const auto dot = sum_down<T, decltype(strip)::width>(
            n, [&](const auto &sum, int64_t i) { return plus_product(sum, grad(i), y(i)); });
        for (int64_t i = 0; i < n; ++i) strip.store(to + i * steps[2], y(i) * (grad(i) - dot));
    });
}

template <class T>
void log_softmax_grad_columns(const void *const *in, void *out, const int64_t *steps, int64_t n, int64_t columns) {
    for_each_strip<T>(n, columns, [&](int64_t first, auto strip) {
        const T *grad_ = static_cast<const T *>(in[0]) + first, *y = static_cast<const T *>(in[1]) + first;
        T *to = static_cast<T *>(out) + first;
        auto grad = [&](int64_t i) { return strip.load(grad_ + i * steps[0]); };
        const auto sum =
            sum_down<T, decltype(strip)::width>(n, [&](const auto &sum, int64_t i) { return sum + grad(i); });
        const auto factor = mapped(sum, [](Vector<T> v) { return -v; });
        for (int64_t i = 0; i < n; ++i) {
            const auto power = mapped(strip.load(y + i * steps[1]), [](Vector<T> v) { return scalar::exp(v); });
            strip.store(to + i * steps[2], plus_product(grad(i), power, factor));
        }
    });
}

}  // namespace
}  // namespace needle::cpu
