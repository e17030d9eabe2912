// Array: storage + layout + dtype. A value type: copying it makes another view of the same elements.
#pragma once
#include "core/dtype.h"
#include "core/errors.h"
#include "core/layout.h"
#include "core/storage.h"

namespace needle {

struct Array {
    StorageRef storage;
    Layout layout;
    DType dtype = default_float;

    const Dims &shape() const { return layout.shape; }
    const Dims &strides() const { return layout.strides; }
    int ndim() const { return layout.ndim(); }
    int64_t size() const { return element_count(layout.shape); }
    Device device() const { return storage->device; }
    // Address of the element at index (0, 0, ...). Without elements offset and address mean nothing, but may wrap
    // around.
    char *bytes() const {
        auto distance = static_cast<uint64_t>(layout.offset) * static_cast<uint64_t>(itemsize(dtype));
        return reinterpret_cast<char *>(reinterpret_cast<uintptr_t>(storage->data) + distance);
    }
    template <class T> T *data() const { return reinterpret_cast<T *>(bytes()); }
    Array view(Layout other) const { return Array{storage, std::move(other), dtype}; }
};

// Uninitialized, row-major.
Array empty(const Dims &shape, DType dtype, Device device);

// Whether the two might have bytes in common (their extents do).
bool may_overlap(const Array &a, const Array &b);

// Throws Error(Value) for read-only memory and for views whose elements share places; `what` names the operation.
void require_writable(const Array &array, const char *what);

// Throws Error(Unavailable) for arrays on other devices; `what` names the operation.
void require_cpu(const Array &array, const char *what);

// Throws Error(Device) for operands on different devices; `what` names the operation.
void require_same_device(const Array &a, const Array &b, const char *what);

}  // namespace needle
