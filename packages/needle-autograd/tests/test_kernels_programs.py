"""Native programs of elementwise operations against the plain reference on NumPy."""

import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import kernels, reference

from .kernel_support import host, layouts

X = np.random.default_rng(1).standard_normal((7, 33))
PROGRAMS = {
    "chain": (2, [2.5], [("multiply", 0, 1), ("exp", 0), ("multiply", 4, 2), ("add", 3, 5)]),
    "relu": (1, [0], [("maximum", 0, 1)]),
    "gelu": (
        1,
        [0.5, 2**-0.5],
        [("multiply", 0, 2), ("erf", 3), ("multiply", 0, 1), ("multiply", 4, 5), ("add", 5, 6)],
    ),
    "gate": (2, [], [("sigmoid", 0), ("tanh", 1), ("multiply", 2, 3)]),
    "choice": (2, [0, 1.5], [("less", 0, 2), ("where", 4, 1, 3), ("clip", 5, 2, 3)]),
    "widths": (2, [], [("float64", 0), ("subtract", 2, 1), ("square", 3), ("float32", 4)]),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    ("reduction", "axis"),
    [(None, None), *((name, axis) for name in ("sum", "mean", "max") for axis in (None, 0, 1, (0, 1)))],
)
def test_a_native_program_gives_what_the_reference_gives(name, reduction, axis):
    inputs, constants, instructions = PROGRAMS[name]
    values = [(X * scale).astype("float32") for scale in (1, 0.5)][:inputs]
    expected = reference.run_program(
        reference.Program(inputs, constants, instructions), *values, reduce=reduction, axis=axis
    )
    native = kernels(nd.ones(1))
    program = native.Program(inputs, constants, instructions)
    for _, first in layouts(values[0]):
        arrays = [first, *(nd.asarray(value) for value in values[1:])]
        result = native.run_program(program, *arrays, reduce=reduction, axis=axis)
        assert result.shape == expected.shape
        assert result.dtype.name == expected.dtype.name
        np.testing.assert_allclose(host(result), expected, rtol=1e-5, atol=1e-5)


def test_both_write_to_an_output():
    inputs, constants, instructions = PROGRAMS["relu"]
    values = X.astype("float32")
    for library, array in ((reference, values), (kernels(nd.ones(1)), nd.asarray(values))):
        out = array * 0
        assert library.run_program(library.Program(inputs, constants, instructions), array, out=out) is out
        np.testing.assert_array_equal(host(out), np.maximum(values, 0))


def test_the_reference_refuses_another_number_of_arrays():
    with pytest.raises(ValueError, match="the program takes 2 arrays, not 1"):
        reference.run_program(reference.Program(*PROGRAMS["chain"]), X)
