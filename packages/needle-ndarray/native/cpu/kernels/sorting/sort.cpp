// The table of sorting: unstable, which nobody can see in keys without payload. Null where vectors are too narrow.
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/isa.h"
#include "cpu/sort_kernels.h"

#if defined(__AVX2__)
#include "cpu/kernels/sorting/distribution.h"
#include "cpu/kernels/sorting/partition.h"
#include "cpu/kernels/sorting/sorting_network.h"
#include "scalar/lanes.h"

namespace needle::cpu {
namespace {

template <class T> constexpr int value_bits = 8 * static_cast<int>(sizeof(T)) - 1;
template <class T> constexpr T most = static_cast<T>(~(static_cast<Unsigned<T>>(1) << value_bits<T>));

// Keys of elements, and back; see KeyCode.
template <class T> struct ToKey {
    T magnitude, toggle;

    explicit ToKey(const KeyCode &code)
        : magnitude(static_cast<T>(code.magnitude)), toggle(static_cast<T>(code.toggle)) {}
    template <class V> V operator()(V x) const { return x ^ ((x >> value_bits<T>)&magnitude) ^ toggle; }
    template <class V> V back(V key) const {
        const V x = key ^ toggle;
        return x ^ ((x >> value_bits<T>)&magnitude);
    }
};

template <bool writes, class T> void encode_to(const T *in, T *out, int64_t n, const ToKey<T> &key, T *bounds) {
    constexpr int W = lanes<T>;
    T low = most<T>, high = static_cast<T>(~most<T>);
    int64_t i = 0;
    if (n >= W) {
        Vector<T> lows = low + Vector<T>{}, highs = high + Vector<T>{};
        for (; i + W <= n; i += W) {
            const Vector<T> x = key(load(in + i));
            lows = x < lows ? x : lows;
            highs = x > highs ? x : highs;
            if constexpr (writes) store(out + i, x);
        }
        for (int k = 0; k < W; ++k) {
            low = lows[k] < low ? lows[k] : low;
            high = highs[k] > high ? highs[k] : high;
        }
    }
    for (; i < n; ++i) {
        keep_scalar();
        const T x = key(in[i]);
        if constexpr (writes) out[i] = x;
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    bounds[0] = low;
    bounds[1] = high;
}
template <class T> void encode(const void *in_, void *out_, int64_t n, const KeyCode &code, void *bounds_) {
    auto in = static_cast<const T *>(in_);
    auto out = static_cast<T *>(out_), bounds = static_cast<T *>(bounds_);
    const ToKey<T> key(code);
    if (out) encode_to<true>(in, out, n, key, bounds);
    else encode_to<false>(in, out, n, key, bounds);
}

template <class T> constexpr T negative_zero = static_cast<T>(~most<T>);

template <class T> bool decode(const void *keys_, void *out_, int64_t n, const KeyCode &code) {
    auto keys = static_cast<const T *>(keys_);
    auto out = static_cast<T *>(out_);
    const ToKey<T> key(code);
    Vector<T> zeros = {};
    for_each_vector<T>(n, [&](int64_t i, auto part) {
        const Vector<T> x = key.back(part.load(keys + i, key.toggle));
        zeros |= x == negative_zero<T>;
        part.store(out + i, x);
    });
    return key.magnitude != 0 && scalar::any(zeros);
}

// Whether no key is less (`up`) or greater than the one before.
template <class T, bool up, class Key> bool is_monotonic(const T *in, int64_t n, Key key) {
    constexpr int W = lanes<T>;
    int64_t i = 1;
    for (; i + W <= n; i += W) {
        const Vector<T> before = key(load(in + i - 1)), x = key(load(in + i));
        if (scalar::any(up ? x < before : x > before)) return false;
    }
    for (; i < n; ++i)
        if (up ? key(in[i]) < key(in[i - 1]) : key(in[i]) > key(in[i - 1])) return false;
    return true;
}
template <class T, bool up> bool is_monotonic(const void *in_, int64_t n, const KeyCode &code) {
    auto in = static_cast<const T *>(in_);
    if (code.magnitude || code.toggle) return is_monotonic<T, up>(in, n, ToKey<T>(code));
    return is_monotonic<T, up>(in, n, [](auto x) { return x; });
}

// Elements that are sorted as keys.
template <class T> struct ElementCode {
    ToKey<T> to_key;
    Vector<T> &zeros;  // lanes with negative zeros

    template <class V> V key(V x) { return to_key(x); }
    T element(T key) { return to_key.back(key); }
    Vector<T> element(Vector<T> key) {
        const Vector<T> x = to_key.back(key);
        zeros |= x == negative_zero<T>;
        return x;
    }
};

template <class T> bool sort_elements(const void *in, void *out, int64_t n, const KeyCode &code) {
    Vector<T> zeros = {};
    sort_in_registers<T>(static_cast<const T *>(in), static_cast<T *>(out), n, most<T>,
                         ElementCode<T>{ToKey<T>(code), zeros});
    return code.magnitude != 0 && scalar::any(zeros);
}

// ---- Quicksort

template <class T> void sift_down(T *keys, int64_t root, int64_t n) {
    const T key = keys[root];
    for (int64_t child; (child = 2 * root + 1) < n; root = child) {
        child += child + 1 < n && keys[child] < keys[child + 1];
        if (keys[child] <= key) break;
        keys[root] = keys[child];
    }
    keys[root] = key;
}
// For the rows that defeat every choice of pivots: n log n always.
template <class T> void heap_sort(T *keys, int64_t n) {
    for (int64_t root = n / 2; root-- > 0;) sift_down(keys, root, n);
    for (int64_t last = n - 1; last > 0; --last) {
        const T greatest = keys[0];
        keys[0] = keys[last];
        keys[last] = greatest;
        sift_down(keys, 0, last);
    }
}

// The middle one of some keys from all over the row.
template <class T> T choose_pivot(const T *keys, int64_t n) {
    constexpr int W = lanes<T>;
    T sample[8 * W];
    const int vectors = n < 2048 ? 2 : n < 32768 ? 4 : 8;
    for (int k = 0; k < vectors; ++k) store(sample + k * W, load(keys + (n - W) / vectors * k + (n - W) / vectors / 2));
    sort_few<T>(sample, sample, vectors * W, most<T>);
    return sample[vectors * W / 2];
}

// A row that will stand in `keys`, and now stands there or in `spare`; either has room for it. What is split off below
// goes to the beginning of `keys`, and the rest to the beginning of `spare`: what the keys leave free has the size that
// each of the two needs, and nothing is copied back.
template <class T> struct Row {
    T *keys, *spare;
    int64_t n;
    bool in_spare;

    T *where() const { return in_spare ? spare : keys; }
    Row below(int64_t first) const { return {keys, spare + (n - first), first, false}; }
    Row above(int64_t first) const { return {keys + first, spare, n - first, true}; }
};

// Keys of the first part, which is never empty, are not above those of the second, which is empty only where all are
// equal.
template <class T> int64_t split(const Row<T> &row) {
    const T pivot = choose_pivot(row.where(), row.n);
    const int64_t below = partition(row.where(), row.keys, row.spare, row.n, pivot);
    if (below > 0) return below;
    // The pivot is the least key: those equal to it are the first part.
    if (pivot < most<T>) return partition(row.spare, row.keys, row.spare, row.n, static_cast<T>(pivot + 1));
    __builtin_memcpy(row.keys, row.spare, static_cast<size_t>(row.n) * sizeof(T));
    return row.n;
}

template <class T> void quick_sort(Row<T> row, int depth) {
    while (row.n > most_few<T>) {
        if (depth-- == 0) {
            heap_sort(row.where(), row.n);
            if (row.in_spare) __builtin_memcpy(row.keys, row.spare, static_cast<size_t>(row.n) * sizeof(T));
            return;
        }
        const int64_t first = split(row);
        const Row<T> below = row.below(first), above = row.above(first);
        if (above.n == 0) return;
        quick_sort(first < above.n ? below : above, depth);
        row = first < above.n ? above : below;
    }
    sort_few<T>(row.where(), row.keys, row.n, most<T>);
}

template <class T> void sort(void *keys, void *spare, int64_t n, bool in_spare) {
    const int depth = 2 * (64 - __builtin_clzll(static_cast<uint64_t>(n) | 1)) + 8;
    quick_sort(Row<T>{static_cast<T *>(keys), static_cast<T *>(spare), n, in_spare}, depth);
}

template <class T> int64_t split_row(void *keys, void *spare, int64_t n, bool in_spare) {
    return split(Row<T>{static_cast<T *>(keys), static_cast<T *>(spare), n, in_spare});
}

template <class T>
int64_t partition_keys(const void *keys, void *low, void *high, int64_t n, const void *pivot, const void *ahead) {
    return partition<true>(static_cast<const T *>(keys), static_cast<T *>(low), static_cast<T *>(high), n,
                           *static_cast<const T *>(pivot), static_cast<const T *>(ahead));
}

template <class T>
void distribute(const void *in, void *out, void *work, int64_t n, const KeyCode &code, const void *pivots, int levels,
                int32_t *ends, const void *next) {
    auto buffer = static_cast<T *>(work);
    Distribution<T> distribution{{buffer, buffer + n},
                                 static_cast<T *>(out),
                                 static_cast<const T *>(pivots),
                                 static_cast<const T *>(next),
                                 levels,
                                 ends};
    // Meanwhile the lines are fetched that will be written at last.
    distribution.split(static_cast<const T *>(in), 0, n, 1, 0, distribution.out, ToKey<T>(code));
}

template <class T>
constexpr KeyKernels kernels_of = {sort_elements<T>,      in_registers<T>,        encode<T>,    decode<T>,
                                   is_monotonic<T, true>, is_monotonic<T, false>, split_row<T>, sort<T>,
                                   partition_keys<T>,     distribute<T>};

}  // namespace

extern const SortKernels NEEDLE_CAT(sort_, NEEDLE_ISA);
const SortKernels NEEDLE_CAT(sort_, NEEDLE_ISA) = {
    {{sort_elements<int16_t>, in_registers<int16_t>, encode<int16_t>}, kernels_of<int32_t>, kernels_of<int64_t>}};

}  // namespace needle::cpu

#else

namespace needle::cpu {

extern const SortKernels NEEDLE_CAT(sort_, NEEDLE_ISA);
const SortKernels NEEDLE_CAT(sort_, NEEDLE_ISA) = {};

}  // namespace needle::cpu

#endif
