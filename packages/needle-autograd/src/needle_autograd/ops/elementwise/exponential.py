"""Exponentials and logarithms, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...numpy_on_demand import np
from ...op import Array, Sample
from ..broadcasting import PAIRS, Broadcasting, Unary, unbroadcast
from .arithmetic import scalar_power
from .comparisons import equal, less_equal
from .logic import logical_and
from .selection import clip, where

if TYPE_CHECKING:
    from ...tensor import Tensor

POSITIVE = (0.25, 3.0)
"""Where samples of logarithms are drawn from."""


class Exp(Unary):
    """The exponential function."""

    name = "exp"
    formula = "exp(a)"
    gradient_formula = "da = dc * c"
    needs = ("out",)
    numpy_name = "exp"
    instruction = "exp"

    def compute(self, a: Array) -> Array:
        """Raise e to each element."""
        return array_namespace(a).exp(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The exponential is its own derivative."""
        return out_grad * node


class Expm1(Unary):
    """The exponential less one, exact near zero."""

    name = "expm1"
    formula = "exp(a) - 1"
    gradient_formula = "da = dc * (c + 1)"
    needs = ("out",)
    numpy_name = "expm1"
    instruction = "expm1"

    def compute(self, a: Array) -> Array:
        """Raise e to each element, less one."""
        return array_namespace(a).expm1(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The derivative is the exponential."""
        return out_grad * (node + 1)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and numbers near zero."""
        return [*super().samples(), _near_zero(np.expm1)]


class Log(Unary):
    """The natural logarithm."""

    name = "log"
    formula = "log(a)"
    gradient_formula = "da = dc / a"
    needs = (0,)
    numpy_name = "log"
    domain = POSITIVE
    instruction = "log"

    def compute(self, a: Array) -> Array:
        """Take the logarithm of each element."""
        return array_namespace(a).log(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by the operand."""
        a: Tensor = node.inputs[0]
        return out_grad / a


class Log1p(Unary):
    """The logarithm of one plus a tensor, exact near zero."""

    name = "log1p"
    formula = "log(1 + a)"
    gradient_formula = "da = dc / (1 + a)"
    needs = (0,)
    numpy_name = "log1p"
    domain = (-0.75, 3.0)
    instruction = "log1p"

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
        return [*super().samples(), _near_zero(np.log1p)]


class Log2(Unary):
    """The logarithm to the base 2."""

    name = "log2"
    formula = "log2(a)"
    gradient_formula = "da = dc / (a * log(2))"
    needs = (0,)
    numpy_name = "log2"
    domain = POSITIVE
    instruction = "log2"

    def compute(self, a: Array) -> Array:
        """Take the logarithm of each element."""
        return array_namespace(a).log2(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by the operand and by log(2)."""
        a: Tensor = node.inputs[0]
        return out_grad / (a * math.log(2))


class Log10(Unary):
    """The logarithm to the base 10."""

    name = "log10"
    formula = "log10(a)"
    gradient_formula = "da = dc / (a * log(10))"
    needs = (0,)
    numpy_name = "log10"
    domain = POSITIVE
    instruction = "log10"

    def compute(self, a: Array) -> Array:
        """Take the logarithm of each element."""
        return array_namespace(a).log10(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by the operand and by log(10)."""
        a: Tensor = node.inputs[0]
        return out_grad / (a * math.log(10))


class LogAddExp(Broadcasting):
    """The logarithm of the sum of two exponentials, without overflow."""

    name = "logaddexp"
    formula = "log(exp(a) + exp(b))"
    gradient_formula = "da = dc * sigmoid(a - b); db = dc * sigmoid(b - a)"
    needs = (0, 1)
    instruction = "logaddexp"
    closed = "f"

    def compute(self, a: Array, b: Array) -> Array:
        """Take the larger, and add what the other contributes."""
        return array_namespace(a).logaddexp(a, b)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Each operand has the share that its exponential has in the sum."""
        a, b = node.inputs
        return (
            unbroadcast(out_grad * (a - b).sigmoid(), a) if a.requires_grad else None,
            unbroadcast(out_grad * (b - a).sigmoid(), b) if b.requires_grad else None,
        )

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes."""
        return [Sample(inputs=pair, reference=np.logaddexp) for pair in PAIRS]


class XLogY(Broadcasting):
    """One operand times the logarithm of the other, and 0 where the first is 0, as entropies have it."""

    name = "xlogy"
    formula = "a * log(b), or 0 where a = 0 and b is not NaN"
    gradient_formula = "da = dc * log(b), or 0 where a = 0 and b <= 0; db = dc * a / b"
    needs = (0, 1)
    closed = "f"

    def compute(self, a: Array, b: Array) -> Array:
        """Leave the logarithm out where it does not count."""
        xp = array_namespace(a)
        nothing = (a == 0) & ~xp.isnan(b)
        product = a * xp.log(xp.where(nothing, xp.ones_like(b), b))
        return xp.where(nothing, xp.zeros_like(product), product)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """As of the product, but for the first operand 0 where the logarithm is left out and not finite."""
        a, b = node.inputs
        a_grad = None
        if a.requires_grad:
            left_out = logical_and(equal(a, 0), less_equal(b, 0))
            a_grad = unbroadcast(out_grad * log(where(left_out, 1.0, b)), a)
        return a_grad, unbroadcast(out_grad * (a / b), b) if b.requires_grad else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes; zeros."""

        def reference(a: Any, b: Any) -> Any:
            return a * np.log(b)

        zeros = [np.array([0.0, 0.0, 1.0]), np.array([0.0, 2.0, 1.0])]
        return [
            *[Sample(inputs=pair, reference=reference, domain=(0.5, 2.0)) for pair in PAIRS],
            Sample(inputs=zeros, reference=lambda a, b: np.zeros(3), order=0, label="zeros"),
        ]


def _near_zero(reference: np.ufunc) -> Sample:
    return Sample(inputs=[np.array([1e-12, -1e-9, 0.0])], reference=reference, label="near zero")


_exp, _expm1, _logaddexp, _xlogy = Exp(), Expm1(), LogAddExp(), XLogY()
_log, _log1p, _log2, _log10 = Log(), Log1p(), Log2(), Log10()


def exp(a: Tensor) -> Tensor:
    """Raise e to the power of each element."""
    return _exp(a)


def exp2(a: Tensor) -> Tensor:
    """Raise 2 to the power of each element."""
    return scalar_power(2.0, a)


def expm1(a: Tensor) -> Tensor:
    """Raise e to the power of each element, less one; exact near zero."""
    return _expm1(a)


def log(a: Tensor) -> Tensor:
    """Take the natural logarithm of each element."""
    return _log(a)


def log1p(a: Tensor) -> Tensor:
    """Take the natural logarithm of each element plus one; exact near zero."""
    return _log1p(a)


def log2(a: Tensor) -> Tensor:
    """Take the logarithm of each element to the base 2."""
    return _log2(a)


def log10(a: Tensor) -> Tensor:
    """Take the logarithm of each element to the base 10."""
    return _log10(a)


def logaddexp(a: Tensor, b: Tensor) -> Tensor:
    """Take log(exp(a) + exp(b)) of two tensors whose shapes broadcast, without overflow."""
    return _logaddexp(a, b)


def logaddexp2(a: Tensor, b: Tensor) -> Tensor:
    """Take log2(2**a + 2**b) of two tensors whose shapes broadcast, without overflow."""
    return _logaddexp(a * math.log(2), b * math.log(2)) * (1 / math.log(2))


def xlogy(a: Tensor, b: Tensor | float) -> Tensor:
    """Take a * log(b) of two tensors whose shapes broadcast, and 0 where `a` is 0, unless `b` is NaN."""
    return _xlogy(a, b)


def logit(a: Tensor, eps: float | None = None) -> Tensor:
    """Take log(a / (1 - a)) of each element, the inverse of `sigmoid`.

    Args:
        a: probabilities.
        eps: if given, elements count as eps at least and as 1 - eps at most, with a gradient of zero beyond.
    """
    if eps is not None:
        a = clip(a, eps, 1 - eps)
    return log(a) - log1p(-a)
