"""Addition, multiplication, division and powers, of tensors and with scalars."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ...value import Value
from ..arguments import number_argument
from ..broadcasting import (
    PAIRS,
    SHAPES,
    Broadcasting,
    Elementwise,
    constant_like,
    has_sign,
    is_floating,
    promoted,
    unbroadcast,
    unbroadcast_to_both,
    zeros_like,
)
from .logic import bitwise_and, bitwise_not
from .selection import where

if TYPE_CHECKING:
    from ...fusion import Instructions
    from ...tensor import Tensor


class WithScalar(TensorOp):
    """An operation on one operand and a number.

    A NumPy scalar, or an array of one element, is kept as the Python number, which leaves an operand's dtype alone.
    """

    def __init__(self, scalar: Any) -> None:
        kind = type(scalar)
        self.scalar: float = scalar if kind is float or kind is int else number_argument(self.name, "scalar", scalar)

    def infer(self, a: Spec) -> Spec | None:
        """The scalar takes the operand's dtype, unless it is a fraction among integers."""
        return a if is_floating(a.dtype) else None

    def emit(self, program: Instructions, *operands: int) -> int:
        """The number is a constant of the program."""
        return program.append(self.instruction, *operands, program.constant(self.scalar))  # type: ignore[arg-type]


class EWiseAdd(Broadcasting):
    """The sum of two tensors."""

    name = "add"
    formula = "a + b"
    gradient_formula = "da = dc; db = dc"
    needs = ()
    instruction = "add"

    def compute(self, a: Array, b: Array) -> Array:
        """Add the arrays."""
        return a + b

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        """Pass the gradient on to both."""
        a, b = node.inputs
        return unbroadcast_to_both(out_grad, a, b)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes."""
        return [Sample(inputs=pair, reference=np.add) for pair in PAIRS]


class AddScalar(WithScalar):
    """A tensor plus a number."""

    name = "add_scalar"
    formula = "a + scalar"
    gradient_formula = "da = dc"
    needs = ()
    instruction = "add"

    def compute(self, a: Array) -> Array:
        """Add the number to each element."""
        return a + self.scalar

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Pass the gradient on."""
        return out_grad

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[s], kwargs={"scalar": 1.5}, reference=lambda a, scalar: a + scalar) for s in SHAPES]


class EWiseMul(Broadcasting):
    """The product of two tensors, element by element."""

    name = "multiply"
    formula = "a * b"
    gradient_formula = "da = dc * b; db = dc * a"
    needs = (0, 1)
    instruction = "multiply"

    def compute(self, a: Array, b: Array) -> Array:
        """Multiply the arrays."""
        return a * b

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Multiply by the other operand."""
        a, b = node.inputs
        return (
            unbroadcast(out_grad * b, a) if a.requires_grad else None,
            unbroadcast(out_grad * a, b) if b.requires_grad else None,
        )

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes."""
        return [Sample(inputs=pair, reference=np.multiply) for pair in PAIRS]


