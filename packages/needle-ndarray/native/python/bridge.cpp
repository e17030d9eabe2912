#include "python/bridge.h"
#include "python/docs/device.h"
#include <cstring>

namespace needle::python {

// ---- Errors

namespace {

void set_named_error(const char *name, const char *text) {
    try {
        PyErr_SetString(nb::module_::import_("needle_ndarray.errors").attr(name).ptr(), text);
    } catch (nb::python_error &lookup) {  // as when the interpreter ends
        lookup.restore();
    }
}

void set_error(const Error &error) {
    switch (error.kind) {
    case ErrorKind::Index:
        return PyErr_SetString(PyExc_IndexError, error.what());
    case ErrorKind::Value:
        return PyErr_SetString(PyExc_ValueError, error.what());
    case ErrorKind::Type:
        return PyErr_SetString(PyExc_TypeError, error.what());
    case ErrorKind::Overflow:
        return PyErr_SetString(PyExc_OverflowError, error.what());
    case ErrorKind::Memory:
        return PyErr_SetString(PyExc_MemoryError, error.what());
    case ErrorKind::Buffer:
        return PyErr_SetString(PyExc_BufferError, error.what());
    case ErrorKind::Shape:
        return set_named_error("ShapeError", error.what());
    case ErrorKind::DType:
        return set_named_error("DTypeError", error.what());
    case ErrorKind::Device:
        return set_named_error("DeviceError", error.what());
    case ErrorKind::Unavailable:
        return set_named_error("BackendUnavailable", error.what());
    }
}

}  // namespace

void set_python_error() {
    try {
        throw;
    } catch (const Error &error) {
        set_error(error);
    } catch (nb::python_error &error) {
        error.restore();
    } catch (const std::bad_alloc &) {
        PyErr_NoMemory();
    } catch (const std::exception &error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
}

void register_errors() {
    nb::register_exception_translator([](const std::exception_ptr &pointer, void *) {
        try {
            std::rethrow_exception(pointer);
        } catch (const Error &error) {
            set_error(error);
        }
    });
}

// ---- Devices

std::string utf8_of(nb::handle string) {
    Py_ssize_t length = 0;
    const char *text = PyUnicode_AsUTF8AndSize(string.ptr(), &length);
    if (!text) PyErr_Clear();
    return text ? std::string(text, static_cast<size_t>(length)) : "";
}

Device to_device(nb::handle object) {
    if (object.is_none()) return Device{};
    Device *known;
    if (nb::try_cast<Device *>(object, known) && known) return *known;
    if (nb::isinstance<nb::str>(object)) {
        std::string name = utf8_of(object);
        if (name == "cpu") return Device{};
        if (name == "cuda") return Device{DeviceType::CUDA, 0};
        if (name.rfind("cuda:", 0) == 0 && name.size() > 5 && name.size() < 9 &&
            name.find_first_not_of("0123456789", 5) == std::string::npos)
            return Device{DeviceType::CUDA, static_cast<int16_t>(std::stoi(name.substr(5)))};
    }
    fail(ErrorKind::Device,
         std::string("unknown device ") + nb::repr(object).c_str() +
             "; known are cpu(), cuda() and cuda(index), or their names \"cpu\", \"cuda\", \"cuda:1\"");
}

namespace {

// The sentence that says why a device cannot be used, or None; the CUDA module is loaded only when asked.
nb::object why_not(const Device &device) {
    if (device.type == DeviceType::CPU) return nb::none();
    return nb::module_::import_("needle_ndarray.devices").attr("cuda_why_not")(int{device.index});
}

}  // namespace

Device usable_device(nb::handle object) {
    Device device = to_device(object);
    nb::object reason = why_not(device);
    if (!reason.is_none())
        fail(ErrorKind::Unavailable,
             nb::cast<std::string>(nb::repr(nb::cast(device))) + " cannot be used: " + nb::cast<std::string>(reason));
    return device;
}

void bind_devices(nb::module_ &m) {
    nb::class_<Device>(m, "Device", docs::device_class)
        .def(
            "__init__", [](Device *self, nb::handle name) { new (self) Device(to_device(name)); }, nb::arg("name"),
            nb::sig("def __init__(self, name: str | Device) -> None"))
        .def_prop_ro(
            "type", [](const Device &self) { return self.type == DeviceType::CPU ? "cpu" : "cuda"; }, docs::device_type)
        .def_prop_ro(
            "index", [](const Device &self) { return int{self.index}; }, docs::device_index)
        .def_prop_ro("name", &Device::name, docs::device_name)
        .def(
            "enabled", [](const Device &self) { return why_not(self).is_none(); }, docs::device_enabled)
        .def("why_not", &why_not, nb::sig("def why_not(self) -> str | None"), docs::device_why_not)
        .def(
            "__eq__",
            [](const Device &self, nb::handle other) {
                Device *known;
                if (nb::try_cast<Device *>(other, known) && known) return *known == self;
                return nb::isinstance<nb::str>(other) && nb::cast<std::string>(nb::str(other)) == self.name();
            },
            nb::arg("other").none(), nb::sig("def __eq__(self, other: object, /) -> bool"))
        .def("__hash__", [](const Device &self) { return nb::hash(nb::str(self.name().c_str())); })
        .def("__repr__",
             [](const Device &self) {
                 std::string base = self.type == DeviceType::CPU ? "cpu(" : "cuda(";
                 return base + (self.index ? std::to_string(self.index) : "") + ")";
             })
        .def("__reduce__", [](const Device &self) {
            return nb::make_tuple(nb::module_::import_("needle_ndarray._core").attr("Device"),
                                  nb::make_tuple(self.name()));
        });
}

// ---- Shapes

namespace {

// `overflow` tells by its sign where the integer is beyond int64.
int64_t read_index(nb::handle object, const char *what, int &overflow) {
    nb::object index = nb::steal(PyBool_Check(object.ptr()) ? nullptr : PyNumber_Index(object.ptr()));
    if (!index.is_valid()) {
        if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError)) throw nb::python_error();
        PyErr_Clear();
        fail(ErrorKind::Type, std::string(what) + " must be an int, not " + nb::repr(object).c_str());
    }
    return PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
}

}  // namespace

