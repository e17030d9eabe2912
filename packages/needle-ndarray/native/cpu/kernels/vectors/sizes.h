// Arithmetic of sizes, which kernels may not take from the standard library.
#pragma once
#include <stdint.h>

namespace needle::cpu {
namespace {

inline int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }
inline int64_t clamp(int64_t x, int64_t low, int64_t high) { return min(max(x, low), high); }
// How many parts of b make a, which is not negative. Small products are dominated by divisions unless the usual
// quotient, one, is taken as it is.
inline int64_t ceil_div(int64_t a, int64_t b) { return a <= b ? a > 0 : (a + b - 1) / b; }

}  // namespace
}  // namespace needle::cpu
