// The functions of the module, expanded from the lists of operations and, where they do not stand in a list, one by
// one.
#include "python/functions.h"
#include "core/allocator.h"
#include "core/parallel.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include "ops/index.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include <algorithm>
#include <cmath>
#include <vector>

namespace needle::python {

using namespace nb::literals;

namespace {

std::optional<Array> output(nb::handle out, const char *what) {
    if (out.is_none()) return std::nullopt;
    if (!is_array(out.ptr()))
        fail(ErrorKind::Type, std::string(what) + ": out must be an NDArray, not " + nb::repr(out).c_str());
    return array_of(out.ptr());
}

// The elements in row-major order along one axis.
Array flattened(const Array &a) {
    Array dense = compact(a);
    return dense.view(*reshape(dense.layout, Dims{dense.size()}));
}

}  // namespace

nb::object call_unary(UnaryOp op, nb::handle x, nb::handle out) {
    Array a = to_array(x, name_of(op)), result;
    std::optional<Array> target = output(out, name_of(op));
    {
        ReleaseGil release(a.size());
        result = unary(op, a, target ? &*target : nullptr);
    }
    return target ? nb::borrow(out) : wrap(std::move(result));
}

nb::object call_binary(BinaryOp op, nb::handle x1, nb::handle x2, nb::handle out) {
    Operand a, b;
    load_operands(a, x1, b, x2, name_of(op));
    std::optional<Array> target = output(out, name_of(op));
    Array result;
    {
        ReleaseGil release(std::max(a.size(), b.size()));
        result = binary(op, *a.value, *b.value, target ? &*target : nullptr);
    }
    return target ? nb::borrow(out) : wrap(std::move(result));
}

nb::object call_matmul(nb::handle x1, nb::handle x2) {
    Array a = to_array(x1, "matmul"), b = to_array(x2, "matmul"), result;
    {
        ReleaseGil release(std::max(a.size(), b.size()));
        result = matmul(a, b);
    }
    return wrap(std::move(result));
}

nb::object call_reduce(ReduceOp op, nb::handle x, nb::handle axis, nb::handle dtype, bool keepdims) {
    Array a = to_array(x, name_of(op));
    if (auto wanted = to_optional_dtype(dtype)) a = astype(a, *wanted);
    Dims axes = to_axes(axis, a.ndim(), name_of(op));
    Array result;
    {
        ReleaseGil release(a.size());
        result = reduce(op, a, axes, keepdims);
    }
    if (auto wanted = to_optional_dtype(dtype)) result = astype(result, *wanted);
    return wrap(std::move(result));
}

nb::object call_mean(nb::handle x, nb::handle axis, bool keepdims) {
    Array a = to_array(x, "mean"), result;
    Dims axes = to_axes(axis, a.ndim(), "mean");
    {
        ReleaseGil release(a.size());
        result = mean(a, axes, keepdims);
    }
    return wrap(std::move(result));
}

nb::object call_arg(bool largest, nb::handle x, nb::handle axis, bool keepdims) {
    const char *name = largest ? "argmax" : "argmin";
    Array a = to_array(x, name), result;
    int ndim = a.ndim(), along = 0;
    if (axis.is_none()) a = flattened(a);
    else along = normalize_axis(to_index(axis, "axis"), ndim, name);
    {
        ReleaseGil release(a.size());
        result = (largest ? argmax : argmin)(a, along, keepdims);
    }
    if (axis.is_none() && keepdims) result.layout = Layout::contiguous(Dims(ndim, 1));
    return wrap(std::move(result));
}

nb::object call_astype(nb::handle x, nb::handle dtype, bool copy_wanted) {
    Array a = to_array(x, "astype"), result;
    DType wanted = to_dtype(dtype);
    if (wanted == a.dtype) return copy_wanted ? wrap(copy(a)) : nb::borrow(x);
    {
        ReleaseGil release(a.size());
        result = astype(a, wanted);
    }
    return wrap(std::move(result));
}

// ---- Views
// ---------------------------------------------------------------------------------------------------------------

nb::object call_reshape(const Array &x, const Dims &shape, nb::handle copy_wanted) {
    Dims resolved = resolve_shape(shape, x.size());
    std::optional<bool> wanted = to_optional_bool(copy_wanted, "reshape: copy");
    if (wanted != true)
        if (auto layout = reshape(x.layout, resolved)) return wrap(x.view(std::move(*layout)));
    if (wanted == false)
        fail(ErrorKind::Value, "reshape: an array of shape " + x.shape().text() + " and strides " + x.strides().text() +
                                   " cannot take shape " + resolved.text() + " without a copy; write copy=None");
    return wrap(copy(x).view(Layout::contiguous(resolved)));
}

nb::object call_permute(const Array &x, const Dims &axes) { return wrap(x.view(permute(x.layout, axes))); }

nb::object call_broadcast_to(const Array &x, const Dims &shape) {
    return wrap(x.view(broadcast_to(x.layout, shape, "broadcast_to")));
}

nb::object call_squeeze(const Array &x, nb::handle axis) {
    Layout layout = x.layout;
    if (axis.is_none()) {
        for (int i = x.ndim() - 1; i >= 0; --i)
            if (x.shape()[i] == 1) layout = squeeze(layout, i);
    } else {
        Dims axes = to_axes(axis, x.ndim(), "squeeze");
        for (int i = axes.size() - 1; i >= 0; --i) layout = squeeze(layout, static_cast<int>(axes[i]));
    }
    return wrap(x.view(std::move(layout)));
}

nb::object call_expand_dims(const Array &x, nb::handle axis) {
    Dims given = to_dims(axis, "expand_dims: axis");
    Dims axes = normalize_axes(given, x.ndim() + given.size(), "expand_dims");
    Layout layout = x.layout;
    for (int64_t at : axes) {
        // The stride that a dense array would have there.
        int i = static_cast<int>(at);
        layout = expand_dims(layout, i, i < layout.ndim() ? wrapping_product(layout.shape[i], layout.strides[i]) : 1);
    }
    return wrap(x.view(std::move(layout)));
}

nb::object call_flip(const Array &x, nb::handle axis) {
    return wrap(x.view(flip(x.layout, to_axes(axis, x.ndim(), "flip"))));
}

namespace {

// ---- Creation
// --------------------------------------------------------------------------------------------------------------

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

Array make_concat(nb::handle arrays, nb::handle axis, bool stacked) {
    const char *name = stacked ? "stack" : "concat";
    std::vector<Array> parts;
    for (nb::handle item : arrays) parts.push_back(to_array(item, name));
    if (parts.empty()) fail(ErrorKind::Value, std::string(name) + ": expected at least one array");
    DType dtype = parts[0].dtype;
    int64_t largest = 0;
    for (Array &part : parts) {
        dtype = promote(dtype, part.dtype);
        largest = std::max(largest, part.size());
    }
    int ndim = parts[0].ndim(), along = 0;
    if (axis.is_none() && !stacked) {
        for (Array &part : parts) part = flattened(part);
    } else along = normalize_axis(to_index(axis, "axis"), stacked ? ndim + 1 : ndim, name);
    if (stacked) {
        for (size_t i = 1; i < parts.size(); ++i)
            if (parts[i].shape() != parts[0].shape())
                fail(ErrorKind::Shape, "stack: array " + std::to_string(i) + " has shape " + parts[i].shape().text() +
                                           ", array 0 has shape " + parts[0].shape().text() +
                                           "; all shapes must be equal");
        for (Array &part : parts) part.layout = expand_dims(part.layout, along);
    }
    ReleaseGil release(largest);
    return concat(parts.data(), static_cast<int>(parts.size()), along, dtype);
}

// ---- Documentation
// -----------------------------------------------------------------------------------------------------------

const char *unary_doc(UnaryOp op) {
    switch (op) {
    case UnaryOp::negative:
        return "Elementwise -x.";
    case UnaryOp::positive:
        return "Elementwise +x: a copy.";
    case UnaryOp::abs:
        return "Elementwise absolute value.";
    case UnaryOp::sign:
        return "Elementwise sign: -1, 0 or 1; NaN stays NaN.";
    case UnaryOp::square:
        return "Elementwise x * x.";
    case UnaryOp::floor:
        return "Elementwise largest integer not above x, in x's dtype.";
    case UnaryOp::ceil:
        return "Elementwise smallest integer not below x, in x's dtype.";
    case UnaryOp::trunc:
        return "Elementwise integer part of x, in x's dtype.";
    case UnaryOp::round:
        return "Elementwise nearest integer, halves to the even one, in x's dtype.";
    case UnaryOp::reciprocal:
        return "Elementwise 1 / x.";
    case UnaryOp::sqrt:
        return "Elementwise square root; NaN below zero.";
    case UnaryOp::exp:
        return "Elementwise e to the power x.";
    case UnaryOp::expm1:
        return "Elementwise e to the power x, minus 1, exact near zero.";
    case UnaryOp::log:
        return "Elementwise natural logarithm; -inf at zero, NaN below.";
    case UnaryOp::log1p:
        return "Elementwise natural logarithm of 1 + x, exact near zero.";
    case UnaryOp::sin:
        return "Elementwise sine of x in radians.";
    case UnaryOp::cos:
        return "Elementwise cosine of x in radians.";
    case UnaryOp::tanh:
        return "Elementwise hyperbolic tangent.";
    case UnaryOp::sigmoid:
        return "Elementwise logistic function 1 / (1 + exp(-x)), without overflow.";
    case UnaryOp::isnan:
        return "Elementwise: is x NaN.";
    case UnaryOp::isinf:
        return "Elementwise: is x infinite.";
    case UnaryOp::isfinite:
        return "Elementwise: is x neither NaN nor infinite.";
    case UnaryOp::logical_not:
        return "Elementwise: is x zero or False.";
    case UnaryOp::bitwise_invert:
        return "Elementwise bitwise complement; of bool, its negation.";
    }
    return "";
}

const char *binary_doc(BinaryOp op) {
    switch (op) {
    case BinaryOp::add:
        return "Elementwise x1 + x2.";
    case BinaryOp::subtract:
        return "Elementwise x1 - x2.";
    case BinaryOp::multiply:
        return "Elementwise x1 * x2.";
    case BinaryOp::divide:
        return "Elementwise x1 / x2; integers give floats.";
    case BinaryOp::floor_divide:
        return "Elementwise floor(x1 / x2); an integer divided by zero gives 0.";
    case BinaryOp::remainder:
        return "Elementwise remainder with the sign of x2, as Python's %; of an integer by zero it is 0.";
    case BinaryOp::pow:
        return "Elementwise x1 to the power x2; an integer to a negative power is refused.";
    case BinaryOp::maximum:
        return "Elementwise larger of the two; NaN where one of them is.";
    case BinaryOp::minimum:
        return "Elementwise smaller of the two; NaN where one of them is.";
    case BinaryOp::equal:
        return "Elementwise x1 == x2.";
    case BinaryOp::not_equal:
        return "Elementwise x1 != x2.";
    case BinaryOp::less:
        return "Elementwise x1 < x2.";
    case BinaryOp::less_equal:
        return "Elementwise x1 <= x2.";
    case BinaryOp::greater:
        return "Elementwise x1 > x2.";
    case BinaryOp::greater_equal:
        return "Elementwise x1 >= x2.";
    case BinaryOp::logical_and:
        return "Elementwise: are both nonzero.";
    case BinaryOp::logical_or:
        return "Elementwise: is one of them nonzero.";
    case BinaryOp::logical_xor:
        return "Elementwise: is exactly one of them nonzero.";
    case BinaryOp::bitwise_and:
        return "Elementwise x1 & x2 of integers or bool.";
    case BinaryOp::bitwise_or:
        return "Elementwise x1 | x2 of integers or bool.";
    case BinaryOp::bitwise_xor:
        return "Elementwise x1 ^ x2 of integers or bool.";
    }
    return "";
}

const char *reduce_doc(ReduceOp op) {
    switch (op) {
    case ReduceOp::sum:
        return "Sum over axes; integers sum as int64 or uint64, floats in their own dtype by a fixed tree of partial "
               "sums.";
    case ReduceOp::prod:
        return "Product over axes; integers multiply as int64 or uint64.";
    case ReduceOp::max:
        return "Largest element over axes; NaN where one is met.";
    case ReduceOp::min:
        return "Smallest element over axes; NaN where one is met.";
    case ReduceOp::any:
        return "Whether any element over axes is nonzero.";
    case ReduceOp::all:
        return "Whether all elements over axes are nonzero.";
    }
    return "";
}

const char *keep(const std::string &text) {  // nanobind wants signatures that outlive the call
    static std::vector<std::string *> *kept = new std::vector<std::string *>;
    kept->push_back(new std::string(text));
    return kept->back()->c_str();
}

void bind_elementwise(nb::module_ &m) {
    for (int i = 0; i < unary_count; ++i) {
        auto op = static_cast<UnaryOp>(i);
        std::string signature =
            std::string("def ") + name_of(op) + "(x: ArrayLike, /, *, out: NDArray | None = None) -> NDArray";
        m.def(
            name_of(op), [op](nb::handle x, nb::handle out) { return call_unary(op, x, out); }, "x"_a, nb::kw_only(),
            "out"_a.none() = nb::none(), nb::sig(keep(signature)), unary_doc(op));
    }
    for (int i = 0; i < binary_count; ++i) {
        auto op = static_cast<BinaryOp>(i);
        std::string signature = std::string("def ") + name_of(op) +
                                "(x1: ArrayLike, x2: ArrayLike, /, *, out: NDArray | None = None) -> NDArray";
        m.def(
            name_of(op), [op](nb::handle x1, nb::handle x2, nb::handle out) { return call_binary(op, x1, x2, out); },
            "x1"_a, "x2"_a, nb::kw_only(), "out"_a.none() = nb::none(), nb::sig(keep(signature)), binary_doc(op));
    }
    m.def(
        "where",
        [](nb::handle condition, nb::handle x1, nb::handle x2) {
            Array test = to_array(condition, "where"), result;
            Operand a, b;
            load_operands(a, x1, b, x2, "where");
            {
                ReleaseGil release(std::max({test.size(), a.size(), b.size()}));
                result = where(test, *a.value, *b.value);
            }
            return wrap(std::move(result));
        },
        "condition"_a, "x1"_a, "x2"_a,
        nb::sig("def where(condition: ArrayLike, x1: ArrayLike, x2: ArrayLike, /) -> NDArray"),
        "Elementwise x1 where condition is nonzero, else x2; the three shapes broadcast.");
}

void bind_reductions(nb::module_ &m) {
    for (int i = 0; i < reduce_count; ++i) {
        auto op = static_cast<ReduceOp>(i);
        bool typed = op == ReduceOp::sum || op == ReduceOp::prod;
        std::string axis = "axis: int | Sequence[int] | None = None, ";
        if (typed) {
            std::string signature = std::string("def ") + name_of(op) + "(x: ArrayLike, /, *, " + axis +
                                    "dtype: DTypeLike | None = None, keepdims: bool = False) -> NDArray";
            m.def(
                name_of(op),
                [op](nb::handle x, nb::handle axis, nb::handle dtype, bool keepdims) {
                    return call_reduce(op, x, axis, dtype, keepdims);
                },
                "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "dtype"_a.none() = nb::none(), "keepdims"_a = false,
                nb::sig(keep(signature)), reduce_doc(op));
        } else {
            std::string signature = std::string("def ") + name_of(op) + "(x: ArrayLike, /, *, " + axis +
                                    "keepdims: bool = False) -> NDArray";
            m.def(
                name_of(op),
                [op](nb::handle x, nb::handle axis, bool keepdims) {
                    return call_reduce(op, x, axis, nb::none(), keepdims);
                },
                "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "keepdims"_a = false, nb::sig(keep(signature)),
                reduce_doc(op));
        }
    }
    m.def(
        "mean", &call_mean, "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "keepdims"_a = false,
        nb::sig(
            "def mean(x: ArrayLike, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> NDArray"),
        "Mean over axes; of integers in float32, of nothing NaN.");
    for (bool largest : {true, false})
        m.def(
            largest ? "argmax" : "argmin",
            [largest](nb::handle x, nb::handle axis, bool keepdims) { return call_arg(largest, x, axis, keepdims); },
            "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "keepdims"_a = false,
            nb::sig(largest
                        ? "def argmax(x: ArrayLike, /, *, axis: int | None = None, keepdims: bool = False) -> NDArray"
                        : "def argmin(x: ArrayLike, /, *, axis: int | None = None, keepdims: bool = False) -> NDArray"),
            largest ? "int64 index of the first largest element along an axis, or of the flattened array; a NaN counts "
                      "as the largest."
                    : "int64 index of the first smallest element along an axis, or of the flattened array; a NaN "
                      "counts as the smallest.");
}

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

void bind_manipulation(nb::module_ &m) {
    m.def(
        "reshape",
        [](nb::handle x, nb::handle shape, nb::handle copy) {
            return call_reshape(to_array(x, "reshape"), to_dims(shape, "reshape: shape"), copy);
        },
        "x"_a, "shape"_a, nb::kw_only(), "copy"_a.none() = nb::none(),
        nb::sig("def reshape(x: ArrayLike, /, shape: int | Sequence[int], *, copy: bool | None = None) -> NDArray"),
        "The same elements in row-major order with another shape; one size may be -1. A view where the strides allow "
        "it.");
    m.def(
        "permute_dims",
        [](nb::handle x, nb::handle axes) {
            return call_permute(to_array(x, "permute_dims"), to_dims(axes, "permute_dims: axes"));
        },
        "x"_a, "axes"_a, nb::sig("def permute_dims(x: ArrayLike, /, axes: Sequence[int]) -> NDArray"),
        "A view whose axis i is axis axes[i] of x.");
    m.def(
        "matrix_transpose",
        [](nb::handle x) {
            Array a = to_array(x, "matrix_transpose");
            if (a.ndim() < 2)
                fail(ErrorKind::Shape,
                     "matrix_transpose: expected at least two axes, but the shape is " + a.shape().text());
            return wrap(a.view(swap_axes(a.layout, a.ndim() - 2, a.ndim() - 1)));
        },
        "x"_a, nb::sig("def matrix_transpose(x: ArrayLike, /) -> NDArray"), "A view with the last two axes swapped.");
    m.def(
        "broadcast_to",
        [](nb::handle x, nb::handle shape) {
            return call_broadcast_to(to_array(x, "broadcast_to"), to_dims(shape, "broadcast_to: shape"));
        },
        "x"_a, "shape"_a, nb::sig("def broadcast_to(x: ArrayLike, /, shape: int | Sequence[int]) -> NDArray"),
        "A read-only view of x with its axes of size 1, and new leading ones, repeated to `shape`.");
    m.def(
        "squeeze", [](nb::handle x, nb::handle axis) { return call_squeeze(to_array(x, "squeeze"), axis); }, "x"_a,
        "axis"_a.none() = nb::none(),
        nb::sig("def squeeze(x: ArrayLike, /, axis: int | Sequence[int] | None = None) -> NDArray"),
        "A view without the given axes of size 1 (all of them by default).");
    m.def(
        "expand_dims", [](nb::handle x, nb::handle axis) { return call_expand_dims(to_array(x, "expand_dims"), axis); },
        "x"_a, nb::kw_only(), "axis"_a = 0,
        nb::sig("def expand_dims(x: ArrayLike, /, *, axis: int | Sequence[int] = 0) -> NDArray"),
        "A view with new axes of size 1 at these positions of the result.");
    m.def(
        "flip", [](nb::handle x, nb::handle axis) { return call_flip(to_array(x, "flip"), axis); }, "x"_a,
        nb::kw_only(), "axis"_a.none() = nb::none(),
        nb::sig("def flip(x: ArrayLike, /, *, axis: int | Sequence[int] | None = None) -> NDArray"),
        "A view with the order along the given axes (all by default) reversed.");
    m.def(
        "concat", [](nb::handle arrays, nb::handle axis) { return wrap(make_concat(arrays, axis, false)); }, "arrays"_a,
        nb::kw_only(), "axis"_a.none() = 0,
        nb::sig("def concat(arrays: Sequence[ArrayLike], /, *, axis: int | None = 0) -> NDArray"),
        "The arrays one after the other along an existing axis; None flattens them first.");
    m.def(
        "stack", [](nb::handle arrays, nb::handle axis) { return wrap(make_concat(arrays, axis, true)); }, "arrays"_a,
        nb::kw_only(), "axis"_a = 0, nb::sig("def stack(arrays: Sequence[ArrayLike], /, *, axis: int = 0) -> NDArray"),
        "The arrays, all of one shape, one after the other along a new axis.");
    m.def(
        "astype", [](nb::handle x, nb::handle dtype, bool copy) { return call_astype(x, dtype, copy); }, "x"_a,
        "dtype"_a, nb::kw_only(), "copy"_a = true,
        nb::sig("def astype(x: ArrayLike, dtype: DTypeLike, /, *, copy: bool = True) -> NDArray"),
        "x converted to a dtype. Floats out of an integer dtype's range become its nearest limit, NaN becomes 0.");
    m.def(
        "take",
        [](nb::handle x, nb::handle indices, nb::handle axis) {
            Array a = to_array(x, "take");
            if (axis.is_none()) {
                if (a.ndim() != 1)
                    fail(ErrorKind::Value,
                         "take: axis may be left out only for one-dimensional arrays, and the shape is " +
                             a.shape().text());
                return wrap(take(a, to_array(indices, "take"), 0, "take"));
            }
            return wrap(
                take(a, to_array(indices, "take"), normalize_axis(to_index(axis, "axis"), a.ndim(), "take"), "take"));
        },
        "x"_a, "indices"_a, nb::kw_only(), "axis"_a.none() = nb::none(),
        nb::sig("def take(x: ArrayLike, indices: ArrayLike, /, *, axis: int | None = None) -> NDArray"),
        "Elements of an axis at integer indices, in the indices' order; a negative index counts from the end. Raises "
        "IndexError out of range.");
    m.def(
        "index_add",
        [](nb::handle x, nb::handle indices, nb::handle values, nb::handle axis) {
            if (!is_array(x.ptr())) fail(ErrorKind::Type, "index_add: x must be an NDArray, which is written in place");
            const Array &target = array_of(x.ptr());
            Array at = to_array(indices, "index_add"), added = to_array(values, "index_add");
            int along = normalize_axis(to_index(axis, "axis"), target.ndim(), "index_add");
            {
                ReleaseGil release(added.size());
                index_add(target, at, added, along);
            }
            return nb::borrow(x);
        },
        "x"_a, "indices"_a, "values"_a, "axis"_a = 0,
        nb::sig("def index_add(x: NDArray, indices: ArrayLike, values: ArrayLike, axis: int = 0) -> NDArray"),
        "Adds values to the elements of x along an axis at integer indices, in place; equal indices add up. Returns "
        "x.");
    m.def("matmul", &call_matmul, "x1"_a, "x2"_a, nb::sig("def matmul(x1: ArrayLike, x2: ArrayLike, /) -> NDArray"),
          "Matrix product over the last two axes, (..., m, k) @ (..., k, n) -> (..., m, n); the axes before them "
          "broadcast, one-dimensional operands are row or column.");
    m.def(
        "result_type",
        [](nb::args args) {
            std::optional<DType> strong;
            std::optional<Kind> weak;
            for (nb::handle item : args) {
                Scalar scalar;
                if (is_array(item.ptr()))
                    strong = strong ? promote(*strong, array_of(item.ptr()).dtype) : array_of(item.ptr()).dtype;
                else if (to_scalar(item.ptr(), scalar)) weak = weak ? std::max(*weak, scalar.kind) : scalar.kind;
                else strong = strong ? promote(*strong, to_dtype(item)) : to_dtype(item);
            }
            if (!strong) fail(ErrorKind::Value, "result_type: expected at least one array or dtype");
            return dtype_object(weak ? weak_result(*strong, *weak) : *strong);
        },
        nb::sig("def result_type(*arrays_and_dtypes: NDArray | DTypeLike | float) -> DType"),
        "The dtype that an operation on these arrays, dtypes and Python scalars gives.");
    m.def(
        "broadcast_shapes",
        [](nb::args shapes) {
            Dims out;
            for (nb::handle shape : shapes)
                out = broadcast_shapes(out, to_dims(shape, "broadcast_shapes"), "broadcast_shapes");
            return to_tuple(out);
        },
        nb::sig("def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]"),
        "The shape that arrays of these shapes broadcast to.");
}

}  // namespace

void bind_functions(nb::module_ &m) {
    bind_elementwise(m);
    bind_reductions(m);
    bind_creation(m);
    bind_manipulation(m);
    m.def("num_threads", &num_threads, "Threads that long operations use.");
    m.def("set_num_threads", &set_num_threads, "count"_a,
          "Sets how many threads long operations use; results do not depend on it.");
    m.def("isa", [] { return cpu::kernels().isa; }, "The instruction set whose kernels run.");
    m.def(
        "memory_statistics",
        [] {
            AllocatorStatistics statistics = allocator_statistics();
            nb::dict out;
            out["bytes_in_use"] = statistics.bytes_in_use;
            out["bytes_cached"] = statistics.bytes_cached;
            return out;
        },
        nb::sig("def memory_statistics() -> dict[str, int]"),
        "Bytes that arrays use on the CPU, and bytes that wait in the cache for the next ones.");
    m.def("empty_cache", &empty_cache, "Gives cached memory back to the system.");
}

}  // namespace needle::python
