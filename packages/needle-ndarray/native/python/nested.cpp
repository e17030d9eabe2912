// Nested sequences to arrays.
#include "ops/copy.h"
#include "python/foreign.h"
#include <vector>

namespace needle::python {

namespace {

class NestedReader {
  public:
    void read(PyObject *object, int depth);
    Array result(std::optional<DType> dtype) const;

  private:
    // A Scalar in half the space, for there may be millions.
    struct Number {
        union {
            int64_t integer;
            double real;
        };
        Kind kind;
        bool huge;
        explicit Number(const Scalar &scalar) : kind(scalar.kind), huge(scalar.huge) {
            if (kind == Kind::Float || huge) real = scalar.real;
            else integer = scalar.integer;
        }
        Scalar scalar() const {
            if (kind == Kind::Float || huge) return {kind, 0, real, huge};
            return {kind, integer,
                    kind == Kind::Unsigned ? static_cast<double>(static_cast<uint64_t>(integer))
                                           : static_cast<double>(integer)};
        }
    };
    // Numbers, and after them perhaps the elements of an array.
    struct Run {
        size_t numbers;
        std::optional<Array> array;
    };
    std::vector<Number> numbers_;
    std::vector<Run> runs_;
    size_t begun_ = 0;  // numbers that stand in the runs so far
    std::vector<int64_t> shape_;
    bool complete_ = false;        // the first number has been reached: the shape is known
    std::optional<DType> strong_;  // promoted from the arrays inside
    Kind weak_ = Kind::Bool;       // highest kind among Python's numbers
    bool has_weak_ = false;
    int64_t path_[max_ndim] = {};  // indices of the entry that is being read

    void enter(int depth, int64_t length);
    void leaf(int depth);
    void read_number(const Scalar &scalar, int depth) {
        leaf(depth);
        has_weak_ = true;
        if (scalar.kind > weak_) weak_ = scalar.kind;
        numbers_.emplace_back(scalar);
    }
    void read_array(PyObject *object, int depth);
    void read_sequence(PyObject *object, int depth);
    // "entry [1][0]"; the first one at this depth without a path.
    static std::string entry(const int64_t *path, int depth) {
        std::string text = depth ? "entry " : "the whole";
        for (int i = 0; i < depth; ++i) text += "[" + std::to_string(path ? path[i] : 0) + "]";
        return text;
    }
    [[noreturn]] void ragged(int depth, const std::string &found, const std::string &first) const {
        fail(ErrorKind::Shape, "nested sequences must form a rectangle, but " + entry(path_, depth) + " " + found +
                                   " and " + entry(nullptr, depth) + " " + first);
    }
};

void NestedReader::enter(int depth, int64_t length) {
    auto known = static_cast<int>(shape_.size());
    if (!complete_ && depth == known) {
        if (depth >= max_ndim)
            fail(ErrorKind::Value, "sequences are nested deeper than " + std::to_string(max_ndim) + " levels");
        shape_.push_back(length);
    } else if (depth >= known) ragged(depth, "has length " + std::to_string(length), "is a number");
    else if (shape_[static_cast<size_t>(depth)] != length)
        ragged(depth, "has length " + std::to_string(length),
               "length " + std::to_string(shape_[static_cast<size_t>(depth)]));
}

void NestedReader::leaf(int depth) {
    if (!complete_) complete_ = true;
    else if (depth != static_cast<int>(shape_.size()))
        ragged(depth, "is a number", "has length " + std::to_string(shape_[static_cast<size_t>(depth)]));
}

void NestedReader::read(PyObject *object, int depth) {
    Scalar scalar;
    if (PyList_Check(object) || PyTuple_Check(object)) return read_sequence(object, depth);
    if (PyFloat_CheckExact(object) || PyLong_CheckExact(object) || PyBool_Check(object)) {
        to_scalar(object, scalar);
        return read_number(scalar, depth);
    }
    // NumPy's scalars are buffers too, and some of them Python's numbers.
    if (is_array(object) || (PyObject_CheckBuffer(object) && !PyLong_Check(object))) return read_array(object, depth);
    if (to_scalar(object, scalar)) return read_number(scalar, depth);
    if (has_array_protocol(object)) return read_array(object, depth);
    if (PyUnicode_Check(object) || !PySequence_Check(object))
        fail(ErrorKind::Type,
             std::string("cannot make an array of ") +
                 nb::repr(nb::handle(reinterpret_cast<PyObject *>(Py_TYPE(object)))).c_str() +
                 (depth ? " (" + entry(path_, depth) + ")" : "") +
                 "; expected numbers, (nested) sequences of numbers, arrays, or objects with the buffer protocol, "
                 "__dlpack__ or __array__");
    read_sequence(object, depth);
}

void NestedReader::read_sequence(PyObject *object, int depth) {
    Py_ssize_t length = PySequence_Size(object);
    if (length < 0) throw nb::python_error();
    enter(depth, length);
    const bool is_list = PyList_CheckExact(object), is_tuple = PyTuple_CheckExact(object);
    for (Py_ssize_t i = 0; i < length; ++i) {
        path_[depth] = i;
        nb::object item;
        if (is_list || is_tuple) {
            PyObject *borrowed = is_list ? PyList_GetItem(object, i) : PyTuple_GetItem(object, i);
            if (borrowed && PyFloat_CheckExact(borrowed)) {
                read_number({Kind::Float, 0, PyFloat_AsDouble(borrowed)}, depth + 1);
                continue;
            }
            item = nb::borrow(borrowed);
        } else item = nb::steal(PySequence_GetItem(object, i));
        if (!item.is_valid()) throw nb::python_error();
        read(item.ptr(), depth + 1);
    }
    if (length == 0) leaf(depth + 1);
}

void NestedReader::read_array(PyObject *object, int depth) {
    Array array = asarray(object, std::nullopt, Device{}, std::nullopt);
    for (int axis = 0; axis < array.ndim(); ++axis) {
        enter(depth + axis, array.shape()[axis]);
        if (depth + axis < max_ndim) path_[depth + axis] = 0;
    }
    leaf(depth + array.ndim());
    strong_ = strong_ ? promote(*strong_, array.dtype) : array.dtype;
    runs_.push_back({numbers_.size() - begun_, std::move(array)});
    begun_ = numbers_.size();
}

Array NestedReader::result(std::optional<DType> dtype) const {
    if (!dtype) {
        if (strong_) dtype = has_weak_ ? weak_result(*strong_, weak_) : *strong_;
        else dtype = numbers_.empty() ? default_float : default_dtype(weak_);
    }
    Array out = empty(Dims(shape_.data(), static_cast<int>(shape_.size())), *dtype, Device{});
    Array flat = out.view(Layout::contiguous(Dims{out.size()}));
    const Number *number = numbers_.data();
    int64_t at = 0;
    auto write_numbers = [&](size_t count) {
        for (size_t i = 0; i < count; ++i)
            store_scalar(number++->scalar(), *dtype, flat.bytes() + at++ * itemsize(*dtype));
    };
    for (const Run &run : runs_) {
        write_numbers(run.numbers);
        const Dims &shape = run.array->shape();
        Array target = flat.view(slice(flat.layout, 0, at, 1, run.array->size()));
        assign(target.view(*reshape(target.layout, shape)), *run.array);
        at += run.array->size();
    }
    write_numbers(numbers_.size() - begun_);
    return out;
}

}  // namespace

Array from_sequence(PyObject *object, std::optional<DType> dtype) {
    NestedReader reader;
    reader.read(object, 0);
    return reader.result(dtype);
}

}  // namespace needle::python
