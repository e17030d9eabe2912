// Copies between layouts and dtypes, and arrays made of one value.
#pragma once
#include "core/array.h"
#include "ops/elementwise.h"

namespace needle {

// target[...] = source, broadcast (axes of size 1 in front may be too many) and converted to the target's dtype. Right
// also where the two overlap.
void assign(const Array &target, const Array &source);
void fill(const Array &target, const Scalar &value);

Array copy(const Array &array);     // row-major, of its own
Array compact(const Array &array);  // the array itself where it is row-major and dense, else a copy
// Whether a copy is a transpose in blocks, much faster than to read the elements in their order.
bool is_transposed(const Layout &layout);
// The elements in row-major order along one axis; a view where the array is dense.
Array flattened(const Array &array);
Array astype(const Array &array, DType dtype);  // the array itself where the dtype is that already
Array to_device(const Array &array, Device device);

Array full(const Dims &shape, const Scalar &value, DType dtype, Device device);
Array concat(const Array *arrays, int count, int axis, DType dtype);

}  // namespace needle
