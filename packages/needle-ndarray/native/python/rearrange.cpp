// The functions that move axes and elements: views where nothing but the order changes, copies where elements repeat.
#include "ops/rearrange.h"
#include "ops/copy.h"
#include "python/docs/rearrange.h"
#include "python/functions.h"
#include <algorithm>
#include <vector>

namespace needle::python {

using namespace nb::literals;

namespace {

int to_axis(nb::handle axis, int ndim, const char *what) {
    return normalize_axis(to_index(axis, (std::string(what) + ": axis").c_str()), ndim, what);
}

nb::object tuple_of(const std::vector<Array> &arrays) {
    nb::object tuple = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(arrays.size())));
    if (!tuple.is_valid()) throw nb::python_error();
    for (size_t i = 0; i < arrays.size(); ++i)
        PyTuple_SetItem(tuple.ptr(), static_cast<Py_ssize_t>(i), wrap(arrays[i]).release().ptr());
    return tuple;
}

nb::object broadcast_arrays(const nb::args &args) {
    std::vector<Array> arrays;
    std::vector<Dims> shapes;
    for (nb::handle item : args) {
        arrays.push_back(to_array(item, "broadcast_arrays"));
        shapes.push_back(arrays.back().shape());
    }
    Dims shape = broadcast_shapes(shapes.data(), static_cast<int>(shapes.size()), "broadcast_arrays");
    for (Array &array : arrays) array.layout = broadcast_to(array.layout, shape, "broadcast_arrays");
    return tuple_of(arrays);
}

// The numbers of an integer array; those of uint64 that int64 does not hold are more than any size.
std::vector<int64_t> integers_of(const Array &a) {
    const Array dense = compact(astype(a, DType::Int64));
    const int64_t *from = dense.data<int64_t>();
    std::vector<int64_t> numbers(from, from + dense.size());
    if (a.dtype == DType::UInt64)
        for (int64_t &number : numbers)
            if (number < 0) number = INT64_MAX;
    return numbers;
}

nb::object unstack(const Array &a, nb::handle axis) {
    const int along = to_axis(axis, a.ndim(), "unstack");
    std::vector<Array> parts;
    parts.reserve(static_cast<size_t>(a.shape()[along]));  // refused at once where there are too many
    for (int64_t i = 0; i < a.shape()[along]; ++i) parts.push_back(a.view(select(a.layout, along, i)));
    return tuple_of(parts);
}

// Where the parts of an axis end, but for the last: after equal parts, or at the positions that are given.
std::vector<int64_t> split_points(nb::handle sections, int64_t length, int axis) {
    std::vector<int64_t> points;
    if (!is_index(sections)) {
        Array given = to_array(sections, "split: positions");
        if (given.ndim() != 1 || (!is_integer(given.dtype) && given.size() > 0))
            fail(ErrorKind::Type, std::string("split: expected a number of parts or positions in one sequence of "
                                              "integers, not ") +
                                      nb::repr(sections).c_str());
        points = integers_of(given);
        for (int64_t &point : points)
            point = std::clamp<int64_t>(point < 0 ? std::max(point, -length) + length : point, 0, length);
        return points;
    }
    const int64_t count = to_index(sections, "split: the number of parts");
    if (count < 1)
        fail(ErrorKind::Value, "split: the number of parts must be at least 1, not " + std::to_string(count));
    if (count > std::max<int64_t>(length, 1 << 20))  // possible where the axis is empty
        fail(ErrorKind::Value,
             "split: " + std::to_string(count) + " parts are too many for an axis of size " + std::to_string(length));
    if (length % count != 0) {
        // What NumPy's array_split would do: the first parts are longer by one.
        std::string positions;
        for (int64_t i = 1, at = 0; i < std::min<int64_t>(count, 6); ++i) {
            at += length / count + (i <= length % count);
            positions += (i == 1 ? "" : ", ") + std::to_string(at);
        }
        fail(ErrorKind::Shape, "split: axis " + std::to_string(axis) + " of size " + std::to_string(length) +
                                   " does not divide into " + std::to_string(count) +
                                   " equal parts; give the positions to split at instead, such as [" + positions +
                                   (count > 6 ? ", ...]" : "]"));
    }
    for (int64_t i = 1; i < count; ++i) points.push_back(i * (length / count));
    return points;
}

nb::object split(const Array &a, nb::handle sections, nb::handle axis) {
    const int along = to_axis(axis, a.ndim(), "split");
    const int64_t length = a.shape()[along];
    std::vector<Array> parts;
    int64_t start = 0;
    auto add = [&](int64_t end) {
        parts.push_back(a.view(slice(a.layout, along, start, 1, std::max<int64_t>(0, end - start))));
        start = end;
    };
    for (int64_t point : split_points(sections, length, along)) add(point);
    add(length);
    return tuple_of(parts);
}

