// Softmax and its relatives, and the loss made of them.
#include "python/docs/probability.h"
#include "ops/losses.h"
#include "ops/softmax.h"
#include "python/functions.h"
#include <algorithm>

namespace needle::python {

using namespace nb::literals;

namespace {

nb::object along_axis(bool logarithm, nb::handle x, nb::handle axis) {
    const char *name = logarithm ? "log_softmax" : "softmax";
    Array a = to_array(x, name), result;
    const int along = normalize_axis(to_index(axis, "axis"), a.ndim(), name);
    {
        ReleaseGil release(a.size());
        result = (logarithm ? log_softmax : softmax)(a, along);
    }
    return wrap(std::move(result));
}

nb::object grad_along_axis(bool logarithm, nb::handle grad, nb::handle y, nb::handle axis) {
    const char *name = logarithm ? "log_softmax_grad" : "softmax_grad";
    Array a = to_array(grad, name), b = to_array(y, name), result;
    const int along = normalize_axis(to_index(axis, "axis"), b.ndim(), name);
    {
        ReleaseGil release(b.size());
        result = (logarithm ? log_softmax_grad : softmax_grad)(a, b, along);
    }
    return wrap(std::move(result));
}

nb::object call_logsumexp(nb::handle x, nb::handle axis, bool keepdims) {
    Array a = to_array(x, "logsumexp"), result;
    const Dims axes = to_axes(axis, a.ndim(), "logsumexp");
    {
        ReleaseGil release(a.size());
        result = logsumexp(a, axes, keepdims);
    }
    return wrap(std::move(result));
}

nb::object call_logsumexp_grad(nb::handle grad, nb::handle x, nb::handle y, nb::handle axis) {
    const char *name = "logsumexp_grad";
    Array g = to_array(grad, name), a = to_array(x, name), sums = to_array(y, name), result;
    const Dims axes = to_axes(axis, a.ndim(), name);
    {
        ReleaseGil release(a.size());
        result = logsumexp_grad(g, a, sums, axes);
    }
    return wrap(std::move(result));
}

LossOptions loss_options(nb::handle ignore_index, nb::handle reduction) {
    LossOptions options;
    options.ignored = to_index(ignore_index, "ignore_index");
    for (auto [name, value] :
         {std::pair{"none", LossReduction::None}, {"sum", LossReduction::Sum}, {"mean", LossReduction::Mean}})
        if (PyUnicode_Check(reduction.ptr()) && PyUnicode_CompareWithASCIIString(reduction.ptr(), name) == 0) {
            options.reduction = value;
            return options;
        }
    fail(ErrorKind::Value,
         std::string("reduction is ") + nb::repr(reduction).c_str() + "; expected 'none', 'sum' or 'mean'");
}

nb::object call_cross_entropy(nb::handle logits, nb::handle labels, nb::handle ignore_index, nb::handle reduction) {
    const LossOptions options = loss_options(ignore_index, reduction);
    Array x = to_array(logits, "cross_entropy"), y = to_array(labels, "cross_entropy");
    CrossEntropy result;
    {
        ReleaseGil release(x.size());
        result = cross_entropy(x, y, options);
    }
    return nb::make_tuple(wrap(std::move(result.losses)), wrap(std::move(result.log_sums)));
}

nb::object call_cross_entropy_grad(nb::handle grad, nb::handle logits, nb::handle labels, nb::handle log_sums,
                                   nb::handle ignore_index, nb::handle reduction) {
    const char *name = "cross_entropy_grad";
    const LossOptions options = loss_options(ignore_index, reduction);
    Array g = to_array(grad, name), x = to_array(logits, name), y = to_array(labels, name),
          sums = to_array(log_sums, name), result;
    {
        ReleaseGil release(x.size());
        result = cross_entropy_grad(g, x, y, sums, options);
    }
    return wrap(std::move(result));
}

}  // namespace

void bind_probability(nb::module_ &m) {
    for (bool logarithm : {false, true}) {
        m.def(
            logarithm ? "log_softmax" : "softmax",
            [logarithm](nb::handle x, nb::handle axis) { return along_axis(logarithm, x, axis); }, "x"_a, "axis"_a = -1,
            nb::sig(logarithm ? "def log_softmax(x: ArrayLike, axis: int = -1) -> NDArray"
                              : "def softmax(x: ArrayLike, axis: int = -1) -> NDArray"),
            logarithm ? docs::log_softmax : docs::softmax);
        m.def(
            logarithm ? "log_softmax_grad" : "softmax_grad",
            [logarithm](nb::handle grad, nb::handle y, nb::handle axis) {
                return grad_along_axis(logarithm, grad, y, axis);
            },
            "grad"_a, "y"_a, "axis"_a = -1,
            nb::sig(logarithm ? "def log_softmax_grad(grad: ArrayLike, y: ArrayLike, axis: int = -1) -> NDArray"
                              : "def softmax_grad(grad: ArrayLike, y: ArrayLike, axis: int = -1) -> NDArray"),
            logarithm ? docs::log_softmax_grad : docs::softmax_grad);
    }
    m.def("logsumexp", &call_logsumexp, "x"_a, "axis"_a.none() = nb::none(), "keepdims"_a = false,
          nb::sig("def logsumexp(x: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> "
                  "NDArray"),
          docs::logsumexp);
    m.def("logsumexp_grad", &call_logsumexp_grad, "grad"_a, "x"_a, "y"_a, "axis"_a.none() = nb::none(),
          nb::sig("def logsumexp_grad(grad: ArrayLike, x: ArrayLike, y: ArrayLike, axis: int | Sequence[int] | None = "
                  "None) -> NDArray"),
          docs::logsumexp_grad);
    m.def("cross_entropy", &call_cross_entropy, "logits"_a, "labels"_a, "ignore_index"_a = -100, "reduction"_a = "none",
          nb::sig("def cross_entropy(logits: ArrayLike, labels: ArrayLike, ignore_index: int = -100, reduction: str = "
                  "'none') -> tuple[NDArray, NDArray]"),
          docs::cross_entropy);
    m.def("cross_entropy_grad", &call_cross_entropy_grad, "grad"_a, "logits"_a, "labels"_a, "log_sums"_a,
          "ignore_index"_a = -100, "reduction"_a = "none",
          nb::sig("def cross_entropy_grad(grad: ArrayLike, logits: ArrayLike, labels: ArrayLike, log_sums: ArrayLike, "
                  "ignore_index: int = -100, reduction: str = 'none') -> NDArray"),
          docs::cross_entropy_grad);
}

}  // namespace needle::python
