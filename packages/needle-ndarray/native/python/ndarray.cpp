// The array class: its properties and methods. The slots are in slots.cpp and subscript.cpp.
#include "python/docs/ndarray.h"
#include "ops/copy.h"
#include "python/foreign.h"
#include "python/functions.h"
#include "python/slots.h"

namespace needle::python {

using namespace nb::literals;

namespace {

// NumPy's view of an array shares its memory.
nb::object as_numpy(nb::handle self) {
    const Array &a = array_of(self.ptr());
    if (a.device().type != DeviceType::CPU)
        fail(ErrorKind::Device, "numpy() needs the array in the CPU's memory; write x.to(cpu()).numpy()");
    if (a.dtype == DType::BFloat16) fail(ErrorKind::DType, "NumPy has no bfloat16; write x.astype(nd.float32).numpy()");
    return nb::module_::import_("numpy").attr("asarray")(self);
}

Array as_strided(const Array &a, const Dims &shape, const Dims &strides, int64_t offset) {
    if (shape.size() != strides.size())
        fail(ErrorKind::Shape, "as_strided: shape " + shape.text() + " and strides " + strides.text() +
                                   " must have equally many entries");
    for (int64_t size : shape)
        if (size < 0) fail(ErrorKind::Shape, "as_strided: shape " + shape.text() + " has a negative size");
    if (element_count(shape) == 0) return a.view({shape, contiguous_strides(shape), a.layout.offset});
    Layout layout{shape, strides, 0};
    if (__builtin_add_overflow(a.layout.offset, offset, &layout.offset))
        fail(ErrorKind::Index, "as_strided: offset " + std::to_string(offset) + " is outside the buffer");
    Extent reach = extent(layout);
    auto elements = static_cast<int64_t>(a.storage->bytes) / itemsize(a.dtype);
    if (reach.low < 0 || reach.high >= elements)
        fail(ErrorKind::Index, "as_strided: shape " + shape.text() + " and strides " + strides.text() +
                                   " reach positions " + std::to_string(reach.low) + " to " +
                                   std::to_string(reach.high) + " of a buffer of " + std::to_string(elements) +
                                   " elements");
    return a.view(std::move(layout));
}

// __copy__ (without a memo) and __deepcopy__: a row-major copy; a subclass keeps its class and attributes.
nb::object copied(nb::handle self, nb::handle memo) {
    if (Py_TYPE(self.ptr()) == array_type) return wrap(copy_without_gil(array_of(self.ptr())));
    return nb::module_::import_("needle_ndarray._pickle").attr("copied")(self, memo);
}

// One element as its number is, several as their text.
nb::object formatted(nb::handle self, nb::str spec) {
    const Array &a = array_of(self.ptr());
    const bool number = a.ndim() == 0 || (a.size() == 1 && nb::len(spec) > 0);
    nb::object value = number ? item(a, "format()") : nb::object(nb::str(self)),
               text = nb::steal(PyObject_Format(value.ptr(), spec.ptr()));
    if (text.is_valid()) return text;
    if (number) throw nb::python_error();
    PyErr_Clear();
    fail(ErrorKind::Value, "format: \"" + nb::cast<std::string>(spec) + "\" formats one element, but the shape is " +
                               a.shape().text() + "; write str(x), or set the precision with printoptions()");
}

}  // namespace

void bind_ndarray(nb::module_ &m) {
    nb::class_<Array> cls(m, "NDArray", nb::type_slots(array_slots()), nb::is_weak_referenceable(), docs::ndarray);
    array_type = reinterpret_cast<PyTypeObject *>(cls.ptr());
    cls.def(
           "__init__",
           [](Array *self, nb::handle object, nb::handle device, nb::handle dtype) {
               new (self) Array(asarray(object, to_optional_dtype(dtype), usable_device(device), true));
           },
           "object"_a, "device"_a.none() = nb::none(), "dtype"_a.none() = nb::none(),
           nb::sig("def __init__(self, object: ArrayLike, device: DeviceLike | None = None, dtype: DTypeLike | None = "
                   "None) -> None"))
        // ---- What it is
        .def_prop_ro(
            "shape", [](const Array &a) { return to_tuple(a.shape()); },
            nb::sig("def shape(self, /) -> tuple[int, ...]"), docs::shape)
        .def_prop_ro(
            "strides", [](const Array &a) { return to_tuple(a.strides()); },
            nb::sig("def strides(self, /) -> tuple[int, ...]"), docs::strides)
        .def_prop_ro(
            "dtype", [](const Array &a) { return dtype_object(a.dtype); }, nb::sig("def dtype(self, /) -> DType"),
            docs::dtype)
        .def_prop_ro(
            "device", [](const Array &a) { return a.device(); }, docs::device)
        .def_prop_ro("ndim", &Array::ndim, docs::ndim)
        .def_prop_ro("size", &Array::size, docs::size)
        .def_prop_ro(
            "itemsize", [](const Array &a) { return itemsize(a.dtype); }, docs::itemsize)
        .def_prop_ro(
            "nbytes", [](const Array &a) { return a.size() * itemsize(a.dtype); }, docs::nbytes)
        .def_prop_ro(
            "layout", [](nb::handle self) { return layout_of(self); }, nb::sig("def layout(self, /) -> Layout"),
            docs::layout)
        .def_prop_ro(
            "T", [](const Array &a) { return wrap(a.view(reverse_axes(a.layout))); },
            nb::sig("def T(self, /) -> NDArray"), docs::T)
        .def_prop_ro(
            "mT",
            [](const Array &a) {
                if (a.ndim() < 2)
                    fail(ErrorKind::Shape, "mT: expected at least two axes, but the shape is " + a.shape().text());
                return wrap(a.view(swap_axes(a.layout, a.ndim() - 2, a.ndim() - 1)));
            },
            nb::sig("def mT(self, /) -> NDArray"), docs::mT)
        .def_prop_ro(
            "flat", [](nb::handle self) { return nb::module_::import_("needle_ndarray.flat").attr("FlatView")(self); },
            nb::sig("def flat(self, /) -> FlatView"), docs::flat)
        .def(
            "is_compact", [](const Array &a) { return is_contiguous(a.layout); }, docs::is_compact)
        // ---- Views and copies
        .def(
            "reshape",
            [](const Array &a, nb::args shape, nb::handle copy) {
                return call_reshape(a, dims_from_args(shape, "reshape: shape"), copy);
            },
            "shape"_a, "copy"_a.none() = nb::none(),
            nb::sig("def reshape(self, *shape: int | Sequence[int], copy: bool | None = None) -> NDArray"),
            docs::reshape)
        .def(
            "permute",
            [](const Array &a, nb::args axes) { return call_permute(a, dims_from_args(axes, "permute: axes")); },
            "axes"_a, nb::sig("def permute(self, *axes: int | Sequence[int]) -> NDArray"), docs::permute)
        .def(
            "transpose",
            [](const Array &a, nb::args axes) {
                if (axes.size() == 0 || (axes.size() == 1 && nb::handle(axes[0]).is_none()))
                    return wrap(a.view(reverse_axes(a.layout)));
                return wrap(a.view(permute(a.layout, dims_from_args(axes, "transpose: axes"), "transpose")));
            },
            "axes"_a, nb::sig("def transpose(self, *axes: int | Sequence[int] | None) -> NDArray"), docs::transpose)
        .def("swapaxes", &call_swapaxes, "axis1"_a, "axis2"_a,
             nb::sig("def swapaxes(self, axis1: int, axis2: int) -> NDArray"), docs::swapaxes)
        .def("diagonal", &call_diagonal, "offset"_a = 0, "axis1"_a = 0, "axis2"_a = 1,
             nb::sig("def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> NDArray"), docs::diagonal)
        .def(
            "ravel", [](const Array &a) { return wrap(flattened(a)); }, nb::sig("def ravel(self) -> NDArray"),
            docs::ravel)
        .def(
            "flatten",
            [](const Array &a) { return wrap(copy_without_gil(a).view(Layout::contiguous(Dims{a.size()}))); },
            nb::sig("def flatten(self) -> NDArray"), docs::flatten)
        .def(
            "broadcast_to",
            [](const Array &a, nb::args shape) {
                return call_broadcast_to(a, dims_from_args(shape, "broadcast_to: shape"));
            },
            "shape"_a, nb::sig("def broadcast_to(self, *shape: int | Sequence[int]) -> NDArray"), docs::broadcast_to)
        .def("squeeze", &call_squeeze, "axis"_a.none() = nb::none(),
             nb::sig("def squeeze(self, axis: int | Sequence[int] | None = None) -> NDArray"), docs::squeeze)
        .def("expand_dims", &call_expand_dims, "axis"_a,
             nb::sig("def expand_dims(self, axis: int | Sequence[int]) -> NDArray"), docs::expand_dims)
        .def("flip", &call_flip, "axis"_a.none() = nb::none(),
             nb::sig("def flip(self, axis: int | Sequence[int] | None = None) -> NDArray"), docs::flip)
        .def(
            "as_strided",
            [](const Array &a, nb::handle shape, nb::handle strides, nb::handle offset) {
                return wrap(as_strided(a, to_dims(shape, "as_strided: shape"), to_dims(strides, "as_strided: strides"),
                                       to_index(offset, "as_strided: offset")));
            },
            "shape"_a, "strides"_a, "offset"_a = 0,
            nb::sig("def as_strided(self, shape: Sequence[int], strides: Sequence[int], offset: int = 0) -> NDArray"),
            docs::as_strided)
        .def(
            "compact",
            [](nb::handle self) {
                return is_contiguous(array_of(self.ptr()).layout) ? nb::borrow(self)
                                                                  : wrap(copy_without_gil(array_of(self.ptr())));
            },
            nb::sig("def compact(self) -> NDArray"), docs::compact)
        .def(
            "copy", [](const Array &a) { return wrap(copy_without_gil(a)); }, nb::sig("def copy(self) -> NDArray"),
            docs::copy)
        .def(
            "__copy__", [](nb::handle self) { return copied(self, nb::none()); },
            nb::sig("def __copy__(self) -> NDArray"))
        .def("__deepcopy__", &copied, "memo"_a, nb::sig("def __deepcopy__(self, memo: object) -> NDArray"))
        .def(
            "astype", [](nb::handle self, nb::handle dtype, bool copy) { return call_astype(self, dtype, copy); },
            "dtype"_a, nb::kw_only(), "copy"_a = true,
            nb::sig("def astype(self, dtype: DTypeLike, *, copy: bool = True) -> NDArray"), docs::astype)
        .def(
            "to",
            [](nb::handle self, nb::handle device) {
                const Array &a = array_of(self.ptr());
                Device where = usable_device(device);
                return a.device() == where ? nb::borrow(self) : wrap(needle::to_device(a, where));
            },
            "device"_a, nb::sig("def to(self, device: DeviceLike) -> NDArray"), docs::to)
        .def(
            "to_device",
            [](nb::handle self, nb::handle device, nb::handle stream) {
                if (!stream.is_none()) fail(ErrorKind::Value, "to_device: the CPU has no streams; leave stream out");
                return nb::object(self.attr("to")(device));
            },
            "device"_a, nb::kw_only(), "stream"_a.none() = nb::none(),
            nb::sig("def to_device(self, device: DeviceLike, /, *, stream: object = None) -> NDArray"), docs::to_device)
        .def(
            "fill",
            [](const Array &a, nb::handle value) {
                Scalar scalar;
                if (!to_scalar(value.ptr(), scalar))
                    fail(ErrorKind::Type, std::string("fill: expected a number, not ") + nb::repr(value).c_str());
                ReleaseGil release(a.size());
                fill(a, scalar);
            },
            "value"_a, nb::sig("def fill(self, value: float) -> None"), docs::fill)
        .def("nonzero", &call_nonzero, nb::sig("def nonzero(self) -> tuple[NDArray, ...]"), docs::nonzero)
        // ---- To Python and NumPy
        .def(
            "item",
            [](const Array &a, nb::args index) {
                return index.size() == 0 ? item(a, "item()", ErrorKind::Shape)
                                         : item_at(a, dims_from_args(index, "item: index"));
            },
            "index"_a, nb::sig("def item(self, *index: int | tuple[int, ...]) -> bool | int | float"), docs::item)
        .def(
            "tolist", [](const Array &a) { return to_list(a); }, nb::sig("def tolist(self) -> Any"), docs::tolist)
        .def("numpy", &as_numpy, nb::sig("def numpy(self) -> numpy.ndarray[Any, Any]"), docs::numpy)
        .def(
            "__array__",
            [](nb::handle self, nb::handle dtype, nb::handle copy) -> nb::object {
                nb::object shared = as_numpy(self);
                if (dtype.is_none() && to_optional_bool(copy, "__array__: copy") != true) return shared;
                return nb::module_::import_("numpy").attr("array")(shared, "dtype"_a = dtype, "copy"_a = copy);
            },
            "dtype"_a.none() = nb::none(), nb::kw_only(), "copy"_a.none() = nb::none(),
            nb::sig("def __array__(self, dtype: Any = None, *, copy: bool | None = None) -> numpy.ndarray[Any, Any]"))
        .def(
            "__complex__",
            [](const Array &a) {
                nb::object value = item(a, "complex()");
                return nb::steal(PyComplex_FromDoubles(PyFloat_AsDouble(value.ptr()), 0));
            },
            nb::sig("def __complex__(self) -> complex"))
        .def(
            "__array_namespace__",
            [](const Array &, nb::handle version) {
                if (!version.is_none() && !PyUnicode_Check(version.ptr()))
                    fail(ErrorKind::Type, std::string("api_version must be a str such as \"2025.12\", not ") +
                                              nb::repr(version).c_str());
                if (!version.is_none()) {
                    std::string text = nb::cast<std::string>(nb::str(version));
                    if (text != "2025.12" && text != "2024.12" && text != "2023.12" && text != "2022.12" &&
                        text != "2021.12")
                        fail(ErrorKind::Value, "the Array API standard has no version \"" + text +
                                                   "\" known here; expected \"2025.12\" or an earlier one");
                }
                return nb::module_::import_("needle_ndarray");
            },
            nb::kw_only(), "api_version"_a.none() = nb::none(),
            nb::sig("def __array_namespace__(self, *, api_version: str | None = None) -> Any"))
        .def("__format__", &formatted, "spec"_a, nb::sig("def __format__(self, spec: str, /) -> str"))
        .def(
            "__reduce_ex__",
            [](nb::handle self, nb::handle protocol) {
                return nb::module_::import_("needle_ndarray._pickle").attr("reduced")(self, protocol);
            },
            "protocol"_a, nb::sig("def __reduce_ex__(self, protocol: Any, /) -> tuple[Any, ...]"));
    bind_reduction_methods(cls);
    // NumPy's own operators step back for these, so that `numpy_array + x` gives an NDArray.
    watch_interpreter();
    bind_dlpack(m, cls);
    m.def("as_class", &as_class, "x"_a, "type"_a, nb::sig("def as_class(x: NDArray, type: type[Any], /) -> NDArray"),
          "The same array as an instance of a subclass whose __init__ is not run.");
    cls.attr("__array_priority__") = 1000.0;
    cls.attr("__array_ufunc__") = nb::none();
}

}  // namespace needle::python
