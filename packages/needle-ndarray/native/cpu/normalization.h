// The kernels of layer and batch normalization, for float and double. Statistics are taken around a mean that was
// computed before, so that no digits cancel, and partial ones are given in double.
#pragma once
#include <cstdint>

namespace needle::cpu {

// Of some elements: how many, their mean, and the sum of the squared distances from it.
struct Moments {
    double count = 0, mean = 0, squares = 0;

    void add(const Moments &other) {
        if (other.count == 0) return;
        const double total = count + other.count, share = other.count / total, distance = other.mean - mean;
        squares += other.squares + distance * distance * (count * share);
        mean += distance * share;
        count = total;
    }
};

// sum(grad) and sum(grad * (x - mean)).
struct GradSums {
    double grad = 0, product = 0;

    void add(const GradSums &other) {
        grad += other.grad;
        product += other.product;
    }
};

// Runs of up to `most_channels` channels: where the first one begins, and how many elements further the next run of its
// channel and the same run of the next channel.
constexpr int64_t most_channels = 32;
struct Runs {
    char *at;
    int64_t stride, channel_stride;
};

struct NormalizationLoops {
    // One contiguous row: y = (x - mean) * inverse_std * weight + bias; mean and inverse_std are written.
    void (*layer_norm)(const void *x, const void *weight, const void *bias, double eps, void *y, void *mean,
                       void *inverse_std, int64_t n, bool streams);
    // dx of contiguous rows; their part of dweight and dbias is added to them.
    void (*layer_norm_grad)(const void *grad, const void *x, const void *weight, const void *mean,
                            const void *inverse_std, void *dx, void *dweight, void *dbias, int64_t rows, int64_t n,
                            bool streams);

    // Runs of n elements of one channel, `stride` elements apart.
    Moments (*moments)(const void *x, int64_t stride, int64_t runs, int64_t n);
    // Runs of n elements of neighbouring channels: their sums are added to those in `sums`, one for each channel.
    void (*grad_sums)(const Runs &grad, const Runs &x, const void *mean, int64_t channels, int64_t runs, int64_t n,
                      GradSums *sums);
    // dx = (grad - a - (x - mean) * b) * scale; mean, a, b and scale have a number for each channel.
    void (*apply_grad_to_runs)(const Runs &grad, const Runs &x, const void *mean, const void *a, const void *b,
                               const void *scale, const Runs &dx, int64_t channels, int64_t runs, int64_t n,
                               bool streams);
    // Rows of n channels side by side, `stride` elements apart; one result for each channel.
    void (*column_moments)(const void *x, int64_t rows, int64_t stride, int64_t n, Moments *moments);
    void (*column_grad_sums)(const void *grad, int64_t grad_stride, const void *x, int64_t stride, const void *mean,
                             int64_t rows, int64_t n, GradSums *sums);
    // y = (x - mean) * scale + shift in rows; mean, scale and shift step by `step` (0 or 1) elements within each.
    void (*apply)(const void *x, int64_t stride, const void *mean, const void *scale, const void *shift, int64_t step,
                  void *y, int64_t y_stride, int64_t rows, int64_t n, bool streams);
    // dx as above in rows of n channels.
    void (*apply_grad)(const void *grad, int64_t grad_stride, const void *x, int64_t stride, const void *mean,
                       const void *a, const void *b, const void *scale, void *dx, int64_t dx_stride, int64_t rows,
                       int64_t n, bool streams);
};

struct NormalizationKernels {
    NormalizationLoops loops[2];  // of float and double
};

}  // namespace needle::cpu
