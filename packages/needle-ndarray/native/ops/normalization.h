// Layer and batch normalization with their gradients.
#pragma once
#include "core/array.h"

namespace needle {

struct ThreeArrays {
    Array first, second, third;
};

// Of x (..., D), weight (D,), bias (D,): the result, and the mean and 1 / sqrt(var + eps) of each row (..., 1).
ThreeArrays layer_norm(const Array &x, const Array &weight, const Array &bias, double eps);
// dx, dweight and dbias.
ThreeArrays layer_norm_grad(const Array &grad, const Array &x, const Array &weight, const Array &mean,
                            const Array &inverse_std);

// Of x (N, ..., C), weight (C,), bias (C,): the result, whose axes lie in memory in the order of x's, and the mean and
// the biased variance of each channel (C,).
ThreeArrays batch_norm(const Array &x, const Array &weight, const Array &bias, double eps);
// dx, dweight and dbias.
ThreeArrays batch_norm_grad(const Array &grad, const Array &x, const Array &weight, const Array &mean, const Array &var,
                            double eps);

// The same with the statistics given, as when a trained network is used.
Array batch_norm_inference(const Array &x, const Array &weight, const Array &bias, const Array &mean, const Array &var,
                           double eps);
// dx, dweight and dbias; the statistics count as constants.
ThreeArrays batch_norm_inference_grad(const Array &grad, const Array &x, const Array &weight, const Array &mean,
                                      const Array &var, double eps);

}  // namespace needle
