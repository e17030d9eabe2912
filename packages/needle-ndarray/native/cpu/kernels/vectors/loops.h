// The loops that kernels are made of. A simple loop applies a function of scalars to rounds of a fixed number of
// elements, which the compiler turns into vectors; a vector loop calls a function of vectors, and runs the last few
// elements through the same function in a padded buffer, so that a result never depends on where in the array it
// stands.
//
// Op is a type with a static function `apply`. Outputs may be an input's own memory.
#pragma once
#include "cpu/kernels/vectors/isa.h"

namespace needle::cpu {
namespace {

// Elements in one round: whole vectors of the smallest type on the widest machine.
constexpr int round_size = 64;

// Stands in loops of a few rounds, which are not worth vector code.
inline void keep_scalar() { asm volatile(""); }

template <class T> inline void copy_few(const T *from, T *to, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        keep_scalar();
        to[i] = from[i];
    }
}

// Where an operand starts and how far it moves from round to round; a scalar is repeated in the buffer and stays.
template <class T, int count> struct Operand {
    T buffer[count];
    const T *at;
    int64_t step;

    Operand(const T *data, int64_t element_step) : at(data), step(element_step * count) {
        if (element_step != 0) return;
        for (int i = 0; i < count; ++i) buffer[i] = *data;
        at = buffer;
    }
    void advance() { at += step; }
};

template <class Op, class T, class R> void simple_unary(const void *a_, void *out_, int64_t n) {
    auto a = static_cast<const T *>(a_);
    auto out = static_cast<R *>(out_);
    int64_t i = 0;
    for (; i + round_size <= n; i += round_size) {
#pragma GCC ivdep
        for (int j = 0; j < round_size; ++j) out[i + j] = Op::apply(a[i + j]);
    }
    for (; i < n; ++i) {
        keep_scalar();
        out[i] = Op::apply(a[i]);
    }
}

template <class Op, class T, class R>
void simple_binary(const void *a_, int64_t a_step, const void *b_, int64_t b_step, void *out_, int64_t n) {
    auto a = static_cast<const T *>(a_), b = static_cast<const T *>(b_);
    auto out = static_cast<R *>(out_);
    int64_t i = 0;
    if (n >= round_size) {
        Operand<T, round_size> x(a, a_step), y(b, b_step);
        for (; i + round_size <= n; i += round_size, x.advance(), y.advance()) {
#pragma GCC ivdep
            for (int j = 0; j < round_size; ++j) out[i + j] = Op::apply(x.at[j], y.at[j]);
        }
    }
    for (; i < n; ++i) {
        keep_scalar();
        out[i] = Op::apply(a[i * a_step], b[i * b_step]);
    }
}

// 1 in every lane that no element fills: an argument without special cases.
template <class T> inline Vector<T> load_padded(const T *from, int64_t n) {
    T buffer[lanes<T>];
    for (int i = 0; i < lanes<T>; ++i) buffer[i] = T(1);
    copy_few(from, buffer, n);
    return load(buffer);
}
template <class T> inline void store_some(T *to, Vector<T> v, int64_t n) {
    T buffer[lanes<T>];
    store(buffer, v);
    copy_few(buffer, to, n);
}

template <class Op, class T> void vector_unary(const void *a_, void *out_, int64_t n) {
    auto a = static_cast<const T *>(a_);
    auto out = static_cast<T *>(out_);
    int64_t i = 0;
    for (; i + lanes<T> <= n; i += lanes<T>) store(out + i, Op::apply(load(a + i)));
    if (i < n) store_some(out + i, Op::apply(load_padded(a + i, n - i)), n - i);
}

template <class Op, class T>
void vector_binary(const void *a_, int64_t a_step, const void *b_, int64_t b_step, void *out_, int64_t n) {
    auto a = static_cast<const T *>(a_), b = static_cast<const T *>(b_);
    auto out = static_cast<T *>(out_);
    if (n < 1) return;
    Operand<T, lanes<T>> x(a, a_step), y(b, b_step);
    int64_t i = 0;
    for (; i + lanes<T> <= n; i += lanes<T>, x.advance(), y.advance())
        store(out + i, Op::apply(load(x.at), load(y.at)));
    if (i == n) return;
    const Vector<T> last_a = a_step == 0 ? load(x.at) : load_padded(x.at, n - i);
    const Vector<T> last_b = b_step == 0 ? load(y.at) : load_padded(y.at, n - i);
    store_some(out + i, Op::apply(last_a, last_b), n - i);
}

template <class Op, class T>
void vector_ternary(const void *a_, int64_t a_step, const void *b_, int64_t b_step, const void *c_, int64_t c_step,
                    void *out_, int64_t n) {
    auto a = static_cast<const T *>(a_), b = static_cast<const T *>(b_), c = static_cast<const T *>(c_);
    auto out = static_cast<T *>(out_);
    if (n < 1) return;
    Operand<T, lanes<T>> x(a, a_step), y(b, b_step), z(c, c_step);
    int64_t i = 0;
    for (; i + lanes<T> <= n; i += lanes<T>, x.advance(), y.advance(), z.advance())
        store(out + i, Op::apply(load(x.at), load(y.at), load(z.at)));
    if (i == n) return;
    const Vector<T> last_a = a_step == 0 ? load(x.at) : load_padded(x.at, n - i);
    const Vector<T> last_b = b_step == 0 ? load(y.at) : load_padded(y.at, n - i);
    const Vector<T> last_c = c_step == 0 ? load(z.at) : load_padded(z.at, n - i);
    store_some(out + i, Op::apply(last_a, last_b, last_c), n - i);
}

}  // namespace
}  // namespace needle::cpu
