"""Broadcasting: the shapes it accepts, and the sums that undo it in gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ..backends import array_namespace, dtype_kind, dtype_name, dtype_namespace, named_dtype
from ..construction import array_like
from ..errors import DeviceError, DTypeError, ShapeError
from ..numpy_on_demand import np
from ..op import Sample, Spec, TensorOp
from ..value import Value

if TYPE_CHECKING:
    from ..tensor import Tensor

Shape = tuple[int, ...]

SHAPES: list[Shape] = [(2, 3), (), (0, 3), (1, 1)]
"""Shapes of one operand, for samples: some elements, no axes, empty, one element."""

PAIRS: list[tuple[Shape, Shape]] = [((2, 3), (2, 3)), ((3, 1, 2), (3, 1)), ((), (2,)), ((0, 3), (3,)), ((1,), (1,))]
"""Shapes of two operands, for samples: equal, broadcast, of no axes, empty, of one element."""


def broadcast_shapes(name: str, *shapes: Shape) -> Shape:
    """Return the shape that operands of these shapes have together.

    Args:
        name: the operation's name, for the error.
        *shapes: the operands' shapes.

    Raises:
        ShapeError: two operands differ along an axis, and neither has size 1 there.
    """
    ndim = max(map(len, shapes))
    result = [1] * ndim
    for shape in shapes:
        for axis in range(-1, -len(shape) - 1, -1):
            size = shape[axis]
            if size == 1 or size == result[axis]:
                continue
            if result[axis] != 1:
                raise ShapeError(
                    f"{name}: shapes {' and '.join(map(str, shapes))} do not broadcast: along axis {axis} the sizes "
                    f"are {result[axis]} and {size}, expected equal sizes or a 1; reshape an operand first"
                )
            result[axis] = size
    return tuple(result)


def same_device(name: str, *specs: Spec) -> Any:
    """Return the one device that all operands are on.

    Raises:
        DeviceError: they are on different ones.
    """
    device = specs[0].device
    for spec in specs[1:]:
        if spec.device != device:
            raise DeviceError(
                f"{name}: operands are on {device!r} and {spec.device!r}, expected one device; "
                "write Tensor(x, device=...) to move an operand"
            )
    return device


def unbroadcast(grad: Tensor, operand: Tensor) -> Tensor:
    """Sum a gradient over the axes along which an operand was broadcast, and give it the operand's dtype.

    Args:
        grad: the gradient of a result that `operand` was broadcast to.
        operand: the operand.

    Returns:
        The operand's gradient, of its shape and dtype; `grad` itself where nothing has to be done.
    """
    have, want = grad.cached_data, operand.cached_data
    if have is not None and want is not None and have.shape == want.shape and have.dtype is want.dtype:
        return grad  # the usual case, without the properties of tensors: a fifth of a small backward pass
    shape = operand.shape
    grad_shape = grad.shape
    if grad_shape != shape:
        lead = len(grad_shape) - len(shape)
        stretched = [lead + axis for axis, size in enumerate(shape) if size == 1 and grad_shape[lead + axis] != 1]
        grad = grad.sum((*range(lead), *stretched))
        if stretched:
            grad = grad.reshape(shape)
    return with_dtype_of(operand, grad)


def unbroadcast_to_both(grad: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Undo broadcasting in one gradient that belongs to both operands; a sum has no other step."""
    have, left, right = grad.cached_data, a.cached_data, b.cached_data
    if left is not None and right is not None and have is not None:
        shape, dtype = have.shape, have.dtype
        if left.shape == shape == right.shape and left.dtype is dtype is right.dtype:
            return grad, grad
    return unbroadcast(grad, a), unbroadcast(grad, b)


def with_dtype_of(operand: Tensor, grad: Tensor) -> Tensor:
    """Give a gradient the dtype of the operand that it belongs to; it differs where the operands' dtypes did."""
    have, want = grad.cached_data, operand.cached_data
    if have is not None and want is not None and have.dtype is want.dtype:
        return grad  # the usual case, without the properties of tensors
    return grad if grad.dtype == operand.dtype else grad.astype(operand.dtype)


def constant_like(value: Any, like: Value | None) -> Any:
    """Make a constant of an operand that is no tensor: of a number, in the dtype of the tensor beside it.

    Args:
        value: a number, nested lists, or an array.
        like: the tensor whose library and device the constant gets, or None.
    """
    return Value.tensor_type.make_const(array_like(value, like))


