// Layer and batch normalization.
#include "ops/normalization.h"
#include "python/docs/normalization.h"
#include "python/functions.h"

namespace needle::python {

using namespace nb::literals;

namespace {

template <class F> nb::tuple three(int64_t elements, F f) {
    ThreeArrays result;
    {
        ReleaseGil release(elements);
        result = f();
    }
    return nb::make_tuple(wrap(std::move(result.first)), wrap(std::move(result.second)), wrap(std::move(result.third)));
}

}  // namespace

void bind_normalization(nb::module_ &m) {
    for (bool layer : {true, false}) {
        const char *name = layer ? "layer_norm" : "batch_norm";
        m.def(
            name,
            [=](nb::handle x, nb::handle weight, nb::handle bias, double eps) {
                const Array a = to_array(x, name), w = to_array(weight, name), b = to_array(bias, name);
                return three(a.size(), [&] { return (layer ? layer_norm : batch_norm)(a, w, b, eps); });
            },
            "x"_a, "weight"_a, "bias"_a, "eps"_a,
            nb::sig(layer ? "def layer_norm(x: ArrayLike, weight: ArrayLike, bias: ArrayLike, eps: float) -> "
                            "tuple[NDArray, NDArray, NDArray]"
                          : "def batch_norm(x: ArrayLike, weight: ArrayLike, bias: ArrayLike, eps: float) -> "
                            "tuple[NDArray, NDArray, NDArray]"),
            layer ? docs::layer_norm : docs::batch_norm);
    }
    m.def(
        "layer_norm_grad",
        [](nb::handle grad, nb::handle x, nb::handle weight, nb::handle mean, nb::handle inverse_std) {
            const char *name = "layer_norm_grad";
            const Array g = to_array(grad, name), a = to_array(x, name), w = to_array(weight, name),
                        means = to_array(mean, name), factors = to_array(inverse_std, name);
            return three(a.size(), [&] { return layer_norm_grad(g, a, w, means, factors); });
        },
        "grad"_a, "x"_a, "weight"_a, "mean"_a, "inverse_std"_a,
        nb::sig("def layer_norm_grad(grad: ArrayLike, x: ArrayLike, weight: ArrayLike, mean: ArrayLike, inverse_std: "
                "ArrayLike) -> tuple[NDArray, NDArray, NDArray]"),
        docs::layer_norm_grad);
    for (bool inference : {false, true}) {
        const char *name = inference ? "batch_norm_inference_grad" : "batch_norm_grad";
        m.def(
            name,
            [=](nb::handle grad, nb::handle x, nb::handle weight, nb::handle mean, nb::handle var, double eps) {
                const Array g = to_array(grad, name), a = to_array(x, name), w = to_array(weight, name),
                            means = to_array(mean, name), variances = to_array(var, name);
                const auto function = inference ? batch_norm_inference_grad : batch_norm_grad;
                return three(a.size(), [&] { return function(g, a, w, means, variances, eps); });
            },
            "grad"_a, "x"_a, "weight"_a, "mean"_a, "var"_a, "eps"_a,
            nb::sig(inference ? "def batch_norm_inference_grad(grad: ArrayLike, x: ArrayLike, weight: ArrayLike, mean: "
                                "ArrayLike, var: ArrayLike, eps: float) -> tuple[NDArray, NDArray, NDArray]"
                              : "def batch_norm_grad(grad: ArrayLike, x: ArrayLike, weight: ArrayLike, mean: "
                                "ArrayLike, var: ArrayLike, eps: float) -> tuple[NDArray, NDArray, NDArray]"),
            inference ? docs::batch_norm_inference_grad : docs::batch_norm_grad);
    }
    m.def(
        "batch_norm_inference",
        [](nb::handle x, nb::handle weight, nb::handle bias, nb::handle mean, nb::handle var, double eps) {
            const char *name = "batch_norm_inference";
            const Array a = to_array(x, name), w = to_array(weight, name), b = to_array(bias, name),
                        means = to_array(mean, name), variances = to_array(var, name);
            Array out;
            {
                ReleaseGil release(a.size());
                out = batch_norm_inference(a, w, b, means, variances, eps);
            }
            return wrap(std::move(out));
        },
        "x"_a, "weight"_a, "bias"_a, "mean"_a, "var"_a, "eps"_a,
        nb::sig("def batch_norm_inference(x: ArrayLike, weight: ArrayLike, bias: ArrayLike, mean: ArrayLike, var: "
                "ArrayLike, eps: float) -> NDArray"),
        docs::batch_norm_inference);
}

}  // namespace needle::python
