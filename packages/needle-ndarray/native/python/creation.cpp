// The functions that make arrays.
#include "ops/creation.h"
#include "ops/copy.h"
#include "python/docs/creation.h"
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

DType dtype_like(nb::handle dtype, DType otherwise) { return to_optional_dtype(dtype).value_or(otherwise); }
Device device_like(nb::handle device, const Array &a) { return device.is_none() ? a.device() : usable_device(device); }

// The value is a copy: where it belongs to a function, a process that ends frees it while a thread is in here.
Array make_full(const Dims &shape, Scalar value, DType dtype, Device device) {
    ReleaseGil release(element_count(shape));
    return full(shape, value, dtype, device);
}

// One number, or an array that is broadcast. NumPy's numbers and arrays bring a dtype of their own.
Array make_full(const Dims &shape, nb::handle value, std::optional<DType> dtype, Device device) {
    Scalar scalar;
    PyObject *object = value.ptr();
    const bool plain = PyFloat_CheckExact(object) || PyLong_CheckExact(object) || PyBool_Check(object);
    if (!is_array(object) && to_scalar(object, scalar)) {
        if (!dtype) dtype = plain ? default_dtype(scalar.kind) : to_array(value, "full").dtype;
        return make_full(shape, scalar, *dtype, device);
    }
    Array filling = to_array(value, "full: fill_value");
    filling.layout = broadcast_to(filling.layout, shape, "full: fill_value");
    Array out = empty(shape, dtype.value_or(filling.dtype), device);
    ReleaseGil release(out.size());
    assign(out, filling);
    return out;
}

// ---- Evenly spaced numbers

__int128 exact(const Scalar &scalar, const char *what) {
    if (scalar.huge) fail(ErrorKind::Overflow, std::string(what) + ": start, stop and step must fit int64 or uint64");
    if (scalar.kind == Kind::Unsigned) return static_cast<uint64_t>(scalar.integer);
    return scalar.integer;
}

void require_in_range(__int128 value, DType dtype, const char *what) {
    const int bits = 8 * itemsize(dtype) - (kind_of(dtype) == Kind::Signed);
    const __int128 above = __int128{1} << (dtype == DType::Bool ? 1 : bits);
    if (value < above && value >= (kind_of(dtype) == Kind::Signed ? -above : 0)) return;
    const auto magnitude = value < 0 ? -value : value;
    std::string text = magnitude >> 64 ? "a number" : std::to_string(static_cast<uint64_t>(magnitude));
    fail(ErrorKind::Overflow, std::string(what) + ": " + (value < 0 && !(magnitude >> 64) ? "-" : "") + text +
                                  " is out of range for " + name_of(dtype));
}

// The same for integral floats.
void require_in_range(double value, DType dtype, const char *what) {
    if (std::abs(value) < 0x1p65) return require_in_range(static_cast<__int128>(value), dtype, what);
    fail(ErrorKind::Overflow,
         std::string(what) + ": " + nb::repr(nb::float_(value)).c_str() + " is out of range for " + name_of(dtype));
}

// How many of start, start + step, ... lie before stop.
int64_t float_range(double start, double stop, double step) {
    double count = std::ceil((stop - start) / step);
    if (!(count < 9e18)) fail(ErrorKind::Value, "arange: the range has no end that can be reached");
    return count > 0 ? static_cast<int64_t>(count) : 0;
}

int64_t integer_range(__int128 start, __int128 stop, __int128 step) {
    const __int128 distance = step > 0 ? stop - start : start - stop, size = step > 0 ? step : -step;
    const __int128 count = distance > 0 ? (distance - 1) / size + 1 : 0;
    if (count >> 63) fail(ErrorKind::Value, "arange: the range has more elements than memory can hold");
    return static_cast<int64_t>(count);
}

