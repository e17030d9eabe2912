// The element types in Python, and the functions that tell and convert them.
#include "python/docs/dtypes.h"
#include "ops/copy.h"
#include "python/foreign.h"
#include "python/functions.h"
#include <algorithm>
#include <vector>

namespace needle::python {

using namespace nb::literals;

namespace {

PyObject *dtype_objects[dtype_count];  // borrowed from the module, which holds them as long as it lives

std::string known_dtypes() {
    std::string out;
#define X(id, type, name, kind) out += out.empty() ? name : ", " name;
    NEEDLE_DTYPES(X)
#undef X
    return out;
}

std::optional<DType> dtype_by_name(const std::string &name) {
#define X(id, type, text, kind)                                                                                        \
    if (name == text) return DType::id;
    NEEDLE_DTYPES(X)
#undef X
    return std::nullopt;
}

// "float32" for a name, for numpy.float32 and for numpy.dtype("float32"); empty where the object has no such name.
std::string dtype_name(nb::handle object) {
    if (PyUnicode_Check(object.ptr())) return utf8_of(object);
    for (const char *attribute : {"name", "__name__"})
        if (nb::hasattr(object, attribute)) {
            nb::object name = object.attr(attribute);
            if (PyUnicode_Check(name.ptr())) return utf8_of(name);
        }
    return "";
}

}  // namespace

void refuse_complex(nb::handle object) {
    fail(ErrorKind::DType, std::string(nb::repr(object).c_str()) +
                               " is complex, and Needle has no complex dtypes; keep the real and the imaginary part in "
                               "arrays of their own");
}

nb::object dtype_object(DType dtype) { return nb::borrow(dtype_objects[index_of(dtype)]); }

DType to_dtype(nb::handle object) {
    DTypeObject *known;
    if (nb::try_cast<DTypeObject *>(object, known) && known) return known->value;
    if (object.ptr() == reinterpret_cast<PyObject *>(&PyFloat_Type)) return default_float;
    if (object.ptr() == reinterpret_cast<PyObject *>(&PyLong_Type)) return default_int;
    if (object.ptr() == reinterpret_cast<PyObject *>(&PyBool_Type)) return DType::Bool;
    if (is_array(object.ptr())) fail(ErrorKind::DType, "expected a dtype, not an array; write x.dtype");
    const std::string name = dtype_name(object);
    if (auto dtype = dtype_by_name(name)) return *dtype;
    if (name.rfind("complex", 0) == 0) refuse_complex(object);
    fail(ErrorKind::DType, std::string("unknown dtype ") + nb::repr(object).c_str() + "; known are " + known_dtypes());
}

std::optional<DType> to_optional_dtype(nb::handle object) {
    if (object.is_none()) return std::nullopt;
    return to_dtype(object);
}

nb::object call_astype(nb::handle x, nb::handle dtype, bool copy_wanted) {
    Array a = to_array(x, "astype"), result;
    DType wanted = to_dtype(dtype);
    if (wanted == a.dtype) return copy_wanted ? wrap(copy_without_gil(a)) : nb::borrow(x);
    {
        ReleaseGil release(a.size());
        result = astype(a, wanted);
    }
    return wrap(std::move(result));
}

namespace {

// The dtype of all operands together. Floats decide where there are any, so that the order of the others, of which not
// all pairs promote, does not matter.
DType promote_all(const std::vector<DType> &dtypes) {
    const bool any_float = std::any_of(dtypes.begin(), dtypes.end(), [](DType dtype) { return is_float(dtype); });
    std::optional<DType> out;
    for (DType dtype : dtypes)
        if (!any_float || is_float(dtype)) out = out ? promote(*out, dtype) : dtype;
    return *out;
}

DType result_type(const nb::args &args) {
    std::vector<DType> dtypes;
    std::optional<Kind> weak;
    for (nb::handle item : args) {
        Scalar scalar;
        if (is_array(item.ptr())) dtypes.push_back(array_of(item.ptr()).dtype);
        else if (to_scalar(item.ptr(), scalar)) weak = weak ? std::max(*weak, scalar.kind) : scalar.kind;
        else dtypes.push_back(to_dtype(item));
    }
    if (dtypes.empty()) fail(ErrorKind::Value, "result_type: expected at least one array or dtype");
    const DType strong = promote_all(dtypes);
    return weak ? weak_result(strong, *weak) : strong;
}

}  // namespace

void bind_dtypes(nb::module_ &m) {
    // Among the names below stands bool_: `bool` stays Python's in this module.
    nb::class_<DTypeObject>(m, "DType", nb::is_final(), docs::dtype_class)
        .def_prop_ro(
            "name", [](const DTypeObject &self) { return name_of(self.value); }, docs::dtype_name)
        .def_prop_ro(
            "itemsize", [](const DTypeObject &self) { return itemsize(self.value); }, docs::dtype_itemsize)
        .def_prop_ro(
            "kind",
            [](const DTypeObject &self) { return std::string(1, "biuf"[static_cast<int>(kind_of(self.value))]); },
            docs::dtype_kind)
        .def(
            "__eq__",
            [](const DTypeObject &self, nb::handle other) {
                DTypeObject *known;
                if (nb::try_cast<DTypeObject *>(other, known) && known) return known->value == self.value;
                return dtype_name(other) == name_of(self.value);
            },
            nb::arg("other").none(), nb::sig("def __eq__(self, other: object, /) -> bool"))
        .def("__hash__", [](const DTypeObject &self) { return nb::hash(nb::str(name_of(self.value))); })
        .def("__repr__", [](const DTypeObject &self) { return std::string("needle_ndarray.") + name_of(self.value); })
        .def("__str__", [](const DTypeObject &self) { return name_of(self.value); })
        .def("__reduce__", [](const DTypeObject &self) {
            return nb::make_tuple(nb::module_::import_("needle_ndarray._pickle").attr("dtype"),
                                  nb::make_tuple(name_of(self.value)));
        });
#define X(id, type, text, kind)                                                                                        \
    {                                                                                                                  \
        nb::object object = nb::cast(DTypeObject{DType::id});                                                          \
        dtype_objects[index_of(DType::id)] = object.ptr();                                                             \
        m.attr(DType::id == DType::Bool ? "bool_" : text) = object;                                                    \
    }
    NEEDLE_DTYPES(X)
#undef X

    m.def(
        "as_dtype",
        [](nb::handle object) {
            return dtype_object(is_array(object.ptr()) ? array_of(object.ptr()).dtype : to_dtype(object));
        },
        "object"_a, nb::sig("def as_dtype(object: NDArray | DTypeLike, /) -> DType"),
        "The dtype of an array, or the one that the object names.");
    m.def(
        "reinterpret",
        [](const Array &a, nb::handle dtype, nb::handle shape) {
            DType wanted = to_dtype(dtype);
            if (!shape.is_none()) return wrap(reinterpret(a, wanted, to_dims(shape, "reinterpret: shape")));
            if (itemsize(wanted) != itemsize(a.dtype))
                fail(ErrorKind::DType, std::string("reinterpret: elements of ") + name_of(a.dtype) + " and " +
                                           name_of(wanted) + " differ in size");
            return wrap(Array{a.storage, a.layout, wanted});
        },
        "x"_a, "dtype"_a, "shape"_a.none() = nb::none(),
        nb::sig("def reinterpret(x: NDArray, dtype: DTypeLike, shape: Sequence[int] | None = None, /) -> NDArray"),
        "A view of the same bits as elements of another dtype: of the same size, or of any size where x is contiguous "
        "and a shape of as many bytes is given.");
    m.def(
        "astype",
        [](nb::handle x, nb::handle dtype, bool copy, nb::handle device) {
            nb::object out = call_astype(x, dtype, copy);
            return device.is_none() ? out : nb::object(out.attr("to")(device));
        },
        "x"_a, "dtype"_a, nb::kw_only(), "copy"_a = true, "device"_a.none() = nb::none(),
        nb::sig("def astype(x: ArrayLike, dtype: DTypeLike, /, *, copy: bool = True, device: DeviceLike | None = None) "
                "-> NDArray"),
        docs::astype_function);
    m.def(
        "result_type", [](nb::args args) { return dtype_object(result_type(args)); },
        nb::sig("def result_type(*arrays_and_dtypes: NDArray | DTypeLike | float) -> DType"), docs::result_type);
}

}  // namespace needle::python
