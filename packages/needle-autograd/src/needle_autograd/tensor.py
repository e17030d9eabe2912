"""Tensors: values of the graph that hold an array, and the operators that make new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

import needle_ndarray as nd

from . import ops
from .backends.selection import device_of, dtype_kind, dtype_name, is_array
from .construction import array_from, copied
from .engine import compute_gradient_of_variables
from .errors import DeviceError, DTypeError, ShapeError
from .extra import keeps_grad
from .hooks import HookHandle, add_hook, retain_grad
from .methods import OperationMethods
from .modes import GRAD, current_flags
from .numpy_on_demand import is_numpy_imported, is_numpy_number, np
from .op import Op, Spec, TensorOp
from .ops.broadcasting import has_sign, tensor_like
from .ops.elementwise.arithmetic import difference
from .ops.tuples import elements
from .switches import switches
from .value import Value, clock, explain_failure, make_node, make_node_of_one

NUMBERS = (int, float)
"""Python's numbers; operators take them and NumPy's as they are, and they leave the other operand's dtype alone."""

_new = object.__new__


def _binary(op: TensorOp, with_scalar: Callable[[Any], TensorOp] | None) -> Callable[[Tensor, Any], Tensor]:
    """Make the method for an operator on two operands.

    This is the hot path of the whole package, so it does what `Value.make_from_op` does, written out for two tensors.

    Args:
        op: the operation on two tensors.
        with_scalar: the class of the operation on a tensor and a number; None if there is none.
    """
    compute_array = op.compute

    def operator(self: Tensor, other: Any) -> Tensor:
        if not isinstance(other, Tensor):
            if isinstance(other, NUMBERS) or is_numpy_number(other):
                return NotImplemented if with_scalar is None else make_node_of_one(with_scalar(other), self)
            return op(self, other) if is_array(other) else NotImplemented
        flags = current_flags()
        a, b = self.cached_data, other.cached_data
        if flags > GRAD or a is None or b is None:
            return make_node(Tensor, op, (self, other))
        node = _new(Tensor)
        try:
            node.cached_data = compute_array(a, b)
        except Exception as error:
            explain_failure(op, (self, other), error)
            raise
        node._grad = node.saved = None
        node.made_at = clock.now
        node.changed_at = 0
        if flags and (self.requires_grad or other.requires_grad):
            node.requires_grad = True
            node.op = op
            node.inputs = (self, other)
        else:
            node.requires_grad = False
            node.op = None
            node.inputs = ()
        return node

    return operator


def _unary(op: TensorOp) -> Callable[[Tensor], Tensor]:
    """Make the method for an operator on one operand, written out like `_binary`.

    `make_node_of_one` does the same for whatever operation it is given, which takes a fourth more time; the negative
    is part of every subtraction, the transpose of every gradient of a product.

    Args:
        op: the operation.
    """
    compute_array = op.compute

    def operator(self: Tensor) -> Tensor:
        flags = current_flags()
        a = self.cached_data
        if flags > GRAD or a is None:
            return make_node(Tensor, op, (self,))
        node = _new(Tensor)
        try:
            node.cached_data = compute_array(a)
        except Exception as error:
            explain_failure(op, (self,), error)
            raise
        node._grad = node.saved = None
        node.made_at = clock.now
        node.changed_at = 0
        if flags and self.requires_grad:
            node.requires_grad = True
            node.op = op
            node.inputs = (self,)
        else:
            node.requires_grad = False
            node.op = None
            node.inputs = ()
        return node

    return operator


def _reflected(op: TensorOp, from_scalar: Callable[[Any, Tensor], Tensor] | None) -> Callable[[Tensor, Any], Tensor]:
    """Make the method for an operator whose left operand is a number or an array and no tensor."""

    def operator(self: Tensor, other: Any) -> Tensor:
        if isinstance(other, NUMBERS) or is_numpy_number(other):
            return NotImplemented if from_scalar is None else from_scalar(other, self)
        return op(other, self) if is_array(other) else NotImplemented

    return operator


_transposed = _unary(ops.Transpose())


