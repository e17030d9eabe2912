// x[...] and x[...] = y: the key is taken apart here, ops/index.h does the rest.
#include "ops/copy.h"
#include "ops/index.h"
#include "ops/indexed_rows.h"
#include "ops/mask.h"
#include "python/functions.h"
#include "python/slots.h"
#include <algorithm>
#include <vector>

namespace needle::python {

namespace {

// An array in a key: integers, or a mask, which stands for as many axes as it has.
struct ArrayItem {
    int position;  // in the key
    Array array;
    int axis = 0;    // the first one that it stands for, of the view
    int origin = 0;  // the same axis in the array that is indexed
};

// What a key selects: a view by its basic parts, of which arrays then pick elements.
struct Selected {
    Layout layout;
    std::vector<ArrayItem> arrays;
    int at = 0;  // where the axes of the arrays stand in the result

    bool is_view() const { return arrays.empty(); }
};

[[noreturn]] void refuse_item(PyObject *item) {
    fail(ErrorKind::Index,
         std::string("an index must be an int, a slice, ..., None or an array of integers or booleans, not ") +
             nb::repr(nb::handle(item)).c_str());
}

// Arrays, lists and other sequences, but not NumPy's scalars, which are both buffers and integers.
bool is_index_array(PyObject *item) {
    if (is_array(item) || PyList_Check(item)) return true;
    if (PyUnicode_Check(item) || PyBytes_Check(item)) return false;
    if (nb::hasattr(nb::handle(item), "__array__") || PyObject_CheckBuffer(item))
        return nb::hasattr(nb::handle(item), "__setitem__");
    return PySequence_Check(item);
}

// A Python or NumPy bool.
bool is_bool(PyObject *item) {
    Scalar scalar;
    return PyBool_Check(item) || (PyObject_CheckBuffer(item) && !is_index_array(item) && !PyBytes_Check(item) &&
                                  to_scalar(item, scalar) && scalar.kind == Kind::Bool);
}

// The array in an item of a key, or nothing for an integer; an integer array without axes counts as one.
std::optional<Array> index_array(PyObject *item) {
    const bool listed = !is_array(item) && is_index_array(item);
    if (!listed && !is_array(item)) {
        if (is_bool(item)) return asarray(item, std::nullopt, Device{}, std::nullopt);
        if (PyIndex_Check(item)) return std::nullopt;
        refuse_item(item);
    }
    Array array;
    try {
        array = asarray(item, std::nullopt, Device{}, std::nullopt);
    } catch (const Error &error) {
        if (error.kind != ErrorKind::Type && error.kind != ErrorKind::Overflow) throw;
        fail(ErrorKind::Index, std::string("an index must be an array of integers or booleans: ") + error.what());
    }
    // Sequences without elements have no dtype of their own.
    if (listed && array.size() == 0 && array.dtype == default_float && !PyObject_CheckBuffer(item))
        return astype(array, DType::Int64);
    if (array.dtype != DType::Bool && !is_integer(array.dtype))
        fail(ErrorKind::Index,
             std::string("an array used as an index must have an integer dtype, or bool, not ") + name_of(array.dtype));
    if (array.ndim() == 0 && array.dtype != DType::Bool) return std::nullopt;
    return array;
}

int64_t checked_index(PyObject *item, const Dims &shape, int axis) {
    const int64_t size = shape[axis];
    nb::object number;
    if (!PyLong_CheckExact(item)) {
        number = nb::steal(PyNumber_Index(item));
        if (!number.is_valid()) throw nb::python_error();
        item = number.ptr();
    }
    int overflow = 0;
    const int64_t index = PyLong_AsLongLongAndOverflow(item, &overflow);
    if (overflow || index < -size || index >= size)
        fail(ErrorKind::Index, (overflow ? "an index beyond 64 bits" : "index " + std::to_string(index)) +
                                   " is out of range for axis " + std::to_string(axis) + " of size " +
                                   std::to_string(size) + " (shape " + shape.text() + ")");
    return index < 0 ? index + size : index;
}

Layout sliced(const Layout &layout, int axis, PyObject *item) {
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(item, &start, &stop, &step) < 0) throw nb::python_error();
    Py_ssize_t count = PySlice_AdjustIndices(static_cast<Py_ssize_t>(layout.shape[axis]), &start, &stop, step);
    return slice(layout, axis, start, step, count);
}

void check_mask(const Array &mask, const Layout &layout, int axis, const Dims &shape, int origin) {
    for (int i = 0; i < mask.ndim(); ++i)
        if (mask.shape()[i] != layout.shape[axis + i] && mask.shape()[i] != 0)
            fail(ErrorKind::Index, "a mask of shape " + mask.shape().text() + " does not fit an array of shape " +
                                       shape.text() + ": axis " + std::to_string(origin + i) + " has size " +
                                       std::to_string(layout.shape[axis + i]) + ", not " +
                                       std::to_string(mask.shape()[i]));
}

Selected select_items(const Array &array, PyObject *const *items, int count) {
    Selected out{array.layout, {}, 0};
    int consumed = 0, ellipses = 0;
    for (int i = 0; i < count; ++i) {
        PyObject *item = items[i];
        if (item == Py_Ellipsis) ++ellipses;
        else if (item == Py_None) continue;
        else if (PyLong_CheckExact(item) || PySlice_Check(item)) ++consumed;
        else if (std::optional<Array> indices = index_array(item)) {
            consumed += indices->dtype == DType::Bool ? indices->ndim() : 1;
            out.arrays.push_back({i, std::move(*indices)});
        } else ++consumed;
    }
    if (ellipses > 1) fail(ErrorKind::Index, "an index has at most one ellipsis (...)");
    if (consumed > array.ndim())
        fail(ErrorKind::Index, "too many indices: " + std::to_string(consumed) + " given, but shape " +
                                   array.shape().text() + " has " + std::to_string(array.ndim()) +
                                   (array.ndim() == 1 ? " axis" : " axes"));
    // As in NumPy: where a slice, None or ... stands between an array and the integers and arrays beside it, the axes
    // of the arrays come first.
    bool begun = false, gap = false, split = false;
    int axis = 0, origin = 0;  // of the view so far, and of the array
    size_t next = 0;
    auto advanced = [&] {
        if (!begun) out.at = axis;
        begun = true;
        split |= gap;
    };
    for (int i = 0; i < count; ++i) {
        PyObject *item = items[i];
        if (item == Py_Ellipsis) {
            gap |= begun;
            axis += array.ndim() - consumed;
            origin += array.ndim() - consumed;
        } else if (item == Py_None) {
            gap |= begun;
            out.layout = expand_dims(out.layout, axis++);
        } else if (PySlice_Check(item)) {
            gap |= begun;
            out.layout = sliced(out.layout, axis++, item);
            ++origin;
        } else if (next < out.arrays.size() && out.arrays[next].position == i) {
            advanced();
            ArrayItem &entry = out.arrays[next++];
            entry.axis = axis;
            entry.origin = origin;
            const bool is_mask = entry.array.dtype == DType::Bool;
            const int taken = is_mask ? entry.array.ndim() : 1;
            if (is_mask) check_mask(entry.array, out.layout, axis, array.shape(), origin);
            axis += taken;
            origin += taken;
        } else {
            advanced();
            out.layout = select(out.layout, axis, checked_index(item, array.shape(), origin++));
        }
    }
    if (split) out.at = 0;
    return out;
}

Selected select_key(const Array &array, PyObject *key) {
    if (!PyTuple_Check(key)) return select_items(array, &key, 1);
    PyObject *items[2 * max_ndim + 1];
    Py_ssize_t count = PyTuple_Size(key);
    if (count > 2 * max_ndim + 1) fail(ErrorKind::Index, "too many indices: " + std::to_string(count));
    for (Py_ssize_t i = 0; i < count; ++i) items[i] = PyTuple_GetItem(key, i);
    return select_items(array, items, static_cast<int>(count));
}

// ---- Keys with arrays

Dims broadcast_indices(const Dims &a, const Dims &b) {
    try {
        return broadcast_shapes(a, b, "the arrays of an index");
    } catch (const Error &error) {
        fail(ErrorKind::Index, error.what());
    }
}

Array zeros_of_bool(const Array &flag) {  // True adds an axis of size 1, False one of size 0
    return full(Dims{*flag.data<uint8_t>() != 0}, Scalar{Kind::Signed}, DType::Int64, flag.device());
}

Selection to_selection(const Array &array, const Selected &selected) {
    Selection out;
    bool is_read[max_ndim] = {};
    bool distinct = true;
    std::vector<Array> offsets;
    for (const ArrayItem &item : selected.arrays) {
        const bool is_mask = item.array.dtype == DType::Bool;
        distinct &= is_mask;
        const int taken = is_mask ? item.array.ndim() : 1;
        std::fill_n(is_read + item.axis, taken, true);
        if (is_mask)
            offsets.push_back(taken == 0
                                  ? zeros_of_bool(item.array)
                                  : true_offsets(item.array, Dims(selected.layout.strides.begin() + item.axis, taken)));
        out.points.shape = broadcast_indices(out.points.shape, is_mask ? offsets.back().shape() : item.array.shape());
    }
    size_t next = 0;
    for (const ArrayItem &item : selected.arrays)
        if (item.array.dtype == DType::Bool) out.points.add_offsets(offsets[next++]);
        else
            out.points.add_indices(item.array, array.shape()[item.origin], selected.layout.strides[item.axis],
                                   item.origin);
    out.points.finish();
    out.rest = selected.layout;
    for (int axis = selected.layout.ndim() - 1; axis >= 0; --axis)
        if (is_read[axis]) out.rest = {out.rest.shape.erased(axis), out.rest.strides.erased(axis), out.rest.offset};
    out.at = selected.at;
    if (distinct) out.ordered = 1;
    return out;
}

// Whether the key is one mask of the shape of a dense view, which needs no list of places.
bool is_plain_mask(const Selected &selected) {
    const Array &mask = selected.arrays[0].array;
    return selected.arrays.size() == 1 && mask.dtype == DType::Bool && mask.ndim() > 0 &&
           mask.shape() == selected.layout.shape && is_contiguous(selected.layout);
}

// How much work a key with arrays is, for the decision to let other threads run; anything where the result is too large
// to be.
int64_t work_of(const Selected &selected) {
    int64_t work = 1;
    for (const ArrayItem &item : selected.arrays) {
        const int end = item.axis + (item.array.dtype == DType::Bool ? item.array.ndim() : 1);
        int64_t elements = item.array.size();
        for (int axis = 0; axis < selected.layout.ndim(); ++axis)
            if (axis < item.axis || axis >= end)
                elements = wrapping_product(elements, std::max<int64_t>(1, selected.layout.shape[axis]));
        work = std::max(work, elements);
    }
    return work;
}

Array read(const Array &array, const Selected &selected) {
    ReleaseGil release(work_of(selected));
    if (is_plain_mask(selected)) return compress(array.view(selected.layout), selected.arrays[0].array);
    return gather(array, to_selection(array, selected), array.shape());
}

// Writes values under a plain mask, one for each of its elements that is true; false where they are not that.
bool write_masked(const Array &target, const Array &mask, const Array &values) {
    if (values.ndim() != 1 || values.size() > mask.size()) return false;
    Array own = astype(values, target.dtype);
    return assign_masked(target, mask, may_overlap(target, own) ? copy(own) : compact(own));
}

void write(const Array &array, const Selected &selected, const Value &value) {
    ReleaseGil release(work_of(selected));
    if (is_plain_mask(selected)) {
        Array target = array.view(selected.layout), mask = selected.arrays[0].array;
        if (may_overlap(target, mask)) mask = copy(mask);
        if (!value.array) return fill_masked(target, mask, value.scalar);
        if (write_masked(target, mask, *value.array)) return;
    }
    Selection selection = to_selection(array, selected);
    if (value.array) scatter(array, selection, *value.array, array.shape());
    else scatter(array, selection, full(Dims{}, value.scalar, array.dtype, array.device()), array.shape());
}

// Whether the key is one array of integers for an array with one axis, which needs no taking apart.
bool is_row_key(const Array &array, PyObject *key) {
    return array.ndim() == 1 && is_array(key) && is_integer(array_of(key).dtype) && array_of(key).ndim() > 0;
}
bool write_row(const Array &array, const Array &indices, const Value &value) {
    if (value.array) return put_rows(array, indices, *value.array);
    return put_rows(array, indices, full(Dims{}, value.scalar, array.dtype, array.device()));
}

}  // namespace

