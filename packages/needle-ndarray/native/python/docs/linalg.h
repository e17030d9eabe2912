// What help() says about the products of matrices and vectors; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *matmul = R"(Matrix product over the last two axes.

Integers wrap around. Floats of any strides are read in place, and the axes before the last two broadcast.

Args:
    x1: Numbers of shape (..., m, k), or (k,) for one row whose axis is not in the result.
    x2: Numbers of shape (..., k, n), or (k,) for one column whose axis is not in the result.

Returns:
    The products, of shape (..., m, n) and the promoted dtype.

Raises:
    ShapeError: An operand has no axes, the summed axes differ in size, or the others do not broadcast.
    DTypeError: Both operands are bool.

Example:
    >>> import needle_ndarray as nd
    >>> nd.matmul(nd.asarray([[1, 2], [3, 4]]), nd.asarray([[0, 1], [1, 0]]))
    array([[2, 1],
           [4, 3]])
)";

constexpr const char *vecdot =
    R"(Dot products of the vectors along an axis: the sum of x1 * x2, without an array of the products.

Args:
    x1: Numbers.
    x2: Numbers; the axis is as long as in x1, the others broadcast.
    axis: Which axis holds the vectors, counted from the end.

Returns:
    The sums, of the broadcast shape without the axis and the promoted dtype. Integers wrap around.

Raises:
    ShapeError: An operand has no axes, the axis differs in size, or the others do not broadcast.
    DTypeError: Both operands are bool.

Example:
    >>> import needle_ndarray as nd
    >>> nd.vecdot(nd.asarray([[1, 2], [3, 4]]), nd.asarray([10, 1]))
    array([12, 34])
)";

constexpr const char *linear = R"(A fully connected layer: activation(x @ weight + bias), in one pass.

The bias and the activation are applied to each tile of the product while it is in the nearest cache.

Args:
    x: Shape (..., in), of any strides. Integers count as the default float; float16 and bfloat16 are computed in
        float32 and rounded once.
    weight: Shape (in, out).
    bias: Shape (out,) or (1, out), or None.
    activation: None, 'relu', 'sigmoid', 'silu' or 'tanh'.

Returns:
    Shape (..., out), in the promoted dtype.

Raises:
    ShapeError: The shapes do not fit.
    ValueError: There is no such activation.

Examples:
    >>> import needle_ndarray as nd
    >>> x, weight = nd.asarray([[1.0, -2.0]]), nd.asarray([[1.0, 0.0], [0.0, 1.0]])
    >>> nd.kernels.linear(x, weight, nd.asarray([0.5, 0.5]), "relu").tolist()
    [[1.5, 0.0]]
)";

}  // namespace needle::python::docs
