"""Sine, cosine, tangent and their inverses, element by element; angles are in radians."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...backends import array_namespace
from ...numpy_on_demand import np
from ...op import Array, Sample
from ..broadcasting import PAIRS, Broadcasting, Unary, unbroadcast
from .comparisons import equal
from .powers import rsqrt
from .selection import where

if TYPE_CHECKING:
    from ...tensor import Tensor


class Sin(Unary):
    """The sine."""

    name = "sin"
    formula = "sin(a)"
    gradient_formula = "da = dc * cos(a)"
    needs = (0,)
    numpy_name = "sin"
    instruction = "sin"

    def compute(self, a: Array) -> Array:
        """Take the sine of each element."""
        return array_namespace(a).sin(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the cosine."""
        return out_grad * cos(node.inputs[0])


class Cos(Unary):
    """The cosine."""

    name = "cos"
    formula = "cos(a)"
    gradient_formula = "da = -dc * sin(a)"
    needs = (0,)
    numpy_name = "cos"
    instruction = "cos"

    def compute(self, a: Array) -> Array:
        """Take the cosine of each element."""
        return array_namespace(a).cos(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by minus the sine."""
        return -(out_grad * sin(node.inputs[0]))


class Tan(Unary):
    """The tangent."""

    name = "tan"
    formula = "tan(a)"
    gradient_formula = "da = dc * (1 + c**2)"
    needs = ("out",)
    numpy_name = "tan"
    domain = (-1.2, 1.2)
    instruction = "tan"

    def compute(self, a: Array) -> Array:
        """Take the tangent of each element."""
        return array_namespace(a).tan(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by one more than the square."""
        return out_grad * (node * node + 1)


class ASin(Unary):
    """The inverse of the sine, in [-pi/2, pi/2]."""

    name = "asin"
    formula = "asin(a)"
    gradient_formula = "da = dc / sqrt(1 - a**2)"
    needs = (0,)
    numpy_name = "arcsin"
    domain = (-0.9, 0.9)
    instruction = "asin"

    def compute(self, a: Array) -> Array:
        """Find the angle of each sine."""
        return array_namespace(a).asin(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by the cosine of the result."""
        a: Tensor = node.inputs[0]
        return out_grad * rsqrt(1 - a * a)


class ACos(Unary):
    """The inverse of the cosine, in [0, pi]."""

    name = "acos"
    formula = "acos(a)"
    gradient_formula = "da = -dc / sqrt(1 - a**2)"
    needs = (0,)
    numpy_name = "arccos"
    domain = (-0.9, 0.9)
    instruction = "acos"

    def compute(self, a: Array) -> Array:
        """Find the angle of each cosine."""
        return array_namespace(a).acos(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by minus the sine of the result."""
        a: Tensor = node.inputs[0]
        return -(out_grad * rsqrt(1 - a * a))


class ATan(Unary):
    """The inverse of the tangent, in (-pi/2, pi/2)."""

    name = "atan"
    formula = "atan(a)"
    gradient_formula = "da = dc / (1 + a**2)"
    needs = (0,)
    numpy_name = "arctan"
    instruction = "atan"

    def compute(self, a: Array) -> Array:
        """Find the angle of each tangent."""
        return array_namespace(a).atan(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by one more than the square."""
        a: Tensor = node.inputs[0]
        return out_grad / (a * a + 1)


class ATan2(Broadcasting):
    """The angle of the point (b, a) of the plane, in [-pi, pi]."""

    name = "atan2"
    formula = "atan2(a, b)"
    gradient_formula = "da = dc * b / (a**2 + b**2); db = -dc * a / (a**2 + b**2)"
    needs = (0, 1)
    instruction = "atan2"
    closed = "f"

    def compute(self, a: Array, b: Array) -> Array:
        """Find each angle."""
        return array_namespace(a).atan2(a, b)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """The angle moves with what of a change is perpendicular to the point; at the origin the gradient is 0."""
        a, b = node.inputs
        square = a * a + b * b
        share = out_grad / where(square.eq(0), 1.0, square)
        return (
            unbroadcast(share * b, a) if a.requires_grad else None,
            unbroadcast(-(share * a), b) if b.requires_grad else None,
        )

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes, and a point in each quadrant."""
        quadrants = [np.array([1.0, 1.0, -1.0, -0.5]), np.array([2.0, -0.5, 1.0, -1.5])]
        return [
            *[Sample(inputs=pair, reference=np.arctan2, domain=(0.5, 2.0)) for pair in PAIRS],
            Sample(inputs=quadrants, reference=np.arctan2, label="quadrants"),
        ]


_sin, _cos, _tan = Sin(), Cos(), Tan()
_asin, _acos, _atan, _atan2 = ASin(), ACos(), ATan(), ATan2()


def sin(a: Tensor) -> Tensor:
    """Take the sine of each element, an angle in radians."""
    return _sin(a)


def cos(a: Tensor) -> Tensor:
    """Take the cosine of each element, an angle in radians."""
    return _cos(a)


def tan(a: Tensor) -> Tensor:
    """Take the tangent of each element, an angle in radians."""
    return _tan(a)


def asin(a: Tensor) -> Tensor:
    """Find the angle in [-pi/2, pi/2] whose sine each element is; NaN outside [-1, 1]."""
    return _asin(a)


def acos(a: Tensor) -> Tensor:
    """Find the angle in [0, pi] whose cosine each element is; NaN outside [-1, 1]."""
    return _acos(a)


def atan(a: Tensor) -> Tensor:
    """Find the angle in (-pi/2, pi/2) whose tangent each element is."""
    return _atan(a)


def atan2(a: Tensor, b: Tensor) -> Tensor:
    """Find the angle in [-pi, pi] of each point (b, a): that whose tangent is a / b, in the right quadrant.

    The gradient at the origin is 0.

    Args:
        a: the second coordinates.
        b: the first coordinates; the shapes broadcast.
    """
    return _atan2(a, b)


arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2


def deg2rad(a: Tensor) -> Tensor:
    """Turn angles from degrees into radians."""
    return a * (math.pi / 180)


def rad2deg(a: Tensor) -> Tensor:
    """Turn angles from radians into degrees."""
    return a * (180 / math.pi)


def sinc(a: Tensor) -> Tensor:
    """Take sin(pi * a) / (pi * a) of each element, and 1 where it is 0, with a gradient of zero."""
    angle = a * math.pi
    nothing = equal(angle, 0)
    return where(nothing, 1.0, sin(angle) / where(nothing, 1.0, angle))
