#include "ops/scan.h"
#include "cpu/scan.h"
#include "ops/copy.h"
#include "ops/reduce.h"

namespace needle {

Array cumulate(bool product, const Array &a, int axis, std::optional<DType> dtype, bool initial) {
    require_cpu(a, product ? "cumulative_prod" : "cumulative_sum");
    const DType result = dtype ? *dtype : accumulated(a.dtype);
    if (result == DType::Bool)
        fail(ErrorKind::DType, std::string(product ? "cumulative_prod" : "cumulative_sum") +
                                   " is not defined for bool; leave dtype out, or name a numeric one");
    const DType within = arithmetic(result);
    Dims shape = a.shape();
    shape[axis] += initial;
    Array out = empty(shape, within, a.device());
    if (initial) fill(out.view(slice(out.layout, axis, 0, 1, 1)), Scalar{Kind::Signed, product, double(product)});
    // Floats become integers one by one, not as their sum.
    const Array in = is_float(a.dtype) && !is_float(within) ? astype(a, within) : a;
    cpu::scan(product, in, axis, initial ? out.view(slice(out.layout, axis, 1, 1, a.shape()[axis])) : out);
    return astype(out, result);
}

}  // namespace needle
