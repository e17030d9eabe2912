#include "ops/pooling.h"
#include "core/parallel.h"
#include "cpu/kernels.h"
#include "cpu/pooling.h"
#include "ops/copy.h"
#include "ops/floating.h"
#include <algorithm>
#include <atomic>

namespace needle {

namespace {

constexpr const char *image_axes = "(images, height, width, channels)";
constexpr int64_t task_products = 65536;  // elements that the windows of one task meet, about
constexpr int64_t many_images = 16;       // from here on a task of a gradient is an image, below a part of its channels
constexpr int64_t channels_task = 64;

cpu::PoolingSizes sizes_of(int64_t images, int64_t channels, const Pair &size, const Windows &windows,
                           const Pair &counts) {
    cpu::PoolingSizes s{};
    s.images = images, s.channels = channels;
    for (int axis = 0; axis < 2; ++axis) {
        s.in[axis] = size[axis], s.out[axis] = counts[axis], s.kernel[axis] = windows.kernel[axis];
        s.stride[axis] = windows.stride[axis], s.padding[axis] = windows.padding[axis];
        s.dilation[axis] = windows.dilation[axis];
    }
    return s;
}

// Throws Error(Shape) where a window would hold no element, or positions do not fit their 31 bits.
Pair checked_counts(const Windows &windows, const Pair &size, const char *what) {
    const Pair counts = windows.counts(size, what);
    for (int axis = 0; axis < 2; ++axis)
        for (int64_t output = 0; output < counts[axis] && windows.padding[axis] > 0; ++output) {
            const int64_t start = output * windows.stride[axis] - windows.padding[axis], gap = windows.dilation[axis];
            const int64_t tap = start < 0 ? (gap - 1 - start) / gap : 0;
            if (tap < windows.kernel[axis] && start + tap * gap < size[axis]) continue;
            fail(ErrorKind::Shape, std::string(what) + ": with padding " + text_of(windows.padding) +
                                       " a window of size " + text_of(windows.kernel) +
                                       " lies in the padding of images of size " + text_of(size) +
                                       " altogether; use padding of at most half the kernel's size");
        }
    if (size[0] > 0 && size[1] > INT32_MAX / size[0])
        fail(ErrorKind::Shape, std::string(what) + ": images of size " + text_of(size) +
                                   " have more pixels than the 2 ** 31 - 1 that pooling takes");
    return counts;
}

// In the dtype that kernels compute in, with the channels beside each other.
Array readable(const Array &a, DType dtype) {
    Array converted = astype(a, dtype);
    return converted.shape()[3] > 1 && converted.strides()[3] != 1 ? copy(converted) : converted;
}

template <class T> cpu::ImagesView<const T> view_of(const Array &a) {
    return {a.data<T>(), a.strides()[0], a.strides()[1], a.strides()[2], 1};
}

template <class F> void with_loops(DType dtype, const F &f) {
    if (dtype == DType::Float32) f(cpu::kernels().pooling->f32, float{});
    else f(cpu::kernels().pooling->f64, double{});
}

// f(first, last) for all rows of the outputs.
template <class F> void for_rows(const cpu::PoolingSizes &s, const F &f) {
    const int64_t rows = s.images * s.out[0], work = s.out[1] * s.channels * s.kernel[0] * s.kernel[1];
    const int64_t per_task = std::max<int64_t>(1, task_products / std::max<int64_t>(work, 1));
    parallel_for((rows + per_task - 1) / per_task,
                 [&](int64_t task) { f(task * per_task, std::min(rows, (task + 1) * per_task)); });
}

// f(image, first channel, last channel) for all images.
template <class F> void for_images(const cpu::PoolingSizes &s, const F &f) {
    const int64_t block = s.images < many_images ? channels_task : s.channels;
    const int64_t blocks = (s.channels + block - 1) / block;
    parallel_for(s.images * blocks, [&](int64_t task) {
        const int64_t first = task % blocks * block;
        f(task / blocks, first, std::min(s.channels, first + block));
    });
}

Array zeros(const Dims &shape, DType dtype, Device device) { return full(shape, Scalar{Kind::Signed}, dtype, device); }

}  // namespace

std::pair<Array, Array> max_pool2d(const Array &x, const Windows &windows) {
    const char *what = "max_pool2d";
    const DType dtype = require_floats(x, what);
    require_cpu(x, what);
    require_axes(x, what, "x", image_axes);
    const Pair size{x.shape()[1], x.shape()[2]}, counts = checked_counts(windows, size, what);
    const Dims shape{x.shape()[0], counts[0], counts[1], x.shape()[3]};
    const Array out = empty(shape, dtype, x.device()), indices = empty(shape, DType::Int64, x.device());
    if (out.size() > 0) {
        const Array from = readable(x, dtype);
        const cpu::PoolingSizes s = sizes_of(shape[0], shape[3], size, windows, counts);
        with_loops(dtype, [&](const auto &loops, auto type) {
            using T = decltype(type);
            for_rows(s, [&](int64_t first, int64_t last) {
                loops.max(s, view_of<T>(from), out.data<T>(), indices.data<int64_t>(), first, last);
            });
        });
    }
    return {astype(out, x.dtype), indices};
}

Array max_pool2d_grad(const Array &grad, const Array &indices, const Pair &size) {
    const char *what = "max_pool2d_grad";
    const DType dtype = require_floats(grad, what);
    require_same_device(grad, indices, what);
    require_cpu(grad, what);
    require_axes(grad, what, "grad", image_axes);
    if (indices.shape() != grad.shape())
        fail(ErrorKind::Shape, std::string(what) + ": grad of shape " + grad.shape().text() + " and indices of shape " +
                                   indices.shape().text() +
                                   " must have the same shape, that of the results of max_pool2d");
    if (!is_integer(indices.dtype))
        fail(ErrorKind::DType, std::string(what) + ": indices must be integers, not " + name_of(indices.dtype) +
                                   "; give the second result of max_pool2d");
    if (size[0] < 0 || size[1] < 0 || (size[0] > 0 && size[1] > INT32_MAX / size[0]))
        fail(ErrorKind::Value, std::string(what) + ": input_size " + text_of(size) + " is no size of images");
    const Dims shape{grad.shape()[0], size[0], size[1], grad.shape()[3]};
    if (element_count(shape) == 0 || grad.size() == 0) {
        if (grad.size() > 0)
            fail(ErrorKind::Index, std::string(what) + ": images of size " + text_of(size) + " have no pixels");
        return zeros(shape, grad.dtype, grad.device());
    }
    const Array out = empty(shape, dtype, grad.device()), from = readable(grad, dtype);
    const Array places = compact(astype(indices, DType::Int64));
    const cpu::PoolingSizes s = sizes_of(shape[0], shape[3], size, Windows{}, Pair{grad.shape()[1], grad.shape()[2]});
    std::atomic<bool> inside{true};
    with_loops(dtype, [&](const auto &loops, auto type) {
        using T = decltype(type);
        for_images(s, [&](int64_t image, int64_t first, int64_t last) {
            if (!loops.max_grad(s, view_of<T>(from), places.data<int64_t>(), out.data<T>(), image, first, last))
                inside.store(false, std::memory_order_relaxed);
        });
    });
    if (!inside)
        fail(ErrorKind::Index, std::string(what) + ": an index is not in [0, " + std::to_string(size[0] * size[1]) +
                                   "), the pixels of images of size " + text_of(size));
    return astype(out, grad.dtype);
}

Array avg_pool2d(const Array &x, const Windows &windows, bool count_include_pad) {
    const char *what = "avg_pool2d";
    const DType dtype = require_floats(x, what);
    require_cpu(x, what);
    require_axes(x, what, "x", image_axes);
    const Pair size{x.shape()[1], x.shape()[2]}, counts = checked_counts(windows, size, what);
    const Dims shape{x.shape()[0], counts[0], counts[1], x.shape()[3]};
    const Array out = empty(shape, dtype, x.device());
    if (out.size() > 0) {
        const Array from = readable(x, dtype);
        cpu::PoolingSizes s = sizes_of(shape[0], shape[3], size, windows, counts);
        s.counts_padding = count_include_pad;
        with_loops(dtype, [&](const auto &loops, auto type) {
            using T = decltype(type);
            for_rows(s,
                     [&](int64_t first, int64_t last) { loops.mean(s, view_of<T>(from), out.data<T>(), first, last); });
        });
    }
    return astype(out, x.dtype);
}

Array avg_pool2d_grad(const Array &grad, const Pair &size, const Windows &windows, bool count_include_pad) {
    const char *what = "avg_pool2d_grad";
    const DType dtype = require_floats(grad, what);
    require_cpu(grad, what);
    const Pair counts = checked_counts(windows, size, what);
    require_axes(grad, what, "grad", image_axes);
    require_counts(grad, counts, what);
    const Dims shape{grad.shape()[0], size[0], size[1], grad.shape()[3]};
    if (element_count(shape) == 0) return zeros(shape, grad.dtype, grad.device());
    const Array out = empty(shape, dtype, grad.device()), from = readable(grad, dtype);
    cpu::PoolingSizes s = sizes_of(shape[0], shape[3], size, windows, counts);
    s.counts_padding = count_include_pad;
    with_loops(dtype, [&](const auto &loops, auto type) {
        using T = decltype(type);
        for_images(s, [&](int64_t image, int64_t first, int64_t last) {
            loops.mean_grad(s, view_of<T>(from), out.data<T>(), image, first, last);
        });
    });
    return astype(out, grad.dtype);
}

}  // namespace needle
