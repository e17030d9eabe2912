// What help() says about attention; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *attention = R"(Scaled dot-product attention: each query's mean of the values, weighted by softmax.

In one formula: out = softmax(scale * q @ k.mT + mask) @ v, with the softmax over the keys. It is computed in tiles that
stay in cache; an array of all scores is never made.

Args:
    q: Queries of shape (..., T, D), of a floating-point dtype. float16 and bfloat16 are computed in float32.
    k: Keys of shape (..., S, D) and of q's dtype. The axes before the last two of q, k and v broadcast, so that heads
        of q may share those of k and v.
    v: Values of shape (..., S, E) and of q's dtype.
    mask: Broadcast to (..., T, S): booleans, true where the query may attend to the key, or floats that are added to
        the scores.
    causal: Whether query i attends to the keys 0 to i only, also where T and S differ.
    scale: What the products of queries and keys are multiplied by; None for 1 / sqrt(D).

Returns:
    out of shape (..., T, E) and q's dtype, and log_sums of shape (..., T), float64 for float64 and float32 for the
    others: the logarithm of what each row's softmax divides by, logsumexp(scale * q @ k.mT + mask), which the gradient
    wants. A query that may attend to no key has a row of zeros, and -inf.

Raises:
    ShapeError: The shapes do not fit.
    DTypeError: q, k and v are not of one floating-point dtype, or the mask is neither bool nor floating-point.

Source: Vaswani et al., "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762; in tiles: Dao et al.,
"FlashAttention", 2022, https://arxiv.org/abs/2205.14135.

Example:
    >>> import needle_ndarray as nd
    >>> q, k, v = nd.ones((1, 2)), nd.zeros((4, 2)), nd.reshape(nd.arange(8.0), (4, 2))
    >>> out, log_sums = nd.kernels.attention(q, k, v)
    >>> out
    array([[3., 4.]])
)";

constexpr const char *attention_grad = R"(Gradients of attention for q, k and v.

With P = exp(scale * q @ k.mT + mask - log_sums) and dS = scale * P * (grad @ v.mT - sum(grad * out)):
dq = dS @ k, dk = dS.mT @ q, dv = P.mT @ grad, summed over the axes that were broadcast. P is computed again, in tiles.

Args:
    grad: The gradient of `out`, of its shape (..., T, E).
    q: Queries (..., T, D).
    k: Keys (..., S, D).
    v: Values (..., S, E).
    out: The result of `attention`.
    log_sums: The second result of `attention`, (..., T).
    mask: As given to `attention`; it gets no gradient.
    causal: As given to `attention`.
    scale: As given to `attention`.

Returns:
    The gradients of q, k and v, of their shapes and dtype; the same to the bit for every number of threads.

Raises:
    ShapeError: The shapes do not fit.
    DTypeError: As in `attention`.

Source: Dao, "FlashAttention-2", 2023, https://arxiv.org/abs/2307.08691.

Example:
    >>> import needle_ndarray as nd
    >>> q, k, v = nd.ones((1, 2)), nd.zeros((4, 2)), nd.reshape(nd.arange(8.0), (4, 2))
    >>> out, log_sums = nd.kernels.attention(q, k, v)
    >>> dq, dk, dv = nd.kernels.attention_grad(nd.ones_like(out), q, k, v, out, log_sums)
    >>> dv
    array([[0.25, 0.25],
           [0.25, 0.25],
           [0.25, 0.25],
           [0.25, 0.25]])
)";

}  // namespace needle::python::docs