std::vector<int64_t> repeat_counts(nb::handle repeats, int64_t length) {
    std::vector<int64_t> counts;
    if (is_index(repeats)) counts.push_back(to_index(repeats, "repeat: repeats"));
    else {
        Array given = to_array(repeats, "repeat: repeats");
        if (!is_integer(given.dtype) && given.size() > 0)
            fail(ErrorKind::DType,
                 std::string("repeat: repeats must have an integer dtype, not ") + name_of(given.dtype));
        if (given.ndim() > 1 || (given.size() != 1 && given.size() != length))
            fail(ErrorKind::Shape, "repeat: repeats must be one number or " + std::to_string(length) +
                                       ", one for each element of the axis, but its shape is " + given.shape().text());
        counts = integers_of(given);
    }
    for (int64_t count : counts)
        if (count < 0)
            fail(ErrorKind::Value,
                 "repeat: repeats must not be negative, but " + std::to_string(count) + " is among them");
    return counts;
}

Array make_repeat(Array a, nb::handle repeats, nb::handle axis) {
    int along = 0;
    if (axis.is_none()) a = flattened(a);
    else along = to_axis(axis, a.ndim(), "repeat");
    std::vector<int64_t> counts = repeat_counts(repeats, a.shape()[along]);
    int64_t most = 1;
    for (int64_t count : counts) most = std::max(most, count);
    ReleaseGil release(a.size() > 65536 ? a.size() : most);
    return repeat(a, counts, along);
}

Array make_tile(Array a, nb::handle repetitions) {
    Dims times = to_dims(repetitions, "tile: repetitions");
    for (int64_t count : times)
        if (count < 0) fail(ErrorKind::Value, "tile: repetitions " + times.text() + " must not be negative");
    while (times.size() < a.ndim()) times = times.inserted(0, 1);
    if (times.size() > a.ndim()) {
        Dims shape = a.shape(), strides = a.strides();
        while (shape.size() < times.size()) {
            shape = shape.inserted(0, 1);
            strides = strides.inserted(0, 0);
        }
        a.layout = Layout{shape, strides, a.layout.offset};
    }
    int64_t size = a.size();
    for (int64_t count : times)
        if (__builtin_mul_overflow(size, count, &size)) size = INT64_MAX;
    ReleaseGil release(size);
    return tile(a, times);
}

Array make_roll(const Array &a, nb::handle shift, nb::handle axis) {
    Dims shifts = to_dims(shift, "roll: shift");
    const bool one = is_index(shift);
    if (axis.is_none()) {
        if (!one)
            fail(ErrorKind::Value,
                 "roll: shift " + shifts.text() + " is a tuple, which needs a tuple of axes beside it");
        Array flat = flattened(a);
        ReleaseGil release(a.size());
        return roll(flat, shifts, Dims{0}).view(Layout::contiguous(a.shape()));
    }
    Dims axes = to_dims(axis, "roll: axis");
    for (int i = 0; i < axes.size(); ++i) axes[i] = normalize_axis(axes[i], a.ndim(), "roll");
    if (one) shifts = Dims(axes.size(), shifts[0]);
    if (shifts.size() != axes.size())
        fail(ErrorKind::Value, "roll: shift " + shifts.text() + " and axis " + axes.text() +
                                   " must have equally many entries, or shift be one int");
    ReleaseGil release(a.size());
    return roll(a, shifts, axes);
}

Array make_triangle(const Array &a, nb::handle k, bool lower) {
    const char *name = lower ? "tril" : "triu";
    if (a.ndim() < 2)
        fail(ErrorKind::Shape,
             std::string(name) + ": expected at least two axes, but the shape is " + a.shape().text());
    const int64_t diagonal = to_nearest_index(k, (std::string(name) + ": k").c_str());
    ReleaseGil release(a.size());
    return lower ? tril(a, diagonal) : triu(a, diagonal);
}

}  // namespace

nb::object call_swapaxes(const Array &x, nb::handle axis1, nb::handle axis2) {
    const int a = to_axis(axis1, x.ndim(), "swapaxes"), b = to_axis(axis2, x.ndim(), "swapaxes");
    return wrap(x.view(swap_axes(x.layout, a, b)));
}

