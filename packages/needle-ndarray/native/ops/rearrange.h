// Copies whose elements stand elsewhere than in their source: repeated, tiled, rolled, or cut to a triangle.
#pragma once
#include "core/array.h"
#include <vector>

namespace needle {

// Element i along `axis` counts[i] times, or counts[0] times where there is one count; no count is negative.
Array repeat(const Array &a, const std::vector<int64_t> &counts, int axis);
// The array repetitions[i] times along axis i; as many repetitions as the array has axes, none of them negative.
Array tile(const Array &a, const Dims &repetitions);
// Element i along axes[j] moves to i + shifts[j], counted around the end; an axis named twice moves by the sum.
Array roll(const Array &a, const Dims &shifts, const Dims &axes);
// The elements of each matrix on and below (above) diagonal k, zeros elsewhere.
Array tril(const Array &a, int64_t k);
Array triu(const Array &a, int64_t k);

}  // namespace needle
