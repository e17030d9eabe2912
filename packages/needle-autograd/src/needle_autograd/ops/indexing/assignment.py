"""Tensors with other elements in some places: new ones, as the graph of a tensor could not follow a change in place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...backends import dtype_kind
from ...errors import DTypeError, ShapeError
from ...numpy_on_demand import np
from ...value import Value
from ..arguments import require_tensors
from ..axes import canonical_axis
from ..broadcasting import constant_like, tensor_like, with_dtype_of
from ..elementwise.selection import where
from ..shapes.reshaping import broadcast_to, reshape
from .gathering import gather, take_along_axis
from .getting import AddAt, getitem, out_of_range, take

if TYPE_CHECKING:
    from ...tensor import Tensor


def index_put(a: Tensor, index: Any, values: Any, accumulate: bool = False) -> Tensor:
    """Return a tensor with other values at an index: what `a[index] = values` would make of a copy.

    Args:
        a: a tensor, which is not changed.
        index: whatever `a[index]` takes: integers, slices, `...`, None, arrays of integers, masks.
        values: a tensor, an array or a number, whose shape broadcasts to that of `a[index]`; it takes the dtype of `a`.
        accumulate: add the values to the elements instead; where a place is named several times, all of them.

    Returns:
        A new tensor. Gradients go to the values and to the elements that stayed; where a place is named several times,
        the last value counts, and it alone has a gradient.

    Raises:
        IndexError, DTypeError, ShapeError: as `a[index]`.
        ShapeError: the values do not broadcast to the shape of `a[index]`.

    Example:
        >>> from needle_autograd import Tensor, ops
        >>> ops.index_put(Tensor([1.0, 2.0, 3.0]), [0, 2], Tensor([7.0, 8.0]))
        needle.Tensor([7. 2. 8.])
    """
    require_tensors("index_put", a=a)
    numbers = np.arange(a.size).reshape(a.shape)
    places = getitem(Value.tensor_type.make_const(numbers), index).numpy()  # type: ignore[arg-type]
    return _put("index_put", a, places, values, accumulate)


def put_along_axis(a: Tensor, indices: Any, values: Any, axis: int = -1, accumulate: bool = False) -> Tensor:
    """Return a tensor with other values along an axis, every row at numbers of its own.

    Args:
        a: a tensor, which is not changed.
        indices: integers with as many axes; negative ones count from the end. Along the other axes the sizes broadcast.
        values: a tensor, an array or a number, whose shape broadcasts to that of the indices.
        axis: the axis.
        accumulate: add the values to the elements instead.

    Returns:
        A new tensor; gradients as of `index_put`.

    Raises:
        IndexError, DTypeError, ShapeError: as `take_along_axis`.
    """
    require_tensors("put_along_axis", a=a)
    place = canonical_axis("put_along_axis", axis, a.shape)
    numbers: Any = Value.tensor_type.make_const(np.arange(a.size).reshape(a.shape))
    positions = _on_host(indices)
    places = take_along_axis(numbers, positions, place).numpy()
    return _put("put_along_axis", a, places, values, accumulate)


def masked_fill(a: Tensor, mask: Any, value: Any) -> Tensor:
    """Return a tensor with one value where a mask is True.

    Args:
        a: a tensor, which is not changed.
        mask: booleans whose shape broadcasts with that of `a`.
        value: a number, or a tensor of one.

    Raises:
        DTypeError: the mask is not of booleans.
    """
    require_tensors("masked_fill", a=a)
    return where(_booleans("masked_fill", mask, a), value, a)


def masked_select(a: Tensor, mask: Any) -> Tensor:
    """Take the elements where a mask is True, in one row: `a[mask]`, with a mask that may broadcast.

    Args:
        a: a tensor.
        mask: booleans whose shape broadcasts to that of `a`.

    Raises:
        DTypeError: the mask is not of booleans.
        ShapeError: it does not broadcast to the tensor's shape.
    """
    require_tensors("masked_select", a=a)
    return getitem(a, broadcast_to(_booleans("masked_select", mask, a), a.shape))


def _on_host(indices: Any) -> np.ndarray[Any, Any]:
    """Return indices, a tensor, an array or a list, as an array of NumPy."""
    return np.asarray(indices.numpy() if isinstance(indices, Value) else indices)  # type: ignore[attr-defined]


def _booleans(name: str, mask: Any, like: Tensor) -> Tensor:
    found = tensor_like(mask, like)
    if dtype_kind(found.dtype) != "b":
        raise DTypeError(f"{name}: the mask is {found.dtype}, expected booleans; compare first, as in x > 0")
    return found


def _put(name: str, a: Tensor, places: np.ndarray[Any, Any], values: Any, accumulate: bool) -> Tensor:
    """Put values at places that are counted through all elements of a tensor."""
    shape = a.shape
    new = tensor_like(values, a)
    new = with_dtype_of(a, new)
    if new.shape != places.shape:
        try:
            new = broadcast_to(new, places.shape)
        except ShapeError:
            raise ShapeError(
                f"{name}: values of shape {new.shape} do not broadcast to {places.shape}, the shape that they replace"
            ) from None
    new, places = reshape(new, -1), places.reshape(-1)
    if not accumulate:
        _, latest = np.unique(places[::-1], return_index=True)
        if latest.size < places.size:  # the last of several values for one place wins
            latest = places.size - 1 - latest
            new, places = take(new, constant_like(latest, a)), places[latest]
    placed = reshape(AddAt(0, (math.prod(shape),))(new, constant_like(places, a)), shape)
    if accumulate:
        return a + placed
    mask = np.zeros(math.prod(shape), bool)
    mask[places] = True
    return where(constant_like(mask.reshape(shape), a), placed, a)


def scatter(a: Tensor, axis: int, indices: Any, values: Any) -> Tensor:
    """Return a tensor with other values along an axis, every row at numbers of its own, for as many rows as given.

    It is PyTorch's `scatter`: c[i, indices[i, j]] = values[i, j]; of several values for one place, the last counts.

    Args:
        a: a tensor, which is not changed.
        axis: the axis.
        indices: integers with as many axes, along the others at most as long as `a`.
        values: a number, or a tensor at least as long as the indices along each axis, of which the beginning is read.

    Returns:
        A new tensor; gradients as of `index_put`.

    Raises:
        IndexError, DTypeError, ShapeError: as `gather`; or the values are too few.
    """
    require_tensors("scatter", a=a)
    place = canonical_axis("scatter", axis, a.shape)
    numbers: Tensor = Value.tensor_type.make_const(np.arange(a.size).reshape(a.shape))  # type: ignore[assignment]
    positions = _on_host(indices)
    if positions.ndim == a.ndim and any(length > a.shape[i] for i, length in enumerate(positions.shape) if i != place):
        raise ShapeError(
            f"scatter: shape {a.shape} and indices of shape {positions.shape} along axis {axis}; expected sizes at "
            "most as large along the others"
        )
    places = gather(numbers, axis, positions).numpy()
    new = tensor_like(values, a)
    if new.ndim == places.ndim and new.shape != places.shape:
        if any(have < want for have, want in zip(new.shape, places.shape, strict=True)):
            raise ShapeError(
                f"scatter: values of shape {new.shape} and indices of shape {places.shape}; expected at least as many "
                "values along each axis"
            )
        new = new[tuple(slice(length) for length in places.shape)]
    return _put("scatter", a, places, new, False)


def index_add(a: Tensor, axis: int, indices: Any, values: Tensor, alpha: float = 1.0) -> Tensor:
    """Return a tensor to which values are added along an axis, at numbers that are the same for every row.

    Args:
        a: a tensor, which is not changed.
        axis: the axis.
        indices: integers of one axis; negative ones count from the end. Values for the same number add up.
        values: a tensor of the shape of `a`, but along the axis as long as the indices.
        alpha: what the values are multiplied by first.

    Raises:
        IndexError: an index is out of range.
        DTypeError: the indices are no integers.
        ShapeError: there is no such axis, or the shapes do not fit.
    """
    require_tensors("index_add", a=a, values=values)
    place, places = _rows("index_add", a, axis, indices, values.shape)
    new = values if alpha == 1 else values * alpha
    return a + AddAt(place, a.shape)(with_dtype_of(a, new), constant_like(places, a))


def index_copy(a: Tensor, axis: int, indices: Any, values: Tensor) -> Tensor:
    """Return a tensor with other values along an axis, at numbers that are the same for every row.

    Args:
        a: a tensor, which is not changed.
        axis: the axis.
        indices: integers of one axis; negative ones count from the end. Of values for the same number the last counts.
        values: a tensor of the shape of `a`, but along the axis as long as the indices.

    Raises:
        IndexError, DTypeError, ShapeError: as `index_add`.
    """
    require_tensors("index_copy", a=a, values=values)
    place, places = _rows("index_copy", a, axis, indices, values.shape)
    return index_put(a, (*(slice(None),) * place, places), values)


def index_fill(a: Tensor, axis: int, indices: Any, value: float) -> Tensor:
    """Return a tensor with one value along an axis, at numbers that are the same for every row.

    Args:
        a: a tensor, which is not changed.
        axis: the axis.
        indices: integers of one axis; negative ones count from the end.
        value: a number, or a tensor of one.

    Raises:
        IndexError, DTypeError, ShapeError: as `index_add`.
    """
    require_tensors("index_fill", a=a)
    place, places = _rows("index_fill", a, axis, indices, None)
    mask = np.zeros(a.shape[place], bool)
    mask[places] = True
    return masked_fill(a, mask.reshape((-1, *(1,) * (a.ndim - place - 1))), value)


def _rows(
    name: str, a: Tensor, axis: int, indices: Any, values: tuple[int, ...] | None
) -> tuple[int, np.ndarray[Any, Any]]:
    """Return an axis counted from the front, and numbers along it, after a look at the shape of values for them."""
    place = canonical_axis(name, axis, a.shape)
    places = _on_host(indices)
    if places.dtype.kind not in "iu":
        raise DTypeError(f"{name}: indices are {places.dtype}, expected integers; write indices.astype('int64')")
    size = a.shape[place]
    expected = (*a.shape[:place], places.size, *a.shape[place + 1 :])
    if places.ndim != 1 or values not in (None, expected):
        raise ShapeError(
            f"{name}: a has shape {a.shape}, indices {places.shape} and values {values}; expected indices of one axis "
            f"and values of shape {expected}"
        )
    if places.size and not (-size <= places.min() and places.max() < size):
        raise out_of_range(name, places, place, a.shape)
    return place, np.where(places < 0, places + size, places)
