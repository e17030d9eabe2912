// The table of searches in sorted rows: many values, each by a walk down a tree of nodes of 16 elements. There is no
// branch on what is compared, so the processor has several walks under way at once.
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/types.h"
#include "cpu/search_kernels.h"
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace needle::cpu {
namespace {

#if defined(__AVX512F__)
// A bit for each lane in which x < value, or with `upper` x <= value.
template <bool upper> inline uint32_t compare(Vector<float> x, Vector<float> value) {
    return _mm512_cmp_ps_mask((__m512)x, (__m512)value, upper ? _CMP_LE_OQ : _CMP_LT_OQ);
}
template <bool upper> inline uint32_t compare(Vector<double> x, Vector<double> value) {
    return _mm512_cmp_pd_mask((__m512d)x, (__m512d)value, upper ? _CMP_LE_OQ : _CMP_LT_OQ);
}
template <bool upper> inline uint32_t compare(Vector<int32_t> x, Vector<int32_t> value) {
    return _mm512_cmp_epi32_mask((__m512i)x, (__m512i)value, upper ? _MM_CMPINT_LE : _MM_CMPINT_LT);
}
template <bool upper> inline uint32_t compare(Vector<int64_t> x, Vector<int64_t> value) {
    return _mm512_cmp_epi64_mask((__m512i)x, (__m512i)value, upper ? _MM_CMPINT_LE : _MM_CMPINT_LT);
}
template <bool upper> inline uint32_t compare(Vector<uint32_t> x, Vector<uint32_t> value) {
    return _mm512_cmp_epu32_mask((__m512i)x, (__m512i)value, upper ? _MM_CMPINT_LE : _MM_CMPINT_LT);
}
template <bool upper> inline uint32_t compare(Vector<uint64_t> x, Vector<uint64_t> value) {
    return _mm512_cmp_epu64_mask((__m512i)x, (__m512i)value, upper ? _MM_CMPINT_LE : _MM_CMPINT_LT);
}

// The same of a whole node of narrow integers.
template <class T, bool upper> inline uint32_t compare_node(const T *node, T value) {
    constexpr int operation = upper ? _MM_CMPINT_LE : _MM_CMPINT_LT;
    if constexpr (sizeof(T) == 2) {
        const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(node)),
                      y = _mm256_set1_epi16(static_cast<int16_t>(value));
        return is_unsigned<T> ? _mm256_cmp_epu16_mask(x, y, operation) : _mm256_cmp_epi16_mask(x, y, operation);
    } else {
        const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i *>(node)),
                      y = _mm_set1_epi8(static_cast<char>(value));
        return is_unsigned<T> ? _mm_cmp_epu8_mask(x, y, operation) : _mm_cmp_epi8_mask(x, y, operation);
    }
}
#endif

// How many elements of a node stand before the value.
template <class T, bool upper> inline int64_t count_before(const T *node, T value) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) >= 4) {
        uint32_t before = 0;
        for (int i = 0; i < SearchTree::node; i += lanes<T>)
            before |= compare<upper>(load(node + i), value + Vector<T>{}) << i;
        return __builtin_popcount(before);
    } else return __builtin_popcount(compare_node<T, upper>(node, value));
#else
    int count = 0;  // GCC 12 counts wrongly, vectorising, with a count as narrow as elements of 8 or 16 bits
    for (int i = 0; i < SearchTree::node; ++i) count += upper ? node[i] <= value : node[i] < value;
    return count;
#endif
}

inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

template <class T, bool upper> void search(const SearchTree &tree, const void *values_, int64_t n, int64_t *out) {
    auto values = static_cast<const T *>(values_);
    for (int64_t i = 0; i < n; ++i) {
        const T value = values[i];
        int64_t found = 0;
        for (int level = tree.levels - 1; level >= 0; --level) {
            // All elements before this node stand before the value. Behind the last whole node it is the last ones.
            const int64_t start = least(found * SearchTree::node, tree.size[level] - SearchTree::node);
            found = start + count_before<T, upper>(static_cast<const T *>(tree.elements[level]) + start, value);
        }
        found = least(found, tree.length);
        out[i] = value == value ? found : tree.nan_place;
    }
}

constexpr SearchKernels make_table() {
    SearchKernels table = {};
#define X(id, type, name, kind)                                                                                        \
    table.lower[index_of(DType::id)] = search<Number<type>, false>;                                                    \
    table.upper[index_of(DType::id)] = search<Number<type>, true>;
    NEEDLE_ARITHMETIC_DTYPES(X)
#undef X
    return table;
}

}  // namespace

extern const SearchKernels NEEDLE_CAT(search_, NEEDLE_ISA);
const SearchKernels NEEDLE_CAT(search_, NEEDLE_ISA) = make_table();

}  // namespace needle::cpu
