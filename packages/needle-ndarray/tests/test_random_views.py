"""Random sequences of views, writes and operations: after each step NumPy and we have the same elements."""

import needle_ndarray as nd
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from .support import DTYPES, FLOATS, basic_indices, factorizations, numbers, promoted, same, shapes


class Views(RuleBasedStateMachine):
    """Two families of views of one buffer, NumPy's and ours; every write shows in all members of both."""

    @initialize(shape=shapes(max_side=7), dtype=st.sampled_from(DTYPES), seed=st.integers(0, 9))
    def start(self, shape, dtype, seed):
        values = numbers(dtype, shape, seed)
        self.pairs = [(values, nd.asarray(values.copy()))]

    def pick(self, data):
        return data.draw(st.sampled_from(self.pairs))

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

    @rule(data=st.data(), dtype=st.sampled_from(DTYPES))
    def assign(self, data, dtype):
        values, x = self.pick(data)
        key = data.draw(basic_indices(values.shape))
        new = numbers(dtype, np.shape(values[key]), seed=data.draw(st.integers(0, 9)), low=0)
        values[key] = new
        x[key] = nd.asarray(new)

    @rule(data=st.data())
    def assign_a_relative(self, data):
        values, x = self.pick(data)
        other, y = self.pick(data)
        try:
            np.broadcast_to(other, values.shape)
        except ValueError:
            return
        values[...] = other.copy()
        x[...] = y

    @rule(data=st.data())
    def add_a_relative_in_place(self, data):
        values, x = self.pick(data)
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
        values, x = self.pick(data)
        values *= number
        x *= number
        values -= number
        x -= number

    @rule(data=st.data(), number=st.integers(0, 1))
    def fill(self, data, number):
        values, x = self.pick(data)
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
        same(x.astype(dtype), values.astype(dtype)) if values.dtype not in FLOATS else None

    @rule(data=st.data())
    def reduce(self, data):
        values, x = self.pick(data)
        axes = tuple(data.draw(st.sets(st.integers(0, values.ndim - 1)))) if values.ndim else ()
        total = values.sum(axis=axes, dtype="float64")
        if np.abs(total).max(initial=0) < 2**20:
            np.testing.assert_allclose(np.asarray(nd.sum(x, axis=axes)), total)
        same(nd.any(x, axis=axes), np.any(values, axis=axes))

    def teardown(self):
        for values, x in getattr(self, "pairs", []):
            same(x, values)
            same(x.copy(), values)
            assert x.tolist() == values.tolist()


TestViews = Views.TestCase
TestViews.settings = settings(stateful_step_count=25)


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
