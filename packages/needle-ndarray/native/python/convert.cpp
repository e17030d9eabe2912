// Python objects to arrays: scalars, nested sequences, buffers (NumPy's arrays among them).
#include "scalar/convert.h"
#include "ops/copy.h"
#include "python/bridge.h"
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

namespace needle::python {

PyTypeObject *array_type = nullptr;  // set by bind_ndarray

namespace {

// numpy.float32(1.0) and its like, told without importing NumPy: an object of NumPy's with a dtype that is no array.
bool is_numpy_scalar(PyObject *object) {
    nb::handle type = reinterpret_cast<PyObject *>(Py_TYPE(object));
    if (!nb::hasattr(object, "dtype") || nb::hasattr(object, "__setitem__")) return false;
    nb::object module = nb::getattr(type, "__module__", nb::none());
    return nb::isinstance<nb::str>(module) && nb::cast<std::string>(nb::str(module)) == "numpy";
}

// An integer beyond int64.
Scalar large_integer(PyObject *object, bool positive) {
    if (positive) {
        unsigned long long bits = PyLong_AsUnsignedLongLong(object);
        if (!PyErr_Occurred()) return {Kind::Unsigned, static_cast<int64_t>(bits), static_cast<double>(bits)};
        PyErr_Clear();
    }
    double real = PyLong_AsDouble(object);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        real = positive ? HUGE_VAL : -HUGE_VAL;
    }
    return {Kind::Signed, 0, real, true};
}

bool python_scalar(PyObject *object, Scalar &scalar) {
    if (PyBool_Check(object)) {
        int64_t value = object == Py_True;
        scalar = {Kind::Bool, value, static_cast<double>(value)};
        return true;
    }
    if (PyFloat_Check(object)) {
        scalar = {Kind::Float, 0, PyFloat_AsDouble(object)};
        return true;
    }
    if (PyLong_Check(object)) {
        int overflow = 0;
        int64_t value = PyLong_AsLongLongAndOverflow(object, &overflow);
        if (overflow) scalar = large_integer(object, overflow > 0);
        else scalar = {Kind::Signed, value, static_cast<double>(value)};
        return true;
    }
    return false;
}

// ---- Buffers

void release_buffer(void *owner) {
    auto *view = static_cast<Py_buffer *>(owner);
    PyGILState_STATE state = PyGILState_Ensure();
    PyBuffer_Release(view);
    PyGILState_Release(state);
    delete view;
}

DType buffer_dtype(const Py_buffer &view) {
    const char *format = view.format ? view.format : "B";
    const char *letter = strchr("@=<", *format) && *format ? format + 1 : format;
    Kind kind = Kind::Float;
    if (letter[0] == '\0' || letter[1] != '\0') letter = "x";
    if (*letter == '?') return DType::Bool;
    if (strchr("bhilqn", *letter)) kind = Kind::Signed;
    else if (strchr("BHILQN", *letter)) kind = Kind::Unsigned;
    else if (!strchr("efd", *letter))
        fail(ErrorKind::DType, std::string("elements of buffer format \"") + format +
                                   "\" are not supported; convert them first, for instance x.astype(\"float32\")");
    for (int i = 0; i < dtype_count; ++i) {
        auto dtype = static_cast<DType>(i);
        if (kind_of(dtype) == kind && itemsize(dtype) == view.itemsize) return dtype;
    }
    fail(ErrorKind::DType, std::string("elements of buffer format \"") + format + "\" are not supported");
}

// Elements that no pointer of their type may point at: copied byte by byte.
Array copy_unaligned(const Py_buffer &view, const Dims &shape, const Dims &steps, DType dtype) {
    Array out = empty(shape, dtype, Device{});
    int64_t index[max_ndim] = {};
    char *to = out.bytes();
    for (int64_t i = 0, n = out.size(); i < n; ++i, to += view.itemsize) {
        const char *from = static_cast<const char *>(view.buf);
        for (int axis = 0; axis < view.ndim; ++axis) from += index[axis] * steps[axis];
        memcpy(to, from, static_cast<size_t>(view.itemsize));
        for (int axis = view.ndim - 1; axis >= 0 && ++index[axis] == shape[axis]; --axis) index[axis] = 0;
    }
    return out;
}

// Shares the memory of an object with the buffer protocol (`copied` tells where that could not be).
Array from_buffer(PyObject *object, bool &copied) {
    auto view = std::make_unique<Py_buffer>();
    if (PyObject_GetBuffer(object, view.get(), PyBUF_RECORDS_RO) != 0) throw nb::python_error();
    std::unique_ptr<Py_buffer, void (*)(Py_buffer *)> guard(view.get(),
                                                            [](Py_buffer *held) { PyBuffer_Release(held); });
    DType dtype = buffer_dtype(*view);
    if (view->ndim > max_ndim)
        fail(ErrorKind::Value,
             "an array has at most " + std::to_string(max_ndim) + " axes, not " + std::to_string(view->ndim));
    // Some exporters leave out the strides of dense elements, and the shape of one axis.
    Dims shape = view->shape ? Dims(view->shape, view->ndim) : Dims(view->ndim, view->len / view->itemsize);
    Layout layout = Layout::contiguous(shape);
    Dims steps = layout.strides;  // in bytes
    bool aligned = reinterpret_cast<uintptr_t>(view->buf) % static_cast<uintptr_t>(view->itemsize) == 0;
    for (int i = 0; i < view->ndim; ++i) {
        steps[i] = view->strides ? view->strides[i] : layout.strides[i] * view->itemsize;
        layout.strides[i] = steps[i] / view->itemsize;
        aligned &= steps[i] % view->itemsize == 0;
    }
    copied = !aligned;
    if (!aligned) return copy_unaligned(*view, shape, steps, dtype);
    // The storage starts at the lowest address of an element, which negative strides put before the first one's.
    Extent reach = element_count(layout.shape) > 0 ? extent(layout) : Extent{0, -1};
    layout.offset = -reach.low;
    StorageRef storage = borrow(static_cast<char *>(view->buf) + reach.low * view->itemsize,
                                static_cast<size_t>((reach.high - reach.low + 1) * view->itemsize), Device{},
                                !view->readonly, release_buffer, view.get());
    guard.release();  // from here on the storage releases the buffer
    view.release();
    return Array{std::move(storage), std::move(layout), dtype};
}

// ---- Nested sequences

struct NestedReader {
    std::vector<Scalar> elements;
    std::vector<int64_t> shape;
    std::optional<DType> strong;  // promoted from arrays and NumPy scalars inside
    Kind weak = Kind::Bool;       // highest kind among Python's scalars
    bool has_weak = false;