int64_t to_index(nb::handle object, const char *what) {
    int overflow = 0;
    int64_t value = read_index(object, what, overflow);
    if (overflow) fail(ErrorKind::Overflow, std::string(what) + " is out of range: " + nb::repr(object).c_str());
    return value;
}

int64_t to_nearest_index(nb::handle object, const char *what) {
    int overflow = 0;
    int64_t value = read_index(object, what, overflow);
    return overflow == 0 ? value : overflow > 0 ? INT64_MAX : INT64_MIN;
}

bool is_index(nb::handle object) {
    if (PyLong_Check(object.ptr())) return true;
    if (!PyIndex_Check(object.ptr())) return false;
    if (PyObject_Size(object.ptr()) >= 0) return false;
    PyErr_Clear();
    return true;
}

std::optional<bool> to_optional_bool(nb::handle object, const char *what) {
    if (object.is_none()) return std::nullopt;
    if (!PyBool_Check(object.ptr()))
        fail(ErrorKind::Type, std::string(what) + " must be True, False or None, not " + nb::repr(object).c_str());
    return object.ptr() == Py_True;
}

namespace {

Dims dims_of_sequence(nb::handle sequence, const char *what) {
    Py_ssize_t count = PySequence_Size(sequence.ptr());
    if (count < 0) throw nb::python_error();
    if (count > max_ndim)
        fail(ErrorKind::Value, std::string(what) + ": an array has at most " + std::to_string(max_ndim) +
                                   " axes, not " + std::to_string(count));
    Dims out(static_cast<int>(count), 0);
    for (Py_ssize_t i = 0; i < count; ++i) {
        nb::object item = nb::steal(PySequence_GetItem(sequence.ptr(), i));
        if (!item.is_valid()) throw nb::python_error();
        out[static_cast<int>(i)] = to_index(item, what);
    }
    return out;
}

}  // namespace

Dims to_dims(nb::handle object, const char *what) {
    if (PyTuple_Check(object.ptr()) || PyList_Check(object.ptr())) return dims_of_sequence(object, what);
    if (is_index(object)) return Dims{to_index(object, what)};
    if (PySequence_Check(object.ptr()) && !PyUnicode_Check(object.ptr())) return dims_of_sequence(object, what);
    fail(ErrorKind::Type, std::string(what) + " must be an int or a tuple of ints, not " + nb::repr(object).c_str());
}

Dims to_axes(nb::handle object, int ndim, const char *what) {
    if (object.is_none()) {
        Dims all(ndim, 0);
        for (int i = 0; i < ndim; ++i) all[i] = i;
        return all;
    }
    return normalize_axes(to_dims(object, (std::string(what) + ": axis").c_str()), ndim, what);
}

nb::tuple to_tuple(const Dims &dims) {
    PyObject *tuple = PyTuple_New(dims.size());
    if (!tuple) throw nb::python_error();
    for (int i = 0; i < dims.size(); ++i) PyTuple_SetItem(tuple, i, PyLong_FromLongLong(dims[i]));
    return nb::steal<nb::tuple>(tuple);
}

Dims dims_from_args(const nb::args &args, const char *what) {
    if (args.size() == 1 && !is_index(args[0])) return to_dims(args[0], what);
    return to_dims(args, what);
}

}  // namespace needle::python
