"""The error function, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..backends import kernels
from ..numpy_on_demand import np
from ..op import Array, Sample
from .broadcasting import SHAPES, Elementwise
from .exponential import exp

if TYPE_CHECKING:
    from ..tensor import Tensor


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


_erf = Erf()


def erf(a: Tensor) -> Tensor:
    """Take the error function of each element: 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to it.

    Needle's own arrays compute it in vectors; the arrays of other libraries through Python's `math.erf`, number by
    number, as neither NumPy nor the Array API standard has it.
    """
    return _erf(a)
