#include "python/foreign.h"
#include <atomic>
#include <cstring>
#include <memory>

namespace needle::python {

// ---- Adopting memory

namespace {

int64_t bytes_between(int64_t stride, DType dtype) { return wrapping_product(stride, itemsize(dtype)); }

// Whether every boolean of `count` bytes side by side is 0 or 1.
bool all_binary(const char *bytes, int64_t count) {
    uint64_t seen = 0, word;
    int64_t i = 0;
    for (; i + 8 <= count; i += 8) {
        memcpy(&word, bytes + i, 8);
        seen |= word;
    }
    for (; i < count; ++i) seen |= static_cast<unsigned char>(bytes[i]);
    return (seen & ~uint64_t{0x0101010101010101}) == 0;
}

bool all_binary(const char *at, const Dims &shape, const Dims &steps, int axis) {
    if (axis == shape.size()) return all_binary(at, 1);
    if (axis + 1 == shape.size() && steps[axis] == 1) return all_binary(at, shape[axis]);
    for (int64_t i = 0; i < shape[axis]; ++i)
        if (!all_binary(at + i * steps[axis], shape, steps, axis + 1)) return false;
    return true;
}

// Byte by byte, because no pointer of their type may point at them.
Array copied_elements(const Foreign &memory) {
    Array out = empty(memory.shape, memory.dtype, Device{});
    const int size = itemsize(memory.dtype), ndim = memory.shape.size();
    int64_t index[max_ndim] = {};
    char *to = out.bytes();
    for (int64_t i = 0, n = out.size(); i < n; ++i, to += size) {
        const char *from = static_cast<const char *>(memory.data);
        for (int axis = 0; axis < ndim; ++axis) from += index[axis] * memory.steps[axis];
        memcpy(to, from, static_cast<size_t>(size));
        if (memory.dtype == DType::Bool) *to = *to != 0;
        for (int axis = ndim - 1; axis >= 0 && ++index[axis] == memory.shape[axis]; --axis) index[axis] = 0;
    }
    return out;
}

}  // namespace

Array adopt(const Foreign &memory, bool &copied) {
    std::unique_ptr<void, void (*)(void *)> owner(memory.owner, memory.release);
    const int64_t size = itemsize(memory.dtype);
    const bool any = element_count(memory.shape) > 0;
    Layout layout = Layout::contiguous(memory.shape);
    bool aligned = reinterpret_cast<uintptr_t>(memory.data) % static_cast<uintptr_t>(size) == 0;
    for (int i = 0; i < layout.ndim() && any; ++i) {
        if (memory.shape[i] == 1) continue;
        layout.strides[i] = memory.steps[i] / size;
        aligned &= memory.steps[i] % size == 0;
    }
    // The storage starts at the lowest address of an element, which negative strides put before the first one's.
    Extent reach = any ? extent(layout) : Extent{0, -1};
    bool binary = true;
    if (memory.dtype == DType::Bool && any) {
        auto first = static_cast<const char *>(memory.data);
        binary = is_contiguous(layout) ? all_binary(first, reach.high + 1)
                                       : all_binary(first, layout.shape, layout.strides, 0);
    }
    copied = any && (!aligned || !binary);
    if (copied) return copied_elements(memory);
    layout.offset = -reach.low;
    StorageRef storage = borrow(static_cast<char *>(memory.data) + reach.low * size,
                                static_cast<size_t>((reach.high - reach.low + 1) * size), Device{}, memory.writable,
                                memory.release, memory.owner);
    static_cast<void>(owner.release());  // from here on the storage's
    return Array{std::move(storage), std::move(layout), memory.dtype};
}

namespace {

void release_view(void *owner) { delete static_cast<StorageRef *>(owner); }

}  // namespace

Array reinterpret(const Array &x, DType dtype, const Dims &shape) {
    int64_t bytes;
    if (__builtin_mul_overflow(element_count(shape), int64_t{itemsize(dtype)}, &bytes) ||
        bytes != x.size() * itemsize(x.dtype))
        fail(ErrorKind::Shape, "reinterpret: " + std::to_string(x.size() * itemsize(x.dtype)) +
                                   " bytes are no array of shape " + shape.text() + " and dtype " + name_of(dtype));
    if (!is_contiguous(x.layout)) fail(ErrorKind::Value, "reinterpret: the array is not contiguous; use x.compact()");
    Foreign memory{x.bytes(),   shape, Dims(shape.size(), 0), dtype, x.storage->writable, new StorageRef(x.storage),
                   release_view};
    Dims strides = contiguous_strides(shape);
    for (int i = 0; i < shape.size(); ++i) memory.steps[i] = bytes_between(strides[i], dtype);
    if (bytes == 0) memory.data = x.storage->data;
    bool copied;
    return adopt(memory, copied);
}

// ---- Buffers

namespace {

std::atomic<bool> interpreter_gone{false};

void release_buffer(void *owner) {
    auto *view = static_cast<Py_buffer *>(owner);
    if (interpreter_gone) return;  // and the view's owner with it
    PyGILState_STATE state = PyGILState_Ensure();
    PyBuffer_Release(view);
    PyGILState_Release(state);
    delete view;
}

[[noreturn]] void refuse_elements(const std::string &what, const std::string &advice) {
    fail(ErrorKind::DType, "elements " + what + " are not supported; " + advice);
}

[[noreturn]] void refuse_format(const char *format) {
    std::string quoted = std::string("of buffer format \"") + format + "\"";
    if (*format == '>' || *format == '!')
        refuse_elements(quoted + ", which have the other byte order,",
                        "convert them first, for instance x.astype(x.dtype.newbyteorder(\"=\"))");
    if (strchr(format, 'T')) refuse_elements(quoted + ", which are structures,", "pass one of their fields");
    if (strchr(format, 'O')) refuse_elements(quoted + ", which are Python objects,", "pass a list of numbers");
    if (strpbrk(format, "swuc")) refuse_elements(quoted + ", which are text,", "pass numbers");
    if (strchr(format, 'Z'))
        refuse_elements(quoted + ", which are complex,",
                        "Needle has no complex dtypes, so pass their real and imaginary parts");
    refuse_elements(quoted, "convert them first, for instance x.astype(\"float32\")");
}

DType buffer_dtype(const Py_buffer &view) {
    const char *format = view.format ? view.format : "B";
    const bool swapped = (*format == '>' || *format == '!') && view.itemsize > 1;
    const char letter = *format && strchr("@=<>!", *format) ? format[1] : format[0];
    if (letter == '\0' || swapped || strlen(format) > 1 + (letter != format[0])) refuse_format(format);
    if (letter == '?' && view.itemsize == 1) return DType::Bool;
    Kind kind = Kind::Float;
    if (strchr("bhilqn", letter)) kind = Kind::Signed;
    else if (strchr("BHILQN", letter)) kind = Kind::Unsigned;
    else if (!strchr("efd", letter)) refuse_format(format);
    for (int i = 0; i < dtype_count; ++i) {
        auto dtype = static_cast<DType>(i);
        if (kind_of(dtype) == kind && itemsize(dtype) == view.itemsize) return dtype;
    }
    refuse_format(format);
}

}  // namespace

nb::object lender_of(const Storage &storage) {
    if (!storage.is_borrowed()) return nb::none();
    if (void *owner = storage.owner_released_by(release_buffer)) {
        PyObject *exporter = static_cast<Py_buffer *>(owner)->obj;
        if (!exporter) return nb::str("a buffer");
        nb::handle type(reinterpret_cast<PyObject *>(Py_TYPE(exporter)));
        return nb::str("an object of type {}.{} through the buffer protocol")
            .attr("format")(type.attr("__module__"), type.attr("__qualname__"));
    }
    if (void *owner = storage.owner_released_by(release_view)) return lender_of(**static_cast<StorageRef *>(owner));
    return nb::str("another library through DLPack");
}

void watch_interpreter() {
    Py_AtExit([] { interpreter_gone = true; });
}

Array from_buffer(PyObject *object, bool &copied) {
    auto view = std::make_unique<Py_buffer>();
    if (PyObject_GetBuffer(object, view.get(), PyBUF_RECORDS_RO) != 0) {
        nb::python_error error;
        // NumPy's word for elements that no buffer format describes, such as dates.
        if (error.matches(PyExc_ValueError) && nb::hasattr(object, "dtype")) {
            nb::object dtype = nb::handle(object).attr("dtype");
            refuse_elements("of " + nb::cast<std::string>(nb::repr(dtype)),
                            "convert them first, for instance x.astype(\"int64\")");
        }
        throw error;
    }
    std::unique_ptr<Py_buffer, void (*)(Py_buffer *)> guard(view.get(),
                                                            [](Py_buffer *held) { PyBuffer_Release(held); });
    DType dtype = buffer_dtype(*view);
    if (view->ndim > max_ndim)
        fail(ErrorKind::Value,
             "an array has at most " + std::to_string(max_ndim) + " axes, not " + std::to_string(view->ndim));
    // Some exporters leave out the strides of dense elements, and the shape of one axis.
    Dims shape = view->shape ? Dims(view->shape, view->ndim) : Dims(view->ndim, view->len / view->itemsize);
    Dims steps = contiguous_strides(shape);
    for (int i = 0; i < view->ndim; ++i) steps[i] = view->strides ? view->strides[i] : bytes_between(steps[i], dtype);
    guard.release();
    Py_buffer *held = view.release();
    return adopt({held->buf, std::move(shape), std::move(steps), dtype, !held->readonly, held, release_buffer}, copied);
}

// ---- Objects with __dlpack__ or __array__

bool has_array_protocol(PyObject *object) {
    if (PyType_Check(object)) return false;
    return nb::hasattr(object, "__dlpack__") || nb::hasattr(object, "__array__");
}

Array from_array_protocol(PyObject *object, bool &copied) {
    nb::handle source(object);
    if (nb::hasattr(source, "__dlpack__") && nb::hasattr(source, "__dlpack_device__")) {
        if (!nb::hasattr(source, "__array__")) return from_dlpack(source, false, std::nullopt, copied);
        try {
            return from_dlpack(source, false, std::nullopt, copied);
        } catch (const Error &error) {
            if (error.kind != ErrorKind::Buffer) throw;
        } catch (const nb::python_error &error) {
            if (!error.matches(PyExc_BufferError)) throw;
        }
    }
    nb::object converted = source.attr("__array__")();
    if (!PyObject_CheckBuffer(converted.ptr()))
        fail(ErrorKind::Type, std::string("__array__ of ") + nb::repr(source.type()).c_str() + " gave " +
                                  nb::repr(converted.type()).c_str() + ", which is no array");
    if (is_array(converted.ptr())) {
        copied = false;
        return array_of(converted.ptr());
    }
    return from_buffer(converted.ptr(), copied);
}

}  // namespace needle::python
