// Activation functions and their derivatives times a gradient, for float and double, one or many lanes. Those with a
// parameter take it last; the others ignore it.
#pragma once
#include "scalar/error_function.h"
#include "scalar/exponential.h"
#include "scalar/hyperbolic.h"
#include "scalar/logarithm.h"

namespace needle::scalar {
namespace {

// NaN stays NaN.
template <class V> NEEDLE_HD V relu(V x, V) { return x <= Lane<V>(0) ? V{} : x; }
// From the result; the gradient passes where that is NaN.
template <class V> NEEDLE_HD V relu_grad(V grad, V y, V) { return y <= Lane<V>(0) ? V{} : grad; }
template <class V> NEEDLE_HD V sigmoid_grad(V grad, V y, V) { return grad * y * (Lane<V>(1) - y); }
// Factors, as a compiler may fuse y * y with the subtraction and round otherwise than programs of operations do.
template <class V> NEEDLE_HD V tanh_grad(V grad, V y, V) { return grad * ((Lane<V>(1) - y) * (Lane<V>(1) + y)); }

// x times the normal distribution's function, (1 + erf(x / sqrt(2))) / 2.
template <class V> NEEDLE_HD V normal_share(V x) {
    using L = Lane<V>;
    return (erf(x * L(0.70710678118654752440)) + L(1)) * L(0.5);
}
template <class V> NEEDLE_HD V gelu(V x, V) { return x * normal_share(x); }
template <class V> NEEDLE_HD V gelu_grad(V grad, V x, V) {
    using L = Lane<V>;
    const V density = exp(x * x * L(-0.5)) * L(0.39894228040143267794);
    return grad * (normal_share(x) + x * density);
}

// x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3).
template <class V> NEEDLE_HD V gelu_tanh_argument(V x) {
    using L = Lane<V>;
    return x * (x * x * L(0.044715) + L(1)) * L(0.79788456080286535588);
}
template <class V> NEEDLE_HD V gelu_tanh(V x, V) {
    using L = Lane<V>;
    return x * L(0.5) * (tanh(gelu_tanh_argument(x)) + L(1));
}
template <class V> NEEDLE_HD V gelu_tanh_grad(V grad, V x, V) {
    using L = Lane<V>;
    const V t = tanh(gelu_tanh_argument(x));
    const V slope = (x * x * L(3 * 0.044715) + L(1)) * L(0.79788456080286535588);
    const V rest = L(1) - t * t;  // 0 where x is large, and its square may be infinite
    return grad * L(0.5) * ((t + L(1)) + (rest > L(0) ? x * rest * slope : V{}));
}

template <class V> NEEDLE_HD V silu(V x, V) { return x * sigmoid(x); }
template <class V> NEEDLE_HD V silu_grad(V grad, V x, V) {
    using L = Lane<V>;
    const V s = sigmoid(x);
    return grad * (s * (x * (L(1) - s) + L(1)));
}

// log(1 + e^x)
template <class V> NEEDLE_HD V softplus(V x, V) { return (x > Lane<V>(0) ? x : V{}) + log1p(exp(-magnitude(x))); }
template <class V> NEEDLE_HD V softplus_grad(V grad, V x, V) { return grad * sigmoid(x); }

template <class V> NEEDLE_HD V leaky_relu(V x, V slope) { return x > Lane<V>(0) ? x : x * slope; }
template <class V> NEEDLE_HD V leaky_relu_grad(V grad, V x, V slope) { return x > Lane<V>(0) ? grad : grad * slope; }

template <class V> NEEDLE_HD V elu(V x, V alpha) { return x > Lane<V>(0) ? x : expm1(x) * alpha; }
template <class V> NEEDLE_HD V elu_grad(V grad, V x, V alpha) { return x <= Lane<V>(0) ? grad * exp(x) * alpha : grad; }

}  // namespace
}  // namespace needle::scalar
