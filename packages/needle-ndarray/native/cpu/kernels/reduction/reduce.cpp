// The table of reductions over a contiguous row, and of their side-by-side form for the other axes.
#include "cpu/kernels.h"
#include "cpu/kernels/reduction/find.h"
#include "cpu/kernels/reduction/fold_rows.h"
#include "cpu/kernels/reduction/scan.h"

namespace needle::cpu {
namespace {

// rows of them, combined in a tree, into the accumulators.
template <class M, int rows, class T>
NEEDLE_INLINE void accumulate_rows(T *accumulators, const T *in, int64_t stride, int64_t n) {
    auto combine = [=](auto *values) {
#pragma GCC unroll 3
        for (int half = rows / 2; half > 0; half /= 2)
#pragma GCC unroll 4
            for (int k = 0; k < half; ++k) values[k] = M::apply(values[k], values[k + half]);
    };
    int64_t i = 0;
    for (; i + lanes<T> <= n; i += lanes<T>) {
        Vector<T> values[rows];
#pragma GCC unroll 8
        for (int k = 0; k < rows; ++k) values[k] = load(in + k * stride + i);
        combine(values);
        store(accumulators + i, M::apply(load(accumulators + i), values[0]));
    }
    for (; i < n; ++i) {
        keep_scalar();
        T values[rows];
        for (int k = 0; k < rows; ++k) values[k] = in[k * stride + i];
        combine(values);
        accumulators[i] = M::apply(accumulators[i], values[0]);
    }
}

template <class M, class T>
void accumulate(void *accumulators_, const void *in_, int64_t stride, int64_t rows, int64_t n) {
    auto accumulators = static_cast<T *>(accumulators_);
    auto in = static_cast<const T *>(in_);
    for (; rows >= 8; rows -= 8, in += 8 * stride) accumulate_rows<M, 8>(accumulators, in, stride, n);
    for (; rows > 0; --rows, in += stride) accumulate_rows<M, 1>(accumulators, in, stride, n);
}

template <class T> int64_t count(const void *in_, uint64_t mask, int64_t n) {
    auto in = static_cast<const T *>(in_);
    const Vector<T> wanted = T(mask) + Vector<T>{};
    int64_t total = 0, i = 0;
    while (i + lanes<T> <= n) {
        Vector<T> sums = {};
        // No lane counts further than its type reaches.
        for (int round = 0; round < 255 && i + lanes<T> <= n; ++round, i += lanes<T>)
            sums -= (Vector<T>)((load(in + i) & wanted) != 0);
        T parts[lanes<T>];
        store(parts, sums);
        for (int k = 0; k < lanes<T>; ++k) total += static_cast<int64_t>(parts[k]);
    }
    for (; i < n; ++i) {
        keep_scalar();
        total += (in[i] & T(mask)) != 0;
    }
    return total;
}

// The positions are written before it is known whether they count.
template <class T> int64_t positions(const void *in_, uint64_t mask, int64_t n, int64_t first, int64_t *out) {
    auto in = static_cast<const T *>(in_);
    int64_t found = 0, i = 0;
#if defined(__AVX512BW__)
    const auto wanted = (__m512i)(T(mask) + Vector<T>{});
    for (; i + lanes<T> <= n; i += lanes<T>) {
        const auto x = (__m512i)load(in + i);
        uint64_t bits;
        if constexpr (sizeof(T) == 1) bits = _mm512_test_epi8_mask(x, wanted);
        else if constexpr (sizeof(T) == 2) bits = _mm512_test_epi16_mask(x, wanted);
        else if constexpr (sizeof(T) == 4) bits = _mm512_test_epi32_mask(x, wanted);
        else bits = _mm512_test_epi64_mask(x, wanted);
        const Vector<int64_t> numbers = {0, 1, 2, 3, 4, 5, 6, 7};
        for (int64_t at = first + i; bits != 0; bits >>= 8, at += 8) {
            const auto group = static_cast<__mmask8>(bits);
            store(out + found, (Vector<int64_t>)_mm512_maskz_compress_epi64(group, (__m512i)(at + numbers)));
            found += __builtin_popcount(group);
        }
    }
#else
    constexpr int64_t group = 8 / sizeof(T);
    for (; i + group <= n; i += group) {
        uint64_t word;
        __builtin_memcpy(&word, in + i, 8);
        if (word == 0) continue;
        for (int64_t j = i; j < i + group; ++j) {
            out[found] = first + j;
            found += (in[j] & T(mask)) != 0;
        }
    }
#endif
    for (; i < n; ++i) {
        out[found] = first + i;
        found += (in[i] & T(mask)) != 0;
    }
    return found;
}

template <ReduceOp op, class T> using Accumulator = typename Choose<Monoid<op>::sees_sign, Number<T>, Raw<T>>::type;

template <class T> constexpr void fill_column(ReduceKernels &table) {
    constexpr DType dtype = dtype_of<T>;
#define X(name, domain)                                                                                                \
    if constexpr (contains(Domain::domain, dtype)) {                                                                   \
        using A = Accumulator<ReduceOp::name, T>;                                                                      \
        table.fold[int(ReduceOp::name)][index_of(dtype)] = fold<Monoid<ReduceOp::name>, A>;                            \
        table.fold_rows[int(ReduceOp::name)][index_of(dtype)] = fold_rows<Monoid<ReduceOp::name>, A>;                  \
        table.accumulate[int(ReduceOp::name)][index_of(dtype)] = accumulate<Monoid<ReduceOp::name>, A>;                \
    }
    NEEDLE_REDUCE_OPS(X)
#undef X
    if constexpr (is_bool<T>) {
        table.argmax[index_of(dtype)] = find_truth<true>;
        table.argmin[index_of(dtype)] = find_truth<false>;
    } else {
        table.running_sum[index_of(dtype)] = running_sum<Raw<T>>;
        table.argmax[index_of(dtype)] = find<ReduceOp::max, T>;
        table.argmin[index_of(dtype)] = find<ReduceOp::min, T>;
        if constexpr (sizeof(T) >= 4 && vector_bytes >= 32) {
            table.argmax_rows[index_of(dtype)] = find_of_rows<ReduceOp::max, T>;
            table.argmin_rows[index_of(dtype)] = find_of_rows<ReduceOp::min, T>;
        }
    }
    table.argmax_accumulate[index_of(dtype)] = find_accumulate<ReduceOp::max, Number<T>, is_bool<T>>;
    table.argmin_accumulate[index_of(dtype)] = find_accumulate<ReduceOp::min, Number<T>, is_bool<T>>;
}

constexpr ReduceKernels make_table() {
    ReduceKernels table = {};
#define X(id, type, name, kind) fill_column<type>(table);
    NEEDLE_ARITHMETIC_DTYPES(X)
#undef X
    table.count[0] = count<uint8_t>;
    table.count[1] = count<uint16_t>;
    table.count[2] = count<uint32_t>;
    table.count[3] = count<uint64_t>;
    table.positions[0] = positions<uint8_t>;
    table.positions[1] = positions<uint16_t>;
    table.positions[2] = positions<uint32_t>;
    table.positions[3] = positions<uint64_t>;
    table.sum_squares_f32 = sum_squares<float>;
    table.sum_squares_f64 = sum_squares<double>;
    table.sum_widened = sum_widened;
    return table;
}

}  // namespace

extern const ReduceKernels NEEDLE_CAT(reduce_, NEEDLE_ISA);
const ReduceKernels NEEDLE_CAT(reduce_, NEEDLE_ISA) = make_table();

}  // namespace needle::cpu
