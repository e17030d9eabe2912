"""Questions about elements, and the logic of their answers: results are boolean and have no gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import array_namespace, dtype_kind
from ...errors import DTypeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..broadcasting import Broadcasting, boolean_like, broadcast_shapes, same_device

if TYPE_CHECKING:
    from ...tensor import Tensor


class Question(TensorOp):
    """A question about each element."""

    gradient_formula = "none"
    needs = ()
    differentiable = False

    def infer(self, a: Spec) -> Spec:
        """The result is boolean."""
        return Spec(a.shape, boolean_like(a.dtype), a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Numbers of all kinds, integers, nothing."""
        kinds = np.array([[0.0, -1.5, np.inf], [np.nan, -np.inf, 1e30]])
        operands = [kinds, np.array(np.nan), np.array([1, 0]), np.zeros((0, 3))]
        return [Sample(inputs=[operand], reference=getattr(np, cls.name), order=0, exact=True) for operand in operands]


class IsNaN(Question):
    """Whether an element is NaN."""

    name = "isnan"
    formula = "a != a"
    instruction = "isnan"

    def compute(self, a: Array) -> Array:
        """Ask of each element."""
        return array_namespace(a).isnan(a)


class IsInf(Question):
    """Whether an element is infinite, of either sign."""

    name = "isinf"
    formula = "|a| == inf"
    instruction = "isinf"

    def compute(self, a: Array) -> Array:
        """Ask of each element."""
        return array_namespace(a).isinf(a)


class IsFinite(Question):
    """Whether an element is neither infinite nor NaN."""

    name = "isfinite"
    formula = "|a| < inf"
    instruction = "isfinite"

    def compute(self, a: Array) -> Array:
        """Ask of each element."""
        return array_namespace(a).isfinite(a)


def truth(a: Array) -> Array:
    """Return which elements of an array are not zero."""
    return a if dtype_kind(a.dtype) == "b" else a != 0


def _truths() -> tuple[Any, Any]:
    """Return booleans that broadcast, for samples."""
    return np.array([[True, False, True], [False, False, True]]), np.array([True, False, False])


class Connective(TensorOp):
    """A logical connective of two tensors, of which every element that is not zero counts as true."""

    gradient_formula = "none"
    needs = ()
    differentiable = False

    def infer(self, *specs: Spec) -> Spec:
        """The result is boolean, of the broadcast shape."""
        shape = broadcast_shapes(self.name, *[spec.shape for spec in specs])
        return Spec(shape, boolean_like(specs[0].dtype), same_device(self.name, *specs))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Truths that broadcast, numbers, nothing."""
        numbers = (np.array([0.0, 2.0, -0.5]), np.array([1.0, 0.0, 0.25]))
        empty = (np.zeros((0, 3), bool), np.ones((3,), bool))
        return [
            Sample(inputs=pair, reference=getattr(np, cls.name), order=0, exact=True)
            for pair in (_truths(), numbers, empty)
        ]


class LogicalAnd(Connective):
    """Whether both elements are true."""

    name = "logical_and"
    formula = "a and b"

    def compute(self, a: Array, b: Array) -> Array:
        """Connect the arrays."""
        return array_namespace(a).logical_and(truth(a), truth(b))


class LogicalOr(Connective):
    """Whether one of the elements is true."""

    name = "logical_or"
    formula = "a or b"

    def compute(self, a: Array, b: Array) -> Array:
        """Connect the arrays."""
        return array_namespace(a).logical_or(truth(a), truth(b))


class LogicalXor(Connective):
    """Whether exactly one of the elements is true."""

    name = "logical_xor"
    formula = "(a or b) and not (a and b)"

    def compute(self, a: Array, b: Array) -> Array:
        """Connect the arrays."""
        return array_namespace(a).logical_xor(truth(a), truth(b))


class LogicalNot(Question):
    """Whether an element is not true."""

    name = "logical_not"
    formula = "not a"

    def compute(self, a: Array) -> Array:
        """Ask of each element."""
        return array_namespace(a).logical_not(truth(a))


class Bitwise(Broadcasting):
    """An operation on the bits of two tensors of integers or booleans."""

    gradient_formula = "none"
    needs = ()
    differentiable = False

    def infer(self, *specs: Spec) -> Spec | None:
        """Only integers and booleans have bits to connect."""
        for spec in specs:
            if dtype_kind(spec.dtype) == "f":
                raise DTypeError(
                    f"{self.name}: an operand is {spec.dtype}, expected integers or booleans; compare it first, as in "
                    "(x > 0) & (y > 0)"
                )
        return super().infer(*specs)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Booleans that broadcast, integers."""
        integers = (np.array([[12, -1, 7]]), np.array([[10], [3]]))
        return [
            Sample(inputs=pair, reference=getattr(np, cls.name), order=0, exact=True) for pair in (_truths(), integers)
        ]


