"""All cases, in the order of the table."""

from benchmarks.case import Case
from benchmarks.cases import autograd, elementwise, imports, linalg, training

CASES: list[Case] = [*elementwise.CASES, *linalg.CASES, *autograd.CASES, *training.CASES, *imports.CASES]
