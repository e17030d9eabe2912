"""Reading parts of a tensor: slices, rows by number; and the scatters that are the gradients of both."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace, dtype_kind, dtype_namespace, kernels, named_dtype
from ...errors import DTypeError, ShapeError
from ...modes import LAZY, current_flags
from ...numpy_on_demand import is_numpy, is_numpy_integer, np
from ...op import Array, Sample, Spec, TensorOp
from ...value import Value
from ..arguments import integer_argument
from ..axes import axis_argument, canonical_axis
from ..broadcasting import Shape, constant_like
from ..shapes.reshaping import permute, reshape

if TYPE_CHECKING:
    from ...tensor import Tensor

EVERYTHING = slice(None)


def out_of_range(name: str, indices: Any, axis: int, shape: Shape) -> IndexError:
    """Make the error about the first index that is outside an axis."""
    flat, size = indices.reshape(-1), shape[axis]
    wrong = flat[(flat < -size) | (flat >= size)]
    value = int(wrong[0]) if wrong.size else "?"
    allowed = f"indices from {-size} to {size - 1}" if size else "none, as the axis is empty"
    return IndexError(f"{name}: index {value} is out of range for axis {axis} of shape {shape}; expected {allowed}")


def check_integers(name: str, indices: Any) -> None:
    """Refuse indices, an array or its spec, that are no integers; NumPy would take booleans as 0 and 1."""
    if dtype_kind(indices.dtype) not in "iu":
        raise DTypeError(f"{name}: indices are {indices.dtype}, expected integers; write indices.astype('int64')")


def indexed_shape(index: tuple[Any, ...], shape: Shape) -> Shape:
    """Return the shape of a part of an array, as an index of integers, slices, `...` and None takes it.

    Raises:
        IndexError: an integer is outside its axis, or there are more items than axes.
    """
    taken = sum(item is not None and item is not Ellipsis for item in index)
    if taken > len(shape):
        raise _too_many(taken, shape)
    result: list[int] = []
    axis = 0
    for item in index:
        if item is None:
            result.append(1)
        elif item is Ellipsis:
            rest = len(shape) - taken
            result.extend(shape[axis : axis + rest])
            axis += rest
        elif isinstance(item, slice):
            result.append(len(range(*item.indices(shape[axis]))))
            axis += 1
        else:
            if not -shape[axis] <= item < shape[axis]:
                raise out_of_range("getitem", np.asarray(item), axis, shape)
            axis += 1
    return (*result, *shape[axis:])


class GetItem(TensorOp):
    """A part of a tensor, by integers, slices, `...` and None, without copying.

    Args:
        index: a tuple of them.
    """

    name = "getitem"
    formula = "a[index]"
    gradient_formula = "da = zeros, but da[index] = dc"
    needs = ()

    def __init__(self, index: tuple[Any, ...]) -> None:
        self.index = index

    def compute(self, a: Array) -> Array:
        """Take the part."""
        return a[self.index]

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Put the gradient among zeros."""
        return SetItem(self.index, node.inputs[0].shape)(out_grad)

    def infer(self, a: Spec) -> Spec:
        """Each item of the index takes an axis, or makes one."""
        return Spec(indexed_shape(self.index, a.shape), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Integers, slices of all kinds, new axes."""
        indices: list[tuple[Shape, tuple[Any, ...]]] = [
            ((4, 3), (1, ...)),
            ((4, 3), (..., -1)),
            ((4, 3), (slice(None, None, -2), slice(1, None))),
            ((4, 3), (slice(-3, -1), None, 2)),
            ((2, 3, 4), (0, ..., slice(3, 0, -1))),
            ((2, 3), (1, 2, ...)),
            ((4, 3), (slice(2, 2), ...)),
            ((), (None, ...)),
        ]
        return [
            Sample(inputs=[s], kwargs={"index": i}, reference=lambda a, index: a[index], exact=True, label=str(i))
            for s, i in indices
        ]


class SetItem(TensorOp):
    """Zeros with a tensor in one part, by integers, slices, `...` and None: the transpose of `GetItem`.

    Args:
        index: a tuple of them.
        shape: the shape of the result.
    """

    name = "setitem"
    formula = "zeros(shape), but with [index] = a"
    gradient_formula = "da = dc[index]"
    needs = ()

    def __init__(self, index: tuple[Any, ...], shape: Shape) -> None:
        self.index = index
        self.shape = shape

    def compute(self, a: Array) -> Array:
        """Write the array among zeros."""
        namespace = array_namespace(a)
        result = namespace.zeros(self.shape, dtype=a.dtype, device=a.device)
        index = self.index
        if None in index:
            index = tuple(item for item in index if item is not None)
            a = namespace.reshape(a, indexed_shape(index, self.shape))
        result[index] = a
        return result

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Take the part out again."""
        return GetItem(self.index)(out_grad)

    def infer(self, a: Spec) -> Spec:
        """The shape was given."""
        return Spec(self.shape, a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """A slice, a row, nothing."""

        def reference(a: Any, index: Any, shape: Any) -> Any:
            result = np.zeros(shape, a.dtype)
            result[index] = a
            return result

        cases: list[tuple[Shape, tuple[Any, ...], Shape]] = [
            ((2, 3), (slice(None, None, -2), ...), (4, 3)),
            ((3,), (1, ...), (2, 3)),
            ((0, 3), (slice(2, 2), ...), (4, 3)),
        ]
        return [
            Sample(inputs=[s], kwargs={"index": i, "shape": t}, reference=reference, exact=True) for s, i, t in cases
        ]


class Take(TensorOp):
    """Elements along an axis by their numbers; the axis is replaced by those of the numbers' tensor.

    Args:
        axis: the axis.
    """

    name = "take"
    formula = "a[..., indices, ...]"
    gradient_formula = "da = zeros, to which dc is added at the indices"
    needs = (1,)

    def __init__(self, axis: int = 0) -> None:
        self.axis = axis_argument(self.name, axis)

    def compute(self, a: Array, indices: Array) -> Array:
        """Pick the elements."""
        namespace = array_namespace(a)
        if is_numpy(namespace):  # other libraries refuse by themselves
            check_integers(self.name, indices)
        flat = indices if len(indices.shape) == 1 else namespace.reshape(indices, (-1,))
        try:
            picked = namespace.take(a, flat, axis=self.axis)
        except IndexError as error:
            axis = canonical_axis(self.name, self.axis, a.shape)  # refuses an axis that is not there
            raise out_of_range("take", np.asarray(indices), axis, a.shape) from error
        if flat is indices:
            return picked
        axis = self.axis % len(a.shape)
        return namespace.reshape(picked, (*a.shape[:axis], *indices.shape, *a.shape[axis + 1 :]))

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, None]:
        """Add the gradient where the elements came from; one that was picked twice gets both."""
        a, indices = node.inputs
        return AddAt(self.axis, a.shape)(out_grad, indices), None

    def infer(self, a: Spec, indices: Spec) -> Spec:
        """The axes of the indices take the place of the one."""
        axis = canonical_axis(self.name, self.axis, a.shape)
        check_integers(self.name, indices)
        return Spec((*a.shape[:axis], *indices.shape, *a.shape[axis + 1 :]), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Rows and columns, repeated, negative, in a matrix, none."""
        cases: list[tuple[Shape, Any, int]] = [
            ((4, 3), [0, 2, 2, 1], 0),
            ((4, 3), [-1, 0], 1),
            ((4, 3), [[0, 1], [1, 1]], 0),
            ((2, 3, 2), [[2], [0]], 1),
            ((4, 3), 2, 0),
            ((3,), np.zeros((0,), np.int64), 0),
        ]
        return [
            Sample(
                inputs=[s, np.array(i, np.int64)],
                kwargs={"axis": axis},
                reference=np.take,
                exact=True,
            )
            for s, i, axis in cases
        ]


class AddAt(TensorOp):
    """Zeros to which elements are added along an axis, at given numbers: the transpose of `Take`.

    Args:
        axis: the axis.
        shape: the shape of the result.
    """

    name = "add_at"
    formula = "zeros(shape), with a added at the indices"
    gradient_formula = "da = take(dc, indices)"
    needs = (1,)

    def __init__(self, axis: int, shape: Shape) -> None:
        self.axis = axis_argument(self.name, axis)
        self.shape = shape

    def compute(self, a: Array, indices: Array) -> Array:
        """Add the elements; those with the same number add up."""
        namespace = array_namespace(a)
        axis = self.axis % len(self.shape)
        result = namespace.zeros(self.shape, dtype=a.dtype, device=a.device)
        return kernels(result).index_add(result, indices, a, axis=axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, None]:
        """Take the elements out again."""
        indices = node.inputs[1]
        return Take(self.axis)(out_grad, indices), None

    def infer(self, a: Spec, indices: Spec) -> Spec:
        """The shape was given."""
        return Spec(self.shape, a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Rows and columns, repeated, negative, none."""

        def reference(a: Any, indices: Any, axis: int, shape: Any) -> Any:
            result = np.zeros(shape, a.dtype)
            np.add.at(result, (EVERYTHING,) * axis + (indices,), a)
            return result

        cases: list[tuple[Shape, Any, int, Shape]] = [
            ((4, 3), [0, 2, 2, -1], 0, (3, 3)),
            ((4, 2, 2), [[0, 1], [1, 1]], 1, (4, 3)),
            ((0, 3), np.zeros((0,), np.int64), 0, (2, 3)),
        ]
        return [
            Sample(
                inputs=[s, np.array(i, np.int64)],
                kwargs={"axis": axis, "shape": shape},
                reference=reference,
                label=f"axis {axis}",
            )
            for s, i, axis, shape in cases
        ]


class OneHot(TensorOp):
    """A row for each integer, with a one at its number and zeros elsewhere.

    Args:
        num_classes: the length of the rows.
        dtype: the dtype of the result.
    """

    name = "one_hot"
    formula = "1 at [..., indices], else 0"
    gradient_formula = "none"
    needs = ()
    differentiable = False

    def __init__(self, num_classes: int, dtype: Any = "float32") -> None:
        self.num_classes = integer_argument(self.name, "num_classes", num_classes)
        self.dtype = dtype

    def compute(self, indices: Array) -> Array:
        """Compare each integer with all numbers."""
        namespace = array_namespace(indices)
        if dtype_kind(indices.dtype) != "f":  # a narrow dtype need not hold all numbers
            indices = namespace.astype(indices, namespace.int64)
        numbers = namespace.arange(self.num_classes, dtype=indices.dtype, device=indices.device)
        hits = namespace.expand_dims(indices, axis=-1) == numbers
        return namespace.astype(hits, named_dtype(self.dtype, namespace))

    def infer(self, indices: Spec) -> Spec:
        """There is one axis more."""
        dtype = named_dtype(self.dtype, dtype_namespace(indices.dtype))
        return Spec((*indices.shape, self.num_classes), dtype, indices.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """A vector, a matrix, none."""
        return [
            Sample(
                inputs=[np.array(indices, np.int64)],
                kwargs={"num_classes": 4},
                reference=lambda indices, num_classes: np.eye(num_classes)[indices],
                order=0,
                exact=True,
            )
            for indices in ([0, 3, 1], [[1, 1], [2, 0]], np.zeros((0,), np.int64))
        ]


def getitem(a: Tensor, index: Any) -> Tensor:
    """Read a part of a tensor, as NumPy would.

    Args:
        a: a tensor.
        index: an item or a tuple of items: integers, slices (also with negative steps), `...`, None for a new axis, and
            arrays, lists or tensors of integers, which broadcast against each other, or of booleans, which pick the
            elements that are True.

    Returns:
        The part; without a copy where the index holds no arrays. The gradient of an element that was read several
        times is the sum.

    Raises:
        IndexError: an index is out of range, a mask is not as long as its axes, or there are too many items.
        DTypeError: an array in the index is not of integers or booleans.
        ShapeError: the shapes of arrays in the index do not broadcast.
    """
    if type(index) is int or type(index) is slice:
        return GetItem((index, ...))(a)
    if isinstance(index, Value):
        found = _by_one_tensor(a, index)
        if found is not None:
            return found
    items = index if type(index) is tuple else (index,)
    plain: list[Any] = []
    masked: dict[int, int] = {}
    arrays = False
    ellipsis = False
    for item in items:
        if item is Ellipsis:
            if ellipsis:
                raise IndexError(f"getitem: index {index} has more than one '...'; expected at most one")
            ellipsis = True
            plain.append(item)
        elif item is None or isinstance(item, slice) or type(item) is int:
            plain.append(item)
        elif is_numpy_integer(item):
            plain.append(int(item))
        else:
            array = _index_array(item)
            if array.dtype.kind != "b":
                array = array.astype(np.int64, copy=False)
            if item is index:
                found = _by_one_tensor(a, constant_like(array, a))
                if found is not None:
                    return found
            if array.dtype.kind == "b":
                masked.update(enumerate(array.shape, start=len(plain)))
                plain.extend(np.nonzero(array))
            else:
                plain.append(array)
            arrays = True
    if not ellipsis:
        plain.append(Ellipsis)
    return _with_arrays(a, plain, masked) if arrays else GetItem(tuple(plain))(a)


def _by_one_tensor(a: Tensor, index: Value) -> Tensor | None:
    """Read with one tensor of integers or booleans as the index: the usual case of `_with_arrays`, in few steps.

    Returns:
        What was read; None where it is not the usual case, or where an error has to be found and named.
    """
    data, numbers = a.cached_data, index.cached_data
    if type(numbers) is not type(data) or data is None or current_flags() & LAZY:
        return None
    namespace = array_namespace(data)
    shape = tuple(data.shape)
    if numbers.dtype == "bool":
        axes = len(numbers.shape)
        if not axes or tuple(numbers.shape) != shape[:axes]:
            return None
        (numbers,) = namespace.nonzero(namespace.reshape(numbers, (-1,)))
        if axes > 1:
            a = reshape(a, (math.prod(shape[:axes]), *shape[axes:]))
    elif numbers.dtype != "int64" or not shape:
        return None
    try:
        return _take_rows(a, Value.tensor_type.make_const(numbers))
    except IndexError:
        return None


def _too_many(count: int, shape: Shape) -> IndexError:
    return IndexError(f"getitem: the index has {count} items for shape {shape}; expected at most {len(shape)}")


def _index_array(item: Any) -> np.ndarray[Any, Any]:
    """Return an item of an index as an array of integers, or of booleans."""
    if isinstance(item, bool | np.bool_ | float | str):
        raise DTypeError(
            f"getitem: {item!r} is no index; expected integers, slices, '...', None, or arrays of integers or booleans"
        )
    try:
        array = np.asarray(item)
    except ValueError:
        raise ShapeError("getitem: nested lists of uneven lengths are no index; pad them to equal lengths") from None
    if array.size == 0 and isinstance(item, list):
        array = array.astype(np.int64)
    if array.dtype.kind not in "biu":
        raise DTypeError(
            f"getitem: the index is an array of {array.dtype}, expected integers or booleans; write "
            "index.astype('int64')"
        )
    return array


def _numbered(items: list[Any]) -> list[int]:
    """Return the positions of integers and arrays in an index."""
    return [i for i, item in enumerate(items) if item is not None and item is not Ellipsis and type(item) is not slice]


def _with_arrays(a: Tensor, items: list[Any], masked: dict[int, int]) -> Tensor:
    """Read with arrays among the items: slices first, then the axes of the arrays are made one and read by number.

    Args:
        a: a tensor.
        items: integers, slices, None, arrays of integers, and `...` once.
        masked: for each position in `items` at which a mask stood, the mask's length along that axis.
    """
    shape = a.shape
    rest = len(shape) - sum(item is not None and item is not Ellipsis for item in items)
    if rest < 0:
        raise _too_many(len(shape) - rest, shape)
    adjacent = np.ptp(_numbered(items)) == len(_numbered(items)) - 1
    dots = next(position for position, item in enumerate(items) if item is Ellipsis)
    items = [*items[:dots], *[EVERYTHING] * rest, *items[dots + 1 :]]
    for position, length in masked.items():
        place = position if position < dots else position + rest - 1
        axis = place - sum(item is None for item in items[:place])
        if length != shape[axis]:
            raise IndexError(
                f"getitem: a mask of length {length} stands for axis {axis} of shape {shape}; expected length "
                f"{shape[axis]}"
            )

    numbered = _numbered(items)
    indices = [np.asarray(items[position], np.int64) for position in numbered]
    slices = [EVERYTHING if position in numbered else item for position, item in enumerate(items)]
    view = a if all(item == EVERYTHING for item in slices) else GetItem((*slices, ...))(a)
    sizes = [view.shape[axis] for axis in numbered]
    for axis, size, number in zip(numbered, sizes, indices, strict=True):
        if number.size and not (-size <= number.min() and number.max() < size):
            original = sum(item is not None for item in items[:axis])
            raise out_of_range("getitem", number, original, shape)
    try:
        indices = list(np.broadcast_arrays(*indices))
    except ValueError:
        shapes = " and ".join(str(number.shape) for number in indices)
        raise ShapeError(f"getitem: the shapes {shapes} of the index's arrays do not broadcast") from None

    front = numbered[0] if adjacent else 0  # where NumPy puts the axes of the arrays
    if len(numbered) > 1:
        others = [axis for axis in range(view.ndim) if axis not in numbered]
        view = permute(view, (*others[:front], *numbered, *others[front:]))
        view = reshape(view, (*view.shape[:front], math.prod(sizes), *view.shape[front + len(sizes) :]))
        flat = np.zeros(indices[0].shape, np.int64)
        for number, size in zip(indices, sizes, strict=True):
            flat = flat * size + np.where(number < 0, number + size, number)
        indices = [flat]
    return Take(front)(view, constant_like(indices[0], view))


_take_rows = Take(0)


def take(a: Tensor, indices: Any, axis: int = 0) -> Tensor:
    """Read elements along an axis by their numbers, such as rows of a table.

    Args:
        a: a tensor.
        indices: integers of any shape, a tensor or an array; negative ones count from the end.
        axis: the axis.

    Returns:
        A tensor in which the axes of `indices` take the place of the axis. The gradient of an element that was read
        several times is the sum.

    Raises:
        IndexError: an index is out of range; the text names it.
        DTypeError: the indices are no integers.
        ShapeError: there is no such axis.
    """
    return Take(axis)(a, indices)


def one_hot(indices: Tensor, num_classes: int, dtype: Any = "float32") -> Tensor:
    """Make a row for each integer, with a one at its number and zeros elsewhere.

    Args:
        indices: integers of any shape; one outside [0, num_classes) gives a row of zeros.
        num_classes: the length of the rows.
        dtype: the dtype of the result.

    Returns:
        A tensor of shape (*indices.shape, num_classes), which requires no gradient.
    """
    return OneHot(num_classes, dtype)(indices)