class MulScalar(WithScalar):
    """A tensor times a number."""

    name = "mul_scalar"
    formula = "a * scalar"
    gradient_formula = "da = dc * scalar"
    needs = ()
    instruction = "multiply"

    def compute(self, a: Array) -> Array:
        """Multiply each element by the number."""
        return a * self.scalar

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the number."""
        return out_grad * self.scalar

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[s], kwargs={"scalar": -2.5}, reference=lambda a, scalar: a * scalar) for s in SHAPES]


class EWiseDiv(Broadcasting):
    """The quotient of two tensors, element by element."""

    name = "divide"
    formula = "a / b"
    gradient_formula = "da = dc / b; db = -dc * c / b"
    needs = (1, "out")
    instruction = "divide"
    closed = "f"

    def compute(self, a: Array, b: Array) -> Array:
        """Divide the arrays."""
        return a / b

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Divide by the divisor; its own gradient reads the quotient."""
        a, b = node.inputs
        share = out_grad / b
        return (
            unbroadcast(share, a) if a.requires_grad else None,
            unbroadcast(-(share * node), b) if b.requires_grad else None,
        )

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes, of divisors away from zero."""
        return [Sample(inputs=pair, reference=np.divide, domain=(0.5, 2.0)) for pair in PAIRS]


class DivScalar(WithScalar):
    """A tensor divided by a number."""

    name = "divide_scalar"
    formula = "a / scalar"
    gradient_formula = "da = dc / scalar"
    needs = ()
    instruction = "divide"

    def compute(self, a: Array) -> Array:
        """Divide each element by the number."""
        return a / self.scalar

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide by the number."""
        return out_grad / self.scalar

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and a scalar in an array of one element."""
        reference = lambda a, scalar: a / scalar  # noqa: E731
        return [
            *[Sample(inputs=[s], kwargs={"scalar": 3}, reference=reference) for s in SHAPES],
            Sample(
                inputs=[(2,)], kwargs={"scalar": np.array([1.75])}, reference=lambda a, scalar: a / 1.75, label="array"
            ),
        ]


class ScalarDiv(WithScalar):
    """A number divided by a tensor."""

    name = "scalar_divide"
    formula = "scalar / a"
    gradient_formula = "da = -dc * c / a"
    needs = (0, "out")
    instruction = "divide"

    def compute(self, a: Array) -> Array:
        """Divide the number by each element."""
        return self.scalar / a

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The derivative of s/a is -s/a**2, which is minus the quotient over a."""
        a: Tensor = node.inputs[0]
        return -(out_grad * node / a)

    def emit(self, program: Instructions, *operands: int) -> int:
        """The number comes first."""
        return program.append(self.instruction, program.constant(self.scalar), *operands)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, away from zero."""
        return [
            Sample(inputs=[s], kwargs={"scalar": 2.5}, reference=lambda a, scalar: scalar / a, domain=(0.5, 2.0))
            for s in SHAPES
        ]


class EWisePow(Broadcasting):
    """A tensor to the power of another, element by element."""

    name = "power"
    formula = "a ** b"
    gradient_formula = "da = dc * b * a**(b - 1); db = dc * c * log(a)"
    needs = (0, 1, "out")
    closed = "iuf"

    def compute(self, a: Array, b: Array) -> Array:
        """Raise the first array to the second."""
        return a**b

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """A base that is 0 or NaN has gradient 0 where b = 0, and an exponent where a = 0, unless it is negative."""
        a, b = node.inputs
        base_grad = exponent_grad = None
        if not has_sign(b.dtype):
            b = b.astype(out_grad.dtype)  # b - 1 is negative where b is 0
        if a.requires_grad:
            constant = bitwise_and(b.eq(0), bitwise_not(a.abs() > 0))
            base_grad = unbroadcast(out_grad * (b * where(constant, 1.0, a) ** (b - 1)), a)
        if b.requires_grad:
            constant = bitwise_and(a.eq(0), b >= 0)
            exponent_grad = unbroadcast(out_grad * (node * where(constant, 1.0, a).log()), b)
        return base_grad, exponent_grad

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes, of positive bases; integer exponents, a base and an exponent that are 0."""
        return [
            *[Sample(inputs=pair, reference=np.power, domain=(0.5, 2.0)) for pair in PAIRS],
            Sample(inputs=[(2, 3), np.array([2, 3, 0])], reference=np.power, standard=False, label="integer exponent"),
            Sample(
                inputs=[np.array([0.0, 1.5]), np.array([2, 2])],
                reference=np.power,
                standard=False,
                label="integer exponent",
            ),
            Sample(inputs=[np.array([0.7, 1.3]), np.array([0.0, 2.0])], reference=np.power, label="exponent 0"),
        ]


class PowerScalar(WithScalar):
    """A tensor to the power of a number."""

    name = "power_scalar"
    formula = "a ** scalar"
    gradient_formula = "da = dc * scalar * a**(scalar - 1)"
    needs = (0,)
    instruction = "pow"

    def compute(self, a: Array) -> Array:
        """Raise each element to the number."""
        return a**self.scalar

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The exponents 0, 1 and 2 need no power, and no value of a at 0 harms them."""
        a: Tensor = node.inputs[0]
        scalar = self.scalar
        if scalar == 2:
            return out_grad * (a * 2)
        if scalar == 1:
            return out_grad
        if scalar == 0:
            return zeros_like(out_grad)
        return out_grad * (a ** (scalar - 1) * scalar)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Whole, negative and broken exponents."""
        reference = lambda a, scalar: a**scalar  # noqa: E731
        whole = [Sample(inputs=[(2, 3)], kwargs={"scalar": p}, reference=reference, label=f"{p}") for p in (0, 1, 2, 3)]
        broken = [
            Sample(inputs=[(2, 3)], kwargs={"scalar": p}, reference=reference, domain=(0.5, 2.0), label=f"{p}")
            for p in (-1, -1.5, 0.5)
        ]
        return [*whole, *broken, *[Sample(inputs=[s], kwargs={"scalar": 2}, reference=reference) for s in SHAPES]]


