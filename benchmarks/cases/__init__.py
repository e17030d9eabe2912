"""All cases, in the order of the table."""

from benchmarks.case import Case
from benchmarks.cases import autograd, elementwise, imports, linalg, searching, training

CASES: list[Case] = [
    *elementwise.CASES,
    *linalg.CASES,
    *searching.CASES,
    *autograd.CASES,
    *training.CASES,
    *imports.CASES,
]