def tensor_like(value: Any, like: Value | None) -> Tensor:
    """Return an operand that is a tensor itself, and a constant, as `constant_like` makes it, of any other."""
    found: Tensor = value if isinstance(value, Value) else constant_like(value, like)  # type: ignore[assignment]
    return found


def zeros_like(value: Tensor) -> Tensor:
    """Make a constant of zeros like a tensor."""
    data = value.realize_cached_data()
    return Value.tensor_type.make_const(array_namespace(data).zeros_like(data))  # type: ignore[return-value]


class Elementwise(TensorOp):
    """An operation on one operand, element by element, or on several of one shape."""

    def infer(self, a: Spec, *others: Spec) -> Spec | None:
        """The result is like the operand, unless that is of integers, which libraries treat differently."""
        return a if is_floating(a.dtype) else None


class Unary(Elementwise):
    """A function of one operand that NumPy has too; its samples follow from that.

    Attributes:
        numpy_name: the name of NumPy's function.
        domain: the interval that samples are drawn from.
        kinks: points of the interval that samples keep away from.
        exact: whether the result equals NumPy's to the bit.
    """

    numpy_name: ClassVar[str]
    domain: ClassVar[tuple[float, float]] = (-2.0, 2.0)
    kinks: ClassVar[tuple[float, ...]] = ()
    exact: ClassVar[bool] = False

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [
            Sample(
                inputs=[shape],
                reference=getattr(np, cls.numpy_name),
                domain=cls.domain,
                kinks=cls.kinks,
                exact=cls.exact,
                order=2 if cls.differentiable else 0,
            )
            for shape in SHAPES
        ]


class Step(Unary):
    """A function that is constant between its jumps, so that its gradient is zero."""

    gradient_formula = "da = 0"
    needs = ()
    exact = True

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Nothing changes where the operand does."""
        return zeros_like(out_grad)


class Broadcasting(TensorOp):
    """An operation on operands that broadcast against each other, element by element.

    Attributes:
        closed: the kinds of dtypes, as `dtype_kind` names them, that results keep; of other operands, only computing
            tells the dtype of the result: quotients of integers are of floating point.
    """

    closed: ClassVar[str] = "biuf"

    def infer(self, *specs: Spec) -> Spec | None:
        """The result has the broadcast shape and the promoted dtype."""
        first = specs[0]
        if all(spec is first or spec == first for spec in specs):
            found = first
        else:
            shape = broadcast_shapes(self.name, *[spec.shape for spec in specs])
            found = Spec(shape, promoted(self.name, *specs), same_device(self.name, *specs))
        return found if dtype_kind(found.dtype) in self.closed else None


def promoted(name: str, *specs: Spec) -> Any:
    """Return the dtype that operands have together.

    Raises:
        DTypeError: the library of the arrays has none for them; the standard leaves integers with floats open.
    """
    dtype = specs[0].dtype
    for spec in specs[1:]:
        if spec.dtype != dtype:
            library = dtype_namespace(dtype)
            try:
                dtype = library.result_type(dtype, spec.dtype)
            except TypeError:
                operands = " and ".join(f"{dtype_name(spec.dtype)} {spec.shape}" for spec in specs)
                other = dtype_namespace(spec.dtype)
                why = (
                    f"and {library.__name__} has no common dtype for these; convert one, as in "
                    f"x.astype({dtype_name(dtype)!r})"
                    if other is library
                    else f"of {library.__name__} and of {other.__name__}; expected arrays of one library"
                )
                raise DTypeError(f"{name}: operands are {operands}, {why}") from None
    return dtype


def boolean_like(dtype: Any) -> Any:
    """Return the boolean dtype of the array library that a dtype belongs to."""
    return named_dtype("bool", dtype_namespace(dtype))


def integer_like(dtype: Any) -> Any:
    """Return the dtype of indices of the array library that a dtype belongs to."""
    return named_dtype("int64", dtype_namespace(dtype))


def is_floating(dtype: Any) -> bool:
    """Tell whether a dtype, of any array library, is one of floating point."""
    return dtype_kind(dtype) == "f"


def has_sign(dtype: Any) -> bool:
    """Tell whether a dtype, of any array library, has negative numbers; unsigned integers and booleans have none."""
    return dtype_kind(dtype) in "fi"
