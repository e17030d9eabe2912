// Rows that are read or written at indices along them, element by element: what an index often comes down to, without
// lists of places.
#pragma once
#include "core/array.h"
#include <optional>

namespace needle {

// out[..., i] = a[..., indices[..., i]], where the indices have all axes of `a` but the last one, or any axes where it
// has one only. Nothing where they are no such integers, too few or too many for rows to be worth it, or one is out of
// range.
std::optional<Array> take_rows(const Array &a, const Array &indices);

// target[..., indices[..., i]] = values[..., i], in order; the values broadcast to the shape of the indices, and are
// converted. False as above; then nothing was written, or another thread changed the indices meanwhile.
bool put_rows(const Array &target, const Array &indices, const Array &values);

// Values as an assignment to elements of `target` reads them: broadcast to `shape`, converted, and apart from it.
Array assigned_values(const Array &target, const Array &values, const Dims &shape);

}  // namespace needle
