// How the CPU sums products of two arrays over axes, without an array of the products.
#pragma once
#include "core/array.h"

namespace needle::cpu {

// out = sum of a * b over `axes` (sorted, not empty of elements). a and b have one shape (already broadcast); `out` is
// row-major, has an element for every index of the other axes, and has the dtype that is multiplied and added in.
void sum_products(const Array &a, const Array &b, const Dims &axes, const Array &out);

}  // namespace needle::cpu
