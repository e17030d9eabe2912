// Elements as Python's numbers: item, tolist, and what pickles and copies of subclasses are made with.
#include "python/foreign.h"
#include "python/functions.h"
#include "python/slots.h"
#include "scalar/convert.h"
#include <cstring>

namespace needle::python {

namespace {

template <class T> PyObject *number(const char *at) {
    if constexpr (std::is_same_v<T, bool>) return PyBool_FromLong(*at != 0);  // others may write any byte
    T value;
    memcpy(&value, at, sizeof value);
    if constexpr (kind_of(dtype_of<T>) == Kind::Float) return PyFloat_FromDouble(scalar::convert<double>(value));
    else if constexpr (std::is_signed_v<T>) return PyLong_FromLongLong(static_cast<int64_t>(value));
    else return PyLong_FromUnsignedLongLong(static_cast<uint64_t>(value));
}

nb::object element(DType dtype, const char *at) {
    return dispatch_stored(dtype, [&](auto tag) {
        PyObject *object = number<typename decltype(tag)::type>(at);
        if (!object) throw nb::python_error();
        return nb::steal(object);
    });
}

template <class T> nb::object nested(const Layout &layout, int axis, const char *at) {
    const int64_t count = layout.shape[axis], step = wrapping_product(layout.strides[axis], sizeof(T));
    nb::object list = nb::steal(PyList_New(static_cast<Py_ssize_t>(count)));
    if (!list.is_valid()) throw nb::python_error();
    for (int64_t i = 0; i < count; ++i, at += step) {
        PyObject *entry = axis + 1 == layout.ndim() ? number<T>(at) : nested<T>(layout, axis + 1, at).release().ptr();
        if (!entry) throw nb::python_error();
        PyList_SetItem(list.ptr(), static_cast<Py_ssize_t>(i), entry);
    }
    return list;
}

// A view may have far more elements than there is memory for the list of them, also of none at all: (10**9, 0).
void require_room_for_list(const Dims &shape) {
    double entries = 0, lists = 1;
    for (int64_t size : shape) {
        entries += lists * static_cast<double>(size + 7);  // an empty list takes seven entries
        lists *= static_cast<double>(size);
    }
    if (entries < 1e6) return;
    const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
    if (entries * sizeof(PyObject *) > memory)
        fail(ErrorKind::Memory,
             "tolist: the lists of an array of shape " + shape.text() + " take more than the memory of this machine");
}

// The place of an element in row-major order, as a position in the buffer.
int64_t position_of(const Array &a, int64_t flat) {
    const int64_t size = a.size();
    if (flat < -size || flat >= size)
        fail(ErrorKind::Index, "item: index " + std::to_string(flat) + " is out of range for the " +
                                   std::to_string(size) + " elements of shape " + a.shape().text());
    if (flat < 0) flat += size;
    int64_t at = 0;
    for (int axis = a.ndim() - 1; axis >= 0; --axis) {
        at += flat % a.shape()[axis] * a.strides()[axis];
        flat /= a.shape()[axis];
    }
    return at;
}

}  // namespace

nb::object item(const Array &a, const char *what, ErrorKind otherwise) {
    require_cpu(a, what);
    if (a.size() != 1)
        fail(otherwise, std::string(what) + " needs an array of one element, but the shape is " + a.shape().text());
    return element(a.dtype, a.bytes());
}

nb::object item_at(const Array &a, const Dims &index) {
    require_cpu(a, "item");
    int64_t at = 0;
    if (index.size() == 1 && a.ndim() != 1) at = position_of(a, index[0]);
    else if (index.size() == a.ndim()) {
        for (int axis = 0; axis < a.ndim(); ++axis) {
            const int64_t size = a.shape()[axis];
            if (index[axis] < -size || index[axis] >= size)
                fail(ErrorKind::Index, "item: index " + std::to_string(index[axis]) + " is out of range for axis " +
                                           std::to_string(axis) + " of size " + std::to_string(size) + " (shape " +
                                           a.shape().text() + ")");
            at += (index[axis] < 0 ? index[axis] + size : index[axis]) * a.strides()[axis];
        }
    } else
        fail(ErrorKind::Index, "item: an array of shape " + a.shape().text() + " takes no index, one, or " +
                                   std::to_string(a.ndim()) + ", not " + std::to_string(index.size()));
    return element(a.dtype, a.bytes() + at * itemsize(a.dtype));
}

nb::object to_list(const Array &a) {
    require_cpu(a, "tolist");
    if (a.ndim() == 0) return element(a.dtype, a.bytes());
    require_room_for_list(a.shape());
    return dispatch_stored(a.dtype,
                           [&](auto tag) { return nested<typename decltype(tag)::type>(a.layout, 0, a.bytes()); });
}

nb::object as_class(const Array &a, nb::handle type) {
    auto wanted = reinterpret_cast<PyTypeObject *>(type.ptr());
    if (!PyType_Check(type.ptr()) || !PyType_IsSubtype(wanted, array_type))
        fail(ErrorKind::Type, std::string("as_class: expected a subclass of NDArray, not ") + nb::repr(type).c_str());
    nb::object object = nb::inst_alloc(type);
    new (nb::inst_ptr<Array>(object)) Array(a);
    nb::inst_set_state(object, true, true);
    return object;
}

}  // namespace needle::python
