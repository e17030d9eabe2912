"""All cases by family, in the order of the table."""

from benchmarks.case import Case
from benchmarks.cases import (
    autograd,
    convolution,
    elementwise,
    imports,
    indexing,
    layout,
    linalg,
    memory,
    networks,
    optimizers,
    pooling,
    recurrent,
    reductions,
    sampling,
    searching,
    training,
)

FAMILIES: dict[str, list[Case]] = {
    module.__name__.rpartition(".")[2]: module.CASES
    for module in (
        elementwise,
        layout,
        reductions,
        indexing,
        linalg,
        convolution,
        pooling,
        networks,
        recurrent,
        optimizers,
        sampling,
        searching,
        autograd,
        training,
        imports,
        memory,
    )
}

CASES: list[Case] = [case for cases in FAMILIES.values() for case in cases]
