"""Squares, roots and reciprocals, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...backends import array_namespace
from ...numpy_on_demand import np
from ...op import Array, Sample
from ..broadcasting import PAIRS, SHAPES, Broadcasting, Unary, unbroadcast

if TYPE_CHECKING:
    from ...fusion import Instructions
    from ...tensor import Tensor


class Square(Unary):
    """The square."""

    name = "square"
    formula = "a**2"
    gradient_formula = "da = dc * 2 * a"
    needs = (0,)
    numpy_name = "square"
    instruction = "square"

    def compute(self, a: Array) -> Array:
        """Multiply each element by itself."""
        return array_namespace(a).square(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by twice the operand."""
        a: Tensor = node.inputs[0]
        return out_grad * (a * 2)


class Sqrt(Unary):
    """The square root; its derivative at 0 is infinite."""

    name = "sqrt"
    formula = "sqrt(a)"
    gradient_formula = "da = dc / (2 * c)"
    needs = ("out",)
    numpy_name = "sqrt"
    domain = (0.25, 3.0)
    instruction = "sqrt"

    def compute(self, a: Array) -> Array:
        """Take the root of each element."""
        return array_namespace(a).sqrt(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by twice the root."""
        return out_grad / (node * 2)


class Rsqrt(Unary):
    """The reciprocal of the square root."""

    name = "rsqrt"
    formula = "1 / sqrt(a)"
    gradient_formula = "da = -dc * c**3 / 2"
    needs = ("out",)
    instruction = "divide"

    def compute(self, a: Array) -> Array:
        """Take the root of each element and divide 1 by it."""
        return 1.0 / array_namespace(a).sqrt(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The derivative of a**(-1/2) is -a**(-3/2) / 2."""
        return out_grad * (node**3 * -0.5)

    def emit(self, program: Instructions, *operands: int) -> int:
        """Divide 1 by the root."""
        return program.append("divide", program.constant(1.0), program.append("sqrt", *operands))

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, of positive numbers."""
        return [Sample(inputs=[s], reference=lambda a: 1 / np.sqrt(a), domain=(0.25, 3.0)) for s in SHAPES]


class Reciprocal(Unary):
    """One divided by a tensor."""

    name = "reciprocal"
    formula = "1 / a"
    gradient_formula = "da = -dc * c**2"
    needs = ("out",)
    numpy_name = "reciprocal"
    domain = (0.5, 2.0)
    instruction = "divide"

    def compute(self, a: Array) -> Array:
        """Divide 1 by each element."""
        return 1.0 / a

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The derivative of 1/a is -1/a**2."""
        return -(out_grad * (node * node))

    def emit(self, program: Instructions, *operands: int) -> int:
        """Divide 1 by each element."""
        return program.append("divide", program.constant(1.0), *operands)


class Hypot(Broadcasting):
    """The length of the hypotenuse, without overflow of the squares."""

    name = "hypot"
    formula = "sqrt(a**2 + b**2)"
    gradient_formula = "da = dc * a / c; db = dc * b / c"
    needs = (0, 1, "out")
    instruction = "hypot"
    closed = "f"

    def compute(self, a: Array, b: Array) -> Array:
        """Take the root of the sum of squares."""
        return array_namespace(a).hypot(a, b)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """The unit vector of (a, b)."""
        a, b = node.inputs
        return (
            unbroadcast(out_grad * (a / node), a) if a.requires_grad else None,
            unbroadcast(out_grad * (b / node), b) if b.requires_grad else None,
        )

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes, away from the origin."""
        return [Sample(inputs=pair, reference=np.hypot, domain=(0.5, 2.0)) for pair in PAIRS]


_square, _sqrt, _rsqrt, _reciprocal, _hypot = Square(), Sqrt(), Rsqrt(), Reciprocal(), Hypot()


def square(a: Tensor) -> Tensor:
    """Multiply each element by itself."""
    return _square(a)


def sqrt(a: Tensor) -> Tensor:
    """Take the square root of each element; the gradient at 0 is infinite."""
    return _sqrt(a)


def rsqrt(a: Tensor) -> Tensor:
    """Take 1 / sqrt(a) of each element."""
    return _rsqrt(a)


def reciprocal(a: Tensor) -> Tensor:
    """Take 1 / a of each element."""
    return _reciprocal(a)


def hypot(a: Tensor, b: Tensor) -> Tensor:
    """Take sqrt(a**2 + b**2) of two tensors whose shapes broadcast; no square overflows.

    The gradient where both are 0 is NaN, as the function has a kink there.
    """
    return _hypot(a, b)
