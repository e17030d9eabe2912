// What the fronts of the deep-learning kernels share: they compute in floats, integers count as the default float, and
// float16 and bfloat16 are computed in float32 and rounded once.
#pragma once
#include "core/array.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include <initializer_list>

namespace needle {

inline DType floating(DType dtype) { return is_float(dtype) ? dtype : default_float; }

// The dtype of what operands on one device give; throws Error(Device), Error(Unavailable) for those on others.
inline DType common_floating(std::initializer_list<const Array *> arrays, const char *what) {
    const Array &first = **arrays.begin();
    require_cpu(first, what);
    DType dtype = floating(first.dtype);
    for (const Array *array : arrays) {
        require_same_device(first, *array, what);
        dtype = promote(dtype, floating(array->dtype));
    }
    return dtype;
}

// The dtype that loops run in for operands that must be floats themselves, as integers are refused; throws
// Error(DType).
inline DType require_floats(const Array &a, const char *what) {
    if (is_float(a.dtype)) return arithmetic(a.dtype);
    fail(ErrorKind::DType, std::string(what) + ": expected floats, not " + name_of(a.dtype) +
                               "; convert the array first, as in astype(x, float32)");
}

inline DType require_floats(const Array &a, const Array &b, const char *what) {
    require_same_device(a, b, what);
    require_cpu(a, what);
    require_floats(a, what);
    require_floats(b, what);
    return arithmetic(promote(a.dtype, b.dtype));
}

// Whether kernels write a result past the caches: where those have no room for it and the operands of its size.
inline bool goes_past_caches(const Array &result, int operands = 1) {
    return (1 + operands) * result.size() * itemsize(result.dtype) > 4 * cpu::streamed_bytes;
}

// An operand `name` that has `count` numbers, one after the other in memory, in `dtype`; `each` says what they belong
// to.
inline Array numbers(const Array &array, int64_t count, DType dtype, const char *what, const char *name,
                     const char *each) {
    if (array.size() != count)
        fail(ErrorKind::Shape, std::string(what) + ": " + name + " has shape " + array.shape().text() +
                                   "; expected one number for each of " + std::to_string(count) + " " + each);
    return compact(astype(array, dtype));
}

}  // namespace needle
