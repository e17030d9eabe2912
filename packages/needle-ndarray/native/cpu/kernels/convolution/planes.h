// Copies of patches of images to planes, one for each channel, whose lanes are pixels.
#pragma once
#include "cpu/kernels/convolution/patches.h"

namespace needle::cpu {
namespace {

// n pixels, which a vector has lanes for. Whole vectors are written; what comes after the pixels is zeros.
template <class T, class P>
void split_tile(const T *from, int64_t pixel_stride, int64_t n, int64_t channels, P part, int64_t plane, T *out) {
    Vector<T> pixels[lanes<T>];
#pragma GCC unroll 16
    for (int i = 0; i < lanes<T>; ++i) pixels[i] = i < n ? part.load(from + i * pixel_stride, T(0)) : Vector<T>{};
    interleave_rows<lanes<T>>(pixels);
#pragma GCC unroll 16
    for (int c = 0; c < lanes<T>; ++c)
        if (c < channels) store(out + c * plane, pixels[c]);
}

template <class T>
void split_pixels(const T *from, int64_t pixel_stride, int64_t channel_stride, int64_t n, int64_t channels,
                  int64_t plane, T *out) {
    if (pixel_stride == 1) {
        for (int64_t c = 0; c < channels; ++c) copy_row(from + c * channel_stride, n, out + c * plane);
    } else if (channel_stride == 1) {
        for (int64_t i = 0; i < n; i += lanes<T>)
            for (int64_t c = 0; c < channels; c += lanes<T>) {
                const int64_t count = min(n - i, lanes<T>), some = min(channels - c, lanes<T>);
                const T *first = from + i * pixel_stride + c;
                T *to = out + c * plane + i;
                // Whole vectors reach beyond a pixel, but may not beyond the last.
                if ((i + count - 1) * pixel_stride + c + lanes<T> <= (n - 1) * pixel_stride + channels)
                    split_tile(first, pixel_stride, count, some, Whole{}, plane, to);
                else split_tile(first, pixel_stride, count, some, Part{static_cast<int>(some)}, plane, to);
            }
    } else {
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t i = 0; i < n; ++i) out[c * plane + i] = from[i * pixel_stride + c * channel_stride];
    }
}

// Rows and columns of an image of height sizes[0] and width sizes[1], which they may lie beyond, to planes in which
// rows follow each other at `pitch`; the rest of the first `length` elements of a plane is zeros. A vector after the
// last row may be written to.
template <class T>
void copy_planes(const ImagesView<const T> &images, int64_t image, Range rows, Range columns, const int64_t *sizes,
                 int64_t channels, int64_t pitch, int64_t plane, int64_t length, T *out) {
    for (int64_t c = 0; c < channels; ++c) clear_row(out + c * plane, length);
    const Range rows_inside = rows.within(sizes[0]), columns_inside = columns.within(sizes[1]);
    for (int64_t row = rows_inside.begin; row < rows_inside.end; ++row) {
        const T *from = images.data + image * images.image + row * images.row + columns_inside.begin * images.column;
        T *to = out + (row - rows.begin) * pitch + columns_inside.begin - columns.begin;
        split_pixels(from, images.column, images.channel, columns_inside.size(), channels, plane, to);
    }
}

}  // namespace
}  // namespace needle::cpu
