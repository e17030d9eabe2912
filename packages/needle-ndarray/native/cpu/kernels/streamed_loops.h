// Simple loops whose results go past the caches round by round. A block in the cache between the two would cost little
// for functions that take long; an addition waits for every load and store.
#pragma once
#include "cpu/kernels/copying.h"
#include "cpu/kernels/loops.h"
#include "cpu/kernels/streaming.h"

namespace needle::cpu {
namespace {

// Elements in front of the first whole line, at most n; all of them where no element begins a line.
template <class T> inline int64_t before_line(const T *out, int64_t n) {
    const auto address = reinterpret_cast<uintptr_t>(out);
    if (address % sizeof(T) != 0) return n;
    const int64_t count = (-address & (line_bytes - 1)) / sizeof(T);
    return count < n ? count : n;
}

// A round that the compiler vectorises, from the first-level cache.
template <class R> inline void stream_round(const R (&block)[round_size], R *out) {
    auto from = reinterpret_cast<const char *>(block);
    auto to = reinterpret_cast<char *>(out);
    for (int i = 0; i < round_size * int(sizeof(R)); i += vector_bytes) stream(to + i, load(from + i));
}

template <class Op, class T, class R>
void streamed_binary(const void *a_, int64_t a_step, const void *b_, int64_t b_step, void *out_, int64_t n) {
    auto a = static_cast<const T *>(a_), b = static_cast<const T *>(b_);
    auto out = static_cast<R *>(out_);
    int64_t i = before_line(out, n);
    simple_binary<Op, T, R>(a, a_step, b, b_step, out, i);
    if (n - i >= round_size) {
        Operand<T, round_size> x(a + i * a_step, a_step), y(b + i * b_step, b_step);
        for (; i + round_size <= n; i += round_size, x.advance(), y.advance()) {
            if constexpr (sizeof(T) == sizeof(R)) {
                for (int j = 0; j < round_size; j += lanes<T>)
                    stream(out + i + j, Op::apply(load(x.at + j), load(y.at + j)));
            } else {
                alignas(line_bytes) R block[round_size];
#pragma GCC ivdep
                for (int j = 0; j < round_size; ++j) block[j] = Op::apply(x.at[j], y.at[j]);
                stream_round(block, out + i);
            }
        }
    }
    simple_binary<Op, T, R>(a + i * a_step, a_step, b + i * b_step, b_step, out + i, n - i);
}

template <class T>
void streamed_where(const bool *condition, int64_t c_step, const void *a_, int64_t a_step, const void *b_,
                    int64_t b_step, void *out_, int64_t n) {
    auto c = reinterpret_cast<const uint8_t *>(condition);
    auto a = static_cast<const T *>(a_), b = static_cast<const T *>(b_);
    auto out = static_cast<T *>(out_);
    int64_t i = before_line(out, n);
    where<T>(condition, c_step, a, a_step, b, b_step, out, i);
    if (n - i >= round_size) {
        Operand<uint8_t, round_size> z(c + i * c_step, c_step);
        Operand<T, round_size> x(a + i * a_step, a_step), y(b + i * b_step, b_step);
        for (; i + round_size <= n; i += round_size, z.advance(), x.advance(), y.advance()) {
            alignas(line_bytes) T block[round_size];
#pragma GCC ivdep
            for (int j = 0; j < round_size; ++j) {
                const T p = x.at[j], q = y.at[j];  // both are read, so that no branch is left
                block[j] = z.at[j] ? p : q;
            }
            stream_round(block, out + i);
        }
    }
    where<T>(condition + i * c_step, c_step, a + i * a_step, a_step, b + i * b_step, b_step, out + i, n - i);
}

// Rows that lie apart end before the processor foresees where they go on, so lines are asked for this many elements
// early, which may be in the next row.
constexpr int64_t gathered_ahead = 1024;

template <int stride, class T> void stream_close(const T *in, T *out, int64_t n, const T *next) {
    const int64_t ahead = n < gathered_ahead ? n : gathered_ahead;
    int64_t i = before_line(out, n);
    gather<T>(in, stride, out, i);
    // Not beyond the last element.
    for (; (i + lanes<T>)*stride <= (n - 1) * stride + 1; i += lanes<T>) {
        const int64_t later = i + ahead;
        const T *wanted = later < n ? in + later * stride : next + (later - n) * stride;
        for (int k = 0; k < stride; ++k) __builtin_prefetch(wanted + k * lanes<T>);
        stream(out + i, every<stride>(in + i * stride));
    }
    gather<T>(in + i * stride, stride, out + i, n - i);
}

template <class T> void streamed_gather(const void *in_, int64_t in_stride, void *out_, int64_t n, const void *next_) {
    auto in = static_cast<const T *>(in_), next = static_cast<const T *>(next_);
    auto out = static_cast<T *>(out_);
    if (in_stride == 2) stream_close<2>(in, out, n, next);
    else if (in_stride == 3) stream_close<3>(in, out, n, next);
    else stream_close<4>(in, out, n, next);
}

}  // namespace
}  // namespace needle::cpu
