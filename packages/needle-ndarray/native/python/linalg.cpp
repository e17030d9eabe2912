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
}

}  // namespace needle::python
