// Pooling of images and its gradients.
#pragma once
#include "ops/windows.h"
#include <utility>

namespace needle {

// The largest element of each window of x (images, height, width, channels), by channel, and where it is: h * width + w
// in int64. Of equal elements the first counts, and a NaN is larger than all others. Padding holds no elements.
std::pair<Array, Array> max_pool2d(const Array &x, const Windows &windows);
// The gradient for x, of images of `size`. Throws Error(Index) for indices that are not in such images.
Array max_pool2d_grad(const Array &grad, const Array &indices, const Pair &size);

// The mean of each window, of which padding is zeros that count or do not.
Array avg_pool2d(const Array &x, const Windows &windows, bool count_include_pad);
Array avg_pool2d_grad(const Array &grad, const Pair &size, const Windows &windows, bool count_include_pad);

}  // namespace needle
