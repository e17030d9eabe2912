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
        for (int k = 0; k < fold_chains; ++k) partial[k] = M::apply(partial[k], load(in + i + k * W));
    }
    for (; i + W <= n; i += W) partial[0] = M::apply(partial[0], load(in + i));
    copy_few(in + i, spread, n - i);
    partial[1] = M::apply(partial[1], load(spread));
#pragma GCC unroll 3
    for (int half = fold_chains / 2; half > 0; half /= 2)
#pragma GCC unroll 4
        for (int k = 0; k < half; ++k) partial[k] = M::apply(partial[k], partial[k + half]);
    store(spread, partial[0]);
    for (int half = W / 2; half > 0; half /= 2)
        for (int k = 0; k < half; ++k) spread[k] = M::apply(spread[k], spread[k + half]);
    return spread[0];
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

template <class M, class T> void accumulate(void *accumulators, const void *in, int64_t n) {
    simple_binary<M, T, T>(accumulators, 1, in, 1, accumulators, n);
}

// Whether x takes the place of the best so far: it lies beyond it, or is the first NaN.
template <ReduceOp op, class T> NEEDLE_INLINE bool beats(T x, T best) {
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

template <ReduceOp op, class T, bool truth = false>
void find_accumulate(void *values_, int64_t *indices, const void *in_, int64_t index, int64_t n) {
    auto values = static_cast<T *>(values_);
    auto in = static_cast<const T *>(in_);
    int64_t i = 0;
    for (; i + round_size <= n; i += round_size) {
#pragma GCC ivdep
        for (int64_t j = i; j < i + round_size; ++j) {
            const T x = truth ? in[j] != 0 : in[j], best = truth ? values[j] != 0 : values[j];
            const int64_t old = indices[j];
            const bool better = beats<op>(x, best);
            values[j] = better ? x : best;
            indices[j] = better ? index : old;
        }
    }
    for (; i < n; ++i) {
        keep_scalar();
        const T x = truth ? in[i] != 0 : in[i], best = truth ? values[i] != 0 : values[i];
        if (!beats<op>(x, best)) continue;
        values[i] = x;
        indices[i] = index;
    }
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
