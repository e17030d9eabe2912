// The table of reductions over a contiguous row, and of their side-by-side form for the other axes.
#include "cpu/kernels.h"
#include "cpu/kernels/isa.h"
#include "cpu/kernels/loops.h"
#include "cpu/kernels/scan.h"
#include "cpu/kernels/types.h"
#include "scalar/functions.h"

namespace needle::cpu {
namespace {

// The least and the largest value that a type has.
template <class T> constexpr T lowest() {
    if constexpr (is_float<T>) return -T(__builtin_inf());
    else if constexpr (is_unsigned<T>) return 0;
    else return T(scalar::Wide<T>(1) << (8 * sizeof(T) - 1));
}
template <class T> constexpr T highest() {
    if constexpr (is_float<T>) return T(__builtin_inf());
    else return T(~lowest<T>());
}

// A monoid: an associative operation on scalars or vectors, and the value that changes nothing.
template <ReduceOp op> struct Monoid {
    static constexpr bool sees_sign = op == ReduceOp::max || op == ReduceOp::min;

    template <class V> NEEDLE_INLINE V apply(V a, V b) {
        if constexpr (op == ReduceOp::sum) return scalar::add(a, b);
        else if constexpr (op == ReduceOp::prod) return scalar::multiply(a, b);
        else if constexpr (op == ReduceOp::max || op == ReduceOp::any) return scalar::maximum(a, b);
        else return scalar::minimum(a, b);
    }

    template <class T> static constexpr T identity() {
        if constexpr (op == ReduceOp::sum) return is_float<T> ? T(-0.0) : T(0);
        else if constexpr (op == ReduceOp::prod) return 1;
        else if constexpr (op == ReduceOp::max || op == ReduceOp::any) return lowest<T>();
        else return highest<T>();
    }
};

// Elements folded by several accumulators side by side; their results are combined in a tree, and so are those of
// all blocks. The shape of the tree depends on the length of the row only.
constexpr int64_t fold_block_size = 2048;
constexpr int fold_chains = 8;
// What comes next is on its way while the tree of a block, which waits for every step, is combined.
constexpr int64_t prefetched_bytes = 4096;

// The lanes combined in a tree: lane k with lane k + half, and so on down to the first.
template <int half, class V, int... I> NEEDLE_INLINE V lanes_down(V v, LaneList<I...>) {
    return __builtin_shufflevector(v, v, (I ^ half)...);
}
template <class M, int half, class V> NEEDLE_INLINE V fold_lanes(V v) {
    if constexpr (half == 0) return v;
    else {
        using All = typename LanesUpTo<sizeof(V) / sizeof(v[0])>::type;
        return fold_lanes<M, half / 2>(M::apply(v, lanes_down<half>(v, All{})));
    }
}

template <class M, class T> T fold_block(const T *in, int64_t n) {
    constexpr int W = lanes<T>;
    T spread[W];
    for (int i = 0; i < W; ++i) spread[i] = M::template identity<T>();
    const Vector<T> identity = load(spread);
    Vector<T> partial[fold_chains];
#pragma GCC unroll 8
    for (int k = 0; k < fold_chains; ++k) partial[k] = identity;
    int64_t i = 0;
    for (; i + fold_chains * W <= n; i += fold_chains * W) {
#pragma GCC unroll 8
        for (int k = 0; k < fold_chains; ++k) {
            const T *at = in + i + k * W;
            __builtin_prefetch(reinterpret_cast<const char *>(at) + prefetched_bytes);
            partial[k] = M::apply(partial[k], load(at));
        }
    }
    const bool is_short = i == 0;  // only the first two have elements
    for (; i + W <= n; i += W) partial[0] = M::apply(partial[0], load(in + i));
    if (i < n) {
        copy_few(in + i, spread, n - i);
        partial[1] = M::apply(partial[1], load(spread));
    }
    if (is_short) partial[0] = M::apply(partial[0], partial[1]);
    else
#pragma GCC unroll 3
        for (int half = fold_chains / 2; half > 0; half /= 2)
#pragma GCC unroll 4
            for (int k = 0; k < half; ++k) partial[k] = M::apply(partial[k], partial[k + half]);
    return fold_lanes<M, W / 2>(partial[0])[0];
}

template <class M, class T> void fold(const void *in_, int64_t n, void *out) {
    auto in = static_cast<const T *>(in_);
    T pending[64];  // results of 1, 2, 4, ... blocks that wait for a partner, largest first
    int depth = 0;
    int64_t block = 0;
    do {
        const int64_t start = block * fold_block_size, rest = n - start;
        T x = fold_block<M, T>(in + start, rest < fold_block_size ? rest : fold_block_size);
        for (int64_t b = block; b & 1; b >>= 1) x = M::apply(pending[--depth], x);
        pending[depth++] = x;
    } while (++block * fold_block_size < n);
    T result = pending[--depth];
    while (depth > 0) result = M::apply(pending[--depth], result);
    *static_cast<T *>(out) = result;
}

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

// Whether x takes the place of the best so far: it lies beyond it, or is the first NaN.
template <ReduceOp op, class V> NEEDLE_INLINE auto beats(V x, V best) {
    return (op == ReduceOp::max ? x > best : x < best) | ((x != x) & (best == best));
}

// The extremum of each block first, at the speed of a fold; then one search in the first block that has the best one.
template <ReduceOp op, class T> void find(const void *in_, int64_t n, int64_t *index, void *value) {
    auto in = static_cast<const T *>(in_);
    T best = in[0];
    int64_t first = 0;
    for (int64_t start = 0; start < n; start += fold_block_size) {
        const int64_t count = n - start < fold_block_size ? n - start : fold_block_size;
        const T x = fold_block<Monoid<op>, T>(in + start, count);
        if (!beats<op>(x, best)) continue;
        best = x;
        first = start;
    }
    const Vector<T> wanted = best + Vector<T>{};
    for (; first + lanes<T> <= n; first += lanes<T>) {
        const Vector<T> x = load(in + first);
        if (scalar::any((x == wanted) | (x != x))) break;
    }
    // Another thread may have overwritten the element that was the best.
    while (first < n && in[first] != best && in[first] == in[first]) ++first;
    *index = first < n ? first : 0;
    *static_cast<T *>(value) = best;
}

// The first true element, or the first false one.
template <bool wanted> void find_truth(const void *in_, int64_t n, int64_t *index, void *value) {
    auto in = static_cast<const uint8_t *>(in_);
    constexpr int W = lanes<uint8_t>, together = 4;
    int64_t i = 0;
    for (; i + together * W <= n; i += together * W) {
        Vector<uint8_t> found = {};
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) {
            const Vector<uint8_t> x = load(in + i + k * W);
            found |= wanted ? x : (Vector<uint8_t>)(x == 0);
        }
        if (scalar::any(found != 0)) break;
    }
    while (i < n && (in[i] != 0) != wanted) ++i;
    *index = i < n ? i : 0;
    *static_cast<bool *>(value) = (i < n) == wanted;
}

// The best of `rows` rows and of what was there before; which row it is in is looked at only where one is better.
template <ReduceOp op, int rows, bool truth, class T>
NEEDLE_INLINE void find_in_rows(T *values, int64_t *indices, const T *in, int64_t stride, int64_t first, int64_t n) {
    constexpr int W = lanes<T>;
    using Which = Vector<Unsigned<T>>;
    int64_t i = 0;
    for (; i + W <= n; i += W) {
        Vector<T> best = load(values + i);
        Which which = {};
#pragma GCC unroll 8
        for (int k = 0; k < rows; ++k) {
            Vector<T> x = load(in + k * stride + i);
            if constexpr (truth) x = (Vector<T>)(x != 0) & 1;
            const auto better = beats<op>(x, best);
            best = better ? x : best;
            which = (Which)better ? Unsigned<T>(k + 1) + Which{} : which;
        }
        if (!scalar::any(which != 0)) continue;
        store(values + i, best);
        Unsigned<T> rows_of_best[W];
        store(rows_of_best, which);
        for (int j = 0; j < W; ++j)
            if (rows_of_best[j]) indices[i + j] = first + rows_of_best[j] - 1;
    }
    for (; i < n; ++i)
        for (int k = 0; k < rows; ++k) {
            keep_scalar();
            const T x = truth ? in[k * stride + i] != 0 : in[k * stride + i];
            if (!beats<op>(x, values[i])) continue;
            values[i] = x;
            indices[i] = first + k;
        }
}

template <ReduceOp op, class T, bool truth = false>
void find_accumulate(void *values_, int64_t *indices, const void *in_, int64_t stride, int64_t first, int64_t rows,
                     int64_t n) {
    auto values = static_cast<T *>(values_);
    auto in = static_cast<const T *>(in_);
    if (truth)  // of the first row, whose bytes others may have written
        for (int64_t i = 0; i < n; ++i) values[i] = values[i] != 0;
    int64_t row = 0;
    for (; row + 8 <= rows; row += 8)
        find_in_rows<op, 8, truth>(values, indices, in + row * stride, stride, first + row, n);
    for (; row < rows; ++row) find_in_rows<op, 1, truth>(values, indices, in + row * stride, stride, first + row, n);
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

template <ReduceOp op, class T> using Accumulator = typename Choose<Monoid<op>::sees_sign, Number<T>, Raw<T>>::type;

template <class T> constexpr void fill_column(ReduceKernels &table) {
    constexpr DType dtype = dtype_of<T>;
#define X(name, domain)                                                                                                \
    if constexpr (contains(Domain::domain, dtype)) {                                                                   \
        using A = Accumulator<ReduceOp::name, T>;                                                                      \
        table.fold[int(ReduceOp::name)][index_of(dtype)] = fold<Monoid<ReduceOp::name>, A>;                            \
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
    return table;
}

}  // namespace

extern const ReduceKernels NEEDLE_CAT(reduce_, NEEDLE_ISA);
const ReduceKernels NEEDLE_CAT(reduce_, NEEDLE_ISA) = make_table();

}  // namespace needle::cpu
