#include "cpu/normalization.h"
#include "cpu/rows.h"
#include "ops/floating.h"
#include "ops/normalization.h"
#include "ops/reduce.h"
#include <cstring>

namespace needle {

namespace {

// Rows whose gradients of weight and bias are added up before they meet the others'.
constexpr int64_t fewest_rows = 32;

const cpu::NormalizationLoops &loops_of(DType dtype) {
    return cpu::kernels().normalization->loops[dtype == DType::Float64];
}

int64_t length_of(const Array &x, const char *what) {
    if (x.ndim() == 0) fail(ErrorKind::Shape, std::string(what) + ": x has no axes; expected shape (..., D)");
    return x.shape()[x.ndim() - 1];
}

Dims shape_of_statistics(const Dims &shape) {
    Dims out = shape;
    out[out.size() - 1] = 1;
    return out;
}

}  // namespace

ThreeArrays layer_norm(const Array &x, const Array &weight, const Array &bias, double eps) {
    const char *name = "layer_norm", *each = "features, the last axis of x";
    const DType dtype = common_floating({&x, &weight, &bias}, name), compute = arithmetic(dtype);
    const int64_t n = length_of(x, name), size = itemsize(compute);
    const Array in = astype(x, compute), scale = numbers(weight, n, compute, name, "weight", each),
                shift = numbers(bias, n, compute, name, "bias", each);
    Array out = empty(x.shape(), compute, x.device());
    const Dims shape = shape_of_statistics(x.shape());
    const Array mean = empty(shape, compute, x.device()), inverse_std = empty(shape, compute, x.device());
    if (mean.size() > 0) {
        const bool streams = goes_past_caches(out);
        const auto loop = loops_of(compute).layer_norm;
        cpu::for_each_row<1>({&in}, &out, 0, [&](int64_t row, const char *const *from, char *to, char *) {
            loop(from[0], scale.bytes(), shift.bytes(), eps, to, mean.bytes() + row * size,
                 inverse_std.bytes() + row * size, n, streams);
        });
    }
    return {astype(out, dtype), astype(mean, dtype), astype(inverse_std, dtype)};
}

ThreeArrays layer_norm_grad(const Array &grad, const Array &x, const Array &weight, const Array &mean,
                            const Array &inverse_std) {
    const char *name = "layer_norm_grad", *each = "rows";
    const DType dtype = common_floating({&grad, &x, &weight, &mean, &inverse_std}, name), compute = arithmetic(dtype);
    const int64_t n = length_of(x, name), size = itemsize(compute);
    const Array scale = numbers(weight, n, compute, name, "weight", "features, the last axis of x");
    Array upper = astype(grad, compute);
    upper.layout = broadcast_to(upper.layout, x.shape(), name);
    upper = compact(upper);
    const Array in = compact(astype(x, compute));
    Array dx = empty(x.shape(), compute, x.device());
    const int64_t rows = element_count(shape_of_statistics(x.shape()));
    const Array means = numbers(mean, rows, compute, name, "mean", each),
                factors = numbers(inverse_std, rows, compute, name, "inverse_std", each);
    const int64_t per_task = std::max(fewest_rows, task_elements / std::max<int64_t>(n, 1)),
                  tasks = (rows + per_task - 1) / per_task;
    // The parts of dweight and dbias side by side.
    const Array parts = empty(Dims{tasks, 2, n}, compute, x.device());
    const bool streams = goes_past_caches(dx, 2);
    const auto loop = loops_of(compute).layer_norm_grad;
    cpu::run_tasks(tasks, x.size(), [&](int64_t task) {
        char *dweight = parts.bytes() + task * 2 * n * size, *dbias = dweight + n * size;
        std::memset(dweight, 0, static_cast<size_t>(2 * n * size));
        const int64_t row = task * per_task, at = row * n * size;
        loop(upper.bytes() + at, in.bytes() + at, scale.bytes(), means.bytes() + row * size,
             factors.bytes() + row * size, dx.bytes() + at, dweight, dbias, std::min(per_task, rows - row), n, streams);
    });
    const Array sums = reduce(ReduceOp::sum, parts, Dims{0}, false);
    auto half = [&](int64_t which) { return astype(sums.view(select(sums.layout, 0, which)), dtype); };
    return {astype(dx, dtype), half(0), half(1)};
}

}  // namespace needle
