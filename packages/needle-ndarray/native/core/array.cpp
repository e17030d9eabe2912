#include "core/array.h"

namespace needle {

Array empty(const Dims &shape, DType dtype, Device device) {
    for (int64_t size : shape)
        if (size < 0) fail(ErrorKind::Shape, "a shape has no negative sizes, but " + shape.text() + " was given");
    int64_t bytes = 0;
    if (__builtin_mul_overflow(element_count(shape), int64_t{itemsize(dtype)}, &bytes))
        fail(ErrorKind::Memory,
             "an array of shape " + shape.text() + " and dtype " + name_of(dtype) + " is larger than memory can be");
    return Array{allocate(static_cast<size_t>(bytes), device), Layout::contiguous(shape), dtype};
}

bool may_overlap(const Array &a, const Array &b) {
    if (a.size() == 0 || b.size() == 0) return false;
    Extent reach_a = extent(a.layout), reach_b = extent(b.layout);
    const char *base_a = static_cast<const char *>(a.storage->data),
               *base_b = static_cast<const char *>(b.storage->data);
    return base_a + reach_a.low * itemsize(a.dtype) < base_b + (reach_b.high + 1) * itemsize(b.dtype) &&
           base_b + reach_b.low * itemsize(b.dtype) < base_a + (reach_a.high + 1) * itemsize(a.dtype);
}

void require_writable(const Array &array, const char *what) {
    if (!array.storage->writable)
        fail(ErrorKind::Value,
             std::string(what) +
                 ": the array is read-only, because the memory it shares is; write to x.copy() instead");
    if (is_overlapping(array.layout))
        fail(ErrorKind::Value,
             std::string(what) + ": the array of shape " + array.shape().text() + " is " +
                 (is_broadcast(array.layout) ? "a broadcast view" : "a view with overlapping strides") +
                 ", in which several elements share one place in memory; write to x.copy() instead");
}

void require_cpu(const Array &array, const char *what) {
    if (array.device().type != DeviceType::CPU)
        fail(ErrorKind::Unavailable, std::string(what) + " is not available on " + array.device().name() +
                                         " yet; move the array with x.to(cpu())");
}

void require_same_device(const Array &a, const Array &b, const char *what) {
    if (a.device() != b.device())
        fail(ErrorKind::Device, std::string(what) + ": the operands are on " + a.device().name() + " and " +
                                    b.device().name() + "; move one with x.to(device)");
}

}  // namespace needle
