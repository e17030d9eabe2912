// Random numbers: blocks of the Philox stream, as words, uniform numbers and normal numbers. Element i of a stream
// depends on (key, stream, i) only.
#include "cpu/kernels.h"
#include "cpu/kernels/isa.h"
#include "scalar/functions.h"
#include "scalar/philox.h"

namespace needle::cpu {
namespace {

// Counters that are worked on together, and the words that they give.
constexpr int batch = 64;
constexpr int batch_words = 4 * batch;

// The words of counters position, position + 1, ..., in order. One array for each word of the counter, so that the
// rounds run on vectors.
void philox_words(uint64_t key, uint64_t stream, uint64_t position, uint32_t *words) {
    uint32_t a[batch], b[batch], c[batch], d[batch];
    for (int i = 0; i < batch; ++i) {
        a[i] = static_cast<uint32_t>(position + i), b[i] = static_cast<uint32_t>((position + i) >> 32);
        c[i] = static_cast<uint32_t>(stream), d[i] = static_cast<uint32_t>(stream >> 32);
    }
    uint32_t key_0 = static_cast<uint32_t>(key), key_1 = static_cast<uint32_t>(key >> 32);
    for (int i = 0; i < batch; ++i) {
        uint32_t block[4] = {a[i], b[i], c[i], d[i]};
        scalar::philox(block, key_0, key_1);
        a[i] = block[0], b[i] = block[1], c[i] = block[2], d[i] = block[3];
    }
    for (int i = 0; i < batch; ++i) {
        words[4 * i] = a[i], words[4 * i + 1] = b[i];
        words[4 * i + 2] = c[i], words[4 * i + 3] = d[i];
    }
}

// Part number i of the stream that an element of this size takes.
template <class Word> inline Word word(const uint32_t *words, int64_t i) {
    if constexpr (sizeof(Word) == 4) return words[i];
    else return words[2 * i] | static_cast<uint64_t>(words[2 * i + 1]) << 32;
}
template <class Word> constexpr int64_t batch_elements = batch_words * sizeof(uint32_t) / sizeof(Word);

// Calls convert(words, elements) for batch after batch and copies what falls into [first, first + n).
template <class Word, class T, class Convert>
inline void generate(uint64_t key, uint64_t stream, int64_t first, T *out, int64_t n, Convert convert) {
    constexpr int64_t count = batch_elements<Word>;
    alignas(64) uint32_t words[batch_words];
    alignas(64) T elements[count];
    for (int64_t done = 0; done < n;) {
        const int64_t element = first + done, begin = element % count;
        const int64_t here = count - begin < n - done ? count - begin : n - done;
        philox_words(key, stream, static_cast<uint64_t>(element / count) * batch, words);
        convert(words, elements);
        for (int64_t i = 0; i < here; ++i) out[done + i] = elements[begin + i];
        done += here;
    }
}

template <class Word> void bits(uint64_t key, uint64_t stream, int64_t first, Word *out, int64_t n) {
    generate<Word>(key, stream, first, out, n, [](const uint32_t *words, Word *elements) {
        for (int64_t i = 0; i < batch_elements<Word>; ++i) elements[i] = word<Word>(words, i);
    });
}

// low + x (high - low), the same on every instruction set and device, whether or not it contracts: for float both
// products are exact in double, for double there is one fused multiply-add. Where it rounds to high, the number below
// takes its place.
inline float between(float low, float high, uint32_t word) {
    const double x = scalar::unit_float(word);
    return static_cast<float>((1 - x) * low + x * high);
}
inline double between(double low, double high, uint64_t word) {
    return __builtin_fma(scalar::unit_double(word), high - low, low);
}
inline float next_below(float x) { return __builtin_nextafterf(x, -__builtin_inff()); }
inline double next_below(double x) { return __builtin_nextafter(x, -__builtin_inf()); }

template <class Word, class T>
void uniform(uint64_t key, uint64_t stream, int64_t first, T low, T high, T *out, int64_t n) {
    const T last = next_below(high);
    generate<Word>(key, stream, first, out, n, [=](const uint32_t *words, T *elements) {
        for (int64_t i = 0; i < batch_elements<Word>; ++i) {
            const T x = between(low, high, word<Word>(words, i));
            elements[i] = x < high ? x : last;
        }
    });
}

// Uniform in (0, 1], and an angle that is uniform in [-pi, pi).
inline float positive_unit(uint32_t word) { return (static_cast<float>(word) + 0.5f) * 0x1p-32f; }
inline double positive_unit(uint64_t word) {
    return static_cast<double>(static_cast<int64_t>((word >> 11) + 1)) * 0x1p-53;
}
inline float angle(uint32_t word) {
    return static_cast<float>(static_cast<int32_t>(word)) * (0x1p-31f * 3.14159265358979323846f);
}
inline double angle(uint64_t word) {
    return static_cast<double>(static_cast<int64_t>(word)) * (0x1p-63 * 3.14159265358979323846);
}

// Box and Muller (1958): elements 2i and 2i + 1 come from words 2i (the radius) and 2i + 1 (the angle).
template <class Word, class T>
void normal(uint64_t key, uint64_t stream, int64_t first, T mean, T deviation, T *out, int64_t n) {
    constexpr int64_t pairs = batch_elements<Word> / 2;
    generate<Word>(key, stream, first, out, n, [=](const uint32_t *words, T *elements) {
        alignas(64) T x[pairs], y[pairs];
        for (int64_t i = 0; i < pairs; ++i) {
            x[i] = positive_unit(word<Word>(words, 2 * i));
            y[i] = angle(word<Word>(words, 2 * i + 1));
        }
        for (int64_t i = 0; i < pairs; i += lanes<T>) store(x + i, scalar::log(load(x + i)) * T(-2));
        for (int64_t i = 0; i < pairs; ++i) x[i] = scalar::sqrt(x[i]) * deviation;
        for (int64_t i = 0; i < pairs; i += lanes<T>) {
            const Vector<T> radius = load(x + i), theta = load(y + i);
            store(x + i, scalar::cos(theta) * radius + mean);
            store(y + i, scalar::sin(theta) * radius + mean);
        }
        for (int64_t i = 0; i < pairs; ++i) {
            elements[2 * i] = x[i];
            elements[2 * i + 1] = y[i];
        }
    });
}

}  // namespace

extern const RandomKernels NEEDLE_CAT(random_, NEEDLE_ISA);
const RandomKernels NEEDLE_CAT(random_, NEEDLE_ISA) = {bits<uint32_t>,           bits<uint64_t>,
                                                       uniform<uint32_t, float>, uniform<uint64_t, double>,
                                                       normal<uint32_t, float>,  normal<uint64_t, double>};

}  // namespace needle::cpu
