// Loops that move elements without computing: strided reads and writes, fills, selection. They go by item size.
#pragma once
#include "cpu/kernels/loops.h"

namespace needle::cpu {
namespace {

template <class T> void copy_elements(const void *in, void *out, int64_t n) {
    if (in != out) __builtin_memcpy(out, in, n * sizeof(T));
}

template <class T> void fill(const void *value, void *out_, int64_t n) {
    auto out = static_cast<T *>(out_);
    const T x = *static_cast<const T *>(value);
    for (int64_t i = 0; i < n; ++i) out[i] = x;
}

template <class T> void gather(const void *in_, int64_t in_stride, void *out_, int64_t n) {
    if (in_stride == 1) return copy_elements<T>(in_, out_, n);
    auto in = static_cast<const T *>(in_);
    auto out = static_cast<T *>(out_);
    if (in_stride == -1) {
        in -= n - 1;
#pragma GCC ivdep
        for (int64_t i = 0; i < n; ++i) out[i] = in[n - 1 - i];
        return;
    }
    for (int64_t i = 0; i < n; ++i) {
        keep_scalar();
        out[i] = in[i * in_stride];
    }
}

template <class T> void scatter(const void *in_, void *out_, int64_t out_stride, int64_t n) {
    if (out_stride == 1) return copy_elements<T>(in_, out_, n);
    auto in = static_cast<const T *>(in_);
    auto out = static_cast<T *>(out_);
    for (int64_t i = 0; i < n; ++i) {
        keep_scalar();
        out[i * out_stride] = in[i];
    }
}

template <class T>
void where(const bool *condition, int64_t c_step, const void *a_, int64_t a_step, const void *b_, int64_t b_step,
           void *out_, int64_t n) {
    auto c = reinterpret_cast<const uint8_t *>(condition);
    auto a = static_cast<const T *>(a_), b = static_cast<const T *>(b_);
    auto out = static_cast<T *>(out_);
    int64_t i = 0;
    if (n >= round_size) {
        Operand<uint8_t, round_size> z(c, c_step);
        Operand<T, round_size> x(a, a_step), y(b, b_step);
        for (; i + round_size <= n; i += round_size, z.advance(), x.advance(), y.advance()) {
#pragma GCC ivdep
            for (int j = 0; j < round_size; ++j) {
                const T p = x.at[j], q = y.at[j];  // both are read, so that no branch is left
                out[i + j] = z.at[j] ? p : q;
            }
        }
    }
    for (; i < n; ++i) {
        keep_scalar();
        out[i] = c[i * c_step] ? a[i * a_step] : b[i * b_step];
    }
}

}  // namespace
}  // namespace needle::cpu