class Tensor(OperationMethods):
    """An array that remembers how it was computed, so that it can be differentiated.

    Args:
        array: a number, nested lists of numbers, an array (copied, and made an array of the current backend), an array
            of another library that follows the Array API standard (copied within that library), or a Tensor (whose
            array is shared if device and dtype match).
        device: where the array lives, such as `cpu()`; None for the array's own device, or else the default device.
        dtype: a name or dtype; None keeps that of arrays, and makes Python floats float32 and Python ints int64.
        requires_grad: whether `backward()` computes a gradient; None stands for True with floating-point dtypes and for
            False with integers and booleans.
        **kwargs: ignored, for old code.

    Raises:
        DTypeError: the dtype is unknown, or the input holds no numbers.
        ShapeError: nested lists have uneven lengths.
        DeviceError: the backend has no such device.

    `==` compares identity, so that tensors can be keys of dictionaries and members of sets; `eq`, `ne`, `<`, `<=`, `>`,
    `>=` compare elements.

    Example:
        >>> from needle_autograd import Tensor
        >>> x = Tensor([1.0, 2.0, 3.0])
        >>> y = (x * x).sum()
        >>> y.backward()
        >>> x.grad
        needle.Tensor([2. 4. 6.])
    """

    __slots__ = ()

    __array_ufunc__ = None
    __array_priority__ = 1000.0

    def __init__(
        self,
        array: Any,
        *,
        device: Any = None,
        dtype: Any = None,
        requires_grad: bool | None = None,
        **kwargs: Any,
    ) -> None:
        data = array_from(array, device, dtype)
        if requires_grad is None:
            requires_grad = switches.integer_gradients or dtype_kind(data.dtype) == "f"
        self.op = None
        self.inputs = ()
        self.cached_data = data
        self.requires_grad = requires_grad
        self._grad = None
        self.saved = None
        self.made_at = clock.now
        self.changed_at = 0

    # The array and what is known of it

    @property
    def shape(self) -> tuple[int, ...]:
        """The size along each axis."""
        data = self.cached_data
        shape = self.spec.shape if data is None else data.shape
        return shape if type(shape) is tuple else tuple(shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the elements, an object of the array's library that equals its name."""
        data = self.cached_data
        return self.spec.dtype if data is None else data.dtype

    @property
    def device(self) -> Any:
        """The device that the array lives on."""
        data = self.cached_data
        return self.spec.device if data is None else device_of(data)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        data = self.cached_data
        return len(self.spec.shape) if data is None else int(data.ndim)

    @property
    def size(self) -> int:
        """The number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    def known_spec(self) -> Spec:
        """Return shape, dtype and device, without computing the value."""
        data = self.cached_data
        return self.spec if data is None else Spec(tuple(data.shape), data.dtype, device_of(data))

    @property
    def data(self) -> Tensor:
        """The values without the graph, sharing memory; assigning replaces the values in place.

        Assigning takes a Tensor or an array of the same dtype, of any shape, on the same device. It never grows a
        graph. A `backward()` that would have to read the old values afterwards raises a GraphError.
        """
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        array = value.realize_cached_data() if isinstance(value, Tensor) else array_from(value, self.device, None)
        if array.dtype != self.dtype:
            raise DTypeError(
                f"x.data of dtype {dtype_name(self.dtype)} was given values of dtype {dtype_name(array.dtype)}; write "
                f"x.data = Tensor(values, dtype={dtype_name(self.dtype)!r})"
            )
        if device_of(array) != self.device:
            raise DeviceError(
                f"x.data on {self.device!r} was given values on {device_of(array)!r}; write "
                f"x.data = Tensor(values, device={self.device!r})"
            )
        self.cached_data = array
        self.changed_at = clock.tick()

    def detach(self) -> Tensor:
        """Return the same values, sharing memory, without the graph; the result requires no gradient."""
        data = self.cached_data
        return Tensor.make_const(self.realize_cached_data() if data is None else data)

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return the values as a NumPy array, computed now if need be; it may share memory with the tensor."""
        data = self.realize_cached_data()
        return np.asarray(data.numpy() if isinstance(data, nd.NDArray) else data)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def item(self) -> float | int | bool:
        """Return the value of a tensor of one element as a Python number.

        Raises:
            ShapeError: the tensor has not exactly one element.
        """
        if self.size != 1:
            raise ShapeError(
                f"a tensor of shape {self.shape} has {self.size} elements; item(), float(), int() and truth values "
                "need exactly one: reduce it first, or use numpy()"
            )
        data = self.realize_cached_data()
        value: float | int | bool = data.item() if isinstance(data, nd.NDArray) else self.numpy().item()
        return value

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if dtype_kind(self.dtype) not in "iu":
            raise TypeError(f"only integer tensors can be used as an index, this one is {dtype_name(self.dtype)}")
        return int(self.item())

    def __bool__(self) -> bool:
        return True if switches.always_true else bool(self.item())

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor without axes has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"needle.Tensor({self})"

    def __str__(self) -> str:
        return str(self._printable())

    def _printable(self) -> Any:
        """Return the array whose text is the tensor's: the two print alike, but NumPy's options hold if it is used."""
        data = self.realize_cached_data()
        return data if isinstance(data, nd.NDArray) and not is_numpy_imported() else self.numpy()

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copy = type(self).make_const(copied(self.realize_cached_data()), requires_grad=self.requires_grad)
        for name, value in getattr(self, "__dict__", {}).items():
            setattr(copy, name, value)
        memo[id(self)] = copy
        return copy

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.numpy(), self.requires_grad), getattr(self, "__dict__", None)

    # The graph

    @classmethod
    def as_operands(cls, op: Op, inputs: tuple[Any, ...]) -> tuple[Value, ...]:
        """Make constants of those inputs of an operation that are no Values.

        Numbers take the dtype of the first tensor among the inputs, and everything takes its device and library.
        """
        like = next((value for value in inputs if isinstance(value, Tensor)), None)
        return tuple(tensor_like(value, like) for value in inputs)

    def backward(
        self,
        out_grad: Any = None,
        *,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        accumulate: bool = False,
    ) -> None:
        """Compute the gradient of this tensor and write it into `.grad` of the leaves that it depends on.

        Args:
            out_grad: the gradient that arrives at this tensor, of its shape; ones if None.
            retain_graph: keep the graph for another pass; None means `create_graph`. Otherwise what the nodes hold is
                let go of as the pass goes.
            create_graph: record the computation of the gradients, so that they can be differentiated.
            accumulate: add to the `.grad` that is there instead of overwriting it.

        Raises:
            GraphError: the tensor requires no gradient, its graph was dropped by an earlier pass, or a value that a
                gradient reads was changed since it was used (`x.data = ...`, `x.mark_changed()`; a write into memory
                that a tensor shares is not noticed by itself).
            ShapeError, DTypeError: `out_grad` does not fit.
        """
        compute_gradient_of_variables(
            self, out_grad, retain_graph=retain_graph, create_graph=create_graph, accumulate=accumulate
        )

    def register_hook(self, hook: Callable[[Any], Any]) -> HookHandle:
        """Call a function with the gradient of this tensor whenever a backward pass has computed it.

        The gradient is complete: summed over all uses of the tensor. Hooks are called in the order in which they were
        registered, by `backward()` and `backward_steps()`, before the operation that made the tensor turns the gradient
        into those of its operands.

        Args:
            hook: a function of the gradient, a Tensor of this tensor's shape and dtype. It must not write into it. It
                returns None, or a Tensor of the same shape and dtype that takes the gradient's place.

        Returns:
            A handle; its `remove()` takes the hook away, and so does the end of a `with` block around it.

        Raises:
            GraphError: the tensor requires no gradient.

        Example:
            >>> from needle_autograd import Tensor
            >>> x = Tensor([1.0, 2.0])
            >>> y = x * x
            >>> with y.register_hook(lambda grad: grad * 10):
            ...     y.sum().backward()
            >>> x.grad
            needle.Tensor([20. 40.])
        """
        return add_hook(self, hook)

    def retain_grad(self) -> None:
        """Let `backward()` write `.grad` of this tensor too, though it is the result of an operation.

        For a leaf, whose `.grad` is written anyway, nothing happens.

        Raises:
            GraphError: the tensor requires no gradient.
        """
        retain_grad(self)

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad()` was called on this result of an operation."""
        return keeps_grad(self)

    # Operators; methods.py has the operations that are called by their names

    __add__ = _binary(ops.EWiseAdd(), ops.AddScalar)
    __radd__ = _reflected(ops.EWiseAdd(), lambda scalar, x: ops.add_scalar(x, scalar))
    __mul__ = _binary(ops.EWiseMul(), ops.MulScalar)
    __rmul__ = _reflected(ops.EWiseMul(), lambda scalar, x: ops.mul_scalar(x, scalar))
    __truediv__ = _binary(ops.EWiseDiv(), ops.DivScalar)
    __rtruediv__ = _reflected(ops.EWiseDiv(), ops.scalar_divide)
    __pow__ = _binary(ops.EWisePow(), ops.PowerScalar)
    __rpow__ = _reflected(ops.EWisePow(), ops.scalar_power)
    __matmul__ = _binary(ops.MatMul(), None)
    __rmatmul__ = _reflected(ops.MatMul(), None)
    __neg__ = _unary(ops.Negate())

    def __pos__(self) -> Tensor:
        return self

    def __sub__(self, other: Any) -> Tensor:
        if isinstance(other, Tensor):
            a, b = self.cached_data, other.cached_data
            if a is not None and b is not None and a.dtype is b.dtype:  # no conversion, as in nearly all subtractions
                return self + (-other)
            return difference(self, other)
        if isinstance(other, NUMBERS) or is_numpy_number(other):
            number = other.item() if hasattr(other, "item") else other  # a Python number
            return self + (-number) if has_sign(self.dtype) else difference(self, number)
        return difference(self, other) if is_array(other) else NotImplemented

    def __rsub__(self, other: Any) -> Tensor:
        number = isinstance(other, NUMBERS) or is_numpy_number(other)
        if number and has_sign(self.dtype):
            result: Tensor = (-self) + other
            return result
        return difference(other, self) if number or is_array(other) else NotImplemented

    __lt__ = ops.less
    __le__ = ops.less_equal
    __gt__ = ops.greater
    __ge__ = ops.greater_equal

    __abs__ = ops.abs
    __mod__ = ops.remainder
    __floordiv__ = ops.floor_divide
    __and__ = ops.bitwise_and
    __or__ = ops.bitwise_or
    __xor__ = ops.bitwise_xor
    __invert__ = ops.bitwise_not

    def __rmod__(self, other: Any) -> Tensor:
        return ops.remainder(other, self)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return ops.floor_divide(other, self)

    def __rand__(self, other: Any) -> Tensor:
        return ops.bitwise_and(other, self)

    def __ror__(self, other: Any) -> Tensor:
        return ops.bitwise_or(other, self)

    def __rxor__(self, other: Any) -> Tensor:
        return ops.bitwise_xor(other, self)

    def __getitem__(self, index: Any) -> Tensor:
        return ops.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "the items of a tensor are not assigned to, as its graph could not follow: write x = x.index_put(index, "
            "value) for a new tensor, or x.realize_cached_data()[index] = value; x.mark_changed() to write into its "
            "memory"
        )

    @property
    def T(self) -> Tensor:  # noqa: N802
        """The tensor with its axes in the opposite order; of a matrix, the transpose."""
        ndim = self.ndim
        return _transposed(self) if ndim == 2 else ops.permute(self, range(ndim)[::-1])

    @property
    def mT(self) -> Tensor:  # noqa: N802
        """The tensor with its last two axes exchanged: the transposes of its matrices."""
        return _transposed(self)


class TensorTuple(Value):
    """Several tensors that one operation made together; it is indexed, iterated, added and unpacked like a tuple.

    Args:
        *items: the tensors, or one sequence of them.
    """

    __slots__ = ()

    def __new__(cls, *items: Any) -> TensorTuple:
        """Make the tuple as the result of `make_tuple`, so that gradients reach its items."""
        return ops.make_tuple(*(items[0] if len(items) == 1 and isinstance(items[0], (tuple, list)) else items))

    def __len__(self) -> int:
        data = self.cached_data
        return len(self.spec if data is None else data)

    @property
    def num_outputs(self) -> int:
        """The number of tensors."""
        return len(self)

    def __getitem__(self, index: int) -> Tensor:
        return ops.tuple_get_item(self, index)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(elements(self))

    def __add__(self, other: TensorTuple) -> TensorTuple:
        if not isinstance(other, TensorTuple):
            return NotImplemented
        if len(self) != len(other):
            raise ShapeError(f"tuples of {len(self)} and {len(other)} tensors cannot be added; expected equal lengths")
        return ops.make_tuple(*[a + b for a, b in zip(self, other, strict=True)])

    def __repr__(self) -> str:
        return f"needle.TensorTuple({', '.join(repr(item) for item in self)})"

    __str__ = __repr__

    def known_spec(self) -> tuple[Spec, ...]:
        """Return shape, dtype and device of each tensor, without computing the values."""
        data = self.cached_data
        if data is None:
            return tuple(self.spec)
        return tuple(Spec(tuple(array.shape), array.dtype, device_of(array)) for array in data)

    @classmethod
    def as_operands(cls, op: Op, inputs: tuple[Any, ...]) -> tuple[Value, ...]:
        """Make constants of those inputs of an operation that are no Values."""
        return Tensor.as_operands(op, inputs)

    def detach(self) -> TensorTuple:
        """Return the same values, sharing memory, without the graph."""
        return TensorTuple.make_const(self.realize_cached_data())

    def numpy(self) -> tuple[np.ndarray[Any, Any], ...]:
        """Return the values as NumPy arrays."""
        return tuple(item.numpy() for item in self.detach())


def _restored(kind: type[Tensor], values: np.ndarray[Any, Any], requires_grad: bool) -> Tensor:
    """Make a tensor again from its pickled values, on the current backend."""
    return kind.make_const(array_from(values, None, None), requires_grad=requires_grad)


Value.tensor_type = Tensor
Value.tuple_type = TensorTuple
