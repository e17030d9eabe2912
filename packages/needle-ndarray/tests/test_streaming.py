"""Operations larger than the caches, whose results are written past them: every place and byte is right."""

import needle_ndarray as nd
import numpy as np
import pytest

from .support import same

SHAPE = (3000, 3001)  # 36 MB of float32


@pytest.fixture(scope="module")
def numbers():
    """Two NumPy arrays and Needle's copies of them."""
    random = np.random.default_rng(3)
    x, y = random.standard_normal(SHAPE, "float32"), random.standard_normal(SHAPE, "float32")
    return x, y, nd.asarray(x, copy=True), nd.asarray(y, copy=True)


def spread(shape, row_start, row_gap, dtype="float32"):
    """A view of rows that begin somewhere within a cache line, and the array of sevens around it."""
    whole = nd.full((shape[0], shape[1] + row_start + row_gap), 7, dtype=dtype)
    return whole, whole[:, row_start : row_start + shape[1]]


def test_an_operation_of_each_number_of_operands(numbers):
    x, y, a, b = numbers
    same(nd.sqrt(nd.abs(a)), np.sqrt(np.abs(x)))
    same(a + b, x + y)
    same(nd.where(a > 0, a, b), np.where(x > 0, x, y))
    same(nd.clip(a, -0.5, b), np.minimum(np.maximum(x, np.float32(-0.5)), y))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["cos", "erf", "exp", "log", "sigmoid", "sin", "tanh"])
def test_functions_have_the_bits_that_they_have_in_small_arrays(name, dtype):
    function = getattr(nd, name)
    a = nd.asarray(np.random.default_rng(5).uniform(0.001, 30, (900, 3001))).astype(dtype)
    rows = [np.array(function(a[i])) for i in range(900)]
    whole, target = spread(a.shape, 3, 14, dtype)
    function(a, out=target)
    expected = np.full(whole.shape, 7, dtype)
    expected[:, 3:-14] = rows
    same(whole, expected)
    same(function(a), expected[:, 3:-14])
    same(function(nd.broadcast_to(a[:1, :1], a.shape)), np.broadcast_to(rows[0][0], a.shape))


def test_results_of_other_widths(numbers):
    x, y, a, b = numbers
    same(a < b, x < y)
    same(a.astype("float64"), x.astype("float64"))
    same(a.astype("int16"), x.astype("int16"))
    same(a.astype("float16") + b.astype("float16"), x.astype("float16") + y.astype("float16"))


def test_broadcast_operands(numbers):
    x, y, a, b = numbers
    same(a + b[0], x + y[0])
    same(a * b[:, :1], x * y[:, :1])
    same(b[:1, :1] - a, y[:1, :1] - x)


def test_operands_of_every_layout(numbers):
    x, y, a, b = numbers
    same(a[::-1, ::-1] + b[:, ::-1], x[::-1, ::-1] + y[:, ::-1])
    same(a.reshape(3001, 3000).T * b, x.reshape(3001, 3000).T * y)
    three = a.reshape(1000, 3001, 3)
    same(three + b[0, :3], x.reshape(1000, 3001, 3) + y[0, :3])


@pytest.mark.parametrize("dtype", ["float32", "int64", "int16"])
@pytest.mark.parametrize("step", [2, 3, 4, 5, -2])
def test_copies_of_every_few_elements(numbers, step, dtype):
    x = numbers[0].view("int32").astype(dtype)
    a = nd.asarray(x)
    same(a[:, ::step].compact(), x[:, ::step])
    same(a[::-1, 1:-1:step].compact(), x[::-1, 1:-1:step])
    same(a.reshape(-1)[::step].compact(), x.reshape(-1)[::step])
    whole, target = spread((3000, x[:, ::step].shape[1]), 3, 15, dtype)
    target[...] = a[:, ::step]
    expected = np.full(whole.shape, 7, dtype)
    expected[:, 3:-15] = x[:, ::step]
    same(whole, expected)


