// Packing: a panel is a strip of A (or B), copied so that the tile reads it from first to last element: for each step
// p along the summed axis the strip's elements side by side. Any strides are read; where the summed axis is the
// contiguous one, square blocks are transposed in registers.
#pragma once
#include "cpu/kernels/vectors/isa.h"
#include <string.h>

namespace needle::cpu {
namespace {

template <int... I> struct Indices {};
template <int N, int... I> struct IndicesTo : IndicesTo<N - 1, N - 1, I...> {};
template <int... I> struct IndicesTo<0, I...> {
    using type = Indices<I...>;
};

// One stage of the transposition: swaps the upper right and lower left quarters of every 2s x 2s block.
template <class T, int s, int... I> inline void swap_quarters(Vector<T> (&v)[lanes<T>], Indices<I...>) {
    constexpr int W = lanes<T>;
#pragma GCC unroll 16
    for (int i = 0; i < W; ++i) {
        if (i & s) continue;
        Vector<T> upper = v[i], lower = v[i + s];
        v[i] = __builtin_shufflevector(upper, lower, ((I & s) ? W + I - s : I)...);
        v[i + s] = __builtin_shufflevector(upper, lower, ((I & s) ? W + I : I + s)...);
    }
}
template <class T, int s = lanes<T> / 2> inline void transpose(Vector<T> (&v)[lanes<T>]) {
    swap_quarters<T, s>(v, typename IndicesTo<lanes<T>>::type{});
    if constexpr (s > 1) transpose<T, s / 2>(v);
}

// What is packed: element (step p, lane i) of the source is data[p * step_stride + i * lane_stride].
template <class T> struct Source {
    const T *data;
    int64_t lane_stride, step_stride;
    int64_t depth;  // steps
};

// Lanes begin, begin + 1, ... of the source (`width` of them) go to out[p * stride], out[p * stride + 1], ...; the
// lanes from width to stride become zeros. As whole vectors are written, lanes<T> elements behind the panel must be
// room. The stride is the width or a multiple of the vector.
template <class T> struct Panel {
    int64_t begin, width, stride;
    T *out;
};

template <class T> inline void copy_lanes(const T *source, T *out, int64_t width) {
    constexpr int W = lanes<T>, half = W / 2;
    int64_t i = 0;
    for (; i + W <= width; i += W) store(out + i, load(source + i));
    if (i == width) return;
    if (width >= W) {
        store(out + width - W, load(source + width - W));
    } else if (width >= half) {
        memcpy(out, source, half * sizeof(T));
        memcpy(out + width - half, source + width - half, half * sizeof(T));
    } else {
        for (; i < width; ++i) out[i] = source[i];
    }
}

// Lanes side by side in memory: step by step over all panels, so that the source is read in long runs.
template <class T> void pack_rows(const Source<T> &source, const Panel<T> *panels, int count) {
    constexpr int64_t line = 64 / sizeof(T), ahead = 4;
    const int64_t begin = panels[0].begin, end = panels[count - 1].begin + panels[count - 1].width;
    for (int64_t p = 0; p < source.depth; ++p) {
        const T *from = source.data + p * source.step_stride;
        for (int64_t i = begin; i < end; i += line) __builtin_prefetch(from + ahead * source.step_stride + i);
        for (int j = 0; j < count; ++j) {
            const Panel<T> &panel = panels[j];
            T *out = panel.out + p * panel.stride;
            copy_lanes(from + panel.begin, out, panel.width);
            for (int64_t i = panel.width; i < panel.stride; ++i) out[i] = 0;
        }
    }
}

// Steps side by side in memory, at least one vector of them: blocks are transposed.
template <class T> void pack_transposed(const Source<T> &source, const Panel<T> &panel) {
    constexpr int W = lanes<T>;
    constexpr int64_t ahead = 512 / sizeof(T);
    // The last lanes first: what their vectors write too much belongs to the first lanes of the next step.
    for (int64_t lane = (panel.stride - 1) / W * W; lane >= 0; lane -= W) {
        const T *from = source.data + (panel.begin + lane) * source.lane_stride;
        const int64_t present = panel.width - lane;
        for (int64_t p = 0; p < source.depth; p += W) {
            if (p > source.depth - W) p = source.depth - W;
            Vector<T> v[W];
#pragma GCC unroll 16
            for (int i = 0; i < W; ++i) {
                v[i] = Vector<T>{};
                if (i < present) {
                    const T *row = from + i * source.lane_stride + p;
                    __builtin_prefetch(row + ahead);
                    v[i] = load(row);
                }
            }
            transpose<T>(v);
            T *out = panel.out + p * panel.stride + lane;
#pragma GCC unroll 16
            for (int i = 0; i < W; ++i) store(out + i * panel.stride, v[i]);
        }
    }
}

template <class T> void pack_any(const Source<T> &source, const Panel<T> &panel) {
    T *out = panel.out;
    for (int64_t p = 0; p < source.depth; ++p, out += panel.stride) {
        const T *from = source.data + p * source.step_stride + panel.begin * source.lane_stride;
        for (int64_t i = 0; i < panel.width; ++i) out[i] = from[i * source.lane_stride];
        for (int64_t i = panel.width; i < panel.stride; ++i) out[i] = 0;
    }
}

// Neighbouring panels, in order.
template <class T> void pack(const Source<T> &source, const Panel<T> *panels, int count) {
    if (source.lane_stride == 1) return pack_rows(source, panels, count);
    bool transposed = source.step_stride == 1 && source.depth >= lanes<T>;
    for (int j = 0; j < count; ++j) transposed ? pack_transposed(source, panels[j]) : pack_any(source, panels[j]);
}

}  // namespace
}  // namespace needle::cpu
