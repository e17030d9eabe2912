// Random arrays. A generator is three numbers; a draw of n elements reads the next counters of its Philox stream and
// moves the position on by as many. Element i of a draw depends on the generator and on i only, so the numbers are the
// same for every number of threads.
#pragma once
#include "core/array.h"

namespace needle {

struct GeneratorState {
    uint64_t key = 0;       // the seed
    uint64_t stream = 0;    // below 2^56
    uint64_t position = 0;  // 128-bit counters used so far
};

// A generator that threads may share: each draw claims its part of the stream, so that no number is given out twice.
class Generator {
  public:
    explicit Generator(const GeneratorState &state) : state_(state) {}
    GeneratorState state() const;
    void restore(const GeneratorState &state);
    // The state of before, from which the caller may read this many counters; throws Error(Value) beyond the end of
    // the stream.
    GeneratorState claim(uint64_t counters);

  private:
    GeneratorState state_;
};

// A generator whose numbers have nothing to do with those of `generator` or of its other children; each takes one
// counter of the parent.
GeneratorState spawn(Generator &generator);

// Uniform in [low, high); `high` is not returned by rounding either, unless low == high. float32 or float64.
Array uniform(Generator &generator, const Dims &shape, double low, double high, DType dtype, Device device);
// float32 or float64, by Box and Muller.
Array normal(Generator &generator, const Dims &shape, double mean, double deviation, DType dtype, Device device);
// 1 with probability p (to 2^-32), else 0, as `dtype`.
Array bernoulli(Generator &generator, const Dims &shape, double p, DType dtype, Device device);

// low, low + 1, ..., low + span, each exactly as likely as the other, in arithmetic modulo 2^64 and of an integer dtype
// that holds them.
Array integers(Generator &generator, const Dims &shape, uint64_t low, uint64_t span, DType dtype, Device device);
// 0 ... n - 1 as int64, every order as likely as the other.
Array permutation(Generator &generator, int64_t n, Device device);
// `count` different numbers of 0 ... n - 1 as int64, every choice and order as likely as the other.
Array sample(Generator &generator, int64_t n, int64_t count, Device device);
// `count` numbers of 0 ... weights.size() - 1 as int64, each with the probability of its weight among the sum of all;
// without replacement none twice. Weights are float64, dense, checked by the caller.
Array weighted_sample(Generator &generator, const Array &weights, int64_t count, bool replace);

}  // namespace needle
