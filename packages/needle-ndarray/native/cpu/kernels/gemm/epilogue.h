// What a product ends with: a bias and an activation, applied to tiles of C while they are in the nearest cache.
#pragma once
#include "cpu/kernels.h"
#include "cpu/kernels/gemm/edge.h"
#include "scalar/exponential.h"
#include "scalar/hyperbolic.h"

namespace needle::cpu {
namespace {

// Part of C. Column j has the bias bias[j * bias_step], where there is one.
template <class T> struct Finished {
    T *c;
    int64_t c_row, rows, columns;
    const T *bias;
    int64_t bias_step;
};

template <class T, class F> void finish_with(const Finished<T> &part, F activate) {
    constexpr int W = lanes<T>;
    for (int64_t j = 0; j < part.columns; j += W) {
        const Some<T> some(0, part.columns - j < W ? part.columns - j : W);
        Vector<T> bias{};
        if (part.bias) bias = part.bias_step ? some.load(part.bias + j) : *part.bias - Vector<T>{};
        T *c = part.c + j;
        for (int64_t i = 0; i < part.rows; ++i, c += part.c_row) {
            Vector<T> x = some.load(c);
            if (part.bias) x += bias;
            some.store(c, activate(x));
        }
    }
}

template <class T> __attribute__((noinline)) void finish(const Finished<T> &part, Activation activation) {
    using V = Vector<T>;
    switch (activation) {
    case Activation::none:
        return finish_with(part, [](V x) { return x; });
    case Activation::relu:
        return finish_with(part, [](V x) { return x < T(0) ? V{} : x; });  // NaN stays
    case Activation::sigmoid:
        return finish_with(part, [](V x) { return scalar::sigmoid(x); });
    case Activation::silu:
        return finish_with(part, [](V x) { return x * scalar::sigmoid(x); });
    case Activation::tanh:
        return finish_with(part, [](V x) { return scalar::tanh(x); });
    }
}

}  // namespace
}  // namespace needle::cpu
