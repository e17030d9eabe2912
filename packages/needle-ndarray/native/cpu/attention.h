// The kernels of scaled dot-product attention: the table, and what they take.
#pragma once
#include <cstdint>

namespace needle::cpu {

// A matrix read through any strides, in elements.
template <class T> struct StridedMatrix {
    const T *data;
    int64_t row, column;
};

// One head: q (T, D), k (S, D), v (S, E), and the mask (T, S).
template <class T> struct AttentionHead {
    int64_t queries, keys, depth, width;  // T, S, D, E
    StridedMatrix<T> q, k, v;
    // Booleans (as bytes; all but 0 are true: attend) or numbers of type T that are added; null: none.
    const void *mask = nullptr;
    int64_t mask_row = 0, mask_column = 0;
    bool mask_is_bool = false;
    bool causal = false;
    T scale = 1;
};

template <class T> struct AttentionResult {
    T *out;       // (T, E), row-major
    T *log_sums;  // (T,)
};

template <class T> struct AttentionGradient {
    StridedMatrix<T> grad;  // (T, E)
    const T *out;           // (T, E), row-major
    const T *log_sums;      // (T,)
    T *dq;                  // (T, D), row-major, as the others
    T *dk, *dv;             // (S, D) and (S, E)
};

// Queries of a block: 256 bytes of one number each.
template <class T> constexpr int64_t attention_block = 256 / static_cast<int64_t>(sizeof(T));

template <class T> struct AttentionLoops {
    // The rows of one block of queries. `scratch` holds forward_scratch(...) bytes, 64-byte aligned.
    void (*forward)(const AttentionHead<T> &head, const AttentionResult<T> &to, int64_t block, void *scratch);
    int64_t (*forward_scratch)(int64_t depth, int64_t width);
    // The gradients that blocks first to last - 1 of queries give, in this order.
    void (*backward)(const AttentionHead<T> &head, const AttentionGradient<T> &gradient, int64_t first, int64_t last,
                     void *scratch);
    int64_t (*backward_scratch)(int64_t depth, int64_t width);
};

struct AttentionKernels {
    AttentionLoops<float> f32;
    AttentionLoops<double> f64;
};

}  // namespace needle::cpu
