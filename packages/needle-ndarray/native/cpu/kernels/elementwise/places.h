// Places that indices name, and copies of rows between places.
#pragma once
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/sizes.h"
#include "cpu/kernels/vectors/streaming.h"

namespace needle::cpu {
namespace {

bool find_places(const int64_t *indices, int64_t n, int64_t low, int64_t size, int64_t start, int64_t step,
                 int64_t *out) {
    uint64_t outside = 0;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
        const int64_t index = indices[i];
        outside |= (index < low) | (index >= size);
        // Unsigned, since an index that is outside may overflow.
        const uint64_t from_start = static_cast<uint64_t>(index) + static_cast<uint64_t>(index < 0 ? size : 0);
        out[i] = static_cast<int64_t>(static_cast<uint64_t>(start) + from_start * static_cast<uint64_t>(step));
    }
    return outside == 0;
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

void copy_rows(const RowCopies &copies) {
    if (copies.streams) copy_rows_to<true>(copies);
    else copy_rows_to<false>(copies);
}

}  // namespace
}  // namespace needle::cpu
