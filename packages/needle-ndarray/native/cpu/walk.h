// The path of an elementwise loop through its operands: the axes that step as one merged, the others counted like an
// odometer.
#pragma once
#include "cpu/iterate.h"
#include "cpu/kernels.h"
#include <algorithm>

namespace needle {

constexpr int max_operands = max_inputs + 1;

// The merged axes, outermost first; operand `inputs` is the output.
struct Walk {
    int ndim = 0, operands = 0;
    int64_t total = 1;
    int64_t shape[max_ndim];
    int64_t strides[max_operands][max_ndim];
    char *data[max_operands];
    DType dtype[max_operands], compute[max_operands];
    bool linear[max_operands];  // the elements follow each other in memory over the whole walk
    bool constant[max_operands];
    bool streams = false;  // the result goes past the caches
    const cpu::ElementwiseKernels *kernels;
    Kernel kernel, past = nullptr;
    const void *context;

    Walk(const Dims &dims, const Operand *inputs, int input_count, const Operand &out, Kernel kernel,
         const void *context)
        : operands(input_count + 1), kernels(cpu::kernels().elementwise), kernel(kernel), context(context) {
        for (int p = 0; p < operands; ++p) {
            const Operand &operand = p < input_count ? inputs[p] : out;
            data[p] = operand.data;
            dtype[p] = operand.dtype;
            compute[p] = operand.compute_dtype;
        }
        auto stride_of = [&](int p, int axis) { return (p < input_count ? inputs[p] : out).layout->strides[axis]; };
        for (int axis = 0; axis < dims.size(); ++axis) {
            if (dims[axis] == 1) continue;
            total *= dims[axis];
            bool merge = ndim > 0;
            for (int p = 0; p < operands && merge; ++p) merge = strides[p][ndim - 1] == stride_of(p, axis) * dims[axis];
            if (!merge) shape[ndim++] = 1;
            shape[ndim - 1] *= dims[axis];
            for (int p = 0; p < operands; ++p) strides[p][ndim - 1] = stride_of(p, axis);
        }
        for (int p = 0; p < operands; ++p) {
            linear[p] = true;
            for (int64_t axis = ndim - 1, expected = 1; axis >= 0; expected *= shape[axis--])
                linear[p] &= strides[p][axis] == expected;
            constant[p] = std::all_of(strides[p], strides[p] + ndim, [](int64_t stride) { return stride == 0; });
        }
    }

    // Whether the result is better kept out of the caches: it is large, and not written over what is read, which is in
    // the cache anyway. What is only filled takes no other room in the caches, and is often added to next.
    bool is_streamed() const {
        const int out = operands - 1;
        for (int p = 0; p < out; ++p)
            if (data[p] == data[out]) return false;
        const bool fills = out == 1 && !kernel && constant[0];
        return inner_stride(out) == 1 && total * itemsize(dtype[out]) >= (fills ? 2 : 1) * cpu::streamed_bytes;
    }

    // Innermost runs that are not are collected into buffers, several at a time.
    bool has_long_runs() const { return ndim <= 1 || shape[ndim - 1] >= 16; }

    bool converts(int p) const { return dtype[p] != compute[p]; }

    // A position in the walk: the index along each axis and the offset of each operand.
    struct Cursor {
        int64_t index[max_ndim];
        int64_t offset[max_operands];
    };
    void seek(Cursor &at, int64_t element) const {
        for (int p = 0; p < operands; ++p) at.offset[p] = 0;
        for (int axis = ndim - 1; axis >= 0; --axis) {
            at.index[axis] = element % shape[axis];
            element /= shape[axis];
            for (int p = 0; p < operands; ++p) at.offset[p] += at.index[axis] * strides[p][axis];
        }
    }
    // Moves `count` elements on, which must not pass the end of the innermost axis.
    void advance(Cursor &at, int64_t count) const {
        int axis = ndim - 1;
        if (axis < 0) return;
        at.index[axis] += count;
        for (int p = 0; p < operands; ++p) at.offset[p] += count * strides[p][axis];
        while (axis > 0 && at.index[axis] == shape[axis]) {
            for (int p = 0; p < operands; ++p) at.offset[p] += strides[p][axis - 1] - shape[axis] * strides[p][axis];
            at.index[axis--] = 0;
            ++at.index[axis];
        }
    }
    // Moves `count` runs of the innermost axis on, which must not pass the end of the axis before it.
    void advance_runs(Cursor &at, int64_t count) const {
        if (count == 0) return;
        at.index[ndim - 2] += count;
        for (int p = 0; p < operands; ++p) at.offset[p] += count * strides[p][ndim - 2];
    }
    int64_t run_left(const Cursor &at) const { return ndim == 0 ? 1 : shape[ndim - 1] - at.index[ndim - 1]; }
    char *address(int p, const Cursor &at) const { return data[p] + at.offset[p] * itemsize(dtype[p]); }
    int64_t inner_stride(int p) const { return ndim == 0 ? 1 : strides[p][ndim - 1]; }
};

}  // namespace needle
