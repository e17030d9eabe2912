"""Random sequences of views, writes and operations: after each step NumPy and we have the same elements."""

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from .keys import is_refused, keys, read
from .support import DTYPES, basic_indices, factorizations, numbers, promoted, same, shapes

# Functions of one array and one of its axes by the names that NumPy shares with the standard.
FUNCTIONS = {
    "abs": lambda xp, x, _: xp.abs(x),
    "negative": lambda xp, x, _: -x,
    "sign": lambda xp, x, _: xp.sign(x),
    "square": lambda xp, x, _: xp.square(x),
    "clip": lambda xp, x, _: xp.clip(x, 1, 5),
    "compare": lambda xp, x, _: x > 2,
    "logic": lambda xp, x, _: xp.logical_xor(x, xp.flip(x)),
    "where": lambda xp, x, _: xp.where(x > 0, x, xp.flip(x)),
    "maximum": lambda xp, x, axis: xp.maximum(x, xp.flip(x, axis=axis)),
    "outer": lambda xp, x, _: xp.reshape(x, (-1,))[:, None] + xp.reshape(x, (-1,))[None, ::-1],
    "max": lambda xp, x, axis: xp.max(x, axis=axis),
    "min": lambda xp, x, axis: xp.min(x, axis=axis, keepdims=True),
    "any": lambda xp, x, axis: xp.any(x, axis=axis),
    "all": lambda xp, x, _: xp.all(x),
    "argmax": lambda xp, x, axis: xp.argmax(x, axis=axis),
    "argmin": lambda xp, x, axis: xp.argmin(x, axis=axis, keepdims=True),
    "count_nonzero": lambda xp, x, axis: xp.count_nonzero(x, axis=axis),
    "sort": lambda xp, x, axis: xp.sort(x, axis=axis),
    "argsort": lambda xp, x, axis: xp.argsort(x, axis=axis, stable=True),
    "take_along_axis": lambda xp, x, axis: xp.take_along_axis(x, xp.argsort(x, axis=axis, stable=True), axis=axis),
    "unique": lambda xp, x, _: xp.sort(xp.unique_values(x)),
    "nonzero": lambda xp, x, _: xp.stack(xp.nonzero(x)),
    "take": lambda xp, x, axis: xp.take(x, xp.asarray([0, -1, 0]), axis=axis),
    "roll": lambda xp, x, axis: xp.roll(x, 2, axis=axis),
    "repeat": lambda xp, x, axis: xp.repeat(x, 2, axis=axis),
    "tile": lambda xp, x, _: xp.tile(x, (2, 1)),
    "concat": lambda xp, x, axis: xp.concat([x, x], axis=axis),
    "stack": lambda xp, x, axis: xp.stack([x, xp.flip(x)], axis=axis),
    "unstack": lambda xp, x, axis: xp.unstack(x, axis=axis)[-1],
    "moveaxis": lambda xp, x, axis: xp.moveaxis(x, axis, 0),
    "triangle": lambda xp, x, _: xp.tril(x) - xp.triu(x, k=1),
    "matmul": lambda xp, x, _: x @ xp.matrix_transpose(x),
    "sum": lambda xp, x, axis: xp.sum(x, axis=axis, dtype=x.dtype),
    "prod": lambda xp, x, axis: xp.prod(x, axis=axis, dtype=x.dtype),
}
ONLY_NUMBERS = {"abs", "negative", "sign", "square", "clip", "triangle", "matmul", "sum", "prod"}
ONLY_MATRICES = {"triangle", "matmul"}
ONLY_INTEGERS = {"matmul", "sum", "prod"}  # floats round in another order


