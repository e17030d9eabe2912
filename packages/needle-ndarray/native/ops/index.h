// Reading, writing and adding by integer arrays.
#pragma once
#include "core/array.h"
#include "ops/elementwise.h"
#include "ops/places.h"

namespace needle {

// What an index with arrays selects of an array: points on some axes, all of the others.
struct Selection {
    Layout rest;  // the other axes; its offset is where the element with all indices 0 stands
    int at = 0;   // how many of them stand before the axes of the points in the result
    Points points;
    int64_t ordered = 0;  // only the points of a group of so many may name one place; 1 under a mask, 0: all of them

    Dims shape() const;  // of what is selected
};

// The elements selected, row-major. `origin` is the shape that errors about an index out of range name; they are
// Error(Index).
Array gather(const Array &a, const Selection &selection, const Dims &origin);
// Writes values, broadcast and converted, to the elements selected. Of equal indices the last one counts. An index out
// of range throws before anything is written. Right also where values or indices overlap the target.
void scatter(const Array &target, Selection &selection, const Array &values, const Dims &origin);

// The same, but adds the values, broadcast and of the target's dtype; equal indices add up.
void scatter_add(const Array &target, Selection &selection, const Array &values, const Dims &origin);

// Elements of `axis` at `indices` (any integer dtype and shape, negative counts from the end): the shape of `indices`
// stands where `axis` was. Throws Error(Index) for an index out of range.
Array take(const Array &a, const Array &indices, int axis, const char *what);

// out[..., i, ...] = a[..., indices[..., i, ...], ...] with i along `axis`; the other axes broadcast.
Array take_along_axis(const Array &a, const Array &indices, int axis);
// target[..., indices[..., i, ...], ...] = values[..., i, ...].
void put_along_axis(const Array &target, const Array &indices, const Array &values, int axis);

// Adds values[..., i, ...] to target[..., indices[i], ...] in place for every i along `axis`; equal indices add up.
// `values` has the target's shape with `axis` replaced by the axes of `indices`.
void index_add(const Array &target, const Array &indices, const Array &values, int axis);

}  // namespace needle