PyObject *subscript(PyObject *self, PyObject *key) {
    return guarded([&] {
        const Array &array = array_of(self);
        if (is_row_key(array, key))
            if (std::optional<Array> row = take_rows(array, array_of(key)))
                return wrap(std::move(*row)).release().ptr();
        Selected selected = select_key(array, key);
        return wrap(selected.is_view() ? array.view(std::move(selected.layout)) : read(array, selected))
            .release()
            .ptr();
    });
}

int assign_subscript(PyObject *self, PyObject *key, PyObject *value) {
    return guarded([&] {
        if (!value) fail(ErrorKind::Type, "elements of an array cannot be deleted");
        const Array &array = array_of(self);
        require_writable(array, "assignment");  // one element of a broadcast view is several
        Operand values;
        if (is_row_key(array, key) && values.load(value) && write_row(array, array_of(key), values.value)) return 0;
        Selected selected = select_key(array, key);
        if (!values.load(value)) values.own(to_array(value, "assignment"));
        if (!selected.is_view()) {
            write(array, selected, values.value);
            return 0;
        }
        Array target = array.view(std::move(selected.layout));
        ReleaseGil release(target.size());
        if (values.value.array) assign(target, *values.value.array);
        else fill(target, values.value.scalar);
        return 0;
    });
}

nb::object call_add_at(nb::handle x, nb::handle key, nb::handle values) {
    if (!is_array(x.ptr())) fail(ErrorKind::Type, "add_at: x must be an NDArray, which is written in place");
    const Array &array = array_of(x.ptr());
    require_writable(array, "add_at");
    Scalar scalar;
    Array added = to_scalar(values.ptr(), scalar) ? full(Dims{}, scalar, array.dtype, array.device())
                                                  : to_array(values, "add_at");
    if (added.dtype != array.dtype)
        fail(ErrorKind::DType, std::string("add_at: x and values must have one dtype, not ") + name_of(array.dtype) +
                                   " and " + name_of(added.dtype) + "; write values.astype(x.dtype)");
    // Sums of dtypes that are only stored are rounded when all is added.
    const Array sums = astype(array, arithmetic(array.dtype));
    added = astype(added, sums.dtype);
    Selected selected = select_key(sums, key.ptr());
    {
        ReleaseGil release(std::max(work_of(selected), added.size()));
        Selection selection = to_selection(sums, selected);
        scatter_add(sums, selection, added, array.shape());
        if (sums.dtype != array.dtype) assign(array, sums);
    }
    return nb::borrow(x);
}

}  // namespace needle::python
