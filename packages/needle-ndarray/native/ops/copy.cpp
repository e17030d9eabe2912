#include "ops/copy.h"
#include "core/parallel.h"
#include "cpu/axes.h"
#include "cpu/iterate.h"
#include "cpu/kernels.h"
#include <algorithm>
#include <cstring>

namespace needle {

namespace {

// Of the axes of a source, the one along which elements lie side by side where they do not along the last one and a
// blocked transpose is worth its while; -1 if there is none.
int fast_axis(const cpu::Axes &axes) {
    constexpr int64_t worthwhile = 8;
    const int last = axes.ndim - 1;
    if (last < 1 || axes.strides[last] == 1 || axes.shape[last] < worthwhile) return -1;
    int fast = -1;
    for (int axis = 0; axis < last; ++axis)
        if (axes.strides[axis] == 1 && axes.shape[axis] >= worthwhile) fast = axis;
    return fast;
}

// A dense target whose source runs along another axis: one blocked transpose for each index of the remaining axes.
bool copy_transposed(const Array &target, const Layout &source, const char *from) {
    cpu::Axes axes;  // of the source; where they merge, those of a dense target do too
    for (int axis = 0; axis < source.ndim(); ++axis) axes.add(source.shape[axis], source.strides[axis]);
    const int last = axes.ndim - 1, fast = fast_axis(axes);
    if (fast < 0) return false;
    int64_t target_strides[max_ndim];
    for (int64_t axis = last, stride = 1; axis >= 0; stride *= axes.shape[axis--]) target_strides[axis] = stride;
    const int64_t rows = axes.shape[last], columns = axes.shape[fast], outer = axes.total / rows / columns;
    auto transpose = cpu::kernels().elementwise->transpose[log2_itemsize(target.dtype)];
    const int size = itemsize(target.dtype);
    const bool streams = target.size() * size >= cpu::streamed_bytes;
    // Bands of source rows: of the size of a task, and whole cache lines of the target wide. Small ones share a task.
    const int64_t band = std::max<int64_t>(64, task_elements / columns / 64 * 64), bands = (rows + band - 1) / band;
    const int64_t together = std::max<int64_t>(1, task_elements / (std::min(band, rows) * columns));
    auto copy_band = [&](int64_t index) {
        const int64_t start = index % bands * band;
        int64_t rest = index / bands, in_offset = start * axes.strides[last], out_offset = start;
        for (int axis = last - 1; axis >= 0; --axis) {
            if (axis == fast) continue;
            in_offset += rest % axes.shape[axis] * axes.strides[axis];
            out_offset += rest % axes.shape[axis] * target_strides[axis];
            rest /= axes.shape[axis];
        }
        transpose(from + in_offset * size, axes.strides[last], target.bytes() + out_offset * size, target_strides[fast],
                  std::min(band, rows - start), columns, streams);
    };
    const int64_t count = outer * bands;
    cpu::run_tasks((count + together - 1) / together, axes.total, [&](int64_t task) {
        for (int64_t i = task * together, end = std::min(count, i + together); i < end; ++i) copy_band(i);
    });
    return true;
}

}  // namespace

bool is_transposed(const Layout &layout) {
    cpu::Axes axes;
    for (int axis = 0; axis < layout.ndim(); ++axis) {
        if (layout.strides[axis] == 0 && layout.shape[axis] > 1) return false;
        axes.add(layout.shape[axis], layout.strides[axis]);
    }
    return fast_axis(axes) >= 0;
}

void assign(const Array &target, const Array &source) {
    require_writable(target, "assignment");
    Layout layout =
        broadcast_to(source.ndim() > target.ndim() ? without_leading_ones(source.layout, target.ndim()) : source.layout,
                     target.shape(), "assignment");
    if (target.device() != source.device())
        fail(ErrorKind::Device, "assignment: the target is on " + target.device().name() + " and the source on " +
                                    source.device().name() + "; move one with x.to(device)");
    if (target.size() == 0) return;
    bool same =
        target.bytes() == source.bytes() && target.dtype == source.dtype && target.layout.strides == layout.strides;
    if (same) return;
    if (may_overlap(target, source)) return assign(target, copy(source));
    if (target.dtype == source.dtype && is_contiguous(target.layout) && copy_transposed(target, layout, source.bytes()))
        return;
    Operand input{source.bytes(), source.dtype, target.dtype, &layout};
    iterate(target.shape(), &input, 1, {target.bytes(), target.dtype, target.dtype, &target.layout}, nullptr, nullptr);
}

void fill(const Array &target, const Scalar &value) {
    require_writable(target, "assignment");
    alignas(8) char slot[8];
    store_scalar(value, target.dtype, slot);
    Layout layout{target.shape(), Dims(target.ndim(), 0), 0};
    Operand input{slot, target.dtype, target.dtype, &layout};
    iterate(target.shape(), &input, 1, {target.bytes(), target.dtype, target.dtype, &target.layout}, nullptr, nullptr);
}

Array copy(const Array &array) {
    Array out = empty(array.shape(), array.dtype, array.device());
    assign(out, array);
    return out;
}

Array compact(const Array &array) { return is_contiguous(array.layout) ? array : copy(array); }

Array flattened(const Array &array) {
    Array dense = compact(array);
    return dense.view(*reshape(dense.layout, Dims{dense.size()}));
}

Array astype(const Array &array, DType dtype) {
    if (array.dtype == dtype) return array;
    Array out = empty(array.shape(), dtype, array.device());
    assign(out, array);
    return out;
}

Array to_device(const Array &array, Device device) {
    if (array.device() == device) return array;
    fail(ErrorKind::Unavailable,
         "cannot move an array from " + array.device().name() + " to " + device.name() + " in this build");
}

Array full(const Dims &shape, const Scalar &value, DType dtype, Device device) {
    Array out = empty(shape, dtype, device);
    fill(out, value);
    return out;
}

Array concat(const Array *arrays, int count, int axis, DType dtype) {
    Dims shape = arrays[0].shape();
    for (int i = 1; i < count; ++i) {
        const Dims &other = arrays[i].shape();
        bool fits = other.size() == shape.size();
        for (int d = 0; d < shape.size() && fits; ++d) fits = d == axis || other[d] == shape[d];
        if (!fits)
            fail(ErrorKind::Shape, "concat: array " + std::to_string(i) + " has shape " + other.text() +
                                       ", array 0 has shape " + arrays[0].shape().text() +
                                       "; all sizes but that of axis " + std::to_string(axis) + " must be equal");
        if (__builtin_add_overflow(shape[axis], other[axis], &shape[axis]))
            fail(ErrorKind::Value, "concat: the result has more elements than memory can hold");
    }
    Array out = empty(shape, dtype, arrays[0].device());
    int64_t start = 0;
    for (int i = 0; i < count; ++i) {
        int64_t length = arrays[i].shape()[axis];
        assign(out.view(slice(out.layout, axis, start, 1, length)), arrays[i]);
        start += length;
    }
    return out;
}

}  // namespace needle
