// The functions that make arrays.
#include "ops/copy.h"
#include "python/functions.h"
#include <algorithm>
#include <cmath>

namespace needle::python {

using namespace nb::literals;

namespace {

Scalar number(nb::handle object, const char *what) {
    Scalar scalar;
    if (is_array(object.ptr()) && array_of(object.ptr()).size() == 1) {
        nb::object item = object.attr("item")();
        return number(item, what);
    }
    if (!to_scalar(object.ptr(), scalar))
        fail(ErrorKind::Type, std::string(what) + " must be a number, not " + nb::repr(object).c_str());
    return scalar;
}

Array make_full(nb::handle shape, const Scalar &value, std::optional<DType> dtype, nb::handle device) {
    Dims dims = to_dims(shape, "shape");
    Device where = usable_device(device);
    ReleaseGil release(element_count(dims));
    return full(dims, value, dtype.value_or(default_dtype(value.kind)), where);
}

// How many of start, start + step, ... lie before stop.
int64_t float_range(double start, double stop, double step) {
    double count = std::ceil((stop - start) / step);
    if (!(count < 9e18)) fail(ErrorKind::Value, "arange: the range has no end that can be reached");
    return count > 0 ? static_cast<int64_t>(count) : 0;
}

int64_t integer_range(const Scalar &start, const Scalar &stop, const Scalar &step) {
    for (const Scalar *scalar : {&start, &stop, &step})
        if (scalar->huge || scalar->kind == Kind::Unsigned)
            fail(ErrorKind::Overflow, "arange: start, stop and step must be in the range of int64");
    const bool up = step.integer > 0;
    if (up ? start.integer >= stop.integer : start.integer <= stop.integer) return 0;
    // The distance between two int64 fits uint64.
    const auto low = static_cast<uint64_t>(up ? start.integer : stop.integer),
               high = static_cast<uint64_t>(up ? stop.integer : start.integer),
               size = up ? static_cast<uint64_t>(step.integer) : 0 - static_cast<uint64_t>(step.integer);
    const uint64_t count = (high - low - 1) / size + 1;
    if (count >> 63) fail(ErrorKind::Value, "arange: the range has more elements than memory can hold");
    return static_cast<int64_t>(count);
}

Array make_arange(nb::handle start, nb::handle stop, nb::handle step, nb::handle dtype, nb::handle device) {
    bool one = stop.is_none();
    Scalar from = one ? Scalar{Kind::Signed, 0, 0.0} : number(start, "arange: start");
    Scalar to = number(one ? start : stop, "arange: stop");
    Scalar by = step.is_none() ? Scalar{Kind::Signed, 1, 1.0} : number(step, "arange: step");
    if (by.real == 0) fail(ErrorKind::Value, "arange: step must not be 0");
    bool real = from.kind == Kind::Float || to.kind == Kind::Float || by.kind == Kind::Float;
    DType wanted = to_optional_dtype(dtype).value_or(real ? default_float : default_int);
    int64_t length = real ? float_range(from.real, to.real, by.real) : integer_range(from, to, by);
    if (real && !is_float(wanted))
        return astype(arange(from, by, length, DType::Float64, usable_device(device)), wanted);
    return arange(from, by, length, wanted, usable_device(device));
}

}  // namespace

void bind_creation(nb::module_ &m) {
    m.def(
        "asarray",
        [](nb::handle object, nb::handle dtype, nb::handle device, nb::handle copy) {
            std::optional<bool> wanted = to_optional_bool(copy, "asarray: copy");
            if (is_array(object.ptr()) && dtype.is_none() && device.is_none() && !wanted.value_or(false))
                return nb::borrow(object);
            Device where =
                device.is_none() && is_array(object.ptr()) ? array_of(object.ptr()).device() : usable_device(device);
            return wrap(asarray(object, to_optional_dtype(dtype), where, wanted));
        },
        "obj"_a.none(), nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
        "copy"_a.none() = nb::none(),
        nb::sig("def asarray(obj: ArrayLike, /, *, dtype: DTypeLike | None = None, device: DeviceLike | None = None, "
                "copy: bool | None = None) -> NDArray"),
        "An array of a number, nested sequences, or any object with the buffer protocol, such as NumPy's arrays.\n\n"
        "Python's floats become float32, ints int64, bools bool. copy=None shares memory where that is possible, True "
        "never does, False requires it.");
    m.def(
        "empty",
        [](nb::handle shape, nb::handle dtype, nb::handle device) {
            return wrap(empty(to_dims(shape, "shape"), to_optional_dtype(dtype).value_or(default_float),
                              usable_device(device)));
        },
        "shape"_a, nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
        nb::sig("def empty(shape: int | Sequence[int], *, dtype: DTypeLike | None = None, device: DeviceLike | None = "
                "None) -> NDArray"),
        "An array whose elements have no defined value; float32 by default.");
    for (bool one : {false, true})
        m.def(
            one ? "ones" : "zeros",
            [one](nb::handle shape, nb::handle dtype, nb::handle device) {
                return wrap(make_full(shape, Scalar{Kind::Signed, one, static_cast<double>(one)},
                                      to_optional_dtype(dtype).value_or(default_float), device));
            },
            "shape"_a, nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
            nb::sig(one ? "def ones(shape: int | Sequence[int], *, dtype: DTypeLike | None = None, device: DeviceLike "
                          "| None = None) -> NDArray"
                        : "def zeros(shape: int | Sequence[int], *, dtype: DTypeLike | None = None, device: DeviceLike "
                          "| None = None) -> NDArray"),
            one ? "An array of ones; float32 by default." : "An array of zeros; float32 by default.");
    m.def(
        "full",
        [](nb::handle shape, nb::handle value, nb::handle dtype, nb::handle device) {
            return wrap(make_full(shape, number(value, "full: fill_value"), to_optional_dtype(dtype), device));
        },
        "shape"_a, "fill_value"_a, nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
        nb::sig("def full(shape: int | Sequence[int], fill_value: float | NDArray, *, dtype: DTypeLike | None = None, "
                "device: DeviceLike | None = None) -> NDArray"),
        "An array of one value; its dtype is the value's own by default.");
    m.def(
        "arange",
        [](nb::handle start, nb::handle stop, nb::handle step, nb::handle dtype, nb::handle device) {
            return wrap(make_arange(start, stop, step, dtype, device));
        },
        "start"_a, "stop"_a.none() = nb::none(), "step"_a = 1, nb::kw_only(), "dtype"_a.none() = nb::none(),
        "device"_a.none() = nb::none(),
        nb::sig("def arange(start: float, /, stop: float | None = None, step: float = 1, *, dtype: DTypeLike | None = "
                "None, device: DeviceLike | None = None) -> NDArray"),
        "The numbers start, start + step, ... below stop (above it for a negative step); with one argument from 0.");
    m.def(
        "eye",
        [](nb::handle rows, nb::handle columns, nb::handle k, nb::handle dtype, nb::handle device) {
            int64_t n = to_index(rows, "eye: n_rows"),
                    columns_given = columns.is_none() ? n : to_index(columns, "eye: n_cols");
            return wrap(eye(n, columns_given, to_index(k, "eye: k"), to_optional_dtype(dtype).value_or(default_float),
                            usable_device(device)));
        },
        "n_rows"_a, "n_cols"_a.none() = nb::none(), nb::kw_only(), "k"_a = 0, "dtype"_a.none() = nb::none(),
        "device"_a.none() = nb::none(),
        nb::sig("def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: DTypeLike | None = None, "
                "device: DeviceLike | None = None) -> NDArray"),
        "Ones on diagonal k (0 is the main one, positive ones lie above), zeros elsewhere.");
}

}  // namespace needle::python
