// Arrays over memory that others own, and what others see of ours: the buffer protocol, DLPack, __array__.
#pragma once
#include "python/bridge.h"

namespace needle::python {

struct Foreign {
    void *data;  // address of the element at index (0, 0, ...)
    Dims shape;  // no negative sizes
    Dims steps;  // between neighbours along each axis, in bytes
    DType dtype;
    bool writable;
    void *owner;
    void (*release)(void *);  // called once with the owner, from any thread
};

// An array that shares the memory. `copied` tells where it could not: elements at addresses that their type may not
// have, and booleans that are neither 0 nor 1, which C++ cannot represent. The owner is then released at once, as it
// is when this throws.
Array adopt(const Foreign &memory, bool &copied);

// The bytes that `x`, which must be contiguous, consists of as elements of another dtype: a view.
Array reinterpret(const Array &x, DType dtype, const Dims &shape);

// Whose memory a storage shows, in words; None where it is Needle's own.
nb::object lender_of(const Storage &storage);

// Called once: from the interpreter's end on, buffers that other libraries still hold are not given back to it.
void watch_interpreter();

// Of an object with the buffer protocol. Throws Error(DType) for elements that no dtype has.
Array from_buffer(PyObject *object, bool &copied);

// Of an object with __dlpack__ and __dlpack_device__; `to_cpu` asks it to move the elements to the CPU where they are
// elsewhere. Throws Error(Buffer).
Array from_dlpack(nb::handle object, bool to_cpu, std::optional<bool> copy, bool &copied);

// Whether asarray reads the object through __dlpack__ or __array__ (a class that has them is no array).
bool has_array_protocol(PyObject *object);
Array from_array_protocol(PyObject *object, bool &copied);

// Of a number, a sequence of numbers, of sequences and so on, with arrays anywhere in it.
Array from_sequence(PyObject *object, std::optional<DType> dtype);

}  // namespace needle::python
