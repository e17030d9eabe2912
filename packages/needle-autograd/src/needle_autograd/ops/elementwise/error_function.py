"""The error function, what it lacks to 1, and its inverse, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...backends import kernels
from ...numpy_on_demand import np
from ...op import Array, Sample
from ..broadcasting import SHAPES, Elementwise
from .exponential import exp

if TYPE_CHECKING:
    from ...tensor import Tensor


class Erf(Elementwise):
    """The error function: how likely a normal number of variance 1/2 is smaller in size, with the operand's sign."""

    name = "erf"
    formula = "2 / sqrt(pi) * (integral of exp(-t**2) from 0 to a)"
    gradient_formula = "da = dc * 2 / sqrt(pi) * exp(-a**2)"
    needs = (0,)
    instruction = "erf"

    def compute(self, a: Array) -> Array:
        """Take the function of each element."""
        return kernels(a).erf(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the bell curve under the integral."""
        a: Tensor = node.inputs[0]
        return out_grad * (exp(-(a * a)) * (2 / math.sqrt(math.pi)))

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        reference = np.vectorize(math.erf, otypes=[np.float64])
        return [Sample(inputs=[shape], reference=reference) for shape in SHAPES]


class Erfc(Elementwise):
    """What the error function lacks to 1: how likely a normal number of variance 1/2 is larger, times 2."""

    name = "erfc"
    formula = "1 - erf(a) = 2 / sqrt(pi) * (integral of exp(-t**2) from a to infinity)"
    gradient_formula = "da = -dc * 2 / sqrt(pi) * exp(-a**2)"
    needs = (0,)
    instruction = "erfc"

    def compute(self, a: Array) -> Array:
        """Take the function of each element; one less erf would have no digits left from 6 on."""
        return kernels(a).erfc(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the bell curve under the integral."""
        a: Tensor = node.inputs[0]
        return out_grad * (exp(-(a * a)) * (-2 / math.sqrt(math.pi)))

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        reference = np.vectorize(math.erfc, otypes=[np.float64])
        return [Sample(inputs=[shape], reference=reference) for shape in SHAPES]


class ErfInv(Elementwise):
    """The inverse of the error function."""

    name = "erfinv"
    formula = "the c with erf(c) = a"
    gradient_formula = "da = dc * sqrt(pi) / 2 * exp(c**2)"
    needs = ("out",)

    def compute(self, a: Array) -> Array:
        """Find the number for each element."""
        return kernels(a).erfinv(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by the bell curve at the result."""
        return out_grad * (exp(node * node) * (math.sqrt(math.pi) / 2))

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and numbers that went through the error function."""

        def through(a: Tensor) -> Tensor:
            return _erfinv(erf(a))

        def reference(a: Any) -> Any:
            points = np.linspace(-2.0, 2.0, 4001)
            rough = np.interp(a, np.vectorize(math.erf)(points), points)
            for _ in range(3):  # Newton's steps
                rough = rough - (np.vectorize(math.erf, otypes=[float])(rough) - a) * np.exp(rough**2) / 2 * np.pi**0.5
            return rough

        return [
            *[Sample(inputs=[shape], reference=reference, domain=(-0.9, 0.9)) for shape in SHAPES],
            Sample(inputs=[(2, 3)], call=through, reference=lambda a: a, domain=(-1.0, 1.0), label="of erf"),
        ]


_erf, _erfc, _erfinv = Erf(), Erfc(), ErfInv()


def erf(a: Tensor) -> Tensor:
    """Take the error function of each element: 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to it.

    Needle's own arrays compute it in vectors; the arrays of other libraries through Python's `math.erf`, number by
    number, as neither NumPy nor the Array API standard has it.
    """
    return _erf(a)


def erfc(a: Tensor) -> Tensor:
    """Take 1 - erf(a) of each element, to all digits also where erf(a) is nearly 1."""
    return _erfc(a)


def erfinv(a: Tensor) -> Tensor:
    """Find the number whose error function each element is; Python computes it number by number.

    At -1 and 1 it is infinite, and NaN beyond.
    """
    return _erfinv(a)
