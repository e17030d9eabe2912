// Activation functions and dropout.
#include "ops/activations.h"
#include "python/docs/activations.h"
#include "python/functions.h"

namespace needle::python {

using namespace nb::literals;

namespace {

nb::object call(ActivationOp function, nb::handle x, double parameter) {
    const Array a = to_array(x, name_of(function));
    Array result;
    {
        ReleaseGil release(a.size());
        result = activation(function, a, parameter);
    }
    return wrap(std::move(result));
}

nb::object call_grad(ActivationGradOp function, nb::handle grad, nb::handle operand, double parameter) {
    const char *name = name_of(function);
    const Array g = to_array(grad, name), a = to_array(operand, name);
    Array result;
    {
        ReleaseGil release(a.size());
        result = activation_grad(function, g, a, parameter);
    }
    return wrap(std::move(result));
}

bool is_tanh(nb::handle approximate, const char *what) {
    const std::string name = nb::isinstance<nb::str>(approximate) ? utf8_of(approximate) : std::string();
    if (name != "none" && name != "tanh")
        fail(ErrorKind::Value,
             std::string(what) + ": approximate must be \"none\" or \"tanh\", not " + nb::repr(approximate).c_str());
    return name == "tanh";
}

nb::object call_dropout(nb::handle x, nb::handle keep, double p) {
    const Array a = to_array(x, "dropout"), mask = to_array(keep, "dropout");
    Array result;
    {
        ReleaseGil release(a.size());
        result = dropout(a, mask, p);
    }
    return wrap(std::move(result));
}

void bind_function(nb::module_ &m, ActivationOp function, const char *documentation) {
    const char *name = name_of(function);
    m.def(
        name, [function](nb::handle x) { return call(function, x, 0); }, "x"_a,
        nb::sig(keep(std::string("def ") + name + "(x: ArrayLike) -> NDArray")), documentation);
}
void bind_function(nb::module_ &m, ActivationOp function, const char *parameter, double value, const char *text,
                   const char *documentation) {
    const char *name = name_of(function);
    m.def(
        name, [function](nb::handle x, double number) { return call(function, x, number); }, "x"_a,
        nb::arg(parameter) = value,
        nb::sig(
            keep(std::string("def ") + name + "(x: ArrayLike, " + parameter + ": float = " + text + ") -> NDArray")),
        documentation);
}
void bind_grad(nb::module_ &m, ActivationGradOp function, const char *operand, const char *documentation) {
    const char *name = name_of(function);
    m.def(
        name, [function](nb::handle grad, nb::handle a) { return call_grad(function, grad, a, 0); }, "grad"_a,
        nb::arg(operand),
        nb::sig(keep(std::string("def ") + name + "(grad: ArrayLike, " + operand + ": ArrayLike) -> NDArray")),
        documentation);
}
void bind_grad(nb::module_ &m, ActivationGradOp function, const char *parameter, double value, const char *text,
               const char *documentation) {
    const char *name = name_of(function);
    m.def(
        name, [function](nb::handle grad, nb::handle x, double number) { return call_grad(function, grad, x, number); },
        "grad"_a, "x"_a, nb::arg(parameter) = value,
        nb::sig(keep(std::string("def ") + name + "(grad: ArrayLike, x: ArrayLike, " + parameter + ": float = " + text +
                     ") -> NDArray")),
        documentation);
}

}  // namespace

void bind_activations(nb::module_ &m) {
    bind_function(m, ActivationOp::relu, docs::relu);
    bind_function(m, ActivationOp::silu, docs::silu);
    bind_function(m, ActivationOp::softplus, docs::softplus);
    bind_function(m, ActivationOp::leaky_relu, "slope", 0.01, "0.01", docs::leaky_relu);
    bind_function(m, ActivationOp::elu, "alpha", 1.0, "1.0", docs::elu);
    bind_grad(m, ActivationGradOp::relu_grad, "y", docs::relu_grad);
    bind_grad(m, ActivationGradOp::sigmoid_grad, "y", docs::sigmoid_grad);
    bind_grad(m, ActivationGradOp::tanh_grad, "y", docs::tanh_grad);
    bind_grad(m, ActivationGradOp::silu_grad, "x", docs::silu_grad);
    bind_grad(m, ActivationGradOp::softplus_grad, "x", docs::softplus_grad);
    bind_grad(m, ActivationGradOp::leaky_relu_grad, "slope", 0.01, "0.01", docs::leaky_relu_grad);
    bind_grad(m, ActivationGradOp::elu_grad, "alpha", 1.0, "1.0", docs::elu_grad);
    m.def(
        "gelu",
        [](nb::handle x, nb::handle approximate) {
            return call(is_tanh(approximate, "gelu") ? ActivationOp::gelu_tanh : ActivationOp::gelu, x, 0);
        },
        "x"_a, "approximate"_a = "none",
        nb::sig("def gelu(x: ArrayLike, approximate: Literal[\"none\", \"tanh\"] = \"none\") -> NDArray"), docs::gelu);
    m.def(
        "gelu_grad",
        [](nb::handle grad, nb::handle x, nb::handle approximate) {
            const bool tanh = is_tanh(approximate, "gelu_grad");
            return call_grad(tanh ? ActivationGradOp::gelu_tanh_grad : ActivationGradOp::gelu_grad, grad, x, 0);
        },
        "grad"_a, "x"_a, "approximate"_a = "none",
        nb::sig("def gelu_grad(grad: ArrayLike, x: ArrayLike, approximate: Literal[\"none\", \"tanh\"] = \"none\") -> "
                "NDArray"),
        docs::gelu_grad);
    m.def("dropout", &call_dropout, "x"_a, "keep"_a, "p"_a,
          nb::sig("def dropout(x: ArrayLike, keep: ArrayLike, p: float) -> NDArray"), docs::dropout);
}

}  // namespace needle::python