class BitwiseAnd(Bitwise):
    """The bits that both have."""

    name = "bitwise_and"
    formula = "a & b"

    def compute(self, a: Array, b: Array) -> Array:
        """Connect the bits."""
        return a & b


class BitwiseOr(Bitwise):
    """The bits that either has."""

    name = "bitwise_or"
    formula = "a | b"

    def compute(self, a: Array, b: Array) -> Array:
        """Connect the bits."""
        return a | b


class BitwiseXor(Bitwise):
    """The bits that exactly one has."""

    name = "bitwise_xor"
    formula = "a ^ b"

    def compute(self, a: Array, b: Array) -> Array:
        """Connect the bits."""
        return a ^ b


class BitwiseNot(Bitwise):
    """The bits that an element has not; of booleans, the contrary."""

    name = "bitwise_not"
    formula = "~a"

    def compute(self, a: Array) -> Array:
        """Turn the bits."""
        return ~a

    @classmethod
    def samples(cls) -> list[Sample]:
        """Booleans, integers."""
        operands = [_truths()[0], np.array([0, -1, 12])]
        return [Sample(inputs=[operand], reference=np.invert, order=0, exact=True) for operand in operands]


_isnan, _isinf, _isfinite = IsNaN(), IsInf(), IsFinite()
_logical_and, _logical_or, _logical_xor, _logical_not = LogicalAnd(), LogicalOr(), LogicalXor(), LogicalNot()
_bitwise_and, _bitwise_or, _bitwise_xor, _bitwise_not = BitwiseAnd(), BitwiseOr(), BitwiseXor(), BitwiseNot()


def isnan(a: Tensor) -> Tensor:
    """Tell which elements are NaN."""
    return _isnan(a)


def isinf(a: Tensor) -> Tensor:
    """Tell which elements are infinite, of either sign."""
    return _isinf(a)


def isfinite(a: Tensor) -> Tensor:
    """Tell which elements are neither infinite nor NaN."""
    return _isfinite(a)


def logical_and(a: Tensor, b: Tensor) -> Tensor:
    """Tell where both tensors, whose shapes broadcast, are true; numbers are where they are not zero."""
    return _logical_and(a, b)


def logical_or(a: Tensor, b: Tensor) -> Tensor:
    """Tell where one of two tensors, whose shapes broadcast, is true; numbers are where they are not zero."""
    return _logical_or(a, b)


def logical_xor(a: Tensor, b: Tensor) -> Tensor:
    """Tell where exactly one of two tensors, whose shapes broadcast, is true; numbers are where they are not zero."""
    return _logical_xor(a, b)


def logical_not(a: Tensor) -> Tensor:
    """Tell where a tensor is not true; numbers are where they are zero."""
    return _logical_not(a)


def bitwise_and(a: Tensor, b: Tensor | int) -> Tensor:
    """Keep the bits that both have: `a & b`.

    Args:
        a: integers or booleans.
        b: integers or booleans, a tensor or a number; the shapes broadcast.

    Raises:
        DTypeError: an operand is of floating point.
    """
    return _bitwise_and(a, b)


def bitwise_or(a: Tensor, b: Tensor | int) -> Tensor:
    """Take the bits that either has: `a | b`.

    Args:
        a: integers or booleans.
        b: integers or booleans, a tensor or a number; the shapes broadcast.

    Raises:
        DTypeError: an operand is of floating point.
    """
    return _bitwise_or(a, b)


def bitwise_xor(a: Tensor, b: Tensor | int) -> Tensor:
    """Take the bits that exactly one has: `a ^ b`.

    Args:
        a: integers or booleans.
        b: integers or booleans, a tensor or a number; the shapes broadcast.

    Raises:
        DTypeError: an operand is of floating point.
    """
    return _bitwise_xor(a, b)


def bitwise_not(a: Tensor) -> Tensor:
    """Turn all bits; of booleans, give the contrary: `~a`.

    Args:
        a: integers or booleans.

    Raises:
        DTypeError: the operand is of floating point.
    """
    return _bitwise_not(a)


bitwise_invert = bitwise_not
