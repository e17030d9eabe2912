"""Operations: one class each, with the computation and its gradient side by side.

An operation is written once, and everything else follows from it::

    class EWiseMul(TensorOp):
        name = "multiply"
        formula = "a * b"
        gradient_formula = "da = dc * b; db = dc * a"
        needs = (0, 1)

        def compute(self, a, b):             # arrays in, array out
            return a * b

        def gradient(self, out_grad, node):  # tensors in, tensors out: so the gradient has a gradient
            a, b = node.inputs
            return out_grad * b, out_grad * a

Arguments that are no tensors (a scalar, axes) are attributes of the instance. Modules under `ops/` import from here
and from `value.py`, never from `tensor.py`, which imports them: `Value.tensor_type` is the Tensor class where one is
needed.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from .errors import GraphError
from .numpy_on_demand import np
from .value import Value, make_node, make_node_of_one

if TYPE_CHECKING:
    from .fusion import Instructions
    from .tensor import Tensor, TensorTuple

Array = Any
"""An array of any library that follows the Python Array API standard."""

REGISTRY: dict[str, type[Op]] = {}
"""The operations of this package by the names of their classes; operations of users are not registered."""


class Spec(NamedTuple):
    """What is known of an array before it is computed."""

    shape: tuple[int, ...]
    dtype: Any
    device: Any


class Op:
    """What a node of the graph computes; subclass `TensorOp` or `TensorTupleOp`.

    Attributes:
        name: the public function's name.
        formula: what `compute` does, as a line of text.
        gradient_formula: what `gradient` does; `dx` is the gradient of `x`, `dc` or `dy` that of the result.
        needs: which values `gradient` reads: indices of inputs, and "out" for the result. None stands for all. They
            must not change between the computation and `backward()`, and the engine checks that.
        differentiable: False for operations whose results have no gradient, such as comparisons.
        output_index: the index of the output that this operation takes from a tuple; set by `TupleGetItem` only, so
            that the engine adds the gradient to that element instead of making a tuple of zeros.
        instruction: what an elementwise operation is called in programs of `kernels.run_program`, if it can be fused
            with others in lazy mode: the name of an elementwise function of the arrays, unless `emit` is redefined.
        fold: the name of a reduction, with attributes `axes` and `keepdims`, that can end such a program.
    """

    name: ClassVar[str]
    formula: ClassVar[str] = ""
    gradient_formula: ClassVar[str] = ""
    needs: tuple[int | str, ...] | None = None
    differentiable: bool = True
    output_index: int | None = None
    instruction: ClassVar[str | None] = None
    fold: ClassVar[str | None] = None

    # Facts about a subclass that are looked up in the hot path, found once by __init_subclass__.
    saves: ClassVar[bool] = False
    infers: ClassVar[bool] = False
    trusted: ClassVar[bool] = False
    plain: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.saves = cls.compute_saving is not Op.compute_saving
        cls.infers = cls.infer is not Op.infer
        cls.trusted = cls.__module__.startswith(f"{__package__}.ops.")
        cls.plain = cls.trusted and not cls.saves
        if cls.trusted and "name" in cls.__dict__:
            REGISTRY[cls.__qualname__] = cls

    def __call__(self, *args: Any) -> Any:
        """Apply the operation to tensors and record it."""
        raise NotImplementedError("subclass TensorOp (one result) or TensorTupleOp (several), not Op itself")

    def compute(self, *arrays: Array) -> Any:
        """Compute the result from arrays.

        Args:
            *arrays: one array per input; for an input that is a TensorTuple, a tuple of arrays.

        Returns:
            The resulting array, or a tuple of arrays for a `TensorTupleOp`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define compute(self, *arrays)")

    def compute_saving(self, *arrays: Array) -> tuple[Any, Any]:
        """Compute the result and what the gradient wants kept; optional.

        Returns:
            `(result, saved)`. The engine keeps `saved` as `node.saved` when the result requires a gradient. Where no
            gradient is recorded, `compute` is called instead.
        """
        raise NotImplementedError

    def gradient(self, out_grad: Any, node: Any) -> Any:
        """Turn the gradient of the result into the gradients of the inputs.

        Args:
            out_grad: the gradient that arrives, a Tensor of the result's shape (a TensorTuple for a `TensorTupleOp`).
            node: the result; its `inputs`, `cached_data` and `saved` are there to be read.

        Returns:
            One Tensor per input, of the input's shape and dtype; None for an input without a gradient. One input: the
            Tensor itself will do.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define gradient(self, out_grad, node)")

    def gradient_as_tuple(self, out_grad: Any, node: Value) -> tuple[Any, ...]:
        """Call `gradient` and return its answer as a tuple, one entry per input."""
        return self.as_tuple(self.gradient(out_grad, node))

    def as_tuple(self, grads: Any) -> tuple[Any, ...]:
        """Return what `gradient` answered as a tuple, one entry per input.

        Raises:
            GraphError: it answered None.
        """
        if isinstance(grads, tuple):
            return grads
        if isinstance(grads, list):
            return tuple(grads)
        if grads is None:
            raise GraphError(
                f"the gradient of {self!r} returned None; let it return a Tensor for each input, and None within the "
                "tuple for one without a gradient"
            )
        return (grads,)

    def infer(self, *specs: Any) -> Any:
        """Tell shape, dtype and device of the result without computing, and refuse operands that don't fit; optional.

        Args:
            *specs: one `Spec` per input (a tuple of them for a TensorTuple).

        Returns:
            A `Spec`, or a tuple of them for a `TensorTupleOp`; None if only computing can tell.

        Raises:
            ShapeError, DTypeError, DeviceError: the operands do not fit; the text names the operation and them.
        """
        raise NotImplementedError

    def emit(self, program: Instructions, *operands: int) -> int:
        """Append the instructions that compute the operation to a program; called where `instruction` is set.

        Args:
            program: has `append(name, *operands)` and `constant(number)`, which return numbers of values.
            *operands: the numbers of the inputs' values.

        Returns:
            The number of the result, which the last instruction appended computes.
        """
        return program.append(self.instruction, *operands)  # type: ignore[arg-type]

    @classmethod
    def samples(cls) -> list[Sample]:
        """Return examples of the operation that tests, documentation and checks of gradients run through."""
        return []

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in vars(self).items() if not hasattr(Op, key))
        return f"{type(self).__name__}({arguments})"


class TensorOp(Op):
    """An operation with one result, a Tensor."""

    def __call__(self, *args: Any) -> Tensor:
        """Apply the operation to tensors (or what can be made one) and record it."""
        if len(args) == 1:
            tensor: Tensor = make_node_of_one(self, args[0])
            return tensor
        return make_node(Value.tensor_type, self, args)  # type: ignore[return-value]


class TensorTupleOp(Op):
    """An operation with several results, a TensorTuple."""

    def __call__(self, *args: Any) -> TensorTuple:
        """Apply the operation to tensors (or what can be made one) and record it."""
        return make_node(Value.tuple_type, self, args)  # type: ignore[return-value]


class Sample(NamedTuple):
    """One example of an operation: operands, arguments, and what NumPy says the result is.

    Attributes:
        inputs: for each operand a shape (a tuple of ints, filled with numbers from `domain`) or a NumPy array.
        reference: a function of NumPy arrays and `kwargs` that returns the expected result (a tuple for several).
        kwargs: the arguments of the operation's class.
        call: what to call with tensors and `kwargs`; None means the class: `cls(**kwargs)(*tensors)`.
        domain: the interval that numbers are drawn from.
        kinks: points of the domain where the function has no derivative; drawn numbers keep 0.05 away from them.
        order: up to which order derivatives are checked; 0 for none.
        differentiable: indices of the operands that have a gradient; None means all of floating point.
        exact: whether the result must equal the reference to the bit (integers, copies).
        standard: False for operands that the Array API standard does not combine (integers with floats), though NumPy
            and needle-ndarray do.
        label: a word that tells this sample from the others.
    """

    inputs: Sequence[tuple[int, ...] | np.ndarray[Any, Any]]
    reference: Callable[..., Any]
    kwargs: Mapping[str, Any] = MappingProxyType({})
    call: Callable[..., Any] | None = None
    domain: tuple[float, float] = (-2.0, 2.0)
    kinks: tuple[float, ...] = ()
    order: int = 2
    differentiable: tuple[int, ...] | None = None
    exact: bool = False
    standard: bool = True
    label: str = ""

    def arrays(self, dtype: Any = "float64") -> tuple[np.ndarray[Any, Any], ...]:
        """Return the operands as NumPy arrays: the same ones each time.

        Args:
            dtype: the dtype of the operands of floating point; others keep theirs.
        """
        low, high = self.domain
        arrays = []
        for position, operand in enumerate(self.inputs):
            if isinstance(operand, tuple):
                rng = np.random.default_rng(zlib.crc32(repr((position, operand, self.domain)).encode()))
                values = np.asarray(rng.uniform(low, high, operand))
                for kink in self.kinks:
                    near = np.abs(values - kink) < 0.05
                    values = np.where(near, kink + np.where(values < kink, -0.05, 0.05), values)
                arrays.append(values.astype(dtype))
            elif np.issubdtype(operand.dtype, np.floating):
                arrays.append(operand.astype(dtype))
            else:
                arrays.append(operand.copy())
        return tuple(arrays)

    def apply(self, op_class: type[Op], *tensors: Any) -> Any:
        """Run the operation on tensors, with the arguments of this sample."""
        if self.call is not None:
            return self.call(*tensors, **self.kwargs)
        return op_class(**self.kwargs)(*tensors)

    def expected(self, dtype: Any = "float64") -> Any:
        """Return what the NumPy reference says."""
        return self.reference(*self.arrays(dtype), **self.kwargs)
