"""Hyperbolic functions and their inverses, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...backends import array_namespace, kernels
from ...op import Array, Sample
from ..broadcasting import SHAPES, Elementwise, Unary
from .powers import rsqrt

if TYPE_CHECKING:
    from ...fusion import Instructions
    from ...tensor import Tensor


class Sinh(Unary):
    """The hyperbolic sine."""

    name = "sinh"
    formula = "sinh(a)"
    gradient_formula = "da = dc * cosh(a)"
    needs = (0,)
    numpy_name = "sinh"
    instruction = "sinh"

    def compute(self, a: Array) -> Array:
        """Take the sine of each element."""
        return array_namespace(a).sinh(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the cosine."""
        return out_grad * cosh(node.inputs[0])


class Cosh(Unary):
    """The hyperbolic cosine."""

    name = "cosh"
    formula = "cosh(a)"
    gradient_formula = "da = dc * sinh(a)"
    needs = (0,)
    numpy_name = "cosh"
    instruction = "cosh"

    def compute(self, a: Array) -> Array:
        """Take the cosine of each element."""
        return array_namespace(a).cosh(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the sine."""
        return out_grad * sinh(node.inputs[0])


class Tanh(Unary):
    """The hyperbolic tangent."""

    name = "tanh"
    formula = "tanh(a)"
    gradient_formula = "da = dc * (1 - c**2)"
    needs = ("out",)
    numpy_name = "tanh"
    instruction = "tanh"

    def compute(self, a: Array) -> Array:
        """Take the tangent of each element."""
        return array_namespace(a).tanh(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return _tanh_grad(out_grad, node)


class TanhGrad(Elementwise):
    """The gradient of the hyperbolic tangent, from its result."""

    name = "tanh_grad"
    formula = "dc * (1 - c**2)"
    gradient_formula = "ddc = de * (1 - c**2); dc = -2 * de * dc * c"
    needs = (0, 1)
    instruction = "multiply"

    def compute(self, out_grad: Array, out: Array) -> Array:
        """Multiply by the slope."""
        return kernels(out).tanh_grad(out_grad, out)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        """It is linear in its first operand and a parabola in the second."""
        grad, out = node.inputs
        return _tanh_grad(out_grad, out), out_grad * grad * (out * -2)

    def emit(self, program: Instructions, *operands: int) -> int:
        """Multiply by one less the square, in factors as the kernel does."""
        out_grad, out = operands
        one = program.constant(1.0)
        slope = program.append("multiply", program.append("subtract", one, out), program.append("add", one, out))
        return program.append("multiply", out_grad, slope)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape, shape], reference=lambda g, y: g * (1 - y * y)) for shape in SHAPES]


class ASinh(Unary):
    """The inverse of the hyperbolic sine."""

    name = "asinh"
    formula = "asinh(a)"
    gradient_formula = "da = dc / sqrt(a**2 + 1)"
    needs = (0,)
    numpy_name = "arcsinh"
    instruction = "asinh"

    def compute(self, a: Array) -> Array:
        """Find the number of each sine."""
        return array_namespace(a).asinh(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by the cosine of the result."""
        a: Tensor = node.inputs[0]
        return out_grad * rsqrt(a * a + 1)


class ACosh(Unary):
    """The inverse of the hyperbolic cosine, at least 0."""

    name = "acosh"
    formula = "acosh(a)"
    gradient_formula = "da = dc / sqrt(a**2 - 1)"
    needs = (0,)
    numpy_name = "arccosh"
    domain = (1.25, 3.0)
    instruction = "acosh"

    def compute(self, a: Array) -> Array:
        """Find the number of each cosine."""
        return array_namespace(a).acosh(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by the sine of the result."""
        a: Tensor = node.inputs[0]
        return out_grad * rsqrt(a * a - 1)


class ATanh(Unary):
    """The inverse of the hyperbolic tangent."""

    name = "atanh"
    formula = "atanh(a)"
    gradient_formula = "da = dc / (1 - a**2)"
    needs = (0,)
    numpy_name = "arctanh"
    domain = (-0.8, 0.8)
    instruction = "atanh"

    def compute(self, a: Array) -> Array:
        """Find the number of each tangent."""
        return array_namespace(a).atanh(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by one less the square."""
        a: Tensor = node.inputs[0]
        return out_grad / (1 - a * a)


_sinh, _cosh, _tanh, _tanh_grad = Sinh(), Cosh(), Tanh(), TanhGrad()
_asinh, _acosh, _atanh = ASinh(), ACosh(), ATanh()


def sinh(a: Tensor) -> Tensor:
    """Take the hyperbolic sine of each element."""
    return _sinh(a)


def cosh(a: Tensor) -> Tensor:
    """Take the hyperbolic cosine of each element."""
    return _cosh(a)


def tanh(a: Tensor) -> Tensor:
    """Take the hyperbolic tangent of each element."""
    return _tanh(a)


def asinh(a: Tensor) -> Tensor:
    """Find the number whose hyperbolic sine each element is."""
    return _asinh(a)


def acosh(a: Tensor) -> Tensor:
    """Find the number, at least 0, whose hyperbolic cosine each element is; NaN below 1."""
    return _acosh(a)


def atanh(a: Tensor) -> Tensor:
    """Find the number whose hyperbolic tangent each element is; NaN outside [-1, 1]."""
    return _atanh(a)


arcsinh, arccosh, arctanh = asinh, acosh, atanh