class Views(RuleBasedStateMachine):
    """Two families of views of one buffer, NumPy's and ours; every write shows in all members of both."""

    @initialize(shape=shapes(max_side=7), dtype=st.sampled_from([*DTYPES, "float16"]), seed=st.integers(0, 9))
    def start(self, shape, dtype, seed):
        self.errors = np.seterr(all="ignore")  # infinities and NaN are values like others
        values = numbers(dtype, shape, seed)
        self.pairs = [(values, nd.asarray(values.copy()))]

    def pick(self, data):
        return data.draw(st.sampled_from(self.pairs))

    def pick_writable(self, data):
        """A pair that can be written to; where elements share a place, the refusal is checked."""
        values, x = self.pick(data)
        if x.layout.is_overlapping():
            with pytest.raises(ValueError, match="broadcast view"):
                x[...] = 0
        return (values, x) if values.flags.writeable else self.pairs[0]

    def keep(self, values, x):
        same(x, values)
        if not isinstance(values, np.ndarray):
            return  # of a single element NumPy gives a number where we give a view
        self.pairs.append((values, x))
        if len(self.pairs) > 8:
            self.pairs.pop(1)

    @rule(data=st.data())
    def index(self, data):
        values, x = self.pick(data)
        key = data.draw(basic_indices(values.shape))
        if np.ndim(values[key]) < 6:
            self.keep(values[key], x[key])

    @rule(data=st.data())
    def permute(self, data):
        values, x = self.pick(data)
        axes = data.draw(st.permutations(range(values.ndim)))
        self.keep(values.transpose(axes), nd.permute_dims(x, axes))

    @rule(data=st.data())
    def flip(self, data):
        values, x = self.pick(data)
        axes = tuple(data.draw(st.sets(st.integers(0, values.ndim - 1)))) if values.ndim else ()
        self.keep(np.flip(values, axes), nd.flip(x, axis=axes))

    @rule(data=st.data())
    def reshape(self, data):
        values, x = self.pick(data)
        if values.size:
            shape = data.draw(factorizations(values.size))
            reshaped = values.reshape(shape)
            if np.shares_memory(reshaped, values):
                self.keep(reshaped, x.reshape(shape, copy=False))

    @rule(data=st.data(), repeats=st.integers(2, 3))
    def broadcast(self, data, repeats):
        values, x = self.pick(data)
        sizes = [repeats if size == 1 and data.draw(st.booleans()) else size for size in values.shape]
        shape = (*[repeats] * data.draw(st.integers(0, 1)), *sizes)
        if shape != values.shape and len(shape) < 6 and np.prod(shape) < 1000:
            self.keep(np.broadcast_to(values, shape), nd.broadcast_to(x, shape))

    @rule(data=st.data())
    def read_by_arrays(self, data):
        values, x = self.pick(data)
        theirs, ours = data.draw(keys(values.shape))
        expected = read(values, theirs)
        if not is_refused(lambda: x[ours], expected):
            same(x[ours], expected)

    @rule(data=st.data(), number=st.integers(0, 1))
    def write_by_arrays(self, data, number):
        values, x = self.pick_writable(data)
        theirs, ours = data.draw(keys(values.shape))
        expected = read(values, theirs)
        if not is_refused(lambda: x[ours], expected):
            x[ours] = number
            values[theirs] = number

    @rule(data=st.data())
    def write_by_a_condition(self, data):
        values, x = self.pick_writable(data)
        new = numbers(values.dtype.name, values.shape, seed=5, low=0)
        mask = values == data.draw(st.sampled_from([0, 1, 2]))
        same(x[nd.asarray(mask)], values[mask])
        x[nd.asarray(mask)] = nd.asarray(new[mask])
        values[mask] = new[mask]

    @rule(data=st.data(), name=st.sampled_from(sorted(FUNCTIONS)))
    def call(self, data, name):
        values, x = self.pick(data)
        kind = values.dtype.kind
        if values.dtype == "float16" or (name in ONLY_NUMBERS and kind == "b"):
            return
        if (name in ONLY_INTEGERS and kind == "f") or (name in ONLY_MATRICES and values.ndim < 2):
            return
        function = FUNCTIONS[name]
        if values.ndim == 0 and function.__code__.co_varnames[2] == "axis":
            return
        if name == "unique" and np.isnan(values).any():
            return  # each NaN is a value of its own for us, as the standard says
        axis = data.draw(st.integers(-values.ndim, values.ndim - 1)) if values.ndim else 0
        try:
            expected = np.asarray(function(np, values, axis))
        except (ValueError, IndexError):
            return  # no such axis, or nothing to choose from
        actual = function(nd, x, axis)
        same(actual, expected)
        if name in ("max", "min") and kind == "f":  # which of two zeros that is, is left open: both become +0
            expected, actual = np.asarray(expected + 0), actual + 0
        if expected.dtype == values.dtype and expected.ndim < 5 and expected.size < 500:
            self.keep(expected.copy(), actual.copy())

    @rule(data=st.data(), dtype=st.sampled_from(DTYPES))
    def assign(self, data, dtype):
        values, x = self.pick_writable(data)
        key = data.draw(basic_indices(values.shape))
        new = numbers(dtype, np.shape(values[key]), seed=data.draw(st.integers(0, 9)), low=0)
        values[key] = new
        x[key] = nd.asarray(new)

    @rule(data=st.data())
    def assign_a_relative(self, data):
        values, x = self.pick_writable(data)
        other, y = self.pick(data)
        try:
            np.broadcast_to(other, values.shape)
        except ValueError:
            return
        values[...] = other.copy()
        x[...] = y

    @rule(data=st.data())
    def add_a_relative_in_place(self, data):
        values, x = self.pick_writable(data)
        other, y = self.pick(data)
        try:
            np.broadcast_to(other, values.shape)
        except ValueError:
            return
        values += other.copy()
        x += y

    @precondition(lambda self: self.pairs[0][0].dtype != "bool")
    @rule(data=st.data(), number=st.sampled_from([0, 1, 2, 3]))
    def multiply_in_place(self, data, number):
        values, x = self.pick_writable(data)
        values *= number
        x *= number
        values -= number
        x -= number

    @rule(data=st.data(), number=st.integers(0, 1))
    def fill(self, data, number):
        values, x = self.pick_writable(data)
        values.fill(number)
        x.fill(number)

    @rule(data=st.data())
    def operate(self, data):
        values, x = self.pick(data)
        other, y = self.pick(data)
        try:
            expected = values + other
        except ValueError:
            return
        same(x + y, expected)
        same(nd.maximum(x, y), np.maximum(values, other))
        same(x == y, values == other)
        same(nd.where(x, x, y), np.where(values, values, other))

    @rule(data=st.data(), dtype=st.sampled_from(DTYPES))
    def operate_with_another_dtype(self, data, dtype):
        values, x = self.pick(data)
        other = numbers(dtype, values.shape, seed=1, low=0)
        if {values.dtype.name, dtype} & {"uint64"} and {values.dtype.name, dtype} & {"int8", "int16", "int32", "int64"}:
            return
        common = promoted(values.dtype.name, dtype)
        same(x + nd.asarray(other), values.astype(common) + other.astype(common))
        same(x.astype(dtype), values.astype(dtype)) if values.dtype.kind != "f" else None

    @rule(data=st.data())
    def reduce(self, data):
        values, x = self.pick(data)
        axes = tuple(data.draw(st.sets(st.integers(0, values.ndim - 1)))) if values.ndim else ()
        total = values.sum(axis=axes, dtype="float64")
        if values.dtype != "float16" and np.abs(total).max(initial=0) < 2**20:
            np.testing.assert_allclose(np.asarray(nd.sum(x, axis=axes)), total)
        same(nd.any(x, axis=axes), np.any(values, axis=axes))

    def teardown(self):
        np.seterr(**getattr(self, "errors", {}))
        for values, x in getattr(self, "pairs", []):
            same(x, values)
            same(x.copy(), values)
            assert repr(x.tolist()) == repr(values.tolist())  # NaN is not equal to itself