class ScalarPow(WithScalar):
    """A number to the power of a tensor."""

    name = "scalar_power"
    formula = "scalar ** a"
    gradient_formula = "da = dc * c * log(scalar)"
    needs = ("out",)
    instruction = "pow"

    def compute(self, a: Array) -> Array:
        """Raise the number to each element."""
        return self.scalar**a

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Of a number that is 0 the gradient is 0, of a negative one it is NaN."""
        scalar = self.scalar
        factor = math.log(scalar) if scalar > 0 else 0.0 if scalar == 0 else math.nan
        return out_grad * node * factor

    def emit(self, program: Instructions, *operands: int) -> int:
        """The number comes first."""
        return program.append(self.instruction, program.constant(self.scalar), *operands)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[s], kwargs={"scalar": 2.5}, reference=lambda a, scalar: scalar**a) for s in SHAPES]


class Negate(Elementwise):
    """A tensor with its sign turned."""

    name = "negate"
    formula = "-a"
    gradient_formula = "da = -dc"
    needs = ()
    instruction = "negative"

    def compute(self, a: Array) -> Array:
        """Turn the sign."""
        return -a

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Turn the sign."""
        return -out_grad

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[s], reference=np.negative, exact=True) for s in SHAPES]


_add, _multiply, _divide, _power, _negate = EWiseAdd(), EWiseMul(), EWiseDiv(), EWisePow(), Negate()


def _has_operator(a: Any, b: Any) -> bool:
    """Tell whether the operators of tensors take two operands, for which they have the shortest way."""
    if isinstance(a, Value):
        return isinstance(b, (Value, int, float))
    return isinstance(a, (int, float)) and isinstance(b, Value)


def add(a: Tensor | float, b: Tensor | float) -> Tensor:
    """Add two tensors whose shapes broadcast, or a tensor and a number."""
    return a + b if _has_operator(a, b) else _add(a, b)  # type: ignore[return-value]


def add_scalar(a: Tensor, scalar: float) -> Tensor:
    """Add a number to each element."""
    return AddScalar(scalar)(a)


def subtract(a: Any, b: Any) -> Tensor:
    """Subtract the second tensor from the first, or a tensor and a number: the sum with the negative."""
    return a - b if _has_operator(a, b) else difference(a, b)


def difference(a: Any, b: Any) -> Tensor:
    """Subtract what may need a conversion before: what is no tensor, and what has no negative."""
    if not isinstance(b, Value):
        b = constant_like(b, a if isinstance(a, Value) else None)
    if not isinstance(a, Value):
        a = constant_like(a, b)
    return _add(a, _negate(b if has_sign(b.dtype) else as_in_sum(b, a)))


def as_in_sum(b: Tensor, a: Tensor) -> Tensor:
    """Give what has no negative, unsigned integers and booleans, the dtype that it has in a sum with `a`."""
    dtype = promoted("subtract", a.known_spec(), b.known_spec())
    return b if b.dtype == dtype else b.astype(dtype)


def multiply(a: Tensor | float, b: Tensor | float) -> Tensor:
    """Multiply two tensors whose shapes broadcast, or a tensor and a number, element by element."""
    return a * b if _has_operator(a, b) else _multiply(a, b)  # type: ignore[return-value]


def mul_scalar(a: Tensor, scalar: float) -> Tensor:
    """Multiply each element by a number."""
    return MulScalar(scalar)(a)


def divide(a: Tensor | float, b: Tensor | float) -> Tensor:
    """Divide two tensors whose shapes broadcast, or a tensor and a number, element by element."""
    return a / b if _has_operator(a, b) else _divide(a, b)  # type: ignore[return-value]


def divide_scalar(a: Tensor, scalar: float) -> Tensor:
    """Divide each element by a number."""
    return DivScalar(scalar)(a)


def scalar_divide(scalar: float, a: Tensor) -> Tensor:
    """Divide a number by each element."""
    return ScalarDiv(scalar)(a)


def power(a: Tensor | float, b: Tensor | float) -> Tensor:
    """Raise each element of one tensor to the power of the other's.

    Args:
        a: the bases, of floating point; of one number it is `scalar_power`.
        b: the exponents, also integers; a broadcasts against them. Of one number it is `power_scalar`.
    """
    return a**b if _has_operator(a, b) else _power(a, b)


def power_scalar(a: Tensor, scalar: float) -> Tensor:
    """Raise each element to the power of a number."""
    return PowerScalar(scalar)(a)


def scalar_power(scalar: float, a: Tensor) -> Tensor:
    """Raise a number to the power of each element."""
    if not scalar:  # infinite for negative exponents, and so is the gradient, which a base in a tensor provides for
        return _power(scalar, a)
    return ScalarPow(scalar)(a)


def negate(a: Tensor) -> Tensor:
    """Turn the sign of each element."""
    return _negate(a)


negative = negate
pow = power
