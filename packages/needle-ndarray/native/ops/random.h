// Random arrays. A Generator is three numbers; a draw of n elements reads the next counters of its Philox stream and
// moves the position on by as many. Element i of a draw depends on the generator and on i only, so the numbers are the
// same for every number of threads.
#pragma once
#include "core/array.h"

namespace needle {

struct Generator {
    uint64_t key = 0;       // the seed
    uint64_t stream = 0;    // below 2^56
    uint64_t position = 0;  // 128-bit counters used so far
};

// Uniform in [low, high); `high` is not returned by rounding either, unless low == high. float32 or float64.
Array uniform(Generator &generator, const Dims &shape, double low, double high, DType dtype, Device device);
// float32 or float64, by Box and Muller.
Array normal(Generator &generator, const Dims &shape, double mean, double deviation, DType dtype, Device device);
// int64 in [low, high), each exactly as likely as the other.
Array integers(Generator &generator, const Dims &shape, int64_t low, int64_t high, Device device);
// 1 with probability p (to 2^-32), else 0, as `dtype`.
Array bernoulli(Generator &generator, const Dims &shape, double p, DType dtype, Device device);
// 0 ... n - 1 as int64, every order as likely as the other.
Array permutation(Generator &generator, int64_t n, Device device);

}  // namespace needle
