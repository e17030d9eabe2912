#include "ops/random.h"
#include "core/parallel.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include "scalar/philox.h"
#include <algorithm>
#include <cmath>
#include <cstdio>

namespace needle {

namespace {

constexpr int64_t block_elements = 16384;  // of one task
constexpr int counter_bytes = 16;

// Throws where `device` or `dtype` cannot be drawn on or as.
void check_device(Device device, const char *what) {
    if (device.type != DeviceType::CPU)
        fail(ErrorKind::Unavailable, std::string(what) + " is not available on " + device.name() + " in this build");
}
void check_float(DType dtype, const char *what) {
    if (dtype != DType::Float32 && dtype != DType::Float64)
        fail(ErrorKind::DType, std::string(what) + ": dtype must be float32 or float64, not " + name_of(dtype));
}

std::string text(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%g", value);
    return buffer;
}

// Takes the counters of n elements of `bytes` each and returns the number of the first element in the stream.
int64_t take(Generator &generator, int64_t n, int bytes) {
    constexpr uint64_t end = uint64_t{1} << 60;  // so that elements can be counted by int64
    if (generator.position > end)
        fail(ErrorKind::Value, "the generator's position " + std::to_string(generator.position) +
                                   " is beyond the end of its stream, 2^60; start a generator with another seed");
    const int per_counter = counter_bytes / bytes;
    const int64_t first = static_cast<int64_t>(generator.position) * per_counter;
    generator.position += static_cast<uint64_t>((n + per_counter - 1) / per_counter);
    return first;
}

// Calls fill(begin, n) for the blocks of [0, count) on the threads of the pool.
template <class Fill> void fill_blocks(int64_t count, Fill &&fill) {
    parallel_for((count + block_elements - 1) / block_elements, [&](int64_t block) {
        const int64_t begin = block * block_elements;
        fill(begin, std::min(block_elements, count - begin));
    });
}

template <class T> struct RandomOf;
template <> struct RandomOf<float> {
    static constexpr auto uniform = &cpu::RandomKernels::uniform_f32;
    static constexpr auto normal = &cpu::RandomKernels::normal_f32;
};
template <> struct RandomOf<double> {
    static constexpr auto uniform = &cpu::RandomKernels::uniform_f64;
    static constexpr auto normal = &cpu::RandomKernels::normal_f64;
};

// Calls f(TypeTag<T>) with float or double.
template <class F> void dispatch_float(DType dtype, F &&f) {
    if (dtype == DType::Float32) f(TypeTag<float>{});
    else f(TypeTag<double>{});
}

// Lemire, "Fast Random Integer Generation in an Interval" (2019): the upper half of word * range, where the word is
// drawn again (from another stream, so that no other element moves) while the lower half shows that it is one of the
// 2^64 mod range words too many.
uint64_t below(const Generator &generator, int64_t element, uint64_t word, uint64_t range) {
    unsigned __int128 product = static_cast<unsigned __int128>(word) * range;
    if (static_cast<uint64_t>(product) < range) {
        const uint64_t excess = (0 - range) % range;
        for (uint64_t attempt = 1; static_cast<uint64_t>(product) < excess; ++attempt) {
            uint32_t words[4];
            scalar::philox_block(generator.key, generator.stream + (attempt << 56), static_cast<uint64_t>(element) / 2,
                                 words);
            const int half = static_cast<int>(element % 2) * 2;
            product =
                static_cast<unsigned __int128>(words[half] | static_cast<uint64_t>(words[half + 1]) << 32) * range;
        }
    }
    return static_cast<uint64_t>(product >> 64);
}

}  // namespace

Array uniform(Generator &generator, const Dims &shape, double low, double high, DType dtype, Device device) {
    check_device(device, "uniform");
    check_float(dtype, "uniform");
    Array out = empty(shape, dtype, device);
    dispatch_float(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        const T from = static_cast<T>(low), to = static_cast<T>(high);
        if (!(from <= to) || !std::isfinite(to - from))
            fail(ErrorKind::Value, "uniform: low and high must be finite with low <= high, and their difference a " +
                                       std::string(name_of(dtype)) + "; got low=" + text(low) + ", high=" + text(high));
        const uint64_t key = generator.key, stream = generator.stream;
        const int64_t first = take(generator, out.size(), sizeof(T));
        const auto kernel = cpu::kernels().random->*RandomOf<T>::uniform;
        fill_blocks(out.size(), [&](int64_t begin, int64_t n) {
            T *to_block = out.data<T>() + begin;
            if (from == to) std::fill(to_block, to_block + n, from);
            else kernel(key, stream, first + begin, from, to, to_block, n);
        });
    });
    return out;
}

