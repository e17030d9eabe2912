// Windows that slide over images: what convolutions and pooling have in common.
#pragma once
#include "core/array.h"
#include <array>

namespace needle {

using Pair = std::array<int64_t, 2>;  // along the height, along the width

struct Windows {
    Pair kernel, stride, padding, dilation;

    // How many windows fit into images of this size; throws Error(Value) for parameters out of range and Error(Shape)
    // where no window fits. `what` names the operation.
    Pair counts(const Pair &size, const char *what) const;
};

// Throws Error(Shape) unless there are four axes: images, height, width, channels (or as `axes` names them). `name` is
// that of the argument.
void require_axes(const Array &array, const char *what, const char *name, const char *axes);

inline std::string text_of(const Pair &pair) { return Dims{pair[0], pair[1]}.text(); }

// Throws Error(Shape) where the gradient of the windows' results has not these sizes.
void require_counts(const Array &grad, const Pair &counts, const char *what);

}  // namespace needle
