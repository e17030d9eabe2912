// Between Python objects and the native types: dtypes, devices, shapes, scalars, arrays and errors.
#pragma once
#include "core/array.h"
#include "ops/copy.h"
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <optional>

namespace needle::python {

namespace nb = nanobind;

// ---- Errors

// Sets the Python error that belongs to the exception being handled; the one place where C++ errors become Python's.
void set_python_error();
void register_errors();

// Runs f and turns what it throws into a Python error and the result that says so (null, or -1): for slots, which
// nanobind does not wrap.
template <class F> auto guarded(F &&f) noexcept -> decltype(f()) {
    try {
        return f();
    } catch (...) {
        set_python_error();
    }
    if constexpr (std::is_pointer_v<decltype(f())>) return nullptr;
    else return -1;
}

// Lets other Python threads run where the work is long enough to matter.
class ReleaseGil {
  public:
    explicit ReleaseGil(int64_t elements) {
        if (elements >= 65536) state_ = PyEval_SaveThread();
    }
    ~ReleaseGil() {
        if (state_) PyEval_RestoreThread(state_);  // does not come back where the interpreter ends: see thread_exit.cpp
    }
    ReleaseGil(const ReleaseGil &) = delete;
    ReleaseGil &operator=(const ReleaseGil &) = delete;

  private:
    PyThreadState *state_ = nullptr;
};

inline Array copy_without_gil(const Array &array) {
    ReleaseGil release(array.size());
    return copy(array);
}

// ---- dtypes and devices
struct DTypeObject {
    DType value;
};
nb::object dtype_object(DType dtype);
// A DType, its name, a Python type (bool, int, float), or anything of NumPy's that names a dtype.
DType to_dtype(nb::handle object);
std::optional<DType> to_optional_dtype(nb::handle object);
// Throws Error(DType) for a complex number or dtype.
[[noreturn]] void refuse_complex(nb::handle object);
// The text of a str; empty where it is no valid Unicode, which then is no known name either.
std::string utf8_of(nb::handle string);

Device to_device(nb::handle object);  // a Device, its name, or None for the CPU
// The same, and arrays can be made there; throws Error(Unavailable) with the reason where they cannot.
Device usable_device(nb::handle object);

// ---- Arrays
extern PyTypeObject *array_type;
inline bool is_array(PyObject *object) {
    return Py_TYPE(object) == array_type || PyType_IsSubtype(Py_TYPE(object), array_type);
}
inline const Array &array_of(PyObject *object) { return *nb::inst_ptr<Array>(object); }  // only after is_array
nb::object wrap(Array array);

// A new Python array around what f returns, constructed in place.
template <class F> PyObject *wrap_result(F &&f) {
    nb::object object = nb::inst_alloc(nb::handle(reinterpret_cast<PyObject *>(array_type)));
    new (nb::inst_ptr<Array>(object)) Array(f());
    nb::inst_set_state(object, true, true);
    return object.release().ptr();
}

// bool, int, float and NumPy scalars.
bool to_scalar(PyObject *object, Scalar &scalar);

// An operand of an operation: an array, a scalar, or something that asarray takes (then `owned` holds the array).
struct Operand {
    Array owned;
    Value value{Scalar{}};
    Operand() = default;
    Operand(const Operand &) = delete;  // the value may point into it
    Operand &operator=(const Operand &) = delete;
    void own(Array array) {
        owned = std::move(array);
        value = owned;
    }
    // False where the object is none of these (a method then returns NotImplemented).
    bool load(PyObject *object);
    int64_t size() const { return value.array ? value.array->size() : 1; }
};
// Two operands of which one at least becomes an array; throws Error(Type) where an object is no operand.
void load_operands(Operand &a, nb::handle x, Operand &b, nb::handle y, const char *what);

// An array argument: an NDArray as it is, everything else that asarray takes converted. Throws Error(Type) else.
Array to_array(nb::handle object, const char *what);
// copy: None shares memory where that is possible, True never, False requires it.
Array asarray(nb::handle object, std::optional<DType> dtype, Device device, std::optional<bool> copy);

// ---- Shapes and axes
bool is_index(nb::handle object);  // an int or its like, which arrays with axes are not, although they have __index__
Dims to_dims(nb::handle object, const char *what);            // an int or a sequence of ints
Dims to_axes(nb::handle object, int ndim, const char *what);  // None: all; sorted, in [0, ndim)
int64_t to_index(nb::handle object, const char *what);
int64_t to_nearest_index(nb::handle object, const char *what);              // the nearest of int64 where it is beyond
std::optional<bool> to_optional_bool(nb::handle object, const char *what);  // True, False or None
nb::tuple to_tuple(const Dims &dims);

// f(args...) where args is a shape given as f(2, 3) or f((2, 3)).
Dims dims_from_args(const nb::args &args, const char *what);

// ---- The parts of the module
void bind_dtypes(nb::module_ &m);
void bind_devices(nb::module_ &m);
void bind_layout(nb::module_ &m);
void bind_ndarray(nb::module_ &m);
void bind_functions(nb::module_ &m);
void bind_random(nb::module_ &m);
void bind_runtime(nb::module_ &m);

// Replaces nanobind's functions in the module by builtin functions that belong to its package. Where the module stands
// for itself, as where its stub is made, it stays as it is.
void make_builtins(nb::module_ &m);

}  // namespace needle::python