@pytest.mark.parametrize(("start", "gap"), [(0, 0), (1, 0), (0, 5), (3, 15), (16, 16)])
def test_a_target_whose_rows_begin_within_a_cache_line_is_written_whole_and_alone(numbers, start, gap):
    x, y, a, b = numbers
    whole, target = spread(SHAPE, start, gap)
    nd.add(a, b, out=target)
    expected = np.full(whole.shape, 7, "float32")
    expected[:, start : start + SHAPE[1]] = x + y
    same(whole, expected)
    target[...] = a
    expected[:, start : start + SHAPE[1]] = x
    same(whole, expected)
    target[...] = 2.5
    expected[:, start : start + SHAPE[1]] = 2.5
    same(whole, expected)


def test_a_program_writes_its_target_whole_and_alone(numbers):
    x, y, a, b = numbers
    program = nd.kernels.Program(3, [2.0], [("multiply", 0, 1), ("add", 4, 2), ("multiply", 5, 3)])
    whole, target = spread(SHAPE, 3, 15)
    nd.kernels.run_program(program, a, b, a[0], out=target)
    expected = np.full(whole.shape, 7, "float32")
    expected[:, 3 : 3 + SHAPE[1]] = (x * y + x[0]) * 2
    same(whole, expected)
    same(nd.kernels.run_program(program, a, b, a), (x * y + x) * 2)


def test_the_last_step_of_a_program(numbers):
    x, y, a, b = numbers
    run = nd.kernels.run_program
    same(run(nd.kernels.Program(2, [], [("multiply", 0, 1), ("less", 2, 0)]), a, b), x * y < x)
    same(run(nd.kernels.Program(2, [], [("multiply", 0, 1), ("negative", 2)]), a, b), -(x * y))
    same(run(nd.kernels.Program(2, [], [("multiply", 0, 0), ("where", 1, 2, 0)]), a, b > 0), np.where(y > 0, x * x, x))
    whole, target = spread(SHAPE, 1, 0)
    one = run(nd.kernels.Program(2, [], [("add", 0, 1), ("maximum", 1, 1)]), a, b[0, :1], out=target)
    expected = np.full(whole.shape, 7, "float32")
    expected[:, 1:] = y[0, 0]
    same(whole, expected)
    assert one.shape == SHAPE


def test_a_target_of_bytes_that_begins_at_an_odd_address(numbers):
    x = numbers[0].reshape(-1).view("int8")
    whole = nd.zeros(x.size + 70, dtype="bool")
    nd.less(nd.asarray(x), 7, out=whole[3 : 3 + x.size])
    expected = np.zeros(x.size + 70, "bool")
    expected[3 : 3 + x.size] = x < 7
    same(whole, expected)


@pytest.mark.parametrize("start", [0, 1, 16])
def test_rows_at_indices(numbers, start):
    x, _, a, _ = numbers
    rows = np.random.default_rng(4).integers(-3000, 3000, 40_000)
    for columns in (16, 128, 131):  # rows that begin at lines, and rows that do not
        part = slice(start, start + columns)
        same(nd.take(a[:, part], rows, axis=0), x[:, part][rows])
    whole, target = spread((40_000, 131), start, 14)
    target[nd.asarray(np.arange(40_000)[::-1].copy())] = nd.take(a[:, :131], rows, axis=0)
    same(target, x[:, :131][rows][::-1])
    same(whole[:, :start], np.full((40_000, start), 7, "float32"))
    same(whole[:, start + 131 :], np.full((40_000, 14), 7, "float32"))


def test_in_place(numbers):
    x, y, a, b = numbers
    c = a.copy()
    c += b
    c *= 2
    same(c, (x + y) * 2)
    c[1:] += a[:-1]
    expected = (x + y) * 2
    expected[1:] += x[:-1]
    same(c, expected)


def test_results_do_not_depend_on_the_number_of_threads(numbers):
    a, b = numbers[2:]
    threads = nd.num_threads()
    try:
        results = []
        for count in (1, 2, 3):
            nd.set_num_threads(count)
            results.append(np.array(nd.exp(a) * b))
    finally:
        nd.set_num_threads(threads)
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])
