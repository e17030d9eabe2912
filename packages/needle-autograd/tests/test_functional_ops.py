"""Forward and backward derivatives of every operation agree: v (J u) is (v J) u, in float64, for all samples."""

import numpy as np
import pytest
from needle_autograd import Tensor, TensorTuple, jvp, tree, vjp
from needle_autograd.op import REGISTRY

SAMPLES = [
    pytest.param(kind, sample, id=f"{name}-{number}{'-' if sample.label else ''}{sample.label}")
    for name, kind in REGISTRY.items()
    for number, sample in enumerate(kind.samples())
    if kind.differentiable and sample.order >= 1
]


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_a_product_with_the_jacobian_is_the_same_from_both_sides(kind, sample, backend):
    rng = np.random.default_rng(0)
    arrays = sample.arrays()
    chosen = sample.differentiable
    if chosen is None:
        chosen = [i for i, array in enumerate(arrays) if array.dtype == np.float64]

    def function(*variables):
        operands = [Tensor(array, requires_grad=False) for array in arrays]
        for position, variable in zip(chosen, variables, strict=True):
            operands[position] = variable
        result = sample.apply(kind, *operands)
        parts = list(result) if isinstance(result, tuple | list | TensorTuple) else [result]
        return [part for part in parts if part.dtype == "float64"]

    points = [Tensor(arrays[i]) for i in chosen]
    along = [Tensor(rng.normal(size=point.shape)) for point in points]
    results, forward = jvp(function, points, along)
    arriving = [Tensor(rng.normal(size=result.shape)) for result in results]
    backward = vjp(function, *points)[1](arriving)

    def product(first, second):
        return sum(float(np.sum(a.numpy() * b.numpy())) for a, b in zip(first, tree.leaves(second), strict=True))

    left, right = product(arriving, forward), product(along, backward)
    scale = sum(np.sum(np.abs(a.numpy() * b.numpy())) for a, b in zip(along, backward, strict=True))
    assert abs(left - right) <= 1e-11 * max(1.0, scale)
