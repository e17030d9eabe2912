// Python objects to scalars, operands and arrays.
#include "ops/copy.h"
#include "python/foreign.h"
#include <cmath>
#include <cstring>

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

}  // namespace

// ---- Scalars and arrays

bool to_scalar(PyObject *object, Scalar &scalar) {
    if (python_scalar(object, scalar)) return true;
    if (PyComplex_Check(object)) refuse_complex(object);
    if (!is_numpy_scalar(object)) return false;
    nb::object dtype = nb::handle(object).attr("dtype");
    const std::string kind = nb::cast<std::string>(dtype.attr("kind"));
    if (kind == "c") refuse_complex(object);
    if (!strchr("biuf", kind[0]))
        fail(ErrorKind::DType, std::string("numbers of ") + nb::repr(dtype).c_str() + " are not supported");
    nb::object value = nb::handle(object).attr("item")();
    return python_scalar(value.ptr(), scalar);
}

nb::object wrap(Array array) {
    return nb::steal(wrap_result([&] { return std::move(array); }));
}

bool Operand::load(PyObject *object) {
    Scalar scalar;
    if (is_array(object)) value = array_of(object);
    else if (to_scalar(object, scalar)) value = scalar;
    else if (PyObject_CheckBuffer(object)) own(asarray(object, std::nullopt, Device{}, std::nullopt));
    else return false;
    return true;
}

void load_operands(Operand &a, nb::handle x, Operand &b, nb::handle y, const char *what) {
    for (auto [operand, object] : {std::pair<Operand *, nb::handle>{&a, x}, {&b, y}})
        if (!operand->load(object.ptr())) operand->own(to_array(object, what));
    if (!a.value.array && !b.value.array) a.own(asarray(x, std::nullopt, Device{}, std::nullopt));
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
    else if (has_array_protocol(source)) array = from_array_protocol(source, fresh);
    else {
        array = from_sequence(source, dtype);
        fresh = true;
    }
    bool must_copy = fresh || (dtype && *dtype != array.dtype) || device != array.device();
    if (must_copy && copy_wanted == std::optional<bool>(false))
        fail(ErrorKind::Value,
             "copy=False, but this object cannot become the array asked for without a copy; write copy=None");
    const bool copies = must_copy || copy_wanted.value_or(false);
    ReleaseGil release(copies ? array.size() : 0);
    if (dtype && *dtype != array.dtype) {
        array = astype(array, *dtype);
        fresh = true;
    }
    if (device != array.device()) return needle::to_device(array, device);
    if (copy_wanted.value_or(false) && !fresh) array = copy(array);
    return array;
}

}  // namespace needle::python
