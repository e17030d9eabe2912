"""What all losses have in common: shapes that must be equal, and the sum or mean over their elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import ShapeError
from ..arguments import require_tensors

if TYPE_CHECKING:
    from ...tensor import Tensor

REDUCTIONS = ("mean", "sum", "none")


def check_reduction(name: str, reduction: str, known: tuple[str, ...] = REDUCTIONS) -> None:
    """Refuse an unknown reduction.

    Raises:
        ValueError: it is not one of the known ones.
    """
    if reduction not in known:
        *others, last = map(repr, known)
        raise ValueError(f"{name}: unknown reduction {reduction!r}; expected {', '.join(others)} or {last}")


def check_target(name: str, input: Any, target: Any) -> None:
    """Refuse a target that is not of the shape of the predictions, instead of broadcasting it.

    Raises:
        ShapeError: the shapes differ.
    """
    require_tensors(name, input=input, target=target)
    if input.shape != target.shape:
        hint = ""
        if sorted(size for size in input.shape if size != 1) == sorted(size for size in target.shape if size != 1):
            hint = f"; write target.reshape({input.shape}) if the elements correspond"
        raise ShapeError(
            f"{name}: input has shape {input.shape} and target {target.shape}; expected equal shapes{hint}"
        )


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """Return the mean or the sum of losses, or the losses themselves."""
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
