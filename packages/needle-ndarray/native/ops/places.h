// Copies and sums between places in two arrays.
#pragma once
#include "ops/points.h"

namespace needle {

// One side: points, and around each of them the elements of other axes.
struct Places {
    Array array;  // its layout counts only by its offset: where all the others start
    const Points *points;
    Layout outer, inner;  // axes before and after those of the points; both sides have the same shapes
};

// Copies every place of `from` to the one of `to`, of the same dtype. Of each `ordered` points, one group after the
// other, several may name one place of `to`, which keeps what comes last: 1 where no place occurs twice. False where an
// index is out of range; then some places may have been written.
bool copy_places(const Places &to, const Places &from, int64_t ordered);

// Adds every place of `from` to the one of `to`, of the same dtype, one that is computed in; places that occur several
// times get all of them, in order. False as above.
bool add_places(const Places &to, const Places &from);

}  // namespace needle
