// What help() says about softmax, its relatives and cross entropy; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *softmax = R"(Exponentials divided by their sum along an axis, without overflow.

In one formula: exp(x) / sum(exp(x)). Vectors that hold NaN or infinity, or -infinity alone, become NaN.

Args:
    x: Array of floats; integers count as float32.
    axis: The axis that the vectors lie along.

Returns:
    A row-major array of x's shape.

Raises:
    IndexError: x has no such axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.softmax(nd.asarray([[0.0, 0.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
)";

constexpr const char *softmax_grad =
    R"(The gradient of softmax from its result: y * (grad - sum(grad * y)) along an axis.

Args:
    grad: The gradient of the result; broadcasts to the shape of y.
    y: The result of softmax.
    axis: The axis that the vectors lie along.

Returns:
    An array of y's shape.

Raises:
    IndexError: y has no such axis.
    ShapeError: grad does not broadcast to the shape of y.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.softmax_grad(nd.asarray([1.0, 0.0]), nd.asarray([0.5, 0.5]))
    array([ 0.25, -0.25])
)";

constexpr const char *log_softmax = R"(The logarithm of softmax along an axis, without overflow.

In one formula: x - log(sum(exp(x))). Vectors that hold NaN or infinity, or -infinity alone, become NaN.

Args:
    x: Array of floats; integers count as float32.
    axis: The axis that the vectors lie along.

Returns:
    A row-major array of x's shape.

Raises:
    IndexError: x has no such axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.log_softmax(nd.asarray([1000.0, 0.0]))
    array([    0., -1000.])
)";

constexpr const char *log_softmax_grad =
    R"(The gradient of log_softmax from its result: grad - exp(y) * sum(grad) along an axis.

Args:
    grad: The gradient of the result; broadcasts to the shape of y.
    y: The result of log_softmax.
    axis: The axis that the vectors lie along.

Returns:
    An array of y's shape.

Raises:
    IndexError: y has no such axis.
    ShapeError: grad does not broadcast to the shape of y.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.log_softmax_grad(nd.asarray([1.0, 0.0]), nd.log_softmax(nd.asarray([0.0, 0.0])))
    array([ 0.5, -0.5])
)";

constexpr const char *logsumexp = R"(log(sum(exp(x))) over axes, without overflow.

Args:
    x: Array of floats; integers count as float32.
    axis: One axis, several, or None for all.
    keepdims: Whether the folded axes stay, with size 1.

Returns:
    An array of x's dtype; -infinity for sums of nothing.

Raises:
    IndexError: x has no such axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.logsumexp(nd.asarray([1000.0, 1000.0]))
    array(1000.6932)
)";

constexpr const char *logsumexp_grad = R"(The gradient of logsumexp from its operand and its result: grad * exp(x - y).

Args:
    grad: The gradient of the result.
    x: The operand.
    y: The result. This and the gradient have the folded axes kept, with size 1, or dropped.
    axis: The axes that were folded.

Returns:
    An array of x's shape.

Raises:
    IndexError: x has no such axis.
    ShapeError: grad or y have another number of elements than the result.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.asarray([0.0, 0.0])
    >>> nd.kernels.logsumexp_grad(nd.asarray(1.0), x, nd.logsumexp(x))
    array([0.5, 0.5])
)";

constexpr const char *cross_entropy =
    R"(The negative log-likelihood of each row's label: logsumexp(logits) - logits[label].

Args:
    logits: Floats of shape (N, C).
    labels: Whole numbers in [0, C), of any dtype and of shape (N,).
    ignore_index: The label of rows that do not count; their loss is 0, whatever they hold.
    reduction: "sum" or "mean" over the rows that count, or "none". The mean of no rows is NaN.

Returns:
    The losses, of shape (N,), or their sum or mean, of no axes; and the logsumexp of each row, of shape (N,).

Raises:
    ShapeError: The shapes are not (N, C) and (N,).
    IndexError: A label is neither in [0, C) nor `ignore_index`, or not a whole number.
    ValueError: The reduction is unknown.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.cross_entropy(nd.asarray([[0.0, 0.0]]), nd.asarray([1]))
    (array([0.6931472]), array([0.6931472]))
)";

constexpr const char *cross_entropy_grad =
    R"(The gradient of cross_entropy for the logits: grad * (softmax(logits) - one_hot(labels)).

Of the mean, it is divided by the number of rows that count. Rows that do not count have a gradient of zero.

Args:
    grad: The gradient of the first result of the forward call, of its shape.
    logits: As in the forward call, (N, C).
    labels: As in the forward call, (N,).
    log_sums: The second result of the forward call, (N,).
    ignore_index: As in the forward call.
    reduction: As in the forward call.

Returns:
    An array of shape (N, C).

Raises:
    ShapeError: The shapes do not fit.
    IndexError: A label is neither in [0, C) nor `ignore_index`, or not a whole number.
    ValueError: The reduction is unknown.

Example:
    >>> import needle_ndarray as nd
    >>> logits, labels = nd.asarray([[0.0, 0.0]]), nd.asarray([1])
    >>> _, log_sums = nd.kernels.cross_entropy(logits, labels)
    >>> nd.kernels.cross_entropy_grad(nd.ones(1), logits, labels, log_sums)
    array([[ 0.5, -0.5]])
)";

}  // namespace needle::python::docs
