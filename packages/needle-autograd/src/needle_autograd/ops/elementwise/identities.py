"""Signs, absolute values and conversions, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import array_namespace, dtype_name, dtype_namespace, named_dtype
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..broadcasting import SHAPES, Step, Unary

if TYPE_CHECKING:
    from ...fusion import Instructions
    from ...tensor import Tensor


class Abs(Unary):
    """The absolute value; its derivative at 0 is taken as 0."""

    name = "abs"
    formula = "|a|"
    gradient_formula = "da = dc * sign(a)"
    needs = (0,)
    numpy_name = "abs"
    kinks = (0.0,)
    exact = True
    instruction = "abs"

    def compute(self, a: Array) -> Array:
        """Drop each sign."""
        return array_namespace(a).abs(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the sign."""
        return out_grad * sign(node.inputs[0])


class Sign(Step):
    """-1, 0 or 1, as an element is negative, zero or positive."""

    name = "sign"
    formula = "a / |a|, or 0"
    numpy_name = "sign"
    kinks = (0.0,)
    instruction = "sign"

    def compute(self, a: Array) -> Array:
        """Take each sign."""
        return array_namespace(a).sign(a)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and a zero."""
        zero = Sample(inputs=[np.array([0.0, -3.0, 2.0])], reference=np.sign, order=0, exact=True, label="zero")
        return [*super().samples(), zero]


class Copy(TensorOp):
    """A tensor with memory of its own."""

    name = "copy"
    formula = "a"
    gradient_formula = "da = dc"
    needs = ()

    def compute(self, a: Array) -> Array:
        """Copy the array."""
        return array_namespace(a).asarray(a, copy=True)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Pass the gradient on."""
        return out_grad

    def infer(self, a: Spec) -> Spec:
        """The result is like the operand."""
        return a

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape], reference=np.copy, exact=True) for shape in SHAPES]


class AsType(TensorOp):
    """A tensor converted to another dtype; integers and booleans require no gradient.

    Args:
        dtype: a name such as "float64", or a dtype of any array library.
    """

    name = "astype"
    formula = "a as dtype"
    gradient_formula = "da = dc as the dtype of a"
    needs = ()
    instruction = "astype"

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        if "float" not in dtype_name(dtype):
            self.differentiable = False

    def compute(self, a: Array) -> Array:
        """Convert each element."""
        namespace = array_namespace(a)
        return namespace.astype(a, named_dtype(self.dtype, namespace))

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Convert back."""
        return astype(out_grad, node.inputs[0].dtype)

    def infer(self, a: Spec) -> Spec:
        """Only the dtype changes."""
        return Spec(a.shape, named_dtype(self.dtype, dtype_namespace(a.dtype)), a.device)

    def emit(self, program: Instructions, *operands: int) -> int:
        """The instruction is called as the dtype is."""
        return program.append(dtype_name(self.dtype), *operands)

    @classmethod
    def samples(cls) -> list[Sample]:
        """From and to floating point."""
        reference = lambda a, dtype: a.astype(dtype)  # noqa: E731
        return [
            *[Sample(inputs=[shape], kwargs={"dtype": "float64"}, reference=reference, exact=True) for shape in SHAPES],
            Sample(inputs=[(2, 3)], kwargs={"dtype": "int64"}, reference=reference, order=0, exact=True),
            Sample(inputs=[np.array([0, 1, 5])], kwargs={"dtype": "float32"}, reference=reference, order=0, exact=True),
        ]


_abs, _copy, _sign = Abs(), Copy(), Sign()


def abs(a: Tensor) -> Tensor:
    """Take the absolute value of each element; the gradient at 0 is 0, and NaN at NaN."""
    return _abs(a)


def sign(a: Tensor) -> Tensor:
    """Return -1, 0 or 1 as each element is negative, zero or positive, and NaN for NaN; the gradient is zero."""
    return _sign(a)


def copy(a: Tensor) -> Tensor:
    """Copy a tensor into memory of its own; the gradient passes through, other than with `a.detach()`."""
    return _copy(a)


def astype(a: Tensor, dtype: Any) -> Tensor:
    """Convert a tensor to another dtype; between dtypes of floating point the gradient is converted back.

    Args:
        a: the tensor; it is returned itself if it has the dtype.
        dtype: a name such as "float64", or a dtype of any array library.

    Raises:
        DTypeError: the dtype is unknown.
    """
    return a if a.dtype == named_dtype(dtype, dtype_namespace(a.dtype)) else AsType(dtype)(a)


absolute = abs
clone = copy
