"""Checks of what an operation computes: they yield what they find wrong with a sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..backends.selection import array_namespace, device_of, dtype_kind, dtype_name
from ..modes import lazy, no_grad
from ..tensor import Tensor
from .cases import Case, parts, sizes, tensors
from .faults import Fault, Numbers, differences, hint, shown
from .memory_layouts import LAYOUTS

TOLERANCES = {"float32": 2e-5, "float64": 1e-12}


def results(case: Case) -> Iterator[Fault]:
    """Compare results with the sample's reference: all libraries, dtypes and layouts; operands must not change."""
    for library in case.libraries():
        for dtype, tolerance in TOLERANCES.items():
            for layout in LAYOUTS:
                operands = case.operands(dtype, library, layout)
                before = [np.array(operand, copy=True) for operand in operands]
                where = f"with {dtype} arrays of {library.name}, {layout} in memory"
                exact = [values.astype(np.float64) if values.dtype.kind == "f" else values for values in before]
                expected = case.sample.reference(*exact, **case.sample.kwargs)
                wanted = [np.asarray(w) for w in (expected if isinstance(expected, tuple | list) else [expected])]
                try:
                    with no_grad(), library.in_use():
                        found = case.apply(operands)
                except Exception as error:
                    error.add_note(where)
                    raise
                yield from _compared(case, found, wanted, tolerance, where)
                for i, (operand, copy) in enumerate(zip(operands, before, strict=True)):
                    if not np.array_equal(np.asarray(operand), copy, equal_nan=True):
                        yield case.fault(
                            "the operand", f"compute wrote into operand {i}, {where}", "operands unchanged"
                        )
                yield from _library(case, found, operands, where)


def _compared(case: Case, found: list[Tensor], wanted: list[Numbers], tolerance: float, where: str) -> Iterator[Fault]:
    if len(found) != len(wanted):
        yield case.fault("the result", f"{len(found)} results", f"{len(wanted)}, as the reference has")
        return
    for position, (result, want) in enumerate(zip(found, wanted, strict=True)):
        check = "the result" if len(wanted) == 1 else f"result {position}"
        got = result.numpy()
        equal = (
            (
                np.array_equal(got, want.astype(got.dtype), equal_nan=got.dtype.kind == "f")
                if case.sample.exact
                else np.allclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True)
            )
            if got.shape == want.shape
            else False
        )
        if got.shape != want.shape:
            yield case.fault(check, f"shape {got.shape}, {where}", f"shape {want.shape}, as the reference has")
        elif not equal:
            a, b = got.astype(np.float64), want.astype(np.float64)
            yield case.fault(
                check, f"{shown(got)}, {where}", f"{shown(want)}, as the reference has",
                details=differences(a, b, tolerance), hint=hint(a, b, {}, sizes(case)),
            )  # fmt: skip


def _library(case: Case, found: list[Tensor], operands: list[Any], where: str) -> Iterator[Fault]:
    """Check that results are arrays of the operands' library, and in their dtype unless `infer` says otherwise."""
    floats = all(dtype_kind(operand.dtype) == "f" for operand in operands)
    keeps_dtype = floats and not case.kind.infers and case.sample.call is None
    for result in found:
        data = result.realize_cached_data()
        if array_namespace(data) is not array_namespace(operands[0]):
            yield case.fault(
                "the library of the result", f"an array of {array_namespace(data).__name__}, {where}",
                "an array of the operands' library", hint="use the functions of backends.array_namespace(a)",
            )  # fmt: skip
        elif keeps_dtype and dtype_kind(data.dtype) == "f" and data.dtype != operands[0].dtype:
            yield case.fault(
                "the dtype of the result", f"{dtype_name(data.dtype)}, {where}", dtype_name(operands[0].dtype),
                hint="an array or NumPy scalar of float64 among float32 makes the result float64",
            )  # fmt: skip


def descriptions(case: Case) -> Iterator[Fault]:
    """Check that lazy mode gives the same results, of the shape, dtype and device that `infer` told beforehand."""
    for library in case.libraries():
        with library.in_use():
            eager = case.apply(case.operands("float32", library))
            with lazy():
                result = case.sample.apply(case.kind, *tensors(case.operands("float32", library), True))
                told = result.known_spec() if isinstance(result, Tensor) and result.cached_data is None else None
        for got, want in zip(parts(result), eager, strict=True):
            if not np.array_equal(got.numpy(), want.numpy(), equal_nan=want.numpy().dtype.kind == "f"):
                yield case.fault("the result in lazy mode", shown(got.numpy()), f"{shown(want.numpy())}, as else")
        if told is not None:
            data = result.realize_cached_data()
            real = (tuple(data.shape), data.dtype, device_of(data))
            if tuple(told) != real:
                yield case.fault(
                    "what infer tells", f"{dtype_name(told.dtype)} {told.shape} on {told.device}",
                    f"{dtype_name(real[1])} {real[0]} on {real[2]}, as compute gives", method="infer",
                )  # fmt: skip
