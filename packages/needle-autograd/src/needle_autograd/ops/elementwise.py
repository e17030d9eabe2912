"""Functions of one tensor, element by element: exponentials, logarithms, roots, sines, signs, conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..backends import array_namespace, dtype_name, dtype_namespace, named_dtype
from ..op import Array, Sample, Spec, TensorOp
from .broadcasting import SHAPES, Elementwise

if TYPE_CHECKING:
    from ..tensor import Tensor

POSITIVE = (0.25, 3.0)
TINY = np.array([1e-12, -1e-9, 0.0])


class Exp(Elementwise):
    """The exponential function."""

    name = "exp"
    formula = "exp(a)"
    gradient_formula = "da = dc * c"
    needs = ("out",)

    def compute(self, a: Array) -> Array:
        """Raise e to each element."""
        return array_namespace(a).exp(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The exponential is its own derivative."""
        return out_grad * node

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape], reference=np.exp) for shape in SHAPES]


class Expm1(Elementwise):
    """The exponential less one, exact near zero."""

    name = "expm1"
    formula = "exp(a) - 1"
    gradient_formula = "da = dc * (c + 1)"
    needs = ("out",)

    def compute(self, a: Array) -> Array:
        """Raise e to each element, less one."""
        return array_namespace(a).expm1(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The derivative is the exponential."""
        return out_grad * (node + 1)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and numbers near zero."""
        operands: list[Any] = [*SHAPES, TINY]
        return [Sample(inputs=[operand], reference=np.expm1) for operand in operands]


class Log(Elementwise):
    """The natural logarithm."""

    name = "log"
    formula = "log(a)"
    gradient_formula = "da = dc / a"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """Take the logarithm of each element."""
        return array_namespace(a).log(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by the operand."""
        a: Tensor = node.inputs[0]
        return out_grad / a

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, of positive numbers."""
        return [Sample(inputs=[shape], reference=np.log, domain=POSITIVE) for shape in SHAPES]


class Log1p(Elementwise):
    """The logarithm of one plus a tensor, exact near zero."""

    name = "log1p"
    formula = "log(1 + a)"
    gradient_formula = "da = dc / (1 + a)"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """Take the logarithm of each element plus one."""
        return array_namespace(a).log1p(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by the operand plus one."""
        a: Tensor = node.inputs[0]
        return out_grad / (a + 1)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and numbers near zero."""
        operands: list[Any] = [*SHAPES, TINY]
        return [Sample(inputs=[operand], reference=np.log1p, domain=(-0.75, 3.0)) for operand in operands]


class Sqrt(Elementwise):
    """The square root; its derivative at 0 is infinite."""

    name = "sqrt"
    formula = "sqrt(a)"
    gradient_formula = "da = dc / (2 * c)"
    needs = ("out",)

    def compute(self, a: Array) -> Array:
        """Take the root of each element."""
        return array_namespace(a).sqrt(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by twice the root."""
        return out_grad / (node * 2)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, of positive numbers."""
        return [Sample(inputs=[shape], reference=np.sqrt, domain=POSITIVE) for shape in SHAPES]


class Sin(Elementwise):
    """The sine."""

    name = "sin"
    formula = "sin(a)"
    gradient_formula = "da = dc * cos(a)"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """Take the sine of each element."""
        return array_namespace(a).sin(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the cosine."""
        return out_grad * cos(node.inputs[0])

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape], reference=np.sin) for shape in SHAPES]


class Cos(Elementwise):
    """The cosine."""

    name = "cos"
    formula = "cos(a)"
    gradient_formula = "da = -dc * sin(a)"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """Take the cosine of each element."""
        return array_namespace(a).cos(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by minus the sine."""
        return -(out_grad * sin(node.inputs[0]))

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape], reference=np.cos) for shape in SHAPES]


class Abs(Elementwise):
    """The absolute value; its derivative at 0 is taken as 0."""

    name = "abs"
    formula = "|a|"
    gradient_formula = "da = dc * sign(a)"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """Drop each sign."""
        return array_namespace(a).abs(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the sign."""
        return out_grad * sign(node.inputs[0])

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape], reference=np.abs, kinks=(0.0,), exact=True) for shape in SHAPES]


class Sign(Elementwise):
    """-1, 0 or 1, as an element is negative, zero or positive; constant, so it requires no gradient."""

    name = "sign"
    formula = "a / |a|, or 0"
    gradient_formula = "none"
    needs = ()
    differentiable = False

    def compute(self, a: Array) -> Array:
        """Take each sign."""
        return array_namespace(a).sign(a)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and a zero."""
        operands: list[Any] = [*SHAPES, np.array([0.0, -3.0, 2.0])]
        return [Sample(inputs=[operand], reference=np.sign, order=0, exact=True) for operand in operands]


class AsType(TensorOp):
    """A tensor converted to another dtype; integers and booleans require no gradient.

    Args:
        dtype: a name such as "float64", or a dtype of any array library.
    """

    name = "astype"
    formula = "a as dtype"
    gradient_formula = "da = dc as the dtype of a"
    needs = ()

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

    @classmethod
    def samples(cls) -> list[Sample]:
        """From and to floating point."""
        reference = lambda a, dtype: a.astype(dtype)  # noqa: E731
        return [
            *[Sample(inputs=[shape], kwargs={"dtype": "float64"}, reference=reference, exact=True) for shape in SHAPES],
            Sample(inputs=[(2, 3)], kwargs={"dtype": "int64"}, reference=reference, order=0, exact=True),
            Sample(inputs=[np.array([0, 1, 5])], kwargs={"dtype": "float32"}, reference=reference, order=0, exact=True),
        ]


_exp, _expm1, _log, _log1p, _sqrt, _abs, _sign = Exp(), Expm1(), Log(), Log1p(), Sqrt(), Abs(), Sign()
_sin, _cos = Sin(), Cos()


def exp(a: Tensor) -> Tensor:
    """Raise e to the power of each element."""
    return _exp(a)


def expm1(a: Tensor) -> Tensor:
    """Raise e to the power of each element, less one; exact near zero."""
    return _expm1(a)


def log(a: Tensor) -> Tensor:
    """Take the natural logarithm of each element."""
    return _log(a)


def log1p(a: Tensor) -> Tensor:
    """Take the natural logarithm of each element plus one; exact near zero."""
    return _log1p(a)


def sqrt(a: Tensor) -> Tensor:
    """Take the square root of each element; the gradient at 0 is infinite."""
    return _sqrt(a)


def sin(a: Tensor) -> Tensor:
    """Take the sine of each element, an angle in radians."""
    return _sin(a)


def cos(a: Tensor) -> Tensor:
    """Take the cosine of each element, an angle in radians."""
    return _cos(a)


def abs(a: Tensor) -> Tensor:
    """Take the absolute value of each element; the gradient at 0 is 0."""
    return _abs(a)


def sign(a: Tensor) -> Tensor:
    """Return -1, 0 or 1 as each element is negative, zero or positive; the result requires no gradient."""
    return _sign(a)


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