    void leaf(int depth) {
        if (!complete) complete = true;
        else if (depth != static_cast<int>(shape.size())) ragged(depth);
    }
    [[noreturn]] void ragged(int depth) const {
        fail(ErrorKind::Shape, "nested sequences must form a rectangle: at depth " + std::to_string(depth) +
                                   " some entries have more axes or another length than the first ones");
    }
    void read(PyObject *object, int depth) {
        Scalar scalar;
        if (is_array(object) || (PyObject_CheckBuffer(object) && !PyLong_Check(object)))
            return read_array(object, depth);
        if (to_scalar(object, scalar)) {
            leaf(depth);
            if (is_numpy_scalar(object)) join(to_dtype(nb::handle(object).attr("dtype")));
            else {
                has_weak = true;
                if (scalar.kind > weak) weak = scalar.kind;
            }
            return elements.push_back(scalar);
        }
        if (PyUnicode_Check(object) || !PySequence_Check(object))
            fail(ErrorKind::Type,
                 std::string("cannot make an array of ") +
                     nb::repr(nb::handle(reinterpret_cast<PyObject *>(Py_TYPE(object)))).c_str() +
                     "; expected numbers, (nested) sequences of numbers, arrays, or objects with the buffer protocol");
        if (depth >= max_ndim)
            fail(ErrorKind::Value, "sequences are nested deeper than " + std::to_string(max_ndim) + " levels");
        Py_ssize_t length = PySequence_Size(object);
        if (length < 0) throw nb::python_error();
        enter(depth, length);
        for (Py_ssize_t i = 0; i < length; ++i) {
            nb::object item = nb::steal(PySequence_GetItem(object, i));
            if (!item.is_valid()) throw nb::python_error();
            read(item.ptr(), depth + 1);
        }
        if (length == 0) leaf(depth + 1);
    }

  private:
    bool complete = false;  // the first leaf has been reached: the shape is known

