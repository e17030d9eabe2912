// The lists of elementwise operations and reductions. Kernels of every instruction set, the CUDA kernels, the Python
// functions and their tests expand them: a new scalar function is one line here and one template in functions.h.
#pragma once

namespace needle {

// Which dtypes an operation computes in. Operands outside it are converted first where that loses nothing that the user
// would miss (an integer to the default float for exp), else the operation is refused with a DTypeError.
enum class Domain { All, Numeric, Float, Integer, Integral /* integers and bool */, Boolean };
// The dtype of the result: that of the (promoted) operands, or bool.
enum class Result { Same, Bool };

// X(name, domain, result)
#define NEEDLE_UNARY_OPS(X)                                                                                            \
    X(negative, Numeric, Same)                                                                                         \
    X(positive, Numeric, Same)                                                                                         \
    X(abs, Numeric, Same)                                                                                              \
    X(sign, Numeric, Same)                                                                                             \
    X(square, Numeric, Same)                                                                                           \
    X(floor, Numeric, Same)                                                                                            \
    X(ceil, Numeric, Same)                                                                                             \
    X(trunc, Numeric, Same)                                                                                            \
    X(round, Numeric, Same)                                                                                            \
    X(reciprocal, Float, Same)                                                                                         \
    X(sqrt, Float, Same)                                                                                               \
    X(exp, Float, Same)                                                                                                \
    X(expm1, Float, Same)                                                                                              \
    X(log, Float, Same)                                                                                                \
    X(log1p, Float, Same)                                                                                              \
    X(log2, Float, Same)                                                                                               \
    X(log10, Float, Same)                                                                                              \
    X(sin, Float, Same)                                                                                                \
    X(cos, Float, Same)                                                                                                \
    X(tan, Float, Same)                                                                                                \
    X(asin, Float, Same)                                                                                               \
    X(acos, Float, Same)                                                                                               \
    X(atan, Float, Same)                                                                                               \
    X(sinh, Float, Same)                                                                                               \
    X(cosh, Float, Same)                                                                                               \
    X(tanh, Float, Same)                                                                                               \
    X(asinh, Float, Same)                                                                                              \
    X(acosh, Float, Same)                                                                                              \
    X(atanh, Float, Same)                                                                                              \
    X(erf, Float, Same)                                                                                                \
    X(erfc, Float, Same)                                                                                               \
    X(sigmoid, Float, Same)                                                                                            \
    X(signbit, Float, Bool)                                                                                            \
    X(isnan, Numeric, Bool)                                                                                            \
    X(isinf, Numeric, Bool)                                                                                            \
    X(isfinite, Numeric, Bool)                                                                                         \
    X(logical_not, Boolean, Bool)                                                                                      \
    X(bitwise_invert, Integral, Same)

// X(name, domain, result); floor_divide and remainder follow Python's signs. logical_* take every dtype (nonzero is
// true), converted to bool first.
#define NEEDLE_BINARY_OPS(X)                                                                                           \
    X(add, Numeric, Same)                                                                                              \
    X(subtract, Numeric, Same)                                                                                         \
    X(multiply, Numeric, Same)                                                                                         \
    X(divide, Float, Same)                                                                                             \
    X(floor_divide, Numeric, Same)                                                                                     \
    X(remainder, Numeric, Same)                                                                                        \
    X(pow, Numeric, Same)                                                                                              \
    X(atan2, Float, Same)                                                                                              \
    X(hypot, Float, Same)                                                                                              \
    X(logaddexp, Float, Same)                                                                                          \
    X(copysign, Float, Same)                                                                                           \
    X(nextafter, Float, Same)                                                                                          \
    X(maximum, Numeric, Same)                                                                                          \
    X(minimum, Numeric, Same)                                                                                          \
    X(equal, All, Bool)                                                                                                \
    X(not_equal, All, Bool)                                                                                            \
    X(less, All, Bool)                                                                                                 \
    X(less_equal, All, Bool)                                                                                           \
    X(greater, All, Bool)                                                                                              \
    X(greater_equal, All, Bool)                                                                                        \
    X(logical_and, Boolean, Bool)                                                                                      \
    X(logical_or, Boolean, Bool)                                                                                       \
    X(logical_xor, Boolean, Bool)                                                                                      \
    X(bitwise_and, Integral, Same)                                                                                     \
    X(bitwise_or, Integral, Same)                                                                                      \
    X(bitwise_xor, Integral, Same)                                                                                     \
    X(bitwise_left_shift, Integer, Same)                                                                               \
    X(bitwise_right_shift, Integer, Same)

// X(name, domain): monoids, folded over an axis in the accumulator's dtype (integers sum as int64 or uint64).
#define NEEDLE_REDUCE_OPS(X)                                                                                           \
    X(sum, Numeric)                                                                                                    \
    X(prod, Numeric)                                                                                                   \
    X(max, All)                                                                                                        \
    X(min, All)                                                                                                        \
    X(any, Boolean)                                                                                                    \
    X(all, Boolean)

enum class UnaryOp {
#define X(name, domain, result) name,
    NEEDLE_UNARY_OPS(X)
#undef X
};
enum class BinaryOp {
#define X(name, domain, result) name,
    NEEDLE_BINARY_OPS(X)
#undef X
};
enum class ReduceOp {
#define X(name, domain) name,
    NEEDLE_REDUCE_OPS(X)
#undef X
};

#define X(...) +1
constexpr int unary_count = 0 NEEDLE_UNARY_OPS(X);
constexpr int binary_count = 0 NEEDLE_BINARY_OPS(X);
constexpr int reduce_count = 0 NEEDLE_REDUCE_OPS(X);
#undef X

}  // namespace needle
