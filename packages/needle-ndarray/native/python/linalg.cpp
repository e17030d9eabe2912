// Products of matrices and vectors.
#include "python/docs/linalg.h"
#include "ops/contraction.h"
#include "ops/matmul.h"
#include "python/functions.h"
#include <algorithm>

namespace needle::python {

using namespace nb::literals;

nb::object call_matmul(nb::handle x1, nb::handle x2) {
    Array a = to_array(x1, "matmul"), b = to_array(x2, "matmul"), result;
    {
        ReleaseGil release(std::max(a.size(), b.size()));
        result = matmul(a, b);
    }
    return wrap(std::move(result));
}

namespace {

nb::object call_vecdot(nb::handle x1, nb::handle x2, nb::handle axis) {
    Array a = to_array(x1, "vecdot"), b = to_array(x2, "vecdot"), result;
    const int64_t along = to_index(axis, "vecdot: axis");
    {
        ReleaseGil release(std::max(a.size(), b.size()));
        result = vecdot(a, b, along);
    }
    return wrap(std::move(result));
}

nb::object call_sum_products(nb::handle x1, nb::handle x2, nb::handle axis, bool keepdims) {
    Array a = to_array(x1, "sum_products"), b = to_array(x2, "sum_products"), result;
    const Dims axes = to_axes(axis, std::max(a.ndim(), b.ndim()), "sum_products");
    {
        ReleaseGil release(std::max(a.size(), b.size()));
        result = sum_products(a, b, axes, keepdims, "sum_products");
    }
    return wrap(std::move(result));
}

Activation to_activation(nb::handle name) {
    if (name.is_none()) return Activation::none;
    const std::string text = nb::isinstance<nb::str>(name) ? nb::cast<std::string>(name) : nb::repr(name).c_str();
#define X(activation)                                                                                                  \
    if (text == #activation) return Activation::activation;
    NEEDLE_ACTIVATIONS(X)
#undef X
    std::string expected = "None";
#define X(activation) expected += ", '" #activation "'";
    NEEDLE_ACTIVATIONS(X)
#undef X
    fail(ErrorKind::Value, "linear: expected one of the activations " + expected + ", got " + nb::repr(name).c_str());
}

nb::object call_linear(nb::handle x_, nb::handle weight_, nb::handle bias_, nb::handle activation) {
    Array x = to_array(x_, "linear"), weight = to_array(weight_, "linear"), bias, result;
    const bool biased = !bias_.is_none();
    if (biased) bias = to_array(bias_, "linear");
    const Activation last = to_activation(activation);
    {
        ReleaseGil release(std::max(x.size(), weight.size()));
        result = linear(x, weight, biased ? &bias : nullptr, last);
    }
    return wrap(std::move(result));
}

}  // namespace

void bind_linalg(nb::module_ &m) {
    m.def("matmul", &call_matmul, "x1"_a, "x2"_a, nb::sig("def matmul(x1: ArrayLike, x2: ArrayLike, /) -> NDArray"),
          docs::matmul);
    m.def("vecdot", &call_vecdot, "x1"_a, "x2"_a, nb::kw_only(), "axis"_a = -1,
          nb::sig("def vecdot(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> NDArray"), docs::vecdot);
    m.def("sum_products", &call_sum_products, "x1"_a, "x2"_a, nb::kw_only(), "axis"_a.none() = nb::none(),
          "keepdims"_a = false,
          nb::sig("def sum_products(x1: ArrayLike, x2: ArrayLike, /, *, axis: int | Sequence[int] | None = None, "
                  "keepdims: bool = False) -> NDArray"),
          "Sum of x1 * x2 over axes in the promoted dtype, without an array of the products.");
    m.def("linear", &call_linear, "x"_a, "weight"_a, "bias"_a.none() = nb::none(), "activation"_a.none() = nb::none(),
          nb::sig("def linear(x: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, "
                  "activation: str | None = None) -> NDArray"),
          docs::linear);
}

}  // namespace needle::python
