// The table of cpu/kernels/reduction/search.cpp.
#pragma once
#include "core/dtype.h"

namespace needle::cpu {

// A sorted row without NaNs, and above it levels that each hold the last element of every whole node of the one below:
// one node is looked at in each level, instead of one element for each time that the row can be halved.
struct SearchTree {
    static constexpr int64_t node = 16;  // elements that are compared at once
    static constexpr int max_levels = 16;

    int levels = 0;  // the row itself is level 0; the last one has a single node
    const void *elements[max_levels];
    int64_t size[max_levels];  // `node` at least: the last level is filled up with its last element
    int64_t length;            // of the row
    int64_t nan_place;         // where a NaN belongs
};

// How many elements of the row are less than each of n values, or, for the upper bounds, not greater. Whatever is in
// the row, nothing beside it is read, and no result is above its length or the place of NaNs.
using SearchLoop = void (*)(const SearchTree &tree, const void *values, int64_t n, int64_t *out);

struct SearchKernels {
    SearchLoop lower[dtype_count], upper[dtype_count];
};

}  // namespace needle::cpu
