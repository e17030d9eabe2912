"""Comparisons, element by element: their results are boolean and have no gradient."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from ...numpy_on_demand import is_numpy_number, np
from ...op import Array, Sample, Spec, TensorOp
from ..arguments import number_argument
from ..broadcasting import PAIRS, boolean_like, broadcast_shapes, same_device

if TYPE_CHECKING:
    from ...fusion import Instructions
    from ...tensor import Tensor


class Comparison(TensorOp):
    """A comparison of two tensors, or of a tensor with a number, which is compared in the tensor's dtype."""

    gradient_formula = "none"
    needs = ()
    differentiable = False
    operator: ClassVar[Any]
    reference: ClassVar[Callable[..., Any]]

    def __init__(self, scalar: Any = None) -> None:
        self.scalar = None if scalar is None else number_argument(self.name, "scalar", scalar)

    def compute(self, a: Array, b: Array = None) -> Array:
        """Compare the arrays, or the array with the number."""
        return self.operator(a, self.scalar if b is None else b)

    def infer(self, *specs: Spec) -> Spec:
        """The result is boolean, of the broadcast shape."""
        shape = broadcast_shapes(self.name, *[spec.shape for spec in specs])
        return Spec(shape, boolean_like(specs[0].dtype), same_device(self.name, *specs))

    def emit(self, program: Instructions, *operands: int) -> int:
        """The number, if there is one, is a constant of the program."""
        if self.scalar is not None:
            operands = (*operands, program.constant(self.scalar))
        return program.append(self.instruction, *operands)  # type: ignore[arg-type]

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs with equal elements among them, and a number."""
        reference = getattr(np, cls.name)

        def with_scalar(a: Any, scalar: float) -> Any:
            return reference(a, np.asarray(scalar, a.dtype))

        a, b = np.array([[0.0, 1.0, -1.0], [2.0, 2.0, 0.5]]), np.array([0.0, 2.0, -1.0])
        return [
            *[Sample(inputs=pair, reference=reference, order=0, exact=True) for pair in PAIRS],
            Sample(inputs=[a, b], reference=reference, order=0, exact=True, label="equal elements"),
            Sample(
                inputs=[a],
                kwargs={"scalar": 0.5},
                reference=with_scalar,
                order=0,
                exact=True,
            ),
        ]


class Equal(Comparison):
    """Whether elements are equal."""

    name = "equal"
    formula = "a == b"
    instruction = "equal"
    operator = staticmethod(operator.eq)


class NotEqual(Comparison):
    """Whether elements differ."""

    name = "not_equal"
    formula = "a != b"
    instruction = "not_equal"
    operator = staticmethod(operator.ne)


class Less(Comparison):
    """Whether elements of the first are less than those of the second."""

    name = "less"
    formula = "a < b"
    instruction = "less"
    operator = staticmethod(operator.lt)


class LessEqual(Comparison):
    """Whether elements of the first are at most those of the second."""

    name = "less_equal"
    formula = "a <= b"
    instruction = "less_equal"
    operator = staticmethod(operator.le)


class Greater(Comparison):
    """Whether elements of the first are greater than those of the second."""

    name = "greater"
    formula = "a > b"
    instruction = "greater"
    operator = staticmethod(operator.gt)


class GreaterEqual(Comparison):
    """Whether elements of the first are at least those of the second."""

    name = "greater_equal"
    formula = "a >= b"
    instruction = "greater_equal"
    operator = staticmethod(operator.ge)


def _function(kind: type[Comparison], summary: str) -> Callable[[Tensor, Tensor | float], Tensor]:
    pairwise = kind()

    def compare(a: Tensor, b: Tensor | float) -> Tensor:
        if isinstance(b, (int, float)) or is_numpy_number(b):
            return kind(b)(a)
        return pairwise(a, b)

    compare.__name__ = compare.__qualname__ = kind.name
    compare.__doc__ = f"""{summary}

    Args:
        a: a tensor.
        b: a tensor whose shape broadcasts with that of `a`, or a number.

    Returns:
        A boolean tensor that requires no gradient.
    """
    return compare


equal = _function(Equal, "Tell where elements are equal.")
not_equal = _function(NotEqual, "Tell where elements differ.")
less = _function(Less, "Tell where elements of `a` are less than those of `b`.")
less_equal = _function(LessEqual, "Tell where elements of `a` are at most those of `b`.")
greater = _function(Greater, "Tell where elements of `a` are greater than those of `b`.")
greater_equal = _function(GreaterEqual, "Tell where elements of `a` are at least those of `b`.")

eq, ne, lt, le, gt, ge = equal, not_equal, less, less_equal, greater, greater_equal
