// Steps of optimizers, in place.
#include "ops/optimizers.h"
#include "python/docs/optimizers.h"
#include "python/functions.h"

namespace needle::python {

using namespace nb::literals;

namespace {

// An operand of a step; what is written in place has to be an array already.
const Array &to_operand(nb::handle object, const char *what, const char *name) {
    if (!is_array(object.ptr()))
        fail(ErrorKind::Type, std::string(what) + ": " + name + " must be an NDArray, not " +
                                  nb::repr(nb::handle(reinterpret_cast<PyObject *>(Py_TYPE(object.ptr())))).c_str());
    return array_of(object.ptr());
}
const Array *to_buffer(nb::handle object, const char *what, const char *name) {
    return object.is_none() ? nullptr : &to_operand(object, what, name);
}

void call_sgd_step(nb::handle param, nb::handle grad, nb::handle buffer, double lr, double momentum, double dampening,
                   double weight_decay) {
    const char *name = "sgd_step";
    const Array &w = to_operand(param, name, "param"), &g = to_operand(grad, name, "grad");
    const Array *u = to_buffer(buffer, name, "buffer");
    ReleaseGil release(w.size());
    sgd_step(w, g, u, {lr, momentum, dampening, weight_decay});
}

void call_adam_step(nb::handle param, nb::handle grad, nb::handle m, nb::handle v, double lr, double beta1,
                    double beta2, double eps, double weight_decay, int64_t step, bool decoupled) {
    const char *name = "adam_step";
    const Array &w = to_operand(param, name, "param"), &g = to_operand(grad, name, "grad"),
                &mean = to_operand(m, name, "m"), &square = to_operand(v, name, "v");
    ReleaseGil release(w.size());
    adam_step(w, g, mean, square, {lr, beta1, beta2, eps, weight_decay, step, decoupled});
}

void call_rmsprop_step(nb::handle param, nb::handle grad, nb::handle square_average, nb::handle buffer, double lr,
                       double alpha, double eps, double momentum, double weight_decay) {
    const char *name = "rmsprop_step";
    const Array &w = to_operand(param, name, "param"), &g = to_operand(grad, name, "grad"),
                &average = to_operand(square_average, name, "square_average");
    const Array *u = to_buffer(buffer, name, "buffer");
    ReleaseGil release(w.size());
    rmsprop_step(w, g, average, u, {lr, alpha, eps, momentum, weight_decay});
}

}  // namespace

void bind_optimizers(nb::module_ &m) {
    m.def("sgd_step", &call_sgd_step, "param"_a, "grad"_a, "buffer"_a.none(), nb::kw_only(), "lr"_a, "momentum"_a = 0.0,
          "dampening"_a = 0.0, "weight_decay"_a = 0.0,
          nb::sig("def sgd_step(param: NDArray, grad: NDArray, buffer: NDArray | None, *, lr: float, momentum: float = "
                  "0.0, dampening: float = 0.0, weight_decay: float = 0.0) -> None"),
          docs::sgd_step);
    m.def("adam_step", &call_adam_step, "param"_a, "grad"_a, "m"_a, "v"_a, nb::kw_only(), "lr"_a, "beta1"_a, "beta2"_a,
          "eps"_a, "weight_decay"_a = 0.0, "step"_a, "decoupled"_a = false,
          nb::sig("def adam_step(param: NDArray, grad: NDArray, m: NDArray, v: NDArray, *, lr: float, beta1: float, "
                  "beta2: float, eps: float, weight_decay: float = 0.0, step: int, decoupled: bool = False) -> None"),
          docs::adam_step);
    m.def("rmsprop_step", &call_rmsprop_step, "param"_a, "grad"_a, "square_average"_a, "buffer"_a.none() = nb::none(),
          nb::kw_only(), "lr"_a, "alpha"_a, "eps"_a, "momentum"_a = 0.0, "weight_decay"_a = 0.0,
          nb::sig("def rmsprop_step(param: NDArray, grad: NDArray, square_average: NDArray, buffer: NDArray | None = "
                  "None, *, lr: float, alpha: float, eps: float, momentum: float = 0.0, weight_decay: float = 0.0) -> "
                  "None"),
          docs::rmsprop_step);
}

}  // namespace needle::python
