"""Dropout with a mask that is drawn from the package's generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import random
from ...backends import kernels
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..arguments import number_argument
from ..broadcasting import constant_like, is_floating

if TYPE_CHECKING:
    from ...tensor import Tensor


class Dropout(TensorOp):
    """A tensor with elements replaced by 0 where a mask is False, and the others scaled by 1 / (1 - p).

    Args:
        p: the probability with which the mask is False.
    """

    name = "dropout"
    formula = "a / (1 - p) where keep, else 0"
    gradient_formula = "da = dc / (1 - p) where keep, else 0"
    needs = (1,)

    def __init__(self, p: float = 0.5) -> None:
        self.p = number_argument(self.name, "p", p)

    def compute(self, a: Array, keep: Array) -> Array:
        """Apply the mask."""
        return kernels(a).dropout(a, keep, self.p)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, None]:
        """The same mask again."""
        return Dropout(self.p)(out_grad, node.inputs[1]), None

    def infer(self, a: Spec, keep: Spec) -> Spec | None:
        """The mask has the operand's shape; the result of integers is of floating point."""
        if a.shape != keep.shape:
            raise ShapeError(f"dropout: shape {a.shape} and mask of shape {keep.shape}; expected equal shapes")
        return a if is_floating(a.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """Some kept and some dropped, nothing."""
        masks = [np.array([[True, False, True], [False, False, True]]), np.zeros((0, 3), bool), np.ones((1,), bool)]
        return [
            Sample(
                inputs=[mask.shape, mask],
                kwargs={"p": 0.25},
                reference=lambda a, keep, p: np.where(keep, a / (1 - p), 0),
            )
            for mask in masks
        ]


def dropout(a: Tensor, p: float = 0.5, *, generator: Any = None) -> Tensor:
    """Replace elements by 0 at random, and scale the others so that the expected value stays: a * keep / (1 - p).

    Args:
        a: a tensor of floating point.
        p: the probability with which an element is dropped, in [0, 1].
        generator: what the mask is drawn from; None for the default generator of `needle_autograd.random`.

    Returns:
        A new tensor; with p = 0, `a` itself.

    Raises:
        ValueError: p is outside [0, 1].

    Source: Srivastava et al., "Dropout", 2014, https://jmlr.org/papers/v15/srivastava14a.html.
    """
    p = number_argument("dropout", "p", p)
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p is {p}; expected a probability from 0 to 1")
    if p == 0:
        return a
    if p == 1:
        return a * 0
    keep = random.bernoulli(a.shape, 1 - p, generator=generator)
    return Dropout(p)(a, constant_like(keep, a))
