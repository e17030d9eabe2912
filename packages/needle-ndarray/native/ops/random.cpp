#include "ops/random.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include "ops/random_stream.h"
#include "scalar/philox.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <pthread.h>

namespace needle {

namespace {

// One lock for all generators: it is held for some nanoseconds, and so that a fork can take it first and leave the
// child no generator that is locked or half written.
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

struct Lock {
    Lock() {
        static const int fork_handled =
            pthread_atfork([] { pthread_mutex_lock(&mutex); }, [] { pthread_mutex_unlock(&mutex); },
                           [] { pthread_mutex_unlock(&mutex); });
        static_cast<void>(fork_handled);
        pthread_mutex_lock(&mutex);
    }
    ~Lock() { pthread_mutex_unlock(&mutex); }
};

void check_float(DType dtype, const char *what) {
    if (dtype != DType::Float32 && dtype != DType::Float64)
        fail(ErrorKind::DType, std::string(what) + ": expected float32 or float64, not " + name_of(dtype));
}

std::string text(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%g", value);
    return buffer;
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

}  // namespace

GeneratorState Generator::state() const {
    Lock lock;
    return state_;
}

void Generator::restore(const GeneratorState &state) {
    Lock lock;
    state_ = state;
}

GeneratorState Generator::claim(uint64_t counters) {
    constexpr uint64_t end = uint64_t{1} << 60;  // so that elements can be counted by int64
    GeneratorState before;
    {
        Lock lock;
        before = state_;
        if (before.position <= end) state_.position += counters;
    }
    if (before.position > end)
        fail(ErrorKind::Value, "the generator's position " + std::to_string(before.position) +
                                   " is beyond the end of its stream, 2^60; start a generator with another seed");
    return before;
}

// The child's key and stream are a block of the parent's, from a part of the streams that no draw reads.
GeneratorState spawn(Generator &generator) {
    constexpr uint64_t of_children = uint64_t{255} << 56;
    const GeneratorState start = generator.claim(1);
    uint32_t words[4];
    scalar::philox_block(start.key, start.stream | of_children, start.position, words);
    return {words[0] | static_cast<uint64_t>(words[1]) << 32, (words[2] | static_cast<uint64_t>(words[3]) << 32) >> 8,
            0};
}

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
        const Stream stream = claim(generator, out.size(), sizeof(T));
        const auto kernel = cpu::kernels().random->*RandomOf<T>::uniform;
        fill_blocks(out.size(), [&](int64_t begin, int64_t n) {
            T *to_block = out.data<T>() + begin;
            if (from == to) std::fill(to_block, to_block + n, from);
            else kernel(stream.key, stream.number, stream.first + begin, from, to, to_block, n);
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
    const Stream stream = claim(generator, out.size(), itemsize(dtype));
    dispatch_float(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        const auto kernel = cpu::kernels().random->*RandomOf<T>::normal;
        fill_blocks(out.size(), [&](int64_t begin, int64_t n) {
            kernel(stream.key, stream.number, stream.first + begin, static_cast<T>(mean), static_cast<T>(deviation),
                   out.data<T>() + begin, n);
        });
    });
    return out;
}

Array bernoulli(Generator &generator, const Dims &shape, double p, DType dtype, Device device) {
    check_device(device, "bernoulli");
    if (!(p >= 0 && p <= 1)) fail(ErrorKind::Value, "bernoulli: p must be a probability, from 0 to 1; got " + text(p));
    Array hits = empty(shape, DType::Bool, device);
    Array out = dtype == DType::Bool ? hits : empty(shape, dtype, device);
    const cpu::RandomKernels &kernels = *cpu::kernels().random;
    const Stream stream = claim(generator, hits.size(), sizeof(uint32_t));
    const uint64_t threshold = static_cast<uint64_t>(std::nearbyint(p * 0x1p32));
    fill_blocks(hits.size(), [&](int64_t begin, int64_t n) {
        constexpr int64_t chunk = 1024;
        uint32_t words[chunk];
        for (int64_t done = 0; done < n; done += chunk) {
            const int64_t here = std::min(chunk, n - done);
            kernels.bits_u32(stream.key, stream.number, stream.first + begin + done, words, here);
            bool *values = hits.data<bool>() + begin + done;
            for (int64_t i = 0; i < here; ++i) values[i] = words[i] < threshold;
        }
    });
    if (dtype != DType::Bool) assign(out, hits);
    return out;
}

}  // namespace needle
