// The slots of the array type: operators, numbers, sequence, text and buffer. Python calls them without nanobind in
// between, so each lets no exception out.
#include "python/slots.h"
#include "ops/copy.h"
#include "ops/reduce.h"
#include "python/functions.h"
#include <algorithm>
#include <cstring>

namespace needle::python {

namespace {

// ---- Operators

// Python calls a binary slot with the array on either side.
template <BinaryOp op> PyObject *operate(PyObject *x, PyObject *y) {
    return guarded([&]() -> PyObject * {
        if (Py_TYPE(x) == array_type && Py_TYPE(y) == array_type) {
            const Array &a = array_of(x), &b = array_of(y);
            return wrap_result([&] {
                ReleaseGil release(std::max(a.size(), b.size()));
                return binary(op, a, b);
            });
        }
        Operand a, b;
        if (!a.load(x) || !b.load(y)) {
            Py_INCREF(Py_NotImplemented);
            return Py_NotImplemented;
        }
        return wrap_result([&] {
            ReleaseGil release(std::max(a.size(), b.size()));
            return binary(op, a.value, b.value);
        });
    });
}

template <BinaryOp op> PyObject *operate_in_place(PyObject *self, PyObject *y) {
    return guarded([&]() -> PyObject * {
        Operand b;
        if (!b.load(y)) {
            Py_INCREF(Py_NotImplemented);
            return Py_NotImplemented;
        }
        const Array &target = array_of(self);
        {
            ReleaseGil release(target.size());
            binary(op, target, b.value, &target);
        }
        Py_INCREF(self);
        return self;
    });
}

template <UnaryOp op> PyObject *apply(PyObject *self) {
    return guarded([&] {
        const Array &a = array_of(self);
        return wrap_result([&] {
            ReleaseGil release(a.size());
            return unary(op, a);
        });
    });
}

// pow(x, y, modulus) is for integers alone.
template <PyObject *(*operation)(PyObject *, PyObject *)> PyObject *power(PyObject *x, PyObject *y, PyObject *modulus) {
    if (modulus == Py_None) return operation(x, y);
    Py_INCREF(Py_NotImplemented);
    return Py_NotImplemented;
}

PyObject *multiply_matrices(PyObject *x, PyObject *y) {
    return guarded([&]() -> PyObject * {
        for (PyObject *side : {x, y})
            if (!is_array(side) && !PyObject_CheckBuffer(side)) {
                Py_INCREF(Py_NotImplemented);
                return Py_NotImplemented;
            }
        return call_matmul(x, y).release().ptr();
    });
}

PyObject *multiply_matrices_in_place(PyObject *self, PyObject *y) {
    return guarded([&]() -> PyObject * {
        if (!is_array(y) && !PyObject_CheckBuffer(y)) {
            Py_INCREF(Py_NotImplemented);
            return Py_NotImplemented;
        }
        const Array product = array_of(call_matmul(self, y).ptr()), &target = array_of(self);
        require_target(target, product.shape(), product.dtype, "matmul");
        {
            ReleaseGil release(target.size());
            assign(target, product);
        }
        Py_INCREF(self);
        return self;
    });
}

// (x // y, x % y).
PyObject *divide_with_remainder(PyObject *x, PyObject *y) {
    PyObject *quotient = operate<BinaryOp::floor_divide>(x, y);
    if (!quotient || quotient == Py_NotImplemented) return quotient;
    PyObject *remainder = operate<BinaryOp::remainder>(x, y);
    PyObject *pair = remainder ? PyTuple_Pack(2, quotient, remainder) : nullptr;
    Py_DECREF(quotient);
    Py_XDECREF(remainder);
    return pair;
}

PyObject *compare(PyObject *x, PyObject *y, int operation) {
    switch (operation) {
    case Py_LT:
        return operate<BinaryOp::less>(x, y);
    case Py_LE:
        return operate<BinaryOp::less_equal>(x, y);
    case Py_EQ:
        return operate<BinaryOp::equal>(x, y);
    case Py_NE:
        return operate<BinaryOp::not_equal>(x, y);
    case Py_GT:
        return operate<BinaryOp::greater>(x, y);
    default:
        return operate<BinaryOp::greater_equal>(x, y);
    }
}

// ---- One element as a Python number

int truth(PyObject *self) {
    return guarded([&] {
        const Array &a = array_of(self);
        if (a.size() != 1)
            fail(ErrorKind::Value, "the truth value of an array of shape " + a.shape().text() +
                                       " is ambiguous; write x.any() or x.all()");
        return PyObject_IsTrue(item(a, "bool()").ptr());
    });
}

PyObject *to_float(PyObject *self) {
    return guarded([&] { return PyNumber_Float(item(array_of(self), "float()").ptr()); });
}

PyObject *to_int(PyObject *self) {
    return guarded([&] { return PyNumber_Long(item(array_of(self), "int()").ptr()); });
}

PyObject *to_index_number(PyObject *self) {
    return guarded([&]() -> PyObject * {
        const Array &a = array_of(self);
        if (!is_integer(a.dtype) || a.size() != 1)
            fail(ErrorKind::Type,
                 std::string("only an integer array of one element can be an index, not one of shape ") +
                     a.shape().text() + " and dtype " + name_of(a.dtype));
        return item(a, "index").release().ptr();
    });
}

// ---- Sequence, text, buffer

Py_ssize_t length(PyObject *self) {
    return guarded([&]() -> Py_ssize_t {
        const Array &a = array_of(self);
        if (a.ndim() == 0) fail(ErrorKind::Type, "an array of shape () has no length");
        return static_cast<Py_ssize_t>(a.shape()[0]);
    });
}

PyObject *row_at(PyObject *self, Py_ssize_t index) {
    return guarded([&]() -> PyObject * {
        const Array &a = array_of(self);
        if (a.ndim() == 0 || index < 0 || index >= a.shape()[0])
            fail(ErrorKind::Index, "index " + std::to_string(index) + " is out of range for shape " + a.shape().text());
        return wrap(a.view(select(a.layout, 0, index))).release().ptr();
    });
}

PyObject *iterate_rows(PyObject *self) {
    return guarded([&]() -> PyObject * {
        if (array_of(self).ndim() == 0) fail(ErrorKind::Type, "cannot iterate over an array of shape ()");
        return PySeqIter_New(self);
    });
}

// Whether some element is equal, as in NumPy; without this Python would compare the rows one by one.
int contains(PyObject *self, PyObject *value) {
    return guarded([&] {
        Operand other;
        if (!other.load(value))
            fail(ErrorKind::Type, std::string("in: expected a number or an array, not ") + nb::repr(value).c_str());
        const Array &a = array_of(self);
        ReleaseGil release(std::max(a.size(), other.size()));
        const Array equal = binary(BinaryOp::equal, a, other.value);
        const Array flat = equal.view(Layout::contiguous(Dims{equal.size()}));
        return static_cast<int>(*reduce(ReduceOp::any, flat, Dims{0}, false).data<bool>());
    });
}

template <bool full> PyObject *text(PyObject *self) {
    return guarded([&] {
        return nb::module_::import_("needle_ndarray.formatting")
            .attr(full ? "array_repr" : "array_str")(nb::handle(self))
            .release()
            .ptr();
    });
}

int get_buffer(PyObject *self, Py_buffer *view, int flags) {
    view->obj = nullptr;
    return guarded([&] {
        const Array &a = array_of(self);
        auto refuse = [&](const char *why) {
            PyErr_SetString(PyExc_BufferError, why);
            return -1;
        };
        auto asked_for = [&](int what) { return (flags & what) == what; };
        if (a.device().type != DeviceType::CPU)
            return refuse("the array is not in the CPU's memory; move it with x.to(cpu())");
        const bool readonly = !a.storage->writable || is_overlapping(a.layout);
        if (a.dtype == DType::BFloat16)
            return refuse("the buffer protocol has no bfloat16; share x.astype(\"float32\")");
        if (asked_for(PyBUF_WRITABLE) && readonly)
            return refuse("the array is read-only or a broadcast view; use x.copy()");
        const bool rows = is_contiguous(a.layout), columns = is_contiguous(reverse_axes(a.layout));
        if (!rows && (!asked_for(PyBUF_STRIDES) || asked_for(PyBUF_C_CONTIGUOUS)))
            return refuse("the array is not contiguous and this reader needs it to be; use x.compact()");
        if (!columns && asked_for(PyBUF_F_CONTIGUOUS))
            return refuse("the array is not in column-major order; use x.T.compact().T");
        if (!rows && !columns && asked_for(PyBUF_ANY_CONTIGUOUS))
            return refuse("the array is not contiguous in any order; use x.compact()");
        static const char *formats[dtype_count] = {"?", "b", "h", "i", "l", "B", "H", "I", "L", "f", "d", "e", nullptr};
        auto *sizes = new Py_ssize_t[static_cast<size_t>(2 * a.ndim() + 1)];
        for (int i = 0; i < a.ndim(); ++i) {
            sizes[i] = static_cast<Py_ssize_t>(a.shape()[i]);
            sizes[a.ndim() + i] = static_cast<Py_ssize_t>(wrapping_product(a.strides()[i], itemsize(a.dtype)));
        }
        view->buf = a.bytes();
        view->len = static_cast<Py_ssize_t>(a.size() * itemsize(a.dtype));
        view->itemsize = itemsize(a.dtype);
        view->readonly = readonly;
        view->ndim = a.ndim();
        view->format = asked_for(PyBUF_FORMAT) ? const_cast<char *>(formats[index_of(a.dtype)]) : nullptr;
        view->shape = asked_for(PyBUF_ND) ? sizes : nullptr;
        view->strides = asked_for(PyBUF_STRIDES) ? sizes + a.ndim() : nullptr;
        view->suboffsets = nullptr;
        view->internal = sizes;
        view->obj = self;
        Py_INCREF(self);
        return 0;
    });
}

void release_buffer(PyObject *, Py_buffer *view) { delete[] static_cast<Py_ssize_t *>(view->internal); }

// Until __init__ has run, which a subclass may forget to call, an instance is an array without elements: no slot ever
// meets one without storage.
PyObject *make_unfilled(PyTypeObject *type, PyObject *, PyObject *) {
    return guarded([&] {
        static const Array *const nothing = new Array(empty(Dims{0}, default_float, Device{}));
        nb::object object = nb::inst_alloc(nb::handle(reinterpret_cast<PyObject *>(type)));
        new (nb::inst_ptr<Array>(object)) Array(*nothing);
        return object.release().ptr();
    });
}

template <class F> PyType_Slot slot(int id, F *function) { return {id, reinterpret_cast<void *>(function)}; }

}  // namespace

PyType_Slot *array_slots() {
    static PyType_Slot slots[] = {
        slot(Py_tp_new, make_unfilled),
        slot(Py_nb_add, operate<BinaryOp::add>),
        slot(Py_nb_subtract, operate<BinaryOp::subtract>),
        slot(Py_nb_multiply, operate<BinaryOp::multiply>),
        slot(Py_nb_true_divide, operate<BinaryOp::divide>),
        slot(Py_nb_floor_divide, operate<BinaryOp::floor_divide>),
        slot(Py_nb_remainder, operate<BinaryOp::remainder>),
        slot(Py_nb_power, power<operate<BinaryOp::pow>>),
        slot(Py_nb_and, operate<BinaryOp::bitwise_and>),
        slot(Py_nb_or, operate<BinaryOp::bitwise_or>),
        slot(Py_nb_xor, operate<BinaryOp::bitwise_xor>),
        slot(Py_nb_lshift, operate<BinaryOp::bitwise_left_shift>),
        slot(Py_nb_rshift, operate<BinaryOp::bitwise_right_shift>),
        slot(Py_nb_divmod, divide_with_remainder),
        slot(Py_nb_matrix_multiply, multiply_matrices),
        slot(Py_nb_inplace_add, operate_in_place<BinaryOp::add>),
        slot(Py_nb_inplace_subtract, operate_in_place<BinaryOp::subtract>),
        slot(Py_nb_inplace_multiply, operate_in_place<BinaryOp::multiply>),
        slot(Py_nb_inplace_true_divide, operate_in_place<BinaryOp::divide>),
        slot(Py_nb_inplace_floor_divide, operate_in_place<BinaryOp::floor_divide>),
        slot(Py_nb_inplace_remainder, operate_in_place<BinaryOp::remainder>),
        slot(Py_nb_inplace_power, power<operate_in_place<BinaryOp::pow>>),
        slot(Py_nb_inplace_and, operate_in_place<BinaryOp::bitwise_and>),
        slot(Py_nb_inplace_or, operate_in_place<BinaryOp::bitwise_or>),
        slot(Py_nb_inplace_xor, operate_in_place<BinaryOp::bitwise_xor>),
        slot(Py_nb_inplace_lshift, operate_in_place<BinaryOp::bitwise_left_shift>),
        slot(Py_nb_inplace_rshift, operate_in_place<BinaryOp::bitwise_right_shift>),
        slot(Py_nb_inplace_matrix_multiply, multiply_matrices_in_place),
        slot(Py_nb_negative, apply<UnaryOp::negative>),
        slot(Py_nb_positive, apply<UnaryOp::positive>),
        slot(Py_nb_absolute, apply<UnaryOp::abs>),
        slot(Py_nb_invert, apply<UnaryOp::bitwise_invert>),
        slot(Py_nb_bool, truth),
        slot(Py_nb_float, to_float),
        slot(Py_nb_int, to_int),
        slot(Py_nb_index, to_index_number),
        slot(Py_tp_richcompare, compare),
        slot(Py_tp_hash, PyObject_HashNotImplemented),
        slot(Py_tp_iter, iterate_rows),
        slot(Py_tp_repr, text<true>),
        slot(Py_tp_str, text<false>),
        slot(Py_sq_length, length),
        slot(Py_sq_item, row_at),
        slot(Py_sq_contains, contains),
        slot(Py_mp_length, length),
        slot(Py_mp_subscript, subscript),
        slot(Py_mp_ass_subscript, assign_subscript),
        slot(Py_bf_getbuffer, get_buffer),
        slot(Py_bf_releasebuffer, release_buffer),
        {0, nullptr},
    };
    return slots;
}

}  // namespace needle::python