TestViews = Views.TestCase
TestViews.settings = settings(stateful_step_count=30, max_examples=max(150, settings.default.max_examples))


@given(st.data())
def test_many_operands_in_layouts_of_their_own(data):
    shape = data.draw(shapes(max_ndim=3, max_side=20))
    operands = []
    for seed in range(3):
        axes = data.draw(st.permutations(range(len(shape))))
        steps = [data.draw(st.sampled_from([1, 2, -1, -3])) for _ in shape]
        whole = numbers(
            data.draw(st.sampled_from(["float32", "int16"])), [shape[a] * abs(steps[a]) for a in axes], seed
        )
        key = tuple(slice(None, None, steps[a]) for a in axes)
        values = whole[key][tuple(slice(shape[a]) for a in axes)]
        back = [axes.index(a) for a in range(len(shape))]
        operands.append(values.transpose(back))
    a, b, c = operands
    x, y, z = map(nd.asarray, operands)
    common = promoted(promoted(a.dtype.name, b.dtype.name), c.dtype.name)
    first = promoted(a.dtype.name, b.dtype.name)
    expected = (a.astype(first) + b.astype(first)).astype(common) * c.astype(common)
    same((x + y) * z, expected)
    second = promoted(b.dtype.name, c.dtype.name)
    same(nd.where(x > 0, y, z), np.where(a > 0, b.astype(second), c.astype(second)))
