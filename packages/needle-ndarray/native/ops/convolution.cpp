#include "ops/convolution.h"
#include "cpu/convolution.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include "ops/floating.h"

namespace needle {

namespace {

Pair size_of(const Array &images) { return {images.shape()[1], images.shape()[2]}; }

// Numbers of channels are multiplied and divided by the groups, so that these are checked before.
void require_groups(int64_t groups, const char *what) {
    if (groups < 1 || groups > INT32_MAX)
        fail(ErrorKind::Value,
             std::string(what) + ": groups must be at least 1 and less than 2 ** 31, not " + std::to_string(groups));
}

// Checks everything but the operands' own ranks and the groups, and gathers it for the kernels. Channels are those of
// all groups.
cpu::ConvolutionSizes sizes_of(int64_t images, const Pair &size, int64_t channels, const Pair &kernel,
                               int64_t out_channels, const ConvolutionParameters &p, const char *what) {
    if (channels % p.groups != 0 || out_channels % p.groups != 0)
        fail(ErrorKind::Shape, std::string(what) + ": groups=" + std::to_string(p.groups) + " must divide the " +
                                   std::to_string(channels) + " channels of the input and the " +
                                   std::to_string(out_channels) + " of the output");
    const Pair out = Windows{kernel, p.stride, p.padding, p.dilation}.counts(size, what);
    cpu::ConvolutionSizes s;
    s.images = images, s.groups = p.groups;
    s.channels = channels / p.groups, s.out_channels = out_channels / p.groups;
    for (int axis = 0; axis < 2; ++axis) {
        s.in[axis] = size[axis], s.out[axis] = out[axis], s.kernel[axis] = kernel[axis];
        s.stride[axis] = p.stride[axis], s.padding[axis] = p.padding[axis], s.dilation[axis] = p.dilation[axis];
    }
    return s;
}

// A convolution of single pixels needs no neighbours: all pixels of all images, where they are evenly spaced, are one
// row.
void join_pixels(cpu::ConvolutionSizes &s, std::initializer_list<Array *> operands) {
    for (int axis = 0; axis < 2; ++axis)
        if (s.kernel[axis] != 1 || s.stride[axis] != 1 || s.padding[axis] != 0) return;
    const int64_t pixels = s.images * s.in[0] * s.in[1];
    Layout joined[2];
    int i = 0;
    for (Array *operand : operands) {
        std::optional<Layout> layout = reshape(operand->layout, Dims{1, 1, pixels, operand->shape()[3]});
        if (!layout) return;
        joined[i++] = *layout;
    }
    i = 0;
    for (Array *operand : operands) operand->layout = joined[i++];
    s.images = s.in[0] = s.out[0] = 1;
    s.in[1] = s.out[1] = pixels;
}

// In the dtype that kernels compute in; with the channels beside each other where each is a group of its own.
Array readable(const Array &a, DType dtype, const cpu::ConvolutionSizes &s) {
    Array converted = astype(a, dtype);
    const bool needed = s.channels == 1 && s.groups > 1 && converted.strides()[3] != 1;
    return needed ? copy(converted) : converted;
}

template <class T> cpu::ImagesView<const T> view_of(const Array &a) {
    return {a.data<T>(), a.strides()[0], a.strides()[1], a.strides()[2], a.strides()[3]};
}

// f(loops, workplace) with the kernels for the dtype.
template <class F> void with_loops(DType dtype, const F &f) {
    StorageRef memory;
    auto get = [](void *context, int64_t bytes) {
        StorageRef &memory = *static_cast<StorageRef *>(context);
        memory = allocate_scratch(static_cast<size_t>(bytes));
        return memory->data;
    };
    const cpu::Workplace place{get, &memory, &parallel_for, num_threads()};
    if (dtype == DType::Float32) f(cpu::kernels().convolution->f32, float{}, place);
    else f(cpu::kernels().convolution->f64, double{}, place);
}

Array zeros(const Dims &shape, DType dtype, Device device) { return full(shape, Scalar{Kind::Signed}, dtype, device); }

void require_channels(int64_t found, int64_t expected, const char *what, const Array &a, const char *a_name,
                      const Array &b, const char *b_name, int64_t groups) {
    if (found == expected) return;
    fail(ErrorKind::Shape, std::string(what) + ": " + a_name + " of shape " + a.shape().text() + " and " + b_name +
                               " of shape " + b.shape().text() + " with groups=" + std::to_string(groups) +
                               " do not belong together: expected " + std::to_string(expected) + " channels, not " +
                               std::to_string(found));
}

// The weights slid over images by the kernel that `loop_of` picks, computed in `dtype` and given in `result`.
template <class F>
Array slide(const Array &images, const Array &weight, cpu::ConvolutionSizes s, const Dims &shape, DType dtype,
            DType result, const F &loop_of) {
    const Array out = empty(shape, dtype, images.device());
    Array from = readable(images, dtype, s);
    const Array by = compact(astype(weight, dtype));
    join_pixels(s, {&from});
    with_loops(dtype, [&](const auto &loops, auto type, const cpu::Workplace &place) {
        using T = decltype(type);
        loop_of(loops)(s, view_of<T>(from), by.data<T>(), out.data<T>(), place);
    });
    return astype(out, result);
}

constexpr const char *image_axes = "(images, height, width, channels)";
constexpr const char *weight_axes = "(kernel height, kernel width, channels / groups, out channels)";

}  // namespace

Array conv2d(const Array &x, const Array &weight, const ConvolutionParameters &p) {
    const char *what = "conv2d";
    const DType promoted = promote(x.dtype, weight.dtype), dtype = require_floats(x, weight, what);
    require_groups(p.groups, what);
    require_axes(x, what, "x", image_axes);
    require_axes(weight, what, "weight", weight_axes);
    require_channels(x.shape()[3], weight.shape()[2] * p.groups, what, x, "x", weight, "weight", p.groups);
    const Pair kernel{weight.shape()[0], weight.shape()[1]};
    const cpu::ConvolutionSizes s =
        sizes_of(x.shape()[0], size_of(x), x.shape()[3], kernel, weight.shape()[3], p, what);
    const Dims shape{s.images, s.out[0], s.out[1], weight.shape()[3]};
    if (element_count(shape) == 0 || s.channels == 0) return zeros(shape, promoted, x.device());
    return slide(x, weight, s, shape, dtype, promoted, [](const auto &loops) { return loops.forward; });
}

Array conv2d_input_grad(const Array &grad, const Array &weight, const Pair &size, const ConvolutionParameters &p) {
    const char *what = "conv2d_input_grad";
    const DType promoted = promote(grad.dtype, weight.dtype), dtype = require_floats(grad, weight, what);
    require_groups(p.groups, what);
    require_axes(weight, what, "weight", weight_axes);
    require_axes(grad, what, "grad", image_axes);
    require_channels(grad.shape()[3], weight.shape()[3], what, grad, "grad", weight, "weight", p.groups);
    const Pair kernel{weight.shape()[0], weight.shape()[1]};
    const int64_t channels = weight.shape()[2] * p.groups;
    cpu::ConvolutionSizes s = sizes_of(grad.shape()[0], size, channels, kernel, weight.shape()[3], p, what);
    require_counts(grad, {s.out[0], s.out[1]}, what);
    const Dims shape{s.images, size[0], size[1], channels};
    if (element_count(shape) == 0 || s.out_channels == 0) return zeros(shape, promoted, grad.device());
    return slide(grad, weight, s, shape, dtype, promoted, [](const auto &loops) { return loops.input_grad; });
}

Array conv2d_weight_grad(const Array &grad, const Array &x, const Pair &kernel, const ConvolutionParameters &p) {
    const char *what = "conv2d_weight_grad";
    const DType promoted = promote(grad.dtype, x.dtype), dtype = require_floats(grad, x, what);
    require_groups(p.groups, what);
    require_axes(x, what, "x", image_axes);
    require_axes(grad, what, "grad", image_axes);
    cpu::ConvolutionSizes s = sizes_of(x.shape()[0], size_of(x), x.shape()[3], kernel, grad.shape()[3], p, what);
    require_counts(grad, {s.out[0], s.out[1]}, what);
    if (grad.shape()[0] != x.shape()[0])
        fail(ErrorKind::Shape, std::string(what) + ": grad of shape " + grad.shape().text() + " and x of shape " +
                                   x.shape().text() + " have different numbers of images");
    const Dims shape{kernel[0], kernel[1], s.channels, grad.shape()[3]};
    if (element_count(shape) == 0 || s.images == 0) return zeros(shape, promoted, x.device());
    const Array out = empty(shape, dtype, x.device());
    Array from = readable(x, dtype, s), by = readable(grad, dtype, s);
    join_pixels(s, {&from, &by});
    with_loops(dtype, [&](const auto &loops, auto type, const cpu::Workplace &place) {
        using T = decltype(type);
        loops.weight_grad(s, view_of<T>(by), view_of<T>(from), out.data<T>(), place);
    });
    return astype(out, promoted);
}

}  // namespace needle
