// Random numbers: blocks of the Philox stream, as words, uniform numbers and normal numbers. Element i of a stream
// depends on (key, stream, i) only.
#include "cpu/kernels.h"
#include "cpu/kernels/random/philox_words.h"
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/types.h"
#include "scalar/functions.h"

namespace needle::cpu {
namespace {

// Part number i of the stream that an element of this size takes.
template <class Word> inline Word word(const uint32_t *words, int64_t i) {
    if constexpr (sizeof(Word) == 4) return words[i];
    else return words[2 * i] | static_cast<uint64_t>(words[2 * i + 1]) << 32;
}
template <class Word> constexpr int64_t batch_elements = batch_words * sizeof(uint32_t) / sizeof(Word);

// Calls convert(words, elements) for batch after batch; of the first and the last one only what falls into
// [first, first + n) is kept.
template <class Word, class T, class Convert>
inline void generate(uint64_t key, uint64_t stream, int64_t first, T *out, int64_t n, Convert convert) {
    constexpr int64_t count = batch_elements<Word>;
    alignas(64) uint32_t words[batch_words];
    alignas(64) T elements[count];
    for (int64_t done = 0; done < n;) {
        const int64_t element = first + done, begin = element % count;
        const int64_t here = count - begin < n - done ? count - begin : n - done;
        philox_words(key, stream, static_cast<uint64_t>(element / count) * batch, words);
        convert(words, here == count ? out + done : elements);
        if (here < count) copy_few(elements + begin, out + done, here);
        done += here;
    }
}

template <class Word> void bits(uint64_t key, uint64_t stream, int64_t first, Word *out, int64_t n) {
    generate<Word>(key, stream, first, out, n, [](const uint32_t *words, Word *elements) {
        for (int64_t i = 0; i < batch_elements<Word>; ++i) elements[i] = word<Word>(words, i);
    });
}

inline float unit(uint32_t word) { return scalar::unit_float(word); }
inline double unit(uint64_t word) { return scalar::unit_double(word); }

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
    if (low == 0 && high == 1)  // what `between` gives for these, exactly
        return generate<Word>(key, stream, first, out, n, [](const uint32_t *words, T *elements) {
            for (int64_t i = 0; i < batch_elements<Word>; ++i) elements[i] = unit(word<Word>(words, i));
        });
    const T last = next_below(high);
    generate<Word>(key, stream, first, out, n, [=](const uint32_t *words, T *elements) {
        for (int64_t i = 0; i < batch_elements<Word>; ++i) {
            const T x = between(low, high, word<Word>(words, i));
            elements[i] = x < high ? x : last;
        }
    });
}

// Uniform in (0, 1].
inline float positive_unit(uint32_t word) { return (static_cast<float>(word) + 0.5f) * 0x1p-32f; }
inline double positive_unit(uint64_t word) {
    return static_cast<double>(static_cast<int64_t>((word >> 11) + 1)) * 0x1p-53;
}

// An angle that is uniform in [-pi, pi), as a number of quarter turns and a rest in [-pi/4, pi/4], which are exact.
template <class T> struct Angle;
template <> struct Angle<float> {
    using Number = int32_t;
    static constexpr float scale = 0x1p-31f * 3.14159265358979323846f;
};
template <> struct Angle<double> {
    using Number = int64_t;
    static constexpr double scale = 0x1p-63 * 3.14159265358979323846;
};

// Box and Muller (1958): elements 2i and 2i + 1 come from words 2i (the radius) and 2i + 1 (the angle).
template <class Word, class T>
void normal(uint64_t key, uint64_t stream, int64_t first, T mean, T deviation, T *out, int64_t n) {
    constexpr int64_t pairs = batch_elements<Word> / 2;
    constexpr int quarter_bits = 8 * sizeof(Word) - 2;
    using Number = typename Angle<T>::Number;
    generate<Word>(key, stream, first, out, n, [=](const uint32_t *words, T *elements) {
        alignas(64) T x[pairs], y[pairs];
        alignas(64) Word quarters[pairs];
        for (int64_t i = 0; i < pairs; ++i) {
            x[i] = positive_unit(word<Word>(words, 2 * i));
            const Word turn = word<Word>(words, 2 * i + 1),
                       quarter = (turn + (Word(1) << (quarter_bits - 1))) >> quarter_bits;
            y[i] = static_cast<T>(static_cast<Number>(turn - (quarter << quarter_bits))) * Angle<T>::scale;
            quarters[i] = quarter;
        }
        for (int64_t i = 0; i < pairs; i += lanes<T>) {
            const auto [m, e] = scalar::decompose(load(x + i));
            const Vector<T> logarithm = scalar::log_of_parts(e, m - T(1));
            const Vector<T> radius = scalar::square_root(logarithm * T(-2)) * deviation;
            const auto [sine, cosine] = scalar::sine_and_cosine(load(y + i));
            const Vector<Word> quarter = load(quarters + i);
            const auto turned = (quarter & 1) != 0;
            const Vector<Word> s = scalar::as_bits(turned ? cosine : sine) ^ ((quarter & 2) << quarter_bits),
                               c = scalar::as_bits(turned ? sine : cosine) ^ (((quarter + 1) & 2) << quarter_bits);
            const Vector<T> a = scalar::from_bits<Vector<T>>(c) * radius + mean,
                            b = scalar::from_bits<Vector<T>>(s) * radius + mean;
            store(elements + 2 * i, interleave<0>(a, b));
            store(elements + 2 * i + lanes<T>, interleave<lanes<T> / 2>(a, b));
        }
    });
}

}  // namespace

extern const RandomKernels NEEDLE_CAT(random_, NEEDLE_ISA);
const RandomKernels NEEDLE_CAT(random_, NEEDLE_ISA) = {bits<uint32_t>,           bits<uint64_t>,
                                                       uniform<uint32_t, float>, uniform<uint64_t, double>,
                                                       normal<uint32_t, float>,  normal<uint64_t, double>};

}  // namespace needle::cpu
