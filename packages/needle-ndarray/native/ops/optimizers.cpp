#include "ops/optimizers.h"
#include "cpu/axes.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include <algorithm>
#include <array>

namespace needle {

namespace {

// The parameter, its gradient and the state: the first is number 0, the second 1.
constexpr int most_operands = 4, gradient = 1;

struct Named {
    const Array *array;
    const char *name;
};

void check(const Named *operands, int count, const char *what) {
    const Array &param = *operands[0].array;
    require_cpu(param, what);
    if (!is_float(param.dtype))
        fail(ErrorKind::DType, std::string(what) + ": the parameter has dtype " + name_of(param.dtype) +
                                   "; expected a floating-point one, for instance param.astype(\"float32\")");
    for (int i = 0; i < count; ++i) {
        const Array &array = *operands[i].array;
        require_same_device(param, array, what);
        if (array.shape() != param.shape())
            fail(ErrorKind::Shape, std::string(what) + ": the parameter has shape " + param.shape().text() + ", but " +
                                       operands[i].name + " has shape " + array.shape().text());
        if (array.dtype != param.dtype)
            fail(ErrorKind::DType, std::string(what) + ": the parameter has dtype " + name_of(param.dtype) + ", but " +
                                       operands[i].name + " has " + name_of(array.dtype) + "; convert it with astype");
        if (i == gradient) continue;
        require_writable(array, what);
        for (int j = 0; j < i; ++j)
            if (j != gradient && may_overlap(array, *operands[j].array))
                fail(ErrorKind::Value, std::string(what) + ": " + operands[j].name + " and " + operands[i].name +
                                           " share memory, but both are written; pass a copy of one");
    }
}

bool same_elements(const Array &a, const Array &b) {
    return a.bytes() == b.bytes() && a.layout.strides == b.layout.strides;
}

// loop(addresses, first element, count) over all elements; operands that are not dense, or of a dtype that nothing
// computes in, are copied before and after.
template <class F> void run(const Named *operands, int count, const char *what, F &&loop) {
    check(operands, count, what);
    const Array &param = *operands[0].array;
    const DType compute = arithmetic(param.dtype);
    Array dense[most_operands];
    std::array<char *, most_operands> at{};
    for (int i = 0; i < count; ++i) {
        const Array &array = *operands[i].array;
        bool apart = true;  // a gradient may be a view of what is written
        for (int j = 0; i == gradient && j < count; ++j)
            apart &= j == i || same_elements(array, *operands[j].array) || !may_overlap(array, *operands[j].array);
        dense[i] = apart ? compact(astype(array, compute)) : compact(astype(copy(array), compute));
        at[i] = dense[i].bytes();
    }
    const int64_t elements = param.size(), size = itemsize(compute);
    cpu::run_tasks((elements + task_elements - 1) / task_elements, elements, [&](int64_t task) {
        const int64_t first = task * task_elements;
        std::array<char *, most_operands> from = at;
        for (int i = 0; i < count; ++i) from[i] += first * size;
        loop(from, std::min(task_elements, elements - first));
    });
    for (int i = 0; i < count; ++i)
        if (i != gradient && dense[i].storage.get() != operands[i].array->storage.get())
            assign(*operands[i].array, dense[i]);
}

const cpu::OptimizerLoops &loops_of(const Array &param) {
    return cpu::kernels().optimizers->loops[param.dtype == DType::Float64];
}

using Addresses = std::array<char *, most_operands>;

}  // namespace

void sgd_step(const Array &param, const Array &grad, const Array *buffer, const cpu::SgdStep &step) {
    const Named operands[] = {{&param, "param"}, {&grad, "grad"}, {buffer, "buffer"}};
    run(operands, buffer ? 3 : 2, "sgd_step",
        [&](const Addresses &at, int64_t n) { loops_of(param).sgd(at[0], at[1], at[2], n, step); });
}

void adam_step(const Array &param, const Array &grad, const Array &m, const Array &v, const cpu::AdamStep &step) {
    if (step.step < 1)
        fail(ErrorKind::Value, "adam_step: steps are counted from 1, but step is " + std::to_string(step.step));
    const Named operands[] = {{&param, "param"}, {&grad, "grad"}, {&m, "m"}, {&v, "v"}};
    run(operands, 4, "adam_step",
        [&](const Addresses &at, int64_t n) { loops_of(param).adam(at[0], at[1], at[2], at[3], n, step); });
}

void rmsprop_step(const Array &param, const Array &grad, const Array &average, const Array *buffer,
                  const cpu::RmspropStep &step) {
    const Named operands[] = {{&param, "param"}, {&grad, "grad"}, {&average, "square_average"}, {buffer, "buffer"}};
    run(operands, buffer ? 4 : 3, "rmsprop_step",
        [&](const Addresses &at, int64_t n) { loops_of(param).rmsprop(at[0], at[1], at[2], at[3], n, step); });
}

}  // namespace needle
