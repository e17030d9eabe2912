"""A sample of an operation as the checks use it: operands of any library, results, and the words for what is wrong."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..backends.selection import dtype_kind
from ..op import Op, Sample
from ..tensor import Tensor, TensorTuple
from .faults import Fault
from .libraries import Library, libraries
from .memory_layouts import laid_out
from .rules import rule_of, short_path


class Case(NamedTuple):
    """A sample of an operation, and its number."""

    kind: type[Op]
    number: int
    sample: Sample

    def fault(self, check: str, found: str, expected: str, method: str = "compute", **more: Any) -> Fault:
        """Describe what is wrong, at a method of the operation."""
        return Fault(
            check, self.number, self.sample.label, self.sample.arrays(), found, expected,
            place=place_of(self.kind, method), **more,
        )  # fmt: skip

    def apply(self, arrays: list[Any], *, requires_grad: bool = True) -> list[Tensor]:
        """Run the operation and return its results; operands of floating point require gradients, if asked for."""
        return parts(self.sample.apply(self.kind, *tensors(arrays, requires_grad)))

    def libraries(self) -> tuple[Library, ...]:
        """Return the array libraries that the sample is for."""
        return libraries(standard=self.sample.standard)

    def operands(self, dtype: str, library: Library, layout: str = "contiguous") -> list[Any]:
        """Return the sample's operands as arrays of a library."""
        return [laid_out(values, layout, library.module) for values in self.sample.arrays(dtype)]

    def chosen(self) -> list[int]:
        """Return the indices of the operands that have a gradient."""
        differentiable = self.sample.differentiable
        floats = [i for i, values in enumerate(self.sample.arrays()) if values.dtype.kind == "f"]
        return [i for i in floats if differentiable is None or i in differentiable]


def tensors(arrays: list[Any], requires_grad: bool) -> list[Tensor]:
    """Make tensors around arrays."""
    return [Tensor.make_const(a, requires_grad=requires_grad and dtype_kind(a.dtype) == "f") for a in arrays]


def parts(result: Any) -> list[Tensor]:
    """Return the results of an operation as a list."""
    return list(result) if isinstance(result, tuple | list | TensorTuple) else [result]


def place_of(kind: type[Op], method: str) -> str:
    """Return file and line of a method."""
    if method == "gradient":
        return rule_of(kind.__new__(kind)).place
    code = getattr(getattr(kind, method), "__code__", None)
    return f"{short_path(code.co_filename, kind.__module__)}:{code.co_firstlineno}" if code else kind.__module__


def sizes(case: Case) -> dict[str, int]:
    """Return numbers that may have been left out as a factor, or put in, and what they are."""
    return {f"the number of elements of input {i}": values.size for i, values in enumerate(case.sample.arrays())}
