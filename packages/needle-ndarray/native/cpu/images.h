// Images in memory, as the kernels of convolution and pooling see them.
#pragma once
#include <cstdint>

namespace needle::cpu {

// Images of shape (images, height, width, channels), read through any strides (in elements).
template <class T> struct ImagesView {
    T *data;
    int64_t image, row, column, channel;  // strides
};

}  // namespace needle::cpu