Array normal(Generator &generator, const Dims &shape, double mean, double deviation, DType dtype, Device device) {
    check_device(device, "normal");
    check_float(dtype, "normal");
    if (!(deviation >= 0) || !std::isfinite(mean) || !std::isfinite(deviation))
        fail(ErrorKind::Value, "normal: mean must be finite, and std finite and not negative; got mean=" + text(mean) +
                                   ", std=" + text(deviation));
    Array out = empty(shape, dtype, device);
    const uint64_t key = generator.key, stream = generator.stream;
    const int64_t first = take(generator, out.size(), itemsize(dtype));
    dispatch_float(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        const auto kernel = cpu::kernels().random->*RandomOf<T>::normal;
        fill_blocks(out.size(), [&](int64_t begin, int64_t n) {
            kernel(key, stream, first + begin, static_cast<T>(mean), static_cast<T>(deviation), out.data<T>() + begin,
                   n);
        });
    });
    return out;
}

Array integers(Generator &generator, const Dims &shape, int64_t low, int64_t high, Device device) {
    check_device(device, "integers");
    if (low >= high)
        fail(ErrorKind::Value,
             "integers: low must be less than high; got low=" + std::to_string(low) + ", high=" + std::to_string(high));
    Array out = empty(shape, DType::Int64, device);
    const cpu::RandomKernels &kernels = *cpu::kernels().random;
    const Generator start = generator;
    const int64_t first = take(generator, out.size(), sizeof(uint64_t));
    const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
    fill_blocks(out.size(), [&](int64_t begin, int64_t n) {
        // The words are drawn into the result's own memory.
        uint64_t *values = out.data<uint64_t>() + begin;
        kernels.bits_u64(start.key, start.stream, first + begin, values, n);
        for (int64_t i = 0; i < n; ++i)
            values[i] = static_cast<uint64_t>(low) + below(start, first + begin + i, values[i], range);
    });
    return out;
}

Array bernoulli(Generator &generator, const Dims &shape, double p, DType dtype, Device device) {
    check_device(device, "bernoulli");
    if (!(p >= 0 && p <= 1)) fail(ErrorKind::Value, "bernoulli: p must be a probability, from 0 to 1; got " + text(p));
    Array out = empty(shape, DType::Bool, device);
    const cpu::RandomKernels &kernels = *cpu::kernels().random;
    const uint64_t key = generator.key, stream = generator.stream;
    const int64_t first = take(generator, out.size(), sizeof(uint32_t));
    const uint64_t threshold = static_cast<uint64_t>(std::nearbyint(p * 0x1p32));
    fill_blocks(out.size(), [&](int64_t begin, int64_t n) {
        constexpr int64_t chunk = 1024;
        uint32_t words[chunk];
        for (int64_t done = 0; done < n; done += chunk) {
            const int64_t here = std::min(chunk, n - done);
            kernels.bits_u32(key, stream, first + begin + done, words, here);
            bool *values = out.data<bool>() + begin + done;
            for (int64_t i = 0; i < here; ++i) values[i] = words[i] < threshold;
        }
    });
    return astype(out, dtype);
}

// Fisher and Yates, in Durstenfeld's form (1964), from the end: element i changes places with one of 0 ... i.
Array permutation(Generator &generator, int64_t n, Device device) {
    check_device(device, "permutation");
    if (n < 0) fail(ErrorKind::Value, "permutation: n must not be negative, got " + std::to_string(n));
    Array out = empty(Dims{n}, DType::Int64, device);
    int64_t *values = out.data<int64_t>();
    for (int64_t i = 0; i < n; ++i) values[i] = i;
    const cpu::RandomKernels &kernels = *cpu::kernels().random;
    const Generator start = generator;
    const int64_t first = take(generator, n, sizeof(uint64_t));
    constexpr int64_t chunk = 1024;
    uint64_t words[chunk];
    for (int64_t done = 0; done < n; done += chunk) {
        const int64_t here = std::min(chunk, n - done);
        kernels.bits_u64(start.key, start.stream, first + done, words, here);
        for (int64_t j = 0; j < here; ++j) {
            const int64_t i = n - 1 - (done + j);
            const uint64_t other = below(start, first + done + j, words[j], static_cast<uint64_t>(i) + 1);
            std::swap(values[i], values[other]);
        }
    }
    return out;
}

}  // namespace needle
