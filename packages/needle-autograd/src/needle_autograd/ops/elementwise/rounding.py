"""Rounding to whole numbers, and what division leaves, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...numpy_on_demand import np
from ...op import Array, Sample
from ..broadcasting import PAIRS, Broadcasting, Step, unbroadcast
from .arithmetic import divide

if TYPE_CHECKING:
    from ...tensor import Tensor


class Floor(Step):
    """The next whole number below, or the number itself."""

    name = "floor"
    formula = "floor(a)"
    numpy_name = "floor"
    kinks = (-2.0, -1.0, 0.0, 1.0, 2.0)
    instruction = "floor"

    def compute(self, a: Array) -> Array:
        """Round each element down."""
        return array_namespace(a).floor(a)


class Ceil(Step):
    """The next whole number above, or the number itself."""

    name = "ceil"
    formula = "ceil(a)"
    numpy_name = "ceil"
    kinks = (-2.0, -1.0, 0.0, 1.0, 2.0)
    instruction = "ceil"

    def compute(self, a: Array) -> Array:
        """Round each element up."""
        return array_namespace(a).ceil(a)


class Trunc(Step):
    """The whole part: the next whole number towards zero."""

    name = "trunc"
    formula = "trunc(a)"
    numpy_name = "trunc"
    kinks = (-2.0, -1.0, 0.0, 1.0, 2.0)
    instruction = "trunc"

    def compute(self, a: Array) -> Array:
        """Drop each fraction."""
        return array_namespace(a).trunc(a)


class Round(Step):
    """The nearest whole number; of two, the even one."""

    name = "round"
    formula = "round(a)"
    numpy_name = "round"
    kinks = (-1.5, -0.5, 0.5, 1.5)
    instruction = "round"

    def compute(self, a: Array) -> Array:
        """Round each element."""
        return array_namespace(a).round(a)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and halves."""
        halves = np.array([-1.5, -0.5, 0.5, 1.5, 2.5])
        return [*super().samples(), Sample(inputs=[halves], reference=np.round, order=0, exact=True, label="halves")]


def _divisions() -> tuple[Any, Any]:
    """Return dividends and divisors of all signs, for samples."""
    return (
        np.array([[-3.5, 3.5, -3.5, 3.5], [0.25, -0.25, 7.0, -5.0]]),
        np.array([[2.0, -2.0, -2.0, 2.0], [1.5, 1.5, 4.0, -3.0]]),
    )


class FloorDivide(Broadcasting):
    """The quotient rounded down; it requires no gradient."""

    name = "floor_divide"
    formula = "floor(a / b)"
    gradient_formula = "none"
    needs = ()
    differentiable = False
    instruction = "floor_divide"
    closed = "iuf"

    def compute(self, a: Array, b: Array) -> Array:
        """Divide and round down."""
        return array_namespace(a).floor_divide(a, b)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes, all signs, integers."""
        integers = [np.array([-7, 7, 6]), np.array([2, -2, 3])]
        return [
            *[Sample(inputs=pair, reference=np.floor_divide, order=0, domain=(0.5, 2.0)) for pair in PAIRS],
            Sample(inputs=_divisions(), reference=np.floor_divide, order=0, label="signs"),
            Sample(inputs=integers, reference=np.floor_divide, order=0, exact=True, label="integers"),
        ]


class Remainder(Broadcasting):
    """What the quotient rounded down leaves; it has the sign of the divisor, as Python's `%`."""

    name = "remainder"
    formula = "a - floor(a / b) * b"
    gradient_formula = "da = dc; db = -dc * floor(a / b)"
    needs = (0, 1)
    instruction = "remainder"
    closed = "iuf"

    def compute(self, a: Array, b: Array) -> Array:
        """Divide and keep the rest."""
        return array_namespace(a).remainder(a, b)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Between its jumps the rest is linear in both operands."""
        a, b = node.inputs
        return (
            unbroadcast(out_grad, a) if a.requires_grad else None,
            unbroadcast(-(out_grad * floor_divide(a, b)), b) if b.requires_grad else None,
        )

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes, all signs."""
        return [
            *[Sample(inputs=pair, reference=np.remainder, domain=(0.5, 2.0)) for pair in PAIRS],
            Sample(inputs=_divisions(), reference=np.remainder, label="signs"),
        ]


class Fmod(Broadcasting):
    """What the quotient rounded towards zero leaves; it has the sign of the dividend, as C's `fmod`."""

    name = "fmod"
    formula = "a - trunc(a / b) * b"
    gradient_formula = "da = dc; db = -dc * trunc(a / b)"
    needs = (0, 1)
    closed = "iuf"

    def compute(self, a: Array, b: Array) -> Array:
        """The remainder of the sizes, which is exact, with the sign of the dividend."""
        namespace = array_namespace(a)
        return namespace.sign(a) * namespace.remainder(namespace.abs(a), namespace.abs(b))

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Between its jumps the rest is linear in both operands."""
        a, b = node.inputs
        return (
            unbroadcast(out_grad, a) if a.requires_grad else None,
            unbroadcast(-(out_grad * trunc(divide(a, b))), b) if b.requires_grad else None,
        )

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes, all signs."""
        return [
            *[Sample(inputs=pair, reference=np.fmod, domain=(0.5, 2.0)) for pair in PAIRS],
            Sample(inputs=_divisions(), reference=np.fmod, label="signs"),
        ]


_floor, _ceil, _trunc, _round = Floor(), Ceil(), Trunc(), Round()
_floor_divide, _remainder, _fmod = FloorDivide(), Remainder(), Fmod()


def floor(a: Tensor) -> Tensor:
    """Round each element down to a whole number; the gradient is zero."""
    return _floor(a)


def ceil(a: Tensor) -> Tensor:
    """Round each element up to a whole number; the gradient is zero."""
    return _ceil(a)


def trunc(a: Tensor) -> Tensor:
    """Round each element towards zero to a whole number; the gradient is zero."""
    return _trunc(a)


def round(a: Tensor) -> Tensor:
    """Round each element to the nearest whole number, halves to the even one; the gradient is zero."""
    return _round(a)


def floor_divide(a: Tensor, b: Tensor | float) -> Tensor:
    """Divide and round down, as Python's `//`; the result requires no gradient.

    Args:
        a: the dividends.
        b: the divisors, a tensor or a number; the shapes broadcast.
    """
    return _floor_divide(a, b)


def remainder(a: Tensor, b: Tensor | float) -> Tensor:
    """Return what division leaves, with the sign of the divisor, as Python's `%`.

    Args:
        a: the dividends.
        b: the divisors, a tensor or a number; the shapes broadcast.
    """
    return _remainder(a, b)


def fmod(a: Tensor, b: Tensor | float) -> Tensor:
    """Return what division leaves, with the sign of the dividend, as C's `fmod`.

    Args:
        a: the dividends.
        b: the divisors, a tensor or a number; the shapes broadcast.
    """
    return _fmod(a, b)


def frac(a: Tensor) -> Tensor:
    """Return what `trunc` leaves of each element, with its sign; the gradient is one."""
    return a - trunc(a)
