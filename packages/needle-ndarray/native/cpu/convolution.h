// The table of the convolution kernels; included where convolutions are made, not everywhere that kernels are.
#pragma once
#include "core/parallel.h"
#include "cpu/images.h"

namespace needle::cpu {

// Sizes and parameters; [0] is along the height, [1] along the width. Channels are those of one group.
struct ConvolutionSizes {
    int64_t images, groups, channels, out_channels;
    int64_t in[2], out[2], kernel[2], stride[2], padding[2], dilation[2];
};

// What a kernel works with: `get` gives 64-byte aligned memory that lives until the kernel returns, and is called at
// most once; `run` spreads tasks over threads, of which `threads` work at a time. Results do not depend on how many.
struct Workplace {
    void *(*get)(void *context, int64_t bytes);
    void *context;
    ParallelFor run;
    int threads;
};

// Weights have the shape (kernel[0], kernel[1], channels, groups * out_channels) and are contiguous. What is written
// is contiguous, too.
template <class T> struct ConvolutionLoops {
    void (*forward)(const ConvolutionSizes &, const ImagesView<const T> &x, const T *weight, T *out, const Workplace &);
    void (*input_grad)(const ConvolutionSizes &, const ImagesView<const T> &grad, const T *weight, T *out,
                       const Workplace &);
    void (*weight_grad)(const ConvolutionSizes &, const ImagesView<const T> &grad, const ImagesView<const T> &x, T *out,
                        const Workplace &);
};

struct ConvolutionKernels {
    ConvolutionLoops<float> f32;
    ConvolutionLoops<double> f64;
};

}  // namespace needle::cpu
