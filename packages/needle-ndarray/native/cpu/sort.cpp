#include "cpu/sort.h"
#include "cpu/axes.h"
#include "cpu/bucket_sort.h"
#include "cpu/counting.h"
#include "cpu/kernels.h"
#include "cpu/key_bounds.h"
#include "cpu/keys.h"
#include "cpu/radix.h"
#include "cpu/vector_sort.h"
#include <atomic>
#include <limits>
#include <type_traits>

namespace needle::cpu {

namespace {

// Memory for one task: a row of spare keys, and the counters for rows that are long enough to be counted.
template <class K> struct Workspace {
    K *spare;
    int64_t *counters;
};

// Rows go to tasks; a long row keeps all threads busy by itself. All memory is there before the first task begins.
template <class K, class F> void for_rows(int64_t rows, int64_t length, F &&row) {
    constexpr int64_t max_tasks = 32;
    const bool one_by_one = chunks_of(length) > 1;
    const int64_t tasks =
        one_by_one ? 1 : std::clamp<int64_t>(rows * length / task_elements, 1, std::min(rows, max_tasks));
    auto padded = [](int64_t bytes) { return (bytes + 63) / 64 * 64; };
    const int64_t keys = padded(length * static_cast<int64_t>(sizeof(K))),
                  counters = padded(counters_of<K>(length) * 8);
    Array memory = empty(Dims{tasks, keys + counters}, DType::UInt8, Device{});
    auto run = [&](int64_t task) {
        char *base = memory.bytes() + task * (keys + counters);
        Workspace<K> work{reinterpret_cast<K *>(base), reinterpret_cast<int64_t *>(base + keys)};
        for (int64_t i = rows * task / tasks, end = rows * (task + 1) / tasks; i < end; ++i) row(i, work);
    };
    if (tasks == 1) run(0);
    else parallel_for(tasks, run);
}

// ---- Values

template <class K> void gather_row(const K *in, int64_t stride, int64_t length, K *out) {
    const auto gather = kernels().elementwise->gather[__builtin_ctz(sizeof(K))];
    for_chunks(length, [&](int64_t, int64_t start, int64_t end) {
        gather(in + start * stride, stride, out + start, end - start);
    });
}

// Copies a row, its NaNs to the end (in descending order to the beginning), and returns how many there are.
template <class O>
int64_t set_nans_aside(const O &order, const typename O::Key *in, int64_t stride, int64_t n, typename O::Key *row,
                       typename O::Key *spare) {
    int64_t nans = 0, others = 0;
    for (int64_t i = 0; i < n; ++i) {
        const typename O::Key x = in[i * stride];
        row[others] = x;
        if (order.is_nan(x)) spare[nans++] = x;
        else ++others;
    }
    if (order.flip) std::copy_backward(row, row + others, row + n);
    std::copy_n(spare, nans, order.flip ? row : row + others);
    return nans;
}

// Signs of zeros were sorted with the rest; the zeros of a sorted row go back to the order in which they came.
template <class O>
void restore_zeros(const O &order, const typename O::Key *in, int64_t stride, int64_t length, typename O::Key *sorted,
                   int64_t n) {
    using K = typename O::Key;
    const K before = order.flip ? 0 : 1;  // the sign of what stands before the zeros
    K *const end = sorted + n;
    K *zero = std::partition_point(sorted, end, [&](K x) { return !O::is_zero(x) && x >> (O::bits - 1) == before; });
    K *const last = std::partition_point(zero, end, [](K x) { return O::is_zero(x); }) - 1;
    if (last < zero || *last == *zero) return;
    for (int64_t i = 0; i < length && zero <= last; ++i)
        if (O::is_zero(in[i * stride])) *zero++ = in[i * stride];
}

template <class O>
void sort_row_by_radix(const O &order, const typename O::Key *in, int64_t stride, int64_t length, typename O::Key *out,
                       const Workspace<typename O::Key> &work) {
    using K = typename O::Key;
    int64_t nans = 0;
    if (O::is_real) nans = set_nans_aside(order, in, stride, length, out, work.spare);
    else gather_row(in, stride, length, out);
    const int64_t n = length - nans;
    K *row = order.flip ? out + nans : out;
    if (n == 0) return;
    const Bounds<K> bounds = key_bounds(order, row, n);
    const K low = bounds.low;
    const int width = bit_width(static_cast<K>(bounds.high - low));
    auto digit = [=](int64_t i) { return static_cast<K>(order.encode(row[i]) - low); };
    auto element = [=](int64_t digit) { return order.decode(static_cast<K>(low + static_cast<K>(digit))); };
    if (!counting_sort(n, width, work.counters, row, digit, element)) {
        for_chunks(n, [=](int64_t, int64_t start, int64_t end) {
            for (int64_t i = start; i < end; ++i) row[i] = order.encode(row[i]);
        });
        const K *const sorted = sort_keys(row, work.spare, n, low, 0, width, work.counters);
        for_chunks(n, [=](int64_t, int64_t start, int64_t end) {
            for (int64_t i = start; i < end; ++i) row[i] = order.decode(sorted[i]);
        });
    }
    if (O::is_real) restore_zeros(order, in, stride, length, row, n);
}

// A row that fits into registers; false where there are NaNs in it, which stand at its ends, by their signs.
template <class O>
bool sort_few(const KeyKernels &kernels, const O &order, const typename O::Key *in, int64_t stride, int64_t length,
              typename O::Key *out) {
    const typename O::Key *from = in;
    if (stride != 1) {
        gather_row(in, stride, length, out);
        from = out;
    }
    const bool negative_zero = kernels.sort_few(from, out, length, key_code(order));
    if (order.is_nan(out[0]) || order.is_nan(out[length - 1])) return false;
    if (negative_zero) restore_zeros(order, in, stride, length, out, length);
    return true;
}

// The same for bytes, as keys of two of them.
constexpr int64_t most_few_bytes = 128;
template <class O>
void sort_few_bytes(const KeyKernels &kernels, const O &order, const uint8_t *in, int64_t stride, int64_t length,
                    uint8_t *out) {
    int16_t keys[most_few_bytes];
    for (int64_t i = 0; i < length; ++i) keys[i] = order.encode(in[i * stride]);
    kernels.sort_few(keys, keys, length, KeyCode{});
    for (int64_t i = 0; i < length; ++i) out[i] = order.decode(static_cast<uint8_t>(keys[i]));
}

template <class O>
void sort_row_by_vectors(const KeyKernels &kernels, const O &order, const typename O::Key *in, int64_t stride,
                         int64_t length, typename O::Key *out, const Workspace<typename O::Key> &work) {
    using K = typename O::Key;
    using S = std::make_signed_t<K>;
    const KeyCode code = key_code(order);
    const K *from = in;
    if (stride != 1) {
        gather_row(in, stride, length, out);
        from = out;
    }
    const Standing standing = standing_of(kernels, from, length, code);
    // NaNs have the least or the greatest keys, by their signs.
    if (standing != Standing::Mixed && !order.is_nan(from[0]) && !order.is_nan(from[length - 1])) {
        if (standing == Standing::Descending) {
            gather_row(in + (length - 1) * stride, -stride, length, out);
            if (O::is_real) restore_zeros(order, in, stride, length, out, length);
        } else if (from == in) gather_row(in, 1, length, out);
        return;
    }
    K *row = out;
    int64_t n = length;
    // What goes to buckets becomes keys on the way.
    Bounds<S> bounds = encode_row(kernels, code, from, gains_by_buckets<K>(n) ? nullptr : row, n);
    if (O::is_real) {
        Bounds<S> numbers;  // from one infinity to the other
        for (const K infinity : {order.infinity, static_cast<K>(order.infinity | O::sign)})
            numbers.add(static_cast<S>(order.encode(infinity) ^ O::sign));
        if (bounds.low < numbers.low || bounds.high > numbers.high) {
            const int64_t nans = set_nans_aside(order, in, stride, length, out, work.spare);
            n -= nans;
            if (order.flip) row += nans;
            if (n == 0) return;
            from = row;
            bounds = encode_row(kernels, code, from, gains_by_buckets<K>(n) ? nullptr : row, n);
        }
    }
    // Many of few values are faster counted.
    constexpr int64_t many = 16384;
    const K low = static_cast<K>(bounds.low);
    const int width = bit_width(static_cast<K>(static_cast<K>(bounds.high) - low));
    if (n >= many && width <= max_digit && n >> width >= 8) {
        auto element = [=](int64_t digit) {
            return order.decode(static_cast<K>(static_cast<K>(low + static_cast<K>(digit)) ^ O::sign));
        };
        auto of_key = [=](int64_t i) { return static_cast<K>(row[i] - low); };
        auto of_element = [=](int64_t i) {
            return static_cast<K>(static_cast<K>(order.encode(from[i]) ^ O::sign) - low);
        };
        if (gains_by_buckets<K>(n)) counting_sort(n, width, work.counters, row, of_element, element);
        else counting_sort(n, width, work.counters, row, of_key, element);
        if (O::is_real) restore_zeros(order, in, stride, length, row, n);
        return;
    }
    std::atomic<bool> negative_zero{false};
    auto decode = [&](S *keys, int64_t count) {
        if (kernels.decode(keys, keys, count, code)) negative_zero.store(true, std::memory_order_relaxed);
    };
    auto keys = reinterpret_cast<S *>(row), spare = reinterpret_cast<S *>(work.spare);
    if (gains_by_buckets<K>(n))
        BucketSort<S>(kernels, code, reinterpret_cast<const S *>(from), n).sort(keys, spare, decode);
    else vector_sort(kernels, keys, spare, n, decode);
    if (negative_zero) restore_zeros(order, in, stride, length, row, n);
}

template <class O>
void sort_row(const O &order, const typename O::Key *in, int64_t stride, int64_t length, typename O::Key *out,
              const Workspace<typename O::Key> &work) {
    using K = typename O::Key;
    if constexpr (sizeof(K) == 1) {
        const KeyKernels *const kernels = key_kernels<uint16_t>();
        if (kernels && length <= std::min(most_few_bytes, kernels->most_few))
            return sort_few_bytes(*kernels, order, in, stride, length, out);
    } else if (const KeyKernels *const kernels = key_kernels<K>()) {
        if (length <= kernels->most_few && sort_few(*kernels, order, in, stride, length, out)) return;
        if (kernels->sort) return sort_row_by_vectors(*kernels, order, in, stride, length, out, work);
    }
    sort_row_by_radix(order, in, stride, length, out, work);
}

// ---- Indices

// The bounds of the ranks of n elements.
template <class O>
Bounds<typename O::Key> rank_bounds(const O &order, const typename O::Key *in, int64_t stride, int64_t n) {
    using K = typename O::Key;
    constexpr int64_t worthwhile = 64;
    if (!O::is_real && stride == 1 && n >= worthwhile) return key_bounds(order, in, n);
    return bounds_of<K>(n, [=](int64_t start, int64_t end) {
        Bounds<K> part;
        for (int64_t i = start; i < end; ++i) part.add(order.rank(in[i * stride]));
        return part;
    });
}

// Elements whose keys are equal in all but their lowest bits, by those: `row` holds (highest bits, index).
template <class O>
void sort_by_low_bits(const O &order, const typename O::Key *in, int64_t stride, typename O::Key low, uint64_t *row,
                      uint64_t *spare, int64_t n, int index_bits, int low_bits) {
    const uint64_t index_mask = (uint64_t{1} << index_bits) - 1, low_mask = (uint64_t{1} << low_bits) - 1;
    // The low bits have room above the index: there are at most as many of them.
    for (int64_t i = 0; i < n; ++i) {
        const uint64_t index = row[i] & index_mask;
        const uint64_t key = order.rank(in[static_cast<int64_t>(index) * stride]) - low;
        row[i] = (key & low_mask) << index_bits | index;
    }
    if (!std::is_sorted(row, row + n)) merge_sort(row, spare, n, false);
}

void sort_keys_by_vectors(const KeyKernels &kernels, int64_t *keys, int64_t *spare, int64_t n) {
    auto leave = [](int64_t *, int64_t) {};
    switch (standing_of(kernels, keys, n, KeyCode{})) {
    case Standing::Ascending:
        return;
    case Standing::Descending:
        return std::reverse(keys, keys + n);
    case Standing::Mixed:
        if (gains_by_buckets<int64_t>(n)) BucketSort<int64_t>(kernels, KeyCode{}, keys, n).sort(keys, spare, leave);
        else vector_sort(kernels, keys, spare, n, leave);
    }
}

// Few keys are counted. Of others, each one's distance from the least stands above its index in 63 bits; where both
// have no room there, the key's lowest bits are left out and looked up afterwards where they matter.
template <class O>
void argsort_row(const O &order, const typename O::Key *in, int64_t stride, int64_t n, int64_t *out,
                 const Workspace<uint64_t> &work) {
    using K = typename O::Key;
    const Bounds<K> bounds = rank_bounds(order, in, stride, n);
    const int index_bits = bit_width(static_cast<uint64_t>(n - 1));
    const int width = bit_width(static_cast<K>(bounds.high - bounds.low)),
              low_bits = std::max(0, width + index_bits - 63);
    auto key = [=, low = bounds.low](int64_t i) {
        return static_cast<uint64_t>(static_cast<K>(order.rank(in[i * stride]) - low));
    };
    if (!O::is_real && counting_argsort(n, width, work.counters, out, work.spare, key)) return;
    auto row = reinterpret_cast<uint64_t *>(out);
    for_chunks(n, [&](int64_t, int64_t start, int64_t end) {
        for (int64_t i = start; i < end; ++i) row[i] = (key(i) >> low_bits) << index_bits | static_cast<uint64_t>(i);
    });
    uint64_t *sorted = row;
    if (const KeyKernels *kernels = key_kernels<uint64_t>())
        sort_keys_by_vectors(*kernels, reinterpret_cast<int64_t *>(row), reinterpret_cast<int64_t *>(work.spare), n);
    else sorted = sort_keys(row, work.spare, n, uint64_t{0}, index_bits, width - low_bits + index_bits, work.counters);
    if constexpr (sizeof(K) == 8) {
        uint64_t *other = sorted == row ? work.spare : row;
        if (low_bits > 0)
            for_runs(sorted, n, uint64_t{0}, index_bits, [&](int64_t start, int64_t end) {
                sort_by_low_bits(order, in, stride, bounds.low, sorted + start, other + start, end - start, index_bits,
                                 low_bits);
            });
    }
    const uint64_t mask = (uint64_t{1} << index_bits) - 1;
    for_chunks(n, [&](int64_t, int64_t start, int64_t end) {
        for (int64_t i = start; i < end; ++i) out[i] = static_cast<int64_t>(sorted[i] & mask);
    });
}

Axes rows_of(const Array &in) {
    Axes rows;
    for (int axis = 0; axis < in.ndim() - 1; ++axis) rows.add(in.shape()[axis], in.strides()[axis]);
    return rows;
}

}  // namespace

void sort(const Array &in, bool descending, const Array &out) {
    if (in.size() == 0) return;
    const Axes rows = rows_of(in);
    const int64_t length = in.shape()[in.ndim() - 1], stride = in.strides()[in.ndim() - 1];
    with_order(in.dtype, descending, [&](auto order) {
        using K = typename decltype(order)::Key;
        for_rows<K>(rows.total, length, [&](int64_t row, const Workspace<K> &work) {
            sort_row(order, in.data<K>() + rows.offset(row), stride, length, out.data<K>() + row * length, work);
        });
    });
}

void argsort(const Array &in, bool descending, const Array &out) {
    if (in.size() == 0) return;
    const Axes rows = rows_of(in);
    const int64_t length = in.shape()[in.ndim() - 1], stride = in.strides()[in.ndim() - 1];
    with_order(in.dtype, descending, [&](auto order) {
        using K = typename decltype(order)::Key;
        for_rows<uint64_t>(rows.total, length, [&](int64_t row, const Workspace<uint64_t> &work) {
            argsort_row(order, in.data<K>() + rows.offset(row), stride, length, out.data<int64_t>() + row * length,
                        work);
        });
    });
}

}  // namespace needle::cpu
