"""Methods of tensors that are operations with their arguments written in another way, such as several sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import needle_ndarray as nd

from . import ops
from .errors import ShapeError
from .value import Value

if TYPE_CHECKING:
    from .tensor import Tensor


def _together(arguments: tuple[Any, ...]) -> Any:
    """Return integers that were given as several arguments, or as one sequence, as one: a sequence, or an integer."""
    return arguments[0] if len(arguments) == 1 else arguments


def reshape(x: Tensor, *shape: Any) -> Tensor:
    """Put the elements, in the same order, under another shape: `x.reshape(2, 3)` or `x.reshape((2, 3))`.

    Args:
        x: the tensor.
        *shape: the new shape; one size may be -1 and is worked out from the others.

    Raises:
        ShapeError: the shapes have different numbers of elements.
    """
    return ops.reshape(x, _together(shape))


def broadcast_to(x: Tensor, *shape: Any) -> Tensor:
    """Repeat the tensor along new axes and axes of size 1, without copying: `x.broadcast_to(2, 3)` or `((2, 3))`.

    Args:
        x: the tensor.
        *shape: the new shape.

    Raises:
        ShapeError: a size that is not 1 would change.
    """
    return ops.broadcast_to(x, _together(shape))


def transpose(x: Tensor, *pair: Any, axes: Any = None) -> Tensor:
    """Exchange two axes: `x.transpose(0, 1)` or `x.transpose((0, 1))`; without arguments the last two.

    Args:
        x: the tensor.
        *pair: the two axes.
        axes: another way to give them.

    Raises:
        ShapeError: there is no such axis.
    """
    return ops.transpose(x, _together(pair) if pair else axes)


def permute(x: Tensor, *axes: Any) -> Tensor:
    """Put all axes in another order: `x.permute(2, 0, 1)` or `x.permute((2, 0, 1))`.

    Args:
        x: the tensor.
        *axes: for each axis of the result, the axis of this tensor.

    Raises:
        ShapeError: `axes` does not name each axis once.
    """
    return ops.permute(x, _together(axes))


def t(x: Tensor) -> Tensor:
    """Transpose a matrix; a tensor with fewer axes stays as it is.

    Raises:
        ShapeError: the tensor has more than two axes; `mT` and `permute` are for those.
    """
    if x.ndim > 2:
        raise ShapeError(f"t: shape {x.shape} has {x.ndim} axes; expected two at most; write x.mT or x.permute")
    return ops.transpose(x) if x.ndim == 2 else x


def where(x: Tensor, condition: Any, other: Any) -> Tensor:
    """Keep the elements where a condition holds, and take those of another tensor, or a number, elsewhere.

    Args:
        x: the tensor.
        condition: booleans; the shapes broadcast.
        other: a tensor or a number.
    """
    return ops.where(condition, x, other)


def expand(x: Tensor, *shape: Any) -> Tensor:
    """Repeat the tensor along axes of size 1 and new ones, without copying: `x.expand(2, -1)`; -1 keeps a size.

    Args:
        x: the tensor.
        *shape: the new shape.

    Raises:
        ShapeError: a size that is not 1 would change.
    """
    return ops.expand(x, _together(shape))


def tile(x: Tensor, *repetitions: Any) -> Tensor:
    """Put the whole tensor several times beside itself: `x.tile(2, 1)` or `x.tile((2, 1))`.

    Args:
        x: the tensor.
        *repetitions: how often, for each axis; PyTorch's method `repeat` does the same.
    """
    return ops.tile(x, _together(repetitions))


def to(x: Tensor, *targets: Any, device: Any = None, dtype: Any = None) -> Tensor:
    """Convert the tensor to a dtype, copy it to a device, or both: `x.to("float64")`, `x.to(cuda())`, `x.to(other)`.

    Args:
        x: the tensor; it is returned itself where nothing has to be done.
        *targets: a device, a dtype, both, or a tensor that has both.
        device: another way to give the device.
        dtype: another way to give the dtype.

    Raises:
        DTypeError: a target is neither a device nor a dtype.
        DeviceError, BackendUnavailable: the tensor cannot be on the device; the text says why.
    """
    for target in targets:
        if isinstance(target, Value):
            device, dtype = target.device, target.dtype  # type: ignore[attr-defined]
        elif isinstance(target, nd.Device):
            device = target
        else:
            dtype = target
    if dtype is not None:
        x = ops.astype(x, dtype)
    return x if device is None else ops.to_device(x, device)


def cpu(x: Tensor) -> Tensor:
    """Copy the tensor to the CPU; it is returned itself if it is there."""
    return ops.to_device(x, nd.cpu())


def cuda(x: Tensor) -> Tensor:
    """Copy the tensor to the first CUDA device; it is returned itself if it is there.

    Raises:
        BackendUnavailable: there is none; the text says why.
    """
    return ops.to_device(x, nd.cuda())


def float32(x: Tensor) -> Tensor:
    """Convert the tensor to float32."""
    return ops.astype(x, "float32")


def float64(x: Tensor) -> Tensor:
    """Convert the tensor to float64."""
    return ops.astype(x, "float64")


def float16(x: Tensor) -> Tensor:
    """Convert the tensor to float16."""
    return ops.astype(x, "float16")


def bfloat16(x: Tensor) -> Tensor:
    """Convert the tensor to bfloat16."""
    return ops.astype(x, "bfloat16")


def int32(x: Tensor) -> Tensor:
    """Convert the tensor to int32, which drops the fractions; it has no gradient."""
    return ops.astype(x, "int32")


def int64(x: Tensor) -> Tensor:
    """Convert the tensor to int64, which drops the fractions; it has no gradient."""
    return ops.astype(x, "int64")


def boolean(x: Tensor) -> Tensor:
    """Convert the tensor to booleans: whether elements are not zero."""
    return ops.astype(x, "bool")


def type_as(x: Tensor, other: Tensor) -> Tensor:
    """Convert the tensor to the dtype of another."""
    return ops.astype(x, other.dtype)


def expand_as(x: Tensor, other: Tensor) -> Tensor:
    """Repeat the tensor to the shape of another, without copying.

    Raises:
        ShapeError: a size that is not 1 would change.
    """
    return ops.broadcast_to(x, other.shape)


def reshape_as(x: Tensor, other: Tensor) -> Tensor:
    """Put the elements, in the same order, under the shape of another tensor.

    Raises:
        ShapeError: the shapes have different numbers of elements.
    """
    return ops.reshape(x, other.shape)


def dim(x: Tensor) -> int:
    """Return the number of axes, as `ndim` does."""
    return x.ndim


def numel(x: Tensor) -> int:
    """Return the number of elements, as `size` does."""
    return x.size


def tolist(x: Tensor) -> Any:
    """Return the elements as Python's numbers in nested lists; a number, if there are no axes."""
    return x.numpy().tolist()
