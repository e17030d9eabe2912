// Copies of patches of images, for what cannot be read in place: pixels beyond the edge become zeros, and the channels
// of a pixel lie beside each other.
#pragma once
#include "cpu/convolution.h"
#include "cpu/kernels/vectors/sizes.h"
#include "cpu/kernels/vectors/transpose.h"
#include "cpu/kernels/vectors/types.h"
#include "cpu/kernels/vectors/vectors.h"
#include <string.h>

namespace needle::cpu {
namespace {

struct Range {
    int64_t begin, end;
    int64_t size() const { return end - begin; }
    Range within(int64_t length) const { return {clamp(begin, 0, length), clamp(end, 0, length)}; }
};
// Part i of a range that is cut into `parts` that are as equal as can be.
inline Range part(int64_t n, int64_t parts, int64_t i) { return {n * i / parts, n * (i + 1) / parts}; }

// Where a patch is read: element (row, column, channel) of the image at data[row * row_stride + column * column_stride
// + channel]. The data may begin before the patch's memory, for rows and columns are the image's own.
template <class T> struct Patch {
    const T *data;
    int64_t row, column;
};

// Rows of patches are short, and calls of memcpy for them would cost as much as the copy.
template <class T> NEEDLE_INLINE void copy_row(const T *from, int64_t n, T *to) {
    for_each_vector<T>(n, [=](int64_t i, auto part) { part.store(to + i, part.load(from + i, T(0))); });
}
template <class T> NEEDLE_INLINE void clear_row(T *to, int64_t n) {
    for_each_vector<T>(n, [=](int64_t i, auto part) { part.store(to + i, Vector<T>{}); });
}

// n pixels, evenly spaced, to `out` with the channels beside each other and `width` elements to a pixel.
template <class T>
void copy_pixels(const T *from, int64_t pixel_stride, int64_t channel_stride, int64_t n, int64_t channels,
                 int64_t width, T *out) {
    if (channel_stride == 1 && pixel_stride == channels && width == channels) {
        copy_row(from, n * channels, out);
    } else if (channel_stride == 1 && width > channels && width % lanes<T> == 0) {
        for (int64_t i = 0; i < n; ++i, from += pixel_stride, out += width)
            for (int64_t c = 0; c < width; c += lanes<T>)
                if (c + lanes<T> <= channels) store(out + c, load(from + c));
                else store(out + c, Part{static_cast<int>(max(channels - c, 0))}.load(from + c, T(0)));
        return;
    } else if (channel_stride == 1) {
        for (int64_t i = 0; i < n; ++i)
            memcpy(out + i * width, from + i * pixel_stride, static_cast<size_t>(channels) * sizeof(T));
    } else if (pixel_stride == 1) {
        transpose<Unsigned<T>>(from, channel_stride, out, width, channels, n, false);
    } else {
        for (int64_t i = 0; i < n; ++i)
            for (int64_t c = 0; c < channels; ++c) out[i * width + c] = from[i * pixel_stride + c * channel_stride];
    }
    for (int64_t i = 0; i < n && width > channels; ++i)
        for (int64_t c = channels; c < width; ++c) out[i * width + c] = 0;
}

// Rows and columns of one image of image_height x image_width, which they may lie beyond; `width` elements to a pixel,
// of which `channels` are copied and the others zeros.
template <class T>
Patch<T> copy_patch(const ImagesView<const T> &images, int64_t image, Range rows, Range columns, int64_t image_height,
                    int64_t image_width, int64_t channels, int64_t width, T *out) {
    const Range inside = columns.within(image_width);
    const int64_t row_size = columns.size() * width;
    const int64_t before = clamp(inside.begin - columns.begin, 0, columns.size()) * width;
    const int64_t after = clamp(inside.end - columns.begin, 0, columns.size()) * width;
    for (int64_t row = rows.begin; row < rows.end; ++row) {
        T *to = out + (row - rows.begin) * row_size;
        if (row < 0 || row >= image_height) {
            clear_row(to, row_size);
            continue;
        }
        clear_row(to, before);
        copy_pixels(images.data + image * images.image + row * images.row + inside.begin * images.column, images.column,
                    images.channel, inside.size(), channels, width, to + before);
        clear_row(to + after, row_size - after);
    }
    return {out - rows.begin * row_size - columns.begin * width, row_size, width};
}

}  // namespace
}  // namespace needle::cpu
