// The functions of the module that fold axes, multiply matrices and tell about the module itself.
#include "python/functions.h"
#include "ops/copy.h"
#include "ops/reduce.h"
#include <algorithm>
#include <vector>

namespace needle::python {

using namespace nb::literals;

const char *keep(const std::string &text) {
    static std::vector<std::string *> *kept = new std::vector<std::string *>;
    kept->push_back(new std::string(text));
    return kept->back()->c_str();
}

nb::object call_reduce(ReduceOp op, nb::handle x, nb::handle axis, nb::handle dtype, bool keepdims) {
    Array a = to_array(x, name_of(op));
    if (auto wanted = to_optional_dtype(dtype)) a = astype(a, *wanted);
    Dims axes = to_axes(axis, a.ndim(), name_of(op));
    Array result;
    {
        ReleaseGil release(a.size());
        result = reduce(op, a, axes, keepdims);
    }
    if (auto wanted = to_optional_dtype(dtype)) result = astype(result, *wanted);
    return wrap(std::move(result));
}

nb::object call_mean(nb::handle x, nb::handle axis, bool keepdims) {
    Array a = to_array(x, "mean"), result;
    Dims axes = to_axes(axis, a.ndim(), "mean");
    {
        ReleaseGil release(a.size());
        result = mean(a, axes, keepdims);
    }
    return wrap(std::move(result));
}

nb::object call_arg(bool largest, nb::handle x, nb::handle axis, bool keepdims) {
    const char *name = largest ? "argmax" : "argmin";
    Array a = to_array(x, name), result;
    int ndim = a.ndim(), along = 0;
    if (axis.is_none()) a = flattened(a);
    else along = normalize_axis(to_index(axis, "axis"), ndim, name);
    {
        ReleaseGil release(a.size());
        result = (largest ? argmax : argmin)(a, along, keepdims);
    }
    if (axis.is_none() && keepdims) result.layout = Layout::contiguous(Dims(ndim, 1));
    return wrap(std::move(result));
}

namespace {

// ---- Documentation

const char *reduce_doc(ReduceOp op) {
    switch (op) {
    case ReduceOp::sum:
        return "Sum over axes; integers sum as int64 or uint64, floats in their own dtype by a fixed tree of partial "
               "sums.";
    case ReduceOp::prod:
        return "Product over axes; integers multiply as int64 or uint64.";
    case ReduceOp::max:
        return "Largest element over axes; NaN where one is met.";
    case ReduceOp::min:
        return "Smallest element over axes; NaN where one is met.";
    case ReduceOp::any:
        return "Whether any element over axes is nonzero.";
    case ReduceOp::all:
        return "Whether all elements over axes are nonzero.";
    }
    return "";
}

void bind_reductions(nb::module_ &m) {
    for (int i = 0; i < reduce_count; ++i) {
        auto op = static_cast<ReduceOp>(i);
        bool typed = op == ReduceOp::sum || op == ReduceOp::prod;
        std::string axis = "axis: int | Sequence[int] | None = None, ";
        if (typed) {
            std::string signature = std::string("def ") + name_of(op) + "(x: ArrayLike, /, *, " + axis +
                                    "dtype: DTypeLike | None = None, keepdims: bool = False) -> NDArray";
            m.def(
                name_of(op),
                [op](nb::handle x, nb::handle axis, nb::handle dtype, bool keepdims) {
                    return call_reduce(op, x, axis, dtype, keepdims);
                },
                "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "dtype"_a.none() = nb::none(), "keepdims"_a = false,
                nb::sig(keep(signature)), reduce_doc(op));
        } else {
            std::string signature = std::string("def ") + name_of(op) + "(x: ArrayLike, /, *, " + axis +
                                    "keepdims: bool = False) -> NDArray";
            m.def(
                name_of(op),
                [op](nb::handle x, nb::handle axis, bool keepdims) {
                    return call_reduce(op, x, axis, nb::none(), keepdims);
                },
                "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "keepdims"_a = false, nb::sig(keep(signature)),
                reduce_doc(op));
        }
    }
    m.def(
        "mean", &call_mean, "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "keepdims"_a = false,
        nb::sig(
            "def mean(x: ArrayLike, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> NDArray"),
        "Mean over axes; of integers in float32, of nothing NaN.");
    for (bool largest : {true, false})
        m.def(
            largest ? "argmax" : "argmin",
            [largest](nb::handle x, nb::handle axis, bool keepdims) { return call_arg(largest, x, axis, keepdims); },
            "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "keepdims"_a = false,
            nb::sig(largest
                        ? "def argmax(x: ArrayLike, /, *, axis: int | None = None, keepdims: bool = False) -> NDArray"
                        : "def argmin(x: ArrayLike, /, *, axis: int | None = None, keepdims: bool = False) -> NDArray"),
            largest ? "int64 index of the first largest element along an axis, or of the flattened array; a NaN counts "
                      "as the largest."
                    : "int64 index of the first smallest element along an axis, or of the flattened array; a NaN "
                      "counts as the smallest.");
}

}  // namespace

void bind_functions(nb::module_ &m) {
    bind_elementwise(m);
    bind_reductions(m);
    bind_creation(m);
    bind_indexing(m);
    bind_manipulation(m);
    bind_rearrangement(m);
    bind_linalg(m);
    bind_searching(m);
}

}  // namespace needle::python