nb::object call_diagonal(const Array &x, nb::handle offset, nb::handle axis1, nb::handle axis2) {
    if (x.ndim() < 2)
        fail(ErrorKind::Shape, "diagonal: expected at least two axes, but the shape is " + x.shape().text());
    const int rows = to_axis(axis1, x.ndim(), "diagonal"), columns = to_axis(axis2, x.ndim(), "diagonal");
    if (rows == columns)
        fail(ErrorKind::Value,
             "diagonal: axis1 and axis2 must be different, but both name axis " + std::to_string(rows));
    return wrap(x.view(diagonal(x.layout, to_nearest_index(offset, "diagonal: offset"), rows, columns)));
}

void bind_rearrangement(nb::module_ &m) {
    m.def("broadcast_arrays", &broadcast_arrays,
          nb::sig("def broadcast_arrays(*arrays: ArrayLike) -> tuple[NDArray, ...]"), docs::broadcast_arrays);
    m.def(
        "moveaxis",
        [](nb::handle x, nb::handle source, nb::handle destination) {
            Array a = to_array(x, "moveaxis");
            return wrap(a.view(move_axes(a.layout, to_dims(source, "moveaxis: source"),
                                         to_dims(destination, "moveaxis: destination"))));
        },
        "x"_a, "source"_a, "destination"_a,
        nb::sig("def moveaxis(x: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int], /) -> "
                "NDArray"),
        docs::moveaxis);
    m.def(
        "swapaxes",
        [](nb::handle x, nb::handle axis1, nb::handle axis2) {
            return call_swapaxes(to_array(x, "swapaxes"), axis1, axis2);
        },
        "x"_a, "axis1"_a, "axis2"_a, nb::sig("def swapaxes(x: ArrayLike, axis1: int, axis2: int, /) -> NDArray"),
        docs::swapaxes);
    m.def(
        "diagonal",
        [](nb::handle x, nb::handle offset, nb::handle axis1, nb::handle axis2) {
            return call_diagonal(to_array(x, "diagonal"), offset, axis1, axis2);
        },
        "x"_a, "offset"_a = 0, "axis1"_a = 0, "axis2"_a = 1,
        nb::sig("def diagonal(x: ArrayLike, /, offset: int = 0, axis1: int = 0, axis2: int = 1) -> NDArray"),
        docs::diagonal);
    m.def(
        "unstack", [](nb::handle x, nb::handle axis) { return unstack(to_array(x, "unstack"), axis); }, "x"_a,
        nb::kw_only(), "axis"_a = 0, nb::sig("def unstack(x: ArrayLike, /, *, axis: int = 0) -> tuple[NDArray, ...]"),
        docs::unstack);
    m.def(
        "split",
        [](nb::handle x, nb::handle sections, nb::handle axis) { return split(to_array(x, "split"), sections, axis); },
        "x"_a, "sections"_a, nb::kw_only(), "axis"_a = 0,
        nb::sig("def split(x: ArrayLike, sections: int | Sequence[int] | NDArray, /, *, axis: int = 0) -> "
                "tuple[NDArray, ...]"),
        docs::split);
    m.def(
        "repeat",
        [](nb::handle x, nb::handle repeats, nb::handle axis) {
            return wrap(make_repeat(to_array(x, "repeat"), repeats, axis));
        },
        "x"_a, "repeats"_a, nb::kw_only(), "axis"_a.none() = nb::none(),
        nb::sig("def repeat(x: ArrayLike, repeats: int | Sequence[int] | NDArray, /, *, axis: int | None = None) -> "
                "NDArray"),
        docs::repeat);
    m.def(
        "tile", [](nb::handle x, nb::handle repetitions) { return wrap(make_tile(to_array(x, "tile"), repetitions)); },
        "x"_a, "repetitions"_a, nb::sig("def tile(x: ArrayLike, repetitions: int | Sequence[int], /) -> NDArray"),
        docs::tile);
    m.def(
        "roll",
        [](nb::handle x, nb::handle shift, nb::handle axis) {
            return wrap(make_roll(to_array(x, "roll"), shift, axis));
        },
        "x"_a, "shift"_a, nb::kw_only(), "axis"_a.none() = nb::none(),
        nb::sig("def roll(x: ArrayLike, /, shift: int | Sequence[int], *, axis: int | Sequence[int] | None = None) -> "
                "NDArray"),
        docs::roll);
    for (bool lower : {true, false})
        m.def(
            lower ? "tril" : "triu",
            [lower](nb::handle x, nb::handle k) {
                return wrap(make_triangle(to_array(x, lower ? "tril" : "triu"), k, lower));
            },
            "x"_a, nb::kw_only(), "k"_a = 0,
            nb::sig(lower ? "def tril(x: ArrayLike, /, *, k: int = 0) -> NDArray"
                          : "def triu(x: ArrayLike, /, *, k: int = 0) -> NDArray"),
            lower ? docs::tril : docs::triu);
}

}  // namespace needle::python