Array make_arange(nb::handle start, nb::handle stop, nb::handle step, nb::handle dtype, nb::handle device) {
    bool one = stop.is_none();
    Scalar from = one ? Scalar{Kind::Signed, 0, 0.0} : number(start, "arange: start");
    Scalar to = number(one ? start : stop, "arange: stop");
    Scalar by = number(step, "arange: step");
    if (by.real == 0) fail(ErrorKind::Value, "arange: step must not be 0");
    bool real = from.kind == Kind::Float || to.kind == Kind::Float || by.kind == Kind::Float;
    DType wanted = dtype_like(dtype, real ? default_float : default_int);
    Device where = usable_device(device);
    Steps steps{from.real, by.real, from.integer, by.integer};
    int64_t length;
    if (real) {
        length = float_range(from.real, to.real, by.real);
        if (!is_float(wanted) && length > 0)
            for (double value : {from.real, from.real + by.real * static_cast<double>(length - 1)})
                require_in_range(std::trunc(value), wanted, "arange");
    } else {
        __int128 first = exact(from, "arange"), each = exact(by, "arange");
        length = integer_range(first, exact(to, "arange"), each);
        if (!is_float(wanted) && length > 0) {
            require_in_range(first, wanted, "arange");
            require_in_range(first + each * (length - 1), wanted, "arange");
        }
    }
    ReleaseGil release(length);
    if (real && !is_float(wanted)) return astype(arange(steps, length, DType::Float64, where), wanted);
    return arange(steps, length, wanted, where);
}

Array make_linspace(nb::handle start, nb::handle stop, nb::handle num, nb::handle dtype, nb::handle device,
                    bool endpoint) {
    Scalar from = number(start, "linspace: start"), to = number(stop, "linspace: stop");
    const int64_t count = to_index(num, "linspace: num");
    if (count < 0)
        fail(ErrorKind::Value, "linspace: num must not be negative, but " + std::to_string(count) + " was given");
    DType wanted = dtype_like(dtype, default_float);
    if (wanted == DType::Bool) fail(ErrorKind::DType, "linspace: dtype must be a float or an integer dtype, not bool");
    Device where = usable_device(device);
    if (is_float(wanted) || from.kind == Kind::Float || to.kind == Kind::Float) {
        if (!is_float(wanted))
            for (double value : {from.real, to.real}) require_in_range(std::floor(value), wanted, "linspace");
        ReleaseGil release(count);
        return linspace(from.real, to.real, count, endpoint, wanted, where);
    }
    const __int128 first = exact(from, "linspace"), last = exact(to, "linspace");
    for (__int128 value : {first, last}) require_in_range(value, wanted, "linspace");
    ReleaseGil release(count);
    return linspace(first, last, count, endpoint, wanted, where);
}

