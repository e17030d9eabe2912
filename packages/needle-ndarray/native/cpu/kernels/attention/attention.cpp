// Scaled dot-product attention and its gradient for float32 and float64.
#include "cpu/kernels/attention/backward.h"
#include "cpu/kernels/attention/forward.h"

namespace needle::cpu {
namespace {

template <class T>
constexpr AttentionLoops<T> attention_loops = {attend<T>, attention_scratch<T>, attend_backward<T>,
                                               attention_grad_scratch<T>};

}  // namespace

extern const AttentionKernels NEEDLE_CAT(attention_, NEEDLE_ISA);
const AttentionKernels NEEDLE_CAT(attention_, NEEDLE_ISA) = {attention_loops<float>, attention_loops<double>};

}  // namespace needle::cpu
