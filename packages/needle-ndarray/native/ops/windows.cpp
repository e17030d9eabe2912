#include "ops/windows.h"

namespace needle {

namespace {

void require_range(const Pair &values, int64_t least, const char *what, const char *name) {
    for (int64_t value : values)
        if (value < least || value > INT32_MAX)
            fail(ErrorKind::Value, std::string(what) + ": " + name + " must be at least " + std::to_string(least) +
                                       " and less than 2 ** 31, not " + std::to_string(value));
}

}  // namespace

Pair Windows::counts(const Pair &size, const char *what) const {
    require_range(size, 0, what, "the size of the images");
    require_range(kernel, 1, what, "the kernel's size");
    require_range(stride, 1, what, "stride");
    require_range(padding, 0, what, "padding");
    require_range(dilation, 1, what, "dilation");
    Pair counts;
    for (int axis = 0; axis < 2; ++axis) {
        const int64_t reach = (kernel[axis] - 1) * dilation[axis] + 1, room = size[axis] + 2 * padding[axis];
        if (reach > room)
            fail(ErrorKind::Shape, std::string(what) + ": a kernel of size " + text_of(kernel) + " with dilation " +
                                       text_of(dilation) + " does not fit into images of size " + text_of(size) +
                                       " with padding " + text_of(padding) + ": along the " +
                                       (axis == 0 ? "height" : "width") + " it reaches over " + std::to_string(reach) +
                                       " pixels, but there are " + std::to_string(room) + "; use more padding");
        counts[axis] = (room - reach) / stride[axis] + 1;
    }
    return counts;
}

void require_axes(const Array &array, const char *what, const char *name, const char *axes) {
    if (array.ndim() == 4) return;
    fail(ErrorKind::Shape, std::string(what) + ": " + name + " must have four axes, " + axes + ", but its shape is " +
                               array.shape().text());
}

void require_counts(const Array &grad, const Pair &counts, const char *what) {
    require_axes(grad, what, "grad", "(images, height, width, channels)");
    if (grad.shape()[1] == counts[0] && grad.shape()[2] == counts[1]) return;
    fail(ErrorKind::Shape, std::string(what) + ": grad of shape " + grad.shape().text() +
                               " does not belong to these parameters, whose results are of size " + text_of(counts));
}

}  // namespace needle
