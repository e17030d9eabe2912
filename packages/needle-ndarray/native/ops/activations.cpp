#include "ops/activations.h"
#include "cpu/iterate.h"
#include "ops/floating.h"

namespace needle {

namespace {

#define X(name) #name,
constexpr const char *activation_names[] = {NEEDLE_ACTIVATION_OPS(X)};
constexpr const char *grad_names[] = {NEEDLE_ACTIVATION_GRAD_OPS(X)};
#undef X

void run_activation(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n) {
    reinterpret_cast<cpu::BinaryLoop>(const_cast<void *>(context))(inputs[0], steps[0], inputs[1], steps[1], out, n);
}
void run_grad(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n) {
    reinterpret_cast<cpu::GradLoop>(const_cast<void *>(context))(inputs[0], steps[0], inputs[1], steps[1], inputs[2],
                                                                 steps[2], out, n);
}

struct Dropping {
    cpu::DropoutLoop loop;
    double scale;
};
void run_dropout(const void *context, const char *const *inputs, const int64_t *, char *out, int64_t n) {
    const auto &dropping = *static_cast<const Dropping *>(context);
    dropping.loop(inputs[0], reinterpret_cast<const bool *>(inputs[1]), dropping.scale, out, n);
}

// A number that all elements share, as an operand.
struct Parameter {
    alignas(8) char slot[8];
    Layout layout;
    Parameter(double value, DType dtype, const Dims &shape) : layout{shape, Dims(shape.size(), 0), 0} {
        store_scalar(Scalar{Kind::Float, 0, value}, dtype, slot);
    }
    Operand operand(DType dtype) { return {slot, dtype, dtype, &layout}; }
};

// Truth values with an element for each of the shape.
Array broadcast_mask(const Array &keep, const Dims &shape) {
    Array mask = astype(keep, DType::Bool);
    mask.layout = broadcast_to(mask.layout, shape, "dropout: keep");
    return is_broadcast(mask.layout) ? copy(mask) : mask;
}

Operand operand_of(const Array &array, const Layout &layout, DType compute) {
    return {array.bytes(), array.dtype, compute, &layout};
}

}  // namespace

const char *name_of(ActivationOp function) { return activation_names[static_cast<int>(function)]; }
const char *name_of(ActivationGradOp function) { return grad_names[static_cast<int>(function)]; }

Array activation(ActivationOp function, const Array &x, double parameter) {
    const DType dtype = common_floating({&x}, name_of(function)), compute = arithmetic(dtype);
    Array out = empty(x.shape(), dtype, x.device());
    Parameter number(parameter, compute, x.shape());
    const Operand inputs[] = {operand_of(x, x.layout, compute), number.operand(compute)};
    const auto loop = cpu::kernels().activations->activation[static_cast<int>(function)][compute == DType::Float64];
    iterate(x.shape(), inputs, 2, {out.bytes(), dtype, compute, &out.layout}, run_activation,
            reinterpret_cast<const void *>(loop));
    return out;
}

Array activation_grad(ActivationGradOp function, const Array &grad, const Array &a, double parameter) {
    const char *name = name_of(function);
    const DType dtype = common_floating({&grad, &a}, name), compute = arithmetic(dtype);
    const Dims shape = broadcast_shapes(grad.shape(), a.shape(), name);
    Array out = empty(shape, dtype, a.device());
    Parameter number(parameter, compute, shape);
    const Layout layouts[] = {broadcast_to(grad.layout, shape, name), broadcast_to(a.layout, shape, name)};
    const Operand inputs[] = {operand_of(grad, layouts[0], compute), operand_of(a, layouts[1], compute),
                              number.operand(compute)};
    const auto loop = cpu::kernels().activations->grad[static_cast<int>(function)][compute == DType::Float64];
    iterate(shape, inputs, 3, {out.bytes(), dtype, compute, &out.layout}, run_grad,
            reinterpret_cast<const void *>(loop));
    return out;
}

Array dropout(const Array &x, const Array &keep, double p) {
    const DType dtype = common_floating({&x}, "dropout"), compute = arithmetic(dtype);
    require_same_device(x, keep, "dropout");
    if (!(p >= 0 && p < 1))
        fail(ErrorKind::Value, "dropout: p is " + std::to_string(p) + "; expected a probability from 0 to below 1");
    // The loop reads an element of both for every one that it writes.
    const Array mask = broadcast_mask(keep, x.shape());
    const Array operand = is_broadcast(x.layout) ? copy(x) : x;
    Array out = empty(x.shape(), dtype, x.device());
    const Operand inputs[] = {operand_of(operand, operand.layout, compute),
                              {mask.bytes(), DType::Bool, DType::Bool, &mask.layout}};
    const Dropping dropping{cpu::kernels().activations->dropout[compute == DType::Float64], 1 / (1 - p)};
    iterate(x.shape(), inputs, 2, {out.bytes(), dtype, compute, &out.layout}, run_dropout, &dropping);
    return out;
}

}  // namespace needle
