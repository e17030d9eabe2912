// Convolution of images and its gradients.
#pragma once
#include "ops/windows.h"

namespace needle {

struct ConvolutionParameters {
    Pair stride, padding, dilation;
    int64_t groups;
};

// x (images, height, width, channels) with weight (kernel height, kernel width, channels / groups, out channels) gives
// (images, out height, out width, out channels): each output is the sum, over the taps of the kernel and the channels
// of its group, of weight times the input it meets; padding is zeros. float16 and bfloat16 are summed as float32 and
// rounded once; integers are refused. Any strides are read.
Array conv2d(const Array &x, const Array &weight, const ConvolutionParameters &parameters);
// The gradient for x, of images of `size`, and that for the weight, of kernels of size `kernel`.
Array conv2d_input_grad(const Array &grad, const Array &weight, const Pair &size,
                        const ConvolutionParameters &parameters);
Array conv2d_weight_grad(const Array &grad, const Array &x, const Pair &kernel,
                         const ConvolutionParameters &parameters);

}  // namespace needle
