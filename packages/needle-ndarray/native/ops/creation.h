// Arrays of evenly spaced numbers, and the identity.
#pragma once
#include "core/array.h"

namespace needle {

// start + i * step for i in [0, count), each computed from i: in double for floats, exactly for integers.
struct Steps {
    double start, step;
    int64_t integer_start, integer_step;  // modulo 2**64, for integer dtypes
};
Array arange(const Steps &steps, int64_t count, DType dtype, Device device);

// `count` numbers from start to stop, the last of which is stop exactly where `endpoint` says that it is among them.
Array linspace(double start, double stop, int64_t count, bool endpoint, DType dtype, Device device);
// The same in exact arithmetic, rounded down; start and stop must fit the dtype.
Array linspace(__int128 start, __int128 stop, int64_t count, bool endpoint, DType dtype, Device device);

Array eye(int64_t rows, int64_t columns, int64_t diagonal, DType dtype, Device device);

}  // namespace needle
