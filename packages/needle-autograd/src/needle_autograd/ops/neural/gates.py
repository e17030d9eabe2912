"""Gates: some of the elements say how much passes of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ShapeError
from ..axes import canonical_axis
from ..elementwise.activations import sigmoid
from ..shapes.joining import split_with_sizes

if TYPE_CHECKING:
    from ...tensor import Tensor


def glu(a: Tensor, axis: int = -1) -> Tensor:
    """Multiply the first half of the elements along an axis by the logistic function of the second.

    Args:
        a: a tensor of floating point.
        axis: the axis, of even size.

    Raises:
        ShapeError: there is no such axis, or its size is odd.

    Source: Dauphin et al., "Language Modeling with Gated Convolutional Networks", 2016,
    https://arxiv.org/abs/1612.08083.
    """
    place = canonical_axis("glu", axis, a.shape)
    half, odd = divmod(a.shape[place], 2)
    if odd:
        raise ShapeError(f"glu: axis {axis} of shape {a.shape} has {a.shape[place]} elements; expected an even number")
    values, gates = split_with_sizes(a, (half, half), place)
    return values * sigmoid(gates)
