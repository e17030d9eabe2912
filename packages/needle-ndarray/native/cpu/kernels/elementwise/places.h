// Places that indices name, and copies of rows between places. The loops over indices are spelled in vectors, which the
// compiler would not make of all of them.
#pragma once
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/sizes.h"
#include "cpu/kernels/vectors/streaming.h"
#include "scalar/lanes.h"

namespace needle::cpu {
namespace {

bool are_within(const int64_t *indices, int64_t low, int64_t size, int64_t n) {
    constexpr int W = lanes<int64_t>;
    Vector<int64_t> beyond = {};
    int64_t i = 0;
    for (; i + W <= n; i += W) {
        const Vector<int64_t> index = load(indices + i);
        beyond |= (index < low) | (index >= size);
    }
    bool within = !scalar::any(beyond);
    for (; i < n; ++i) {
        keep_scalar();
        within &= (indices[i] >= low) & (indices[i] < size);
    }
    return within;
}

// Unsigned, for sums and products of strides that are never followed wrap around.
template <bool adds> bool place_indices(PlacedIndices p, uint64_t first, uint64_t apart, uint64_t *out, int64_t n) {
    constexpr int W = lanes<int64_t>;
    const auto size = static_cast<uint64_t>(p.size), step = static_cast<uint64_t>(p.step);
    Vector<uint64_t> base;
    for (int lane = 0; lane < W; ++lane) base[lane] = first + uint64_t(lane) * apart;
    Vector<int64_t> beyond = {};
    int64_t i = 0;
    for (; i + W <= n; i += W, base += W * apart) {
        const Vector<int64_t> index = load(p.indices + i), from_end = index < 0;
        beyond |= (index < p.low) | (index >= p.size);
        const Vector<uint64_t> counted = (Vector<uint64_t>)index + ((Vector<uint64_t>)from_end & size);
        Vector<uint64_t> place = counted * step + base;
        if (adds) place += load(out + i);
        store(out + i, place);
    }
    bool within = !scalar::any(beyond);
    for (uint64_t from = base[0]; i < n; ++i, from += apart) {
        keep_scalar();
        const int64_t index = p.indices[i];
        within &= (index >= p.low) & (index < p.size);
        const uint64_t counted = static_cast<uint64_t>(index) + (index < 0 ? size : 0);
        out[i] = (adds ? out[i] : 0) + counted * step + from;
    }
    return within;
}

bool place(const PlacedIndices &p, int64_t first, int64_t apart, int64_t *out, int64_t n, bool adds) {
    const auto run = adds ? place_indices<true> : place_indices<false>;
    return run(p, static_cast<uint64_t>(first), static_cast<uint64_t>(apart), reinterpret_cast<uint64_t *>(out), n);
}

template <bool streams> NEEDLE_INLINE void copy_line(const char *from, char *to) {
    constexpr int vectors = line_bytes / vector_bytes;
    Vector<char> line[vectors];
#pragma GCC unroll 4
    for (int k = 0; k < vectors; ++k) line[k] = load(from + k * vector_bytes);
#pragma GCC unroll 4
    for (int k = 0; k < vectors; ++k)
        if constexpr (streams) stream(to + k * vector_bytes, line[k]);
        else store(to + k * vector_bytes, line[k]);
}

// A row; meanwhile the lines of one that is copied later are asked for. The last line reaches back.
template <bool streams> NEEDLE_INLINE void copy_row(const char *from, char *to, int64_t bytes, const char *later) {
    int64_t i = 0;
    for (; i + line_bytes <= bytes; i += line_bytes) {
        __builtin_prefetch(later + i);
        copy_line<streams>(from + i, to + i);
    }
    if (i == bytes) return;
    __builtin_prefetch(later + bytes - 1);
    copy_line<false>(from + bytes - line_bytes, to + bytes - line_bytes);
}

// No processor can know where the next rows are, so as many as are in these bytes are under way.
constexpr int64_t row_bytes_ahead = 8192, most_rows_ahead = 16;

template <bool streams> void copy_rows_to(const RowCopies c) {
    const int64_t ahead = clamp(row_bytes_ahead / c.row_bytes, 1, most_rows_ahead);
    for (int64_t i = 0; i < c.rows; ++i) {
        const char *from = c.in + c.in_at[i] * c.itemsize;
        const char *later = c.in + c.in_at[min(i + ahead, c.rows - 1)] * c.itemsize;
        char *to = c.out + c.out_at[i] * c.itemsize;
        if (streams && is_line(to)) copy_row<true>(from, to, c.row_bytes, later);
        else copy_row<false>(from, to, c.row_bytes, later);
    }
    if (streams) finish_streams();
}

template <int bytes> struct Move {
    typedef uint8_t type __attribute__((vector_size(bytes), aligned(1), may_alias));
};

// Rows of `size` bytes or more, but less than twice as many: the second move may lie over the first.
template <int size> void copy_short_rows(const RowCopies c) {
    using M = typename Move<size>::type;
    for (int64_t i = 0; i < c.rows; ++i) {
        const char *from = c.in + c.in_at[i] * c.itemsize;
        char *to = c.out + c.out_at[i] * c.itemsize;
        const M first = *reinterpret_cast<const M *>(from),
                last = *reinterpret_cast<const M *>(from + c.row_bytes - size);
        *reinterpret_cast<M *>(to) = first;
        *reinterpret_cast<M *>(to + c.row_bytes - size) = last;
    }
}

void copy_rows(const RowCopies &c) {
    if (c.row_bytes < 4) copy_short_rows<2>(c);
    else if (c.row_bytes < 8) copy_short_rows<4>(c);
    else if (c.row_bytes < 16) copy_short_rows<8>(c);
    else if (c.row_bytes < 32) copy_short_rows<16>(c);
    else if (c.row_bytes < line_bytes) copy_short_rows<32>(c);
    else if (c.streams) copy_rows_to<true>(c);
    else copy_rows_to<false>(c);
}

}  // namespace
}  // namespace needle::cpu
