// Loops whose results go past the caches vector by vector or round by round. A block in the cache between the two costs
// an addition as much as itself, and the common functions a tenth.
#pragma once
#include "cpu/kernels/elementwise/copying.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/streaming.h"

namespace needle::cpu {
namespace {

// Elements in front of the first whole line, at most n; all of them where no element begins a line.
template <class T> inline int64_t before_line(const T *out, int64_t n) {
    const auto address = reinterpret_cast<uintptr_t>(out);
    if (address % sizeof(T) != 0) return n;
    const int64_t count = (-address & (line_bytes - 1)) / sizeof(T);
    return count < n ? count : n;
}

// Lines of an operand are asked for this long before they are read: with several streams from memory the processor does
// not look ahead far enough by itself. Blocks as short as those of a program are in the cache already.
constexpr int64_t asked_ahead = 4096, short_block = 1024;  // bytes; elements

// Where a loop has got to in an operand: a copy of what the operand says, for the compiler can't know that stores past
// the caches leave that as it is.
template <class T> struct Position {
    const T *at;
    const int64_t step, ahead;  // elements; bytes

    Position(const Operand<T, round_size> &x, int64_t n)
        : at(x.at), step(x.step), ahead(n > short_block ? asked_ahead : 0) {}
    // Asks for the lines of a later round. Inline in any case: a function that only asks is thrown away as one that
    // does nothing.
    __attribute__((always_inline)) void ask_ahead() const {
        for (int i = 0; i < round_size * int(sizeof(T)); i += line_bytes)
            __builtin_prefetch(reinterpret_cast<const char *>(at) + ahead + i);
    }
    void advance() { at += step; }
};

// A round that the compiler vectorises, from the first-level cache.
template <class R> inline void stream_round(const R (&block)[round_size], R *out) {
    auto from = reinterpret_cast<const char *>(block);
    auto to = reinterpret_cast<char *>(out);
    for (int i = 0; i < round_size * int(sizeof(R)); i += vector_bytes) stream(to + i, load(from + i));
}

// `plain` is the function's loop for parts that are no whole vectors.
template <class Op, class T, UnaryLoop plain> void streamed_unary(const void *a_, void *out_, int64_t n) {
    auto a = static_cast<const T *>(a_);
    auto out = static_cast<T *>(out_);
    const int64_t ahead = n > short_block ? asked_ahead : 0;
    int64_t i = before_line(out, n);
    plain(a, out, i);
    for (; i + lanes<T> <= n; i += lanes<T>) {
        __builtin_prefetch(reinterpret_cast<const char *>(a + i) + ahead);
        stream(out + i, Op::apply(load(a + i)));
    }
    plain(a + i, out + i, n - i);
}

template <class Op, class T, class R>
void streamed_binary(const void *a_, int64_t a_step, const void *b_, int64_t b_step, void *out_, int64_t n) {
    auto a = static_cast<const T *>(a_), b = static_cast<const T *>(b_);
    auto out = static_cast<R *>(out_);
    int64_t i = before_line(out, n);
    simple_binary<Op, T, R>(a, a_step, b, b_step, out, i);
    if (n - i >= round_size) {
        const Operand<T, round_size> first(a + i * a_step, a_step), second(b + i * b_step, b_step);
        Position<T> x(first, n), y(second, n);
        for (; i + round_size <= n; i += round_size, x.advance(), y.advance()) {
            x.ask_ahead();
            y.ask_ahead();
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

#if defined(__AVX512BW__)

// p where a lane's bit is set, q elsewhere.
template <class T> inline Vector<T> select_lanes(uint64_t bits, Vector<T> p, Vector<T> q) {
    const auto yes = (__m512i)p, no = (__m512i)q;
    if constexpr (sizeof(T) == 1) return (Vector<T>)_mm512_mask_blend_epi8(bits, no, yes);
    else if constexpr (sizeof(T) == 2) return (Vector<T>)_mm512_mask_blend_epi16(static_cast<__mmask32>(bits), no, yes);
    else if constexpr (sizeof(T) == 4) return (Vector<T>)_mm512_mask_blend_epi32(static_cast<__mmask16>(bits), no, yes);
    else return (Vector<T>)_mm512_mask_blend_epi64(static_cast<__mmask8>(bits), no, yes);
}

template <class T> inline void stream_selected(const uint8_t *c, const T *a, const T *b, T *out) {
    static_assert(round_size == lanes<uint8_t>);
    const auto test = (__m512i)load(c);
    const uint64_t bits = _mm512_test_epi8_mask(test, test);
    for (int j = 0; j < round_size; j += lanes<T>)
        stream(out + j, select_lanes<T>(bits >> j, load(a + j), load(b + j)));
}

#else

template <class T> inline void stream_selected(const uint8_t *c, const T *a, const T *b, T *out) {
    alignas(line_bytes) T block[round_size];
#pragma GCC ivdep
    for (int j = 0; j < round_size; ++j) {
        const T p = a[j], q = b[j];  // both are read, so that no branch is left
        block[j] = c[j] ? p : q;
    }
    stream_round(block, out);
}

#endif

template <class T>
void streamed_where(const bool *condition, int64_t c_step, const void *a_, int64_t a_step, const void *b_,
                    int64_t b_step, void *out_, int64_t n) {
    auto c = reinterpret_cast<const uint8_t *>(condition);
    auto a = static_cast<const T *>(a_), b = static_cast<const T *>(b_);
    auto out = static_cast<T *>(out_);
    int64_t i = before_line(out, n);
    where<T>(condition, c_step, a, a_step, b, b_step, out, i);
    if (n - i >= round_size) {
        const Operand<uint8_t, round_size> condition_of(c + i * c_step, c_step);
        const Operand<T, round_size> first(a + i * a_step, a_step), second(b + i * b_step, b_step);
        Position<uint8_t> z(condition_of, n);
        Position<T> x(first, n), y(second, n);
        for (; i + round_size <= n; i += round_size, z.advance(), x.advance(), y.advance()) {
            z.ask_ahead();
            x.ask_ahead();
            y.ask_ahead();
            stream_selected(z.at, x.at, y.at, out + i);
        }
    }
    where<T>(condition + i * c_step, c_step, a + i * a_step, a_step, b + i * b_step, b_step, out + i, n - i);
}

// Rows that lie apart end before the processor foresees where they go on, so lines are asked for this many elements
// early, which may be in the next row.
constexpr int64_t gathered_ahead = 1024;

// So many vectors are read, and what is gathered from them then stored: with a store past the caches after every few
// reads from memory, both take a quarter longer.
constexpr int gathered_together = 16;

// Those from `i` on. Only the last of them may end the whole row, behind which nothing must be read.
template <int vectors, int step, class T> inline void stream_every(const T *in, T *out, const T *wanted) {
    constexpr int W = lanes<T>, apart = step > 0 ? step : -step;
#pragma GCC unroll 32
    for (int k = 0; k < vectors * apart; ++k) __builtin_prefetch(step > 0 ? wanted + k * W : wanted - k * W);
    Vector<T> picked[vectors];
#pragma GCC unroll 8
    for (int k = 0; k < vectors - 1; ++k) picked[k] = every_from<step>(in + k * step * W);
    picked[vectors - 1] = every_up_to_last<step>(in + (vectors - 1) * step * W);
#pragma GCC unroll 8
    for (int k = 0; k < vectors; ++k) stream(out + k * W, picked[k]);
}

template <int step, class T> void stream_close(const T *in, T *out, int64_t n, const T *next) {
    constexpr int vectors = gathered_together / (step > 0 ? step : -step);
    constexpr int64_t one = lanes<T>, several = vectors * one;
    const int64_t ahead = n < gathered_ahead ? n : gathered_ahead;
    auto wanted = [&](int64_t i) { return i < n ? in + i * step : next + (i - n) * step; };
    int64_t i = before_line(out, n);
    gather<T>(in, step, out, i);
    for (; i + several <= n; i += several) stream_every<vectors, step>(in + i * step, out + i, wanted(i + ahead));
    if (i > 0)
        for (; i + one <= n; i += one) stream_every<1, step>(in + i * step, out + i, wanted(i + ahead));
    gather<T>(in + i * step, step, out + i, n - i);
}

template <class T> void streamed_gather(const void *in_, int64_t in_stride, void *out_, int64_t n, const void *next_) {
    auto in = static_cast<const T *>(in_), next = static_cast<const T *>(next_);
    auto out = static_cast<T *>(out_);
    if (in_stride == 2) stream_close<2>(in, out, n, next);
    else if (in_stride == -2) stream_close<-2>(in, out, n, next);
    else if (in_stride == 3) stream_close<3>(in, out, n, next);
    else stream_close<4>(in, out, n, next);
}

}  // namespace
}  // namespace needle::cpu
