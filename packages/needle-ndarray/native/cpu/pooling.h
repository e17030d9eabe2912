// The table of the pooling kernels; included where images are pooled, not everywhere that kernels are.
#pragma once
#include "cpu/images.h"

namespace needle::cpu {

// [0] is along the height, [1] along the width.
struct PoolingSizes {
    int64_t images, channels;
    int64_t in[2], out[2], kernel[2], stride[2], padding[2], dilation[2];
    bool counts_padding;  // in means
};

// Images are read with their channels beside each other; what is written is contiguous.
template <class T> struct PoolingLoops {
    // Rows [first, last) of the outputs, counted through all images. Indices are h * width + w, less than 2 ** 31.
    void (*max)(const PoolingSizes &, const ImagesView<const T> &x, T *out, int64_t *indices, int64_t first,
                int64_t last);
    void (*mean)(const PoolingSizes &, const ImagesView<const T> &x, T *out, int64_t first, int64_t last);
    // Channels [first, last) of one image of the inputs. The indices are contiguous; false where one is out of range.
    bool (*max_grad)(const PoolingSizes &, const ImagesView<const T> &grad, const int64_t *indices, T *out,
                     int64_t image, int64_t first, int64_t last);
    void (*mean_grad)(const PoolingSizes &, const ImagesView<const T> &grad, T *out, int64_t image, int64_t first,
                      int64_t last);
};

struct PoolingKernels {
    PoolingLoops<float> f32;
    PoolingLoops<double> f64;
};

}  // namespace needle::cpu
