// x[...] and x[...] = y.
#include "ops/copy.h"
#include "ops/index.h"
#include "python/slots.h"

namespace needle::python {

namespace {

// What a key selects: a view by its basic parts, and at most one integer array, which then reads from that view.
struct Selection {
    Layout layout;
    std::optional<Array> indices;
    int axis = 0;           // of the view that `indices` reads
    bool to_front = false;  // whether its axes come first in the result
};

// Arrays and lists, but not NumPy's scalars, which are both buffers and integers.
bool is_index_array(PyObject *item) {
    return is_array(item) || PyList_Check(item) ||
           (PyObject_CheckBuffer(item) && nb::hasattr(nb::handle(item), "__setitem__"));
}

bool is_int(PyObject *item) {
    return PyLong_Check(item) ? !PyBool_Check(item) : PyIndex_Check(item) && !is_index_array(item);
}

// An integer array as an index; one without axes counts as an integer.
Array index_array(PyObject *item) {
    Array indices = asarray(item, std::nullopt, Device{}, std::nullopt);
    if (indices.size() == 0 && PyList_Check(item)) return astype(indices, DType::Int64);
    if (indices.dtype == DType::Bool)
        fail(ErrorKind::Index, "indexing with boolean arrays is not available; write where(mask, x, y)");
    if (!is_integer(indices.dtype))
        fail(ErrorKind::Index,
             std::string("an array used as an index must have an integer dtype, not ") + name_of(indices.dtype));
    return indices;
}

// As in NumPy: where a slice, None or ... stands between an integer array and the integers beside it, the axes of the
// array come first.
bool is_split(PyObject *const *items, int count) {
    int gaps = 0;  // since the first integer or array
    bool begun = false, split = false;
    for (int i = 0; i < count; ++i)
        if (items[i] == Py_Ellipsis || items[i] == Py_None || PySlice_Check(items[i])) gaps += begun;
        else {
            split |= gaps > 0;
            begun = true;
        }
    return split;
}

int64_t checked_index(PyObject *item, const Layout &layout, int axis) {
    int64_t index = to_index(item, "an index"), size = layout.shape[axis];
    if (index < -size || index >= size)
        fail(ErrorKind::Index, "index " + std::to_string(index) + " is out of range for axis " + std::to_string(axis) +
                                   " of size " + std::to_string(size) + " (shape " + layout.shape.text() + ")");
    return index < 0 ? index + size : index;
}

Layout sliced(const Layout &layout, int axis, PyObject *item) {
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(item, &start, &stop, &step) < 0) throw nb::python_error();
    Py_ssize_t count = PySlice_AdjustIndices(static_cast<Py_ssize_t>(layout.shape[axis]), &start, &stop, step);
    return slice(layout, axis, start, step, count);
}

Selection select_items(const Array &array, PyObject *const *items, int count) {
    int consumed = 0, ellipses = 0;
    for (int i = 0; i < count; ++i) {
        if (items[i] == Py_Ellipsis) ++ellipses;
        else if (items[i] != Py_None) ++consumed;
    }
    if (ellipses > 1) fail(ErrorKind::Index, "an index has at most one ellipsis (...)");
    if (consumed > array.ndim())
        fail(ErrorKind::Index, "too many indices: " + std::to_string(consumed) + " given, but shape " +
                                   array.shape().text() + " has " + std::to_string(array.ndim()) +
                                   (array.ndim() == 1 ? " axis" : " axes"));
    Selection out{array.layout, std::nullopt, 0};
    int axis = 0;  // of the result so far
    for (int i = 0; i < count; ++i) {
        PyObject *item = items[i];
        if (item == Py_Ellipsis) axis += array.ndim() - consumed;
        else if (item == Py_None) out.layout = expand_dims(out.layout, axis++);
        else if (PySlice_Check(item)) {
            out.layout = sliced(out.layout, axis, item);
            ++axis;
        } else if (is_int(item)) out.layout = select(out.layout, axis, checked_index(item, out.layout, axis));
        else if (is_index_array(item)) {
            Array indices = index_array(item);
            if (indices.ndim() == 0) {
                out.layout = select(out.layout, axis, checked_index(item, out.layout, axis));
                continue;
            }
            if (out.indices)
                fail(ErrorKind::Index, "indexing with several integer arrays is not available; index one axis after "
                                       "the other, or write x[a][:, b]");
            out.indices = std::move(indices);
            out.to_front = is_split(items, count);
            out.axis = axis++;
        } else
            fail(ErrorKind::Index,
                 std::string("an index must be an int, a slice, ..., None or an array of integers, not ") +
                     nb::repr(nb::handle(item)).c_str());
    }
    return out;
}

Selection select_key(const Array &array, PyObject *key) {
    if (!PyTuple_Check(key)) return select_items(array, &key, 1);
    PyObject *items[2 * max_ndim + 1];
    Py_ssize_t count = PyTuple_Size(key);
    if (count > 2 * max_ndim + 1) fail(ErrorKind::Index, "too many indices: " + std::to_string(count));
    for (Py_ssize_t i = 0; i < count; ++i) items[i] = PyTuple_GetItem(key, i);
    return select_items(array, items, static_cast<int>(count));
}

// Axes [first, first + count) before the others.
Layout moved_to_front(const Layout &layout, int first, int count) {
    Dims axes(layout.ndim(), 0);
    int to = 0;
    for (int i = 0; i < count; ++i) axes[to++] = first + i;
    for (int i = 0; i < layout.ndim(); ++i)
        if (i < first || i >= first + count) axes[to++] = i;
    return permute(layout, axes);
}

}  // namespace

PyObject *subscript(PyObject *self, PyObject *key) {
    return guarded([&] {
        const Array &array = array_of(self);
        Selection selection = select_key(array, key);
        Array view = array.view(std::move(selection.layout));
        if (selection.indices) {
            view = take(view, *selection.indices, selection.axis, "indexing");
            if (selection.to_front)
                view = view.view(moved_to_front(view.layout, selection.axis, selection.indices->ndim()));
        }
        return wrap(std::move(view)).release().ptr();
    });
}

int assign_subscript(PyObject *self, PyObject *key, PyObject *value) {
    return guarded([&] {
        if (!value) fail(ErrorKind::Type, "elements of an array cannot be deleted");
        const Array &array = array_of(self);
        require_writable(array, "assignment");  // one element of a broadcast view is several
        Selection selection = select_key(array, key);
        if (selection.indices)
            fail(ErrorKind::Index,
                 "assignment through an integer array is not available; assign to slices or single elements");
        Array target = array.view(std::move(selection.layout));
        Scalar scalar;
        if (is_array(value)) assign(target, array_of(value));
        else if (to_scalar(value, scalar)) fill(target, scalar);
        else assign(target, to_array(value, "assignment"));
        return 0;
    });
}

}  // namespace needle::python
