// Fronts of sets.
#pragma once
#include "core/array.h"

namespace needle {

struct Unique {
    Array values;   // ascending; each NaN for itself, at the end
    Array indices;  // of the first element that equals each value, in row-major order
    Array inverse;  // of the value that equals each element, in the array's shape
    Array counts;   // how many elements equal each value
};
// The distinct values of an array; the parts that are not wanted are left empty.
Unique unique(const Array &a, bool indices, bool inverse, bool counts);

}  // namespace needle
