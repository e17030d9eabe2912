// Random integers, orders and choices.
#include "cpu/kernels.h"
#include "ops/random_stream.h"
#include "scalar/philox.h"
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <vector>

namespace needle {

namespace {

constexpr int64_t chunk = 1024;  // words that are drawn together

// Lemire, "Fast Random Integer Generation in an Interval" (2019): the upper half of word * range, where the word is
// drawn again (from another stream, so that no other element moves) while the lower half shows that it is one of the
// 2^64 mod range words too many.
uint64_t below(const Stream &stream, int64_t element, uint64_t word, uint64_t range) {
    unsigned __int128 product = static_cast<unsigned __int128>(word) * range;
    if (static_cast<uint64_t>(product) < range) {
        const uint64_t excess = (0 - range) % range;
        for (uint64_t attempt = 1; static_cast<uint64_t>(product) < excess; ++attempt) {
            uint32_t words[4];
            scalar::philox_block(stream.key, stream.number + (attempt << 56),
                                 static_cast<uint64_t>(stream.first + element) / 2, words);
            const int half = static_cast<int>((stream.first + element) % 2) * 2;
            product =
                static_cast<unsigned __int128>(words[half] | static_cast<uint64_t>(words[half + 1]) << 32) * range;
        }
    }
    return static_cast<uint64_t>(product >> 64);
}

// Calls use(i, word) for i = 0 ... n - 1, in order.
template <class Use> void for_each_word(const Stream &stream, int64_t begin, int64_t n, Use &&use) {
    const cpu::RandomKernels &kernels = *cpu::kernels().random;
    uint64_t words[chunk];
    for (int64_t done = 0; done < n; done += chunk) {
        const int64_t here = std::min(chunk, n - done);
        kernels.bits_u64(stream.key, stream.number, stream.first + begin + done, words, here);
        for (int64_t i = 0; i < here; ++i) use(begin + done + i, words[i]);
    }
}

}  // namespace

Array integers(Generator &generator, const Dims &shape, uint64_t low, uint64_t span, DType dtype, Device device) {
    check_device(device, "integers");
    Array out = empty(shape, dtype, device);
    const Stream stream = claim(generator, out.size(), sizeof(uint64_t));
    const uint64_t range = span + 1;  // 0: all words
    dispatch(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        T *values = out.data<T>();
        fill_blocks(out.size(), [&](int64_t begin, int64_t n) {
            for_each_word(stream, begin, n, [&](int64_t i, uint64_t word) {
                values[i] = static_cast<T>(low + (range ? below(stream, i, word, range) : word));
            });
        });
    });
    return out;
}

// Fisher and Yates, in Durstenfeld's form (1964), from the end: element i changes places with one of 0 ... i.
Array permutation(Generator &generator, int64_t n, Device device) {
    check_device(device, "permutation");
    if (n < 0) fail(ErrorKind::Value, "permutation: n must not be negative, got " + std::to_string(n));
    Array out = empty(Dims{n}, DType::Int64, device);
    int64_t *values = out.data<int64_t>();
    std::iota(values, values + n, int64_t{0});
    const Stream stream = claim(generator, n, sizeof(uint64_t));
    for_each_word(stream, 0, n, [&](int64_t i, uint64_t word) {
        const int64_t last = n - 1 - i;
        std::swap(values[last], values[below(stream, i, word, static_cast<uint64_t>(last) + 1)]);
    });
    return out;
}

// The first `count` steps of the same from the front. Where few are taken, only the numbers that have moved are kept.
Array sample(Generator &generator, int64_t n, int64_t count, Device device) {
    check_device(device, "choice");
    Array out = empty(Dims{count}, DType::Int64, device);
    int64_t *chosen = out.data<int64_t>();
    auto draw = [&](auto &&at) {
        const Stream stream = claim(generator, count, sizeof(uint64_t));
        for_each_word(stream, 0, count, [&](int64_t i, uint64_t word) {
            const int64_t other = i + static_cast<int64_t>(below(stream, i, word, static_cast<uint64_t>(n - i)));
            int64_t &from = at(other), first = at(i);
            chosen[i] = from;
            from = first;
        });
    };
    if (count > n / 16) {
        Array numbers = empty(Dims{n}, DType::Int64, device);
        int64_t *values = numbers.data<int64_t>();
        std::iota(values, values + n, int64_t{0});
        draw([&](int64_t i) -> int64_t & { return values[i]; });
    } else {
        std::unordered_map<int64_t, int64_t> moved;
        moved.reserve(static_cast<size_t>(2 * count));
        draw([&](int64_t i) -> int64_t & { return moved.emplace(i, i).first->second; });
    }
    return out;
}

// With replacement a uniform number is looked up among the sums of the weights. Without, the weights decide a race:
// the `count` smallest of -log(u) / weight, in that order (Efraimidis and Spirakis, 2006).
Array weighted_sample(Generator &generator, const Array &weights, int64_t count, bool replace) {
    const double *weight = weights.data<double>();
    const int64_t n = weights.size();
    Array out = empty(Dims{count}, DType::Int64, weights.device()), sums = empty(Dims{n}, DType::Float64, Device{});
    int64_t *chosen = out.data<int64_t>();
    double *to = sums.data<double>();
    if (replace) {
        std::partial_sum(weight, weight + n, to);
        int64_t last = n - 1;  // that can be chosen
        while (last > 0 && weight[last] == 0) --last;
        const Stream stream = claim(generator, count, sizeof(uint64_t));
        fill_blocks(count, [&](int64_t begin, int64_t elements) {
            for_each_word(stream, begin, elements, [&](int64_t i, uint64_t word) {
                const double *found = std::upper_bound(to, to + n, scalar::unit_double(word) * to[n - 1]);
                chosen[i] = std::min<int64_t>(found - to, last);
            });
        });
        return out;
    }
    Array numbers = empty(Dims{n}, DType::Int64, Device{});
    int64_t *order = numbers.data<int64_t>();
    std::iota(order, order + n, int64_t{0});
    const Stream stream = claim(generator, n, sizeof(uint64_t));
    fill_blocks(n, [&](int64_t begin, int64_t elements) {
        for_each_word(stream, begin, elements, [&](int64_t i, uint64_t word) {
            to[i] = -std::log(1.0 - scalar::unit_double(word)) / weight[i];
        });
    });
    // A weight of 0 gives infinity, or NaN where the logarithm is 0 as well: never chosen.
    auto sooner = [&](int64_t a, int64_t b) {
        const bool a_runs = weight[a] > 0, b_runs = weight[b] > 0;
        if (a_runs != b_runs) return a_runs;
        return a_runs && to[a] != to[b] ? to[a] < to[b] : a < b;
    };
    std::partial_sort(order, order + count, order + n, sooner);
    std::copy_n(order, count, chosen);
    return out;
}

}  // namespace needle