    void enter(int depth, int64_t length) {
        if (!complete && depth == static_cast<int>(shape.size())) shape.push_back(length);
        else if (depth >= static_cast<int>(shape.size()) || shape[static_cast<size_t>(depth)] != length) ragged(depth);
    }
    void join(DType dtype) { strong = strong ? promote(*strong, dtype) : dtype; }
    void read_array(PyObject *object, int depth) {
        Array array = compact(asarray(object, std::nullopt, Device{}, std::nullopt));
        for (int axis = 0; axis < array.ndim(); ++axis) enter(depth + axis, array.shape()[axis]);
        leaf(depth + array.ndim());
        join(array.dtype);
        dispatch_stored(array.dtype, [&](auto tag) {
            using T = typename decltype(tag)::type;
            const T *from = array.data<T>();
            for (int64_t i = 0, n = array.size(); i < n; ++i) {
                Scalar element{kind_of(array.dtype), 0, scalar::convert<double>(from[i])};
                if constexpr (kind_of(dtype_of<T>) != Kind::Float) {
                    element.integer = static_cast<int64_t>(from[i]);
                    if (element.kind == Kind::Unsigned && element.integer >= 0) element.kind = Kind::Signed;
                }
                elements.push_back(element);
            }
        });
    }
};

Array from_sequence(PyObject *object, std::optional<DType> dtype) {
    NestedReader reader;
    reader.read(object, 0);
    if (!dtype) {
        if (reader.strong) dtype = reader.has_weak ? weak_result(*reader.strong, reader.weak) : *reader.strong;
        else if (reader.elements.empty()) dtype = default_float;
        else dtype = default_dtype(reader.weak);
    }
    Array out = empty(Dims(reader.shape.data(), static_cast<int>(reader.shape.size())), *dtype, Device{});
    char *to = out.bytes();
    for (const Scalar &element : reader.elements) {
        store_scalar(element, *dtype, to);
        to += itemsize(*dtype);
    }
    return out;
}

}  // namespace

// ---- Scalars and arrays

bool to_scalar(PyObject *object, Scalar &scalar) {
    if (python_scalar(object, scalar)) return true;
    if (!is_numpy_scalar(object)) return false;
    nb::object dtype = nb::handle(object).attr("dtype");
    if (!strchr("biuf", *nb::cast<std::string>(dtype.attr("kind")).c_str()))
        fail(ErrorKind::DType, std::string("numbers of ") + nb::repr(dtype).c_str() + " are not supported");
    nb::object value = nb::handle(object).attr("item")();
    return python_scalar(value.ptr(), scalar);
}

nb::object wrap(Array array) {
    return nb::steal(wrap_result([&] { return std::move(array); }));
}

bool Operand::load(PyObject *object) {
    Scalar scalar;
    if (is_array(object)) value.emplace(array_of(object));
    else if (to_scalar(object, scalar)) value.emplace(scalar);
    else if (PyObject_CheckBuffer(object)) {
        owned = asarray(object, std::nullopt, Device{}, std::nullopt);
        value.emplace(*owned);
    } else return false;
    return true;
}

void load_operands(Operand &a, nb::handle x, Operand &b, nb::handle y, const char *what) {
    for (auto [operand, object] : {std::pair<Operand *, nb::handle>{&a, x}, {&b, y}})
        if (!operand->load(object.ptr())) {
            operand->owned = to_array(object, what);
            operand->value.emplace(*operand->owned);
        }
    if (!a.value->array && !b.value->array) {
        a.owned = asarray(x, std::nullopt, Device{}, std::nullopt);
        a.value.emplace(*a.owned);
    }
}

Array to_array(nb::handle object, const char *what) {
    if (is_array(object.ptr())) return array_of(object.ptr());
    if (PyUnicode_Check(object.ptr()) || object.is_none())
        fail(ErrorKind::Type, std::string(what) + ": expected an array, not " + nb::repr(object).c_str());
    return asarray(object, std::nullopt, Device{}, std::nullopt);
}

Array asarray(nb::handle object, std::optional<DType> dtype, Device device, std::optional<bool> copy_wanted) {
    PyObject *source = object.ptr();
    Array array;
    bool fresh = false;
    Scalar scalar;
    if (is_array(source)) array = array_of(source);
    else if (to_scalar(source, scalar)) {
        DType own = is_numpy_scalar(source) ? to_dtype(object.attr("dtype")) : default_dtype(scalar.kind);
        array = full(Dims{}, scalar, dtype.value_or(own), Device{});
        fresh = true;
    } else if (PyObject_CheckBuffer(source)) array = from_buffer(source, fresh);
    else if (nb::hasattr(object, "__array__") && !nb::isinstance<nb::type_object>(object)) {
        nb::object converted = object.attr("__array__")();
        if (!PyObject_CheckBuffer(converted.ptr())) fail(ErrorKind::Type, "__array__ of the object gave no array");
        array = from_buffer(converted.ptr(), fresh);
    } else {
        array = from_sequence(source, dtype);
        fresh = true;
    }
    bool must_copy = fresh || (dtype && *dtype != array.dtype) || device != array.device();
    if (must_copy && copy_wanted == std::optional<bool>(false))
        fail(ErrorKind::Value,
             "copy=False, but this object cannot become the array asked for without a copy; write copy=None");
    if (dtype && *dtype != array.dtype) {
        array = astype(array, *dtype);
        fresh = true;
    }
    if (device != array.device()) return needle::to_device(array, device);
    if (copy_wanted.value_or(false) && !fresh) array = copy(array);
    return array;
}

}  // namespace needle::python