Array make_eye(int64_t rows, int64_t columns, int64_t diagonal, DType dtype, Device device) {
    ReleaseGil release(element_count(Dims{rows, columns}));
    return eye(rows, columns, diagonal, dtype, device);
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
        docs::asarray);
    m.def(
        "empty",
        [](nb::handle shape, nb::handle dtype, nb::handle device) {
            return wrap(empty(to_dims(shape, "shape"), dtype_like(dtype, default_float), usable_device(device)));
        },
        "shape"_a, nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
        nb::sig("def empty(shape: int | Sequence[int], *, dtype: DTypeLike | None = None, device: DeviceLike | None = "
                "None) -> NDArray"),
        docs::empty);
    m.def(
        "empty_like",
        [](nb::handle x, nb::handle dtype, nb::handle device) {
            Array a = to_array(x, "empty_like");
            return wrap(empty(a.shape(), dtype_like(dtype, a.dtype), device_like(device, a)));
        },
        "x"_a, nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
        nb::sig("def empty_like(x: ArrayLike, /, *, dtype: DTypeLike | None = None, device: DeviceLike | None = None) "
                "-> NDArray"),
        docs::empty_like);
    for (bool one : {false, true}) {
        const Scalar value{Kind::Signed, one, static_cast<double>(one)};
        m.def(
            one ? "ones" : "zeros",
            [value](nb::handle shape, nb::handle dtype, nb::handle device) {
                return wrap(
                    make_full(to_dims(shape, "shape"), value, dtype_like(dtype, default_float), usable_device(device)));
            },
            "shape"_a, nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
            nb::sig(one ? "def ones(shape: int | Sequence[int], *, dtype: DTypeLike | None = None, device: DeviceLike "
                          "| None = None) -> NDArray"
                        : "def zeros(shape: int | Sequence[int], *, dtype: DTypeLike | None = None, device: DeviceLike "
                          "| None = None) -> NDArray"),
            one ? docs::ones : docs::zeros);
        m.def(
            one ? "ones_like" : "zeros_like",
            [value](nb::handle x, nb::handle dtype, nb::handle device) {
                Array a = to_array(x, value.integer ? "ones_like" : "zeros_like");
                return wrap(make_full(a.shape(), value, dtype_like(dtype, a.dtype), device_like(device, a)));
            },
            "x"_a, nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
            nb::sig(one ? "def ones_like(x: ArrayLike, /, *, dtype: DTypeLike | None = None, device: DeviceLike | None "
                          "= None) -> NDArray"
                        : "def zeros_like(x: ArrayLike, /, *, dtype: DTypeLike | None = None, device: DeviceLike | "
                          "None = None) -> NDArray"),
            one ? docs::ones_like : docs::zeros_like);
    }
    m.def(
        "full",
        [](nb::handle shape, nb::handle value, nb::handle dtype, nb::handle device) {
            return wrap(make_full(to_dims(shape, "shape"), value, to_optional_dtype(dtype), usable_device(device)));
        },
        "shape"_a, "fill_value"_a, nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
        nb::sig("def full(shape: int | Sequence[int], fill_value: float | ArrayLike, *, dtype: DTypeLike | None = "
                "None, device: DeviceLike | None = None) -> NDArray"),
        docs::full);
    m.def(
        "full_like",
        [](nb::handle x, nb::handle value, nb::handle dtype, nb::handle device) {
            Array a = to_array(x, "full_like");
            return wrap(make_full(a.shape(), value, dtype_like(dtype, a.dtype), device_like(device, a)));
        },
        "x"_a, "fill_value"_a, nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
        nb::sig("def full_like(x: ArrayLike, /, fill_value: float | ArrayLike, *, dtype: DTypeLike | None = None, "
                "device: DeviceLike | None = None) -> NDArray"),
        docs::full_like);
    m.def(
        "arange",
        [](nb::handle start, nb::handle stop, nb::handle step, nb::handle dtype, nb::handle device) {
            return wrap(make_arange(start, stop, step, dtype, device));
        },
        "start"_a, "stop"_a.none() = nb::none(), "step"_a = 1, nb::kw_only(), "dtype"_a.none() = nb::none(),
        "device"_a.none() = nb::none(),
        nb::sig("def arange(start: float, /, stop: float | None = None, step: float = 1, *, dtype: DTypeLike | None = "
                "None, device: DeviceLike | None = None) -> NDArray"),
        docs::arange);
    m.def(
        "linspace",
        [](nb::handle start, nb::handle stop, nb::handle num, nb::handle dtype, nb::handle device, bool endpoint) {
            return wrap(make_linspace(start, stop, num, dtype, device, endpoint));
        },
        "start"_a, "stop"_a, "num"_a, nb::kw_only(), "dtype"_a.none() = nb::none(), "device"_a.none() = nb::none(),
        "endpoint"_a = true,
        nb::sig("def linspace(start: float, stop: float, /, num: int, *, dtype: DTypeLike | None = None, device: "
                "DeviceLike | None = None, endpoint: bool = True) -> NDArray"),
        docs::linspace);
    m.def(
        "eye",
        [](nb::handle rows, nb::handle columns, nb::handle k, nb::handle dtype, nb::handle device) {
            const int64_t n = to_index(rows, "eye: n_rows");
            return wrap(make_eye(n, columns.is_none() ? n : to_index(columns, "eye: n_cols"),
                                 to_nearest_index(k, "eye: k"), dtype_like(dtype, default_float),
                                 usable_device(device)));
        },
        "n_rows"_a, "n_cols"_a.none() = nb::none(), nb::kw_only(), "k"_a = 0, "dtype"_a.none() = nb::none(),
        "device"_a.none() = nb::none(),
        nb::sig("def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: DTypeLike | None = None, "
                "device: DeviceLike | None = None) -> NDArray"),
        docs::eye);
}

}  // namespace needle::python
