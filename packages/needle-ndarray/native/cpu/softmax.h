// The kernels of softmax and its relatives: most work on one contiguous row of n elements, of float or
// double.
#pragma once
#include <cstdint>

namespace needle::cpu {

struct SoftmaxLoops {
    // y = exp(x) / sum(exp(x)). `streams`: y goes past the caches, and `scratch` holds n elements.
    void (*softmax)(const void *x, void *y, int64_t n, void *scratch, bool streams);
    // y = x - log(sum(exp(x)))
    void (*log_softmax)(const void *x, void *y, int64_t n, bool streams);
    // out = y (grad - sum(grad y)), and grad - exp(y) sum(grad)
    void (*softmax_grad)(const void *grad, const void *y, void *out, int64_t n, bool streams);
    void (*log_softmax_grad)(const void *grad, const void *y, void *out, int64_t n, bool streams);
    // Two numbers that merge with those of the other parts of a row: the largest element m, and sum(exp(x - m)), or
    // sum(exp(x)) where m is infinite. A NaN is in the sum only.
    void (*measure)(const void *x, int64_t n, void *measure);
    // Those of `count` parts, in order, as one.
    void (*merge)(const void *measures, int64_t count, void *merged);
    // log(sum(exp(x))) from the measure of x.
    void (*logarithm)(const void *measure, void *out);
    // Softmax and its logarithm of a part of a row, from the measure of the whole.
    void (*softmax_part)(const void *x, const void *measure, void *y, int64_t n, bool streams);
    void (*log_softmax_part)(const void *x, const void *measure, void *y, int64_t n, bool streams);
    // out = grad exp(x - y), where grad and y are one number each.
    void (*logsumexp_grad)(const void *grad, const void *x, const void *y, void *out, int64_t n, bool streams);
    // The same less grad at the element `label`: the gradient of y - x[label].
    void (*cross_entropy_grad)(const void *grad, const void *x, const void *y, int64_t label, void *out, int64_t n,
                               bool streams);
    // The first four down neighbouring columns (cpu/columns.h), with the same results.
    using Columns = void (*)(const void *const *in, void *out, const int64_t *steps, int64_t n, int64_t columns);
    Columns softmax_columns, log_softmax_columns, softmax_grad_columns, log_softmax_grad_columns;
    // The logsumexp of each column.
    Columns logsumexp_columns;
};

struct SoftmaxKernels {
    SoftmaxLoops loops[2];  // of float and double
};

}  // namespace needle::cpu
