// Pooling of images whose channels lie beside each other: windows are walked pixel by pixel, and a vector holds
// neighbouring channels. Windows of 2 x 2 and 3 x 3 that lie inside the image are unrolled; through others several
// vectors go side by side, so that memory is read in runs and not in single lines a pixel apart.
#include "cpu/pooling.h"
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/channels.h"

namespace needle::cpu {
namespace {

// The window of one output: the taps that lie inside the image, and where the first of them is.
struct Window {
    int64_t first[2], taps[2];  // input coordinates

    Window(const PoolingSizes &s, int64_t row, int64_t column) {
        const int64_t output[2] = {row, column};
        for (int axis = 0; axis < 2; ++axis) {
            const int64_t gap = s.dilation[axis], start = output[axis] * s.stride[axis] - s.padding[axis];
            const int64_t skipped = start < 0 ? (gap - 1 - start) / gap : 0;
            first[axis] = start + skipped * gap;
            const int64_t fitting = first[axis] >= s.in[axis] ? 0 : (s.in[axis] - 1 - first[axis]) / gap + 1;
            const int64_t left = s.kernel[axis] - skipped;
            taps[axis] = left < 0 ? 0 : left < fitting ? left : fitting;
        }
    }
    bool has(int64_t rows, int64_t columns) const { return taps[0] == rows && taps[1] == columns; }
};

// f(tap number down, tap number across) for every tap; numbers given at compile time unroll it.
template <int rows, int columns, class F> inline void for_taps(const Window &window, const F &f) {
    if constexpr (rows > 0) {
#pragma GCC unroll 4
        for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
            for (int j = 0; j < columns; ++j) f(i, j);
    } else {
        for (int64_t i = 0; i < window.taps[0]; ++i)
            for (int64_t j = 0; j < window.taps[1]; ++j) f(i, j);
    }
}

template <int n> struct Count {
    static constexpr int value = n;
};

// f(channel, V, Count): as for_channels, with as many vectors at a time as go side by side through such windows.
template <class T, int rows, class F> inline void for_groups_of_channels(int64_t channels, const F &f) {
    constexpr int together = rows > 0 ? 1 : 4, width = together * lanes<T>;
    int64_t c = 0;
    if constexpr (together > 1)
        for (; c + width <= channels; c += width) f(c, Vector<T>{}, Count<together>{});
    for_channels<T>(c, channels, [&](int64_t channel, auto type) { f(channel, type, Count<1>{}); });
}

// A reduction of one window over all channels; `Reduce` has `pixel<rows, columns>(window, from, place)`.
template <class T, class Reduce>
void pool_rows(const PoolingSizes &s, const ImagesView<const T> &x, int64_t first, int64_t last, const Reduce &reduce) {
    for (int64_t r = first; r < last; ++r) {
        const int64_t image = r / s.out[0], row = r % s.out[0];
        for (int64_t column = 0; column < s.out[1]; ++column) {
            const Window window(s, row, column);
            const T *from = x.data + image * x.image + window.first[0] * x.row + window.first[1] * x.column;
            const int64_t place = (r * s.out[1] + column) * s.channels;
            if (window.has(2, 2)) reduce.template pixel<2, 2>(window, from, place);
            else if (window.has(3, 3)) reduce.template pixel<3, 3>(window, from, place);
            else reduce.template pixel<0, 0>(window, from, place);
        }
    }
}

// Positions as integers of the elements' size while they are compared.
inline void store_positions(int64_t *to, int32_t position) { *to = position; }
inline void store_positions(int64_t *to, int64_t position) { *to = position; }
template <class Positions> inline void store_positions(int64_t *to, Positions positions) {
    constexpr int count = sizeof(Positions) / sizeof(positions[0]);
    typedef int64_t Wide __attribute__((vector_size(sizeof(int64_t) * count)));
    const Wide wide = __builtin_convertvector(positions, Wide);
    memcpy(to, &wide, sizeof wide);
}

template <class T> struct Position {
    using type = int32_t;
};
template <> struct Position<double> {
    using type = int64_t;
};

template <class T> struct Largest {
    const PoolingSizes &s;
    const ImagesView<const T> &x;
    T *out;
    int64_t *indices;

    template <int rows, int columns> void pixel(const Window &window, const T *from, int64_t place) const {
        using Integer = typename Position<T>::type;
        const int64_t down = s.dilation[0] * x.row, across = s.dilation[1] * x.column;
        const Integer start = static_cast<Integer>(window.first[0] * s.in[1] + window.first[1]);
        const Integer below = static_cast<Integer>(s.dilation[0] * s.in[1]);
        const Integer beside = static_cast<Integer>(s.dilation[1]);
        for_groups_of_channels<T, rows>(s.channels, [&](int64_t c, auto type, auto vectors) {
            using V = decltype(type);
            constexpr int count = decltype(vectors)::value, width = Lanes<V>::count;
            using Positions = decltype((type != type) * 0 + start);
            V best[count];
            Positions where[count];
#pragma GCC unroll 8
            for (int k = 0; k < count; ++k) {
                best[k] = load_as<V>(from + c + k * width);
                where[k] = Positions{} + start;
            }
            for_taps<rows, columns>(window, [&](int64_t i, int64_t j) {
                if (i == 0 && j == 0) return;
                const T *at = from + i * down + j * across + c;
                const Positions here = Positions{} + static_cast<Integer>(start + i * below + j * beside);
#pragma GCC unroll 8
                for (int k = 0; k < count; ++k) {
                    const V element = load_as<V>(at + k * width);
                    // The first of equal elements stays, and so does the first NaN.
                    const auto larger = !(element <= best[k]) & (best[k] == best[k]);
                    best[k] = larger ? element : best[k];
                    where[k] = larger ? here : where[k];
                }
            });
#pragma GCC unroll 8
            for (int k = 0; k < count; ++k) {
                store_as(out + place + c + k * width, best[k]);
                store_positions(indices + place + c + k * width, where[k]);
            }
        });
    }
};

// How many elements the mean of a window counts.
inline int64_t counted(const PoolingSizes &s, const Window &window) {
    return s.counts_padding ? s.kernel[0] * s.kernel[1] : window.taps[0] * window.taps[1];
}

template <class T> struct Mean {
    const PoolingSizes &s;
    const ImagesView<const T> &x;
    T *out;

    template <int rows, int columns> void pixel(const Window &window, const T *from, int64_t place) const {
        const T count = static_cast<T>(counted(s, window));
        for_groups_of_channels<T, rows>(s.channels, [&](int64_t c, auto type, auto vectors) {
            using V = decltype(type);
            constexpr int width = Lanes<V>::count;
            V sums[decltype(vectors)::value] = {};
            for_taps<rows, columns>(window, [&](int64_t i, int64_t j) {
                const T *at = from + i * x.row + j * x.column + c;
#pragma GCC unroll 8
                for (V &sum : sums) sum += load_as<V>(at), at += width;
            });
            T *to = out + place + c;
#pragma GCC unroll 8
            for (const V &sum : sums) store_as(to, static_cast<V>(sum / count)), to += width;
        });
    }
};

template <class T>
void max(const PoolingSizes &s, const ImagesView<const T> &x, T *out, int64_t *indices, int64_t first, int64_t last) {
    pool_rows(s, x, first, last, Largest<T>{s, x, out, indices});
}

template <class T> void mean(const PoolingSizes &s, const ImagesView<const T> &x, T *out, int64_t first, int64_t last) {
    pool_rows(s, x, first, last, Mean<T>{s, x, out});
}

template <class T> void clear(const PoolingSizes &s, T *image, int64_t first, int64_t last) {
    const int64_t pixels = s.in[0] * s.in[1];
    if (first == 0 && last == s.channels) {
        memset(image, 0, static_cast<size_t>(pixels * s.channels) * sizeof(T));
        return;
    }
    for (int64_t i = 0; i < pixels; ++i)
        memset(image + i * s.channels + first, 0, static_cast<size_t>(last - first) * sizeof(T));
}

template <class T>
bool max_grad(const PoolingSizes &s, const ImagesView<const T> &grad, const int64_t *indices, T *out, int64_t image,
              int64_t first, int64_t last) {
    const uint64_t pixels = static_cast<uint64_t>(s.in[0] * s.in[1]);
    T *to = out + image * s.in[0] * s.in[1] * s.channels;
    clear(s, to, first, last);
    bool inside = true;
    for (int64_t row = 0; row < s.out[0]; ++row)
        for (int64_t column = 0; column < s.out[1]; ++column) {
            const T *from = grad.data + image * grad.image + row * grad.row + column * grad.column;
            const int64_t *index = indices + ((image * s.out[0] + row) * s.out[1] + column) * s.channels;
            bool fits = true;
            for (int64_t c = first; c < last; ++c) fits &= static_cast<uint64_t>(index[c]) < pixels;
            inside &= fits;
            if (!fits) continue;
#pragma GCC unroll 4
            for (int64_t c = first; c < last; ++c) to[index[c] * s.channels + c] += from[c];
        }
    return inside;
}

template <class T, bool adds, int rows, int columns>
void spread(const PoolingSizes &s, const Window &window, const T *from, T *to, int64_t first, int64_t last) {
    const int64_t row_stride = s.in[1] * s.channels;
    const T count = static_cast<T>(counted(s, window));
    for_channels<T>(first, last, [&](int64_t c, auto type) {
        using V = decltype(type);
        const V share = load_as<V>(from + c) / count;
        for_taps<rows, columns>(window, [&](int64_t i, int64_t j) {
            T *place = to + i * row_stride + j * s.channels + c;
            store_as(place, adds ? static_cast<V>(load_as<V>(place) + share) : share);
        });
    });
}

template <class T>
void mean_grad(const PoolingSizes &s, const ImagesView<const T> &grad, T *out, int64_t image, int64_t first,
               int64_t last) {
    bool exact = true;  // each element of the image is in one window
    for (int axis = 0; axis < 2; ++axis)
        exact = exact && s.padding[axis] == 0 && s.stride[axis] == s.kernel[axis] &&
                s.in[axis] == s.out[axis] * s.kernel[axis];
    T *to = out + image * s.in[0] * s.in[1] * s.channels;
    if (!exact) clear(s, to, first, last);
    for (int64_t row = 0; row < s.out[0]; ++row)
        for (int64_t column = 0; column < s.out[1]; ++column) {
            const Window window(s, row, column);
            const T *from = grad.data + image * grad.image + row * grad.row + column * grad.column;
            T *place = to + (window.first[0] * s.in[1] + window.first[1]) * s.channels;
            if (exact && window.has(2, 2)) spread<T, false, 2, 2>(s, window, from, place, first, last);
            else if (exact) spread<T, false, 0, 0>(s, window, from, place, first, last);
            else if (window.has(3, 3)) spread<T, true, 3, 3>(s, window, from, place, first, last);
            else spread<T, true, 0, 0>(s, window, from, place, first, last);
        }
}

template <class T> constexpr PoolingLoops<T> pooling_loops = {max<T>, mean<T>, max_grad<T>, mean_grad<T>};

}  // namespace

extern const PoolingKernels NEEDLE_CAT(pooling_, NEEDLE_ISA);
const PoolingKernels NEEDLE_CAT(pooling_, NEEDLE_ISA) = {pooling_loops<float>, pooling_loops<double>};

}  // namespace needle::cpu
