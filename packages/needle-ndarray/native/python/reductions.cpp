// The functions and methods that fold axes, and the running sums.
#include "python/docs/reductions.h"
#include "ops/copy.h"
#include "ops/reduce.h"
#include "ops/scan.h"
#include "python/docs/reduction_methods.h"
#include "python/functions.h"

namespace needle::python {

using namespace nb::literals;

namespace {

// What the foldings have in common: f(array, axes, target) without the GIL; the target may be null.
template <class F> nb::object fold(const char *name, nb::handle x, nb::handle axis, nb::handle out, F &&f) {
    Array a = to_array(x, name), result;
    Dims axes = to_axes(axis, a.ndim(), name);
    const Array *target = to_output(out, name);
    {
        ReleaseGil release(a.size());
        result = f(a, axes, target);
    }
    return target ? nb::borrow(out) : wrap(std::move(result));
}

nb::object call_reduce(ReduceOp op, nb::handle x, nb::handle axis, nb::handle dtype, bool keepdims, nb::handle out) {
    std::optional<DType> wanted = to_optional_dtype(dtype);
    return fold(name_of(op), x, axis, out, [=](const Array &a, const Dims &axes, const Array *target) {
        return reduce(op, a, axes, keepdims, wanted, target);
    });
}

nb::object call_mean(nb::handle x, nb::handle axis, bool keepdims, nb::handle out) {
    return fold("mean", x, axis, out,
                [=](const Array &a, const Dims &axes, const Array *target) { return mean(a, axes, keepdims, target); });
}

nb::object call_variance(bool root, nb::handle x, nb::handle axis, double correction, bool keepdims, nb::handle out) {
    return fold(root ? "std" : "var", x, axis, out, [=](const Array &a, const Dims &axes, const Array *target) {
        return variance(a, axes, correction, root, keepdims, target);
    });
}

nb::object call_arg(bool largest, nb::handle x, nb::handle axis, bool keepdims) {
    const char *name = largest ? "argmax" : "argmin";
    Array a = to_array(x, name), result;
    int ndim = a.ndim(), along = 0;
    if (!axis.is_none()) along = normalize_axis(to_index(axis, "axis"), ndim, name);
    {
        ReleaseGil release(a.size());
        if (axis.is_none()) a = flattened(a);
        result = (largest ? argmax : argmin)(a, along, keepdims);
    }
    if (axis.is_none() && keepdims) result.layout = Layout::contiguous(Dims(ndim, 1));
    return wrap(std::move(result));
}

nb::object call_cumulate(bool product, nb::handle x, nb::handle axis, nb::handle dtype, bool initial) {
    const char *name = product ? "cumulative_prod" : "cumulative_sum";
    Array a = to_array(x, name), result;
    if (axis.is_none() && a.ndim() != 1)
        fail(ErrorKind::Value, std::string(name) +
                                   ": axis may be left out only for one-dimensional arrays, and the "
                                   "shape is " +
                                   a.shape().text());
    int along = axis.is_none() ? 0 : normalize_axis(to_index(axis, "axis"), a.ndim(), name);
    std::optional<DType> wanted = to_optional_dtype(dtype);
    {
        ReleaseGil release(a.size());
        result = cumulate(product, a, along, wanted, initial);
    }
    return wrap(std::move(result));
}

#define X(name, domain) docs::name,
constexpr const char *function_docs[] = {NEEDLE_REDUCE_OPS(X)};
#undef X
#define X(name, domain) docs::methods::name,
constexpr const char *method_docs[] = {NEEDLE_REDUCE_OPS(X)};
#undef X

// The signature of a function, or of a method, whose axis and keepdims may be given by position.
const char *signature(bool method, const char *name, const char *more) {
    std::string text = std::string("def ") + name + (method ? "(self, " : "(x: ArrayLike, /, *, ");
    text += "axis: int | Sequence[int] | None = None, ";
    if (method) text += std::string("keepdims: bool = False, *, ") + more;
    else text += std::string(more) + "keepdims: bool = False, ";
    return keep(text + "out: NDArray | None = None) -> NDArray");
}

constexpr const char *dtype_argument = "dtype: DTypeLike | None = None, ";
constexpr const char *correction_argument = "correction: float = 0.0, ";

bool takes_dtype(ReduceOp op) { return op == ReduceOp::sum || op == ReduceOp::prod; }

}  // namespace

void bind_reductions(nb::module_ &m) {
    for (int i = 0; i < reduce_count; ++i) {
        auto op = static_cast<ReduceOp>(i);
        if (takes_dtype(op))
            m.def(
                name_of(op),
                [op](nb::handle x, nb::handle axis, nb::handle dtype, bool keepdims, nb::handle out) {
                    return call_reduce(op, x, axis, dtype, keepdims, out);
                },
                "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "dtype"_a.none() = nb::none(), "keepdims"_a = false,
                "out"_a.none() = nb::none(), nb::sig(signature(false, name_of(op), dtype_argument)), function_docs[i]);
        else
            m.def(
                name_of(op),
                [op](nb::handle x, nb::handle axis, bool keepdims, nb::handle out) {
                    return call_reduce(op, x, axis, nb::none(), keepdims, out);
                },
                "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "keepdims"_a = false, "out"_a.none() = nb::none(),
                nb::sig(signature(false, name_of(op), "")), function_docs[i]);
    }
    m.def("mean", &call_mean, "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "keepdims"_a = false,
          "out"_a.none() = nb::none(), nb::sig(signature(false, "mean", "")), docs::mean);
    for (bool root : {false, true})
        m.def(
            root ? "std" : "var",
            [root](nb::handle x, nb::handle axis, double correction, bool keepdims, nb::handle out) {
                return call_variance(root, x, axis, correction, keepdims, out);
            },
            "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "correction"_a = 0.0, "keepdims"_a = false,
            "out"_a.none() = nb::none(), nb::sig(signature(false, root ? "std" : "var", correction_argument)),
            root ? docs::std : docs::var);
    for (bool largest : {true, false})
        m.def(
            largest ? "argmax" : "argmin",
            [largest](nb::handle x, nb::handle axis, bool keepdims) { return call_arg(largest, x, axis, keepdims); },
            "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "keepdims"_a = false,
            nb::sig(largest
                        ? "def argmax(x: ArrayLike, /, *, axis: int | None = None, keepdims: bool = False) -> NDArray"
                        : "def argmin(x: ArrayLike, /, *, axis: int | None = None, keepdims: bool = False) -> NDArray"),
            largest ? docs::argmax : docs::argmin);
    for (bool product : {false, true})
        m.def(
            product ? "cumulative_prod" : "cumulative_sum",
            [product](nb::handle x, nb::handle axis, nb::handle dtype, bool initial) {
                return call_cumulate(product, x, axis, dtype, initial);
            },
            "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "dtype"_a.none() = nb::none(),
            "include_initial"_a = false,
            nb::sig(product ? "def cumulative_prod(x: ArrayLike, /, *, axis: int | None = None, dtype: DTypeLike | "
                              "None = None, include_initial: bool = False) -> NDArray"
                            : "def cumulative_sum(x: ArrayLike, /, *, axis: int | None = None, dtype: DTypeLike | "
                              "None = None, include_initial: bool = False) -> NDArray"),
            product ? docs::cumulative_prod : docs::cumulative_sum);
}

void bind_reduction_methods(nb::class_<Array> &cls) {
    for (int i = 0; i < reduce_count; ++i) {
        auto op = static_cast<ReduceOp>(i);
        if (takes_dtype(op))
            cls.def(
                name_of(op),
                [op](nb::handle self, nb::handle axis, bool keepdims, nb::handle dtype, nb::handle out) {
                    return call_reduce(op, self, axis, dtype, keepdims, out);
                },
                "axis"_a.none() = nb::none(), "keepdims"_a = false, nb::kw_only(), "dtype"_a.none() = nb::none(),
                "out"_a.none() = nb::none(), nb::sig(signature(true, name_of(op), dtype_argument)), method_docs[i]);
        else
            cls.def(
                name_of(op),
                [op](nb::handle self, nb::handle axis, bool keepdims, nb::handle out) {
                    return call_reduce(op, self, axis, nb::none(), keepdims, out);
                },
                "axis"_a.none() = nb::none(), "keepdims"_a = false, nb::kw_only(), "out"_a.none() = nb::none(),
                nb::sig(signature(true, name_of(op), "")), method_docs[i]);
    }
    cls.def("mean", &call_mean, "axis"_a.none() = nb::none(), "keepdims"_a = false, nb::kw_only(),
            "out"_a.none() = nb::none(), nb::sig(signature(true, "mean", "")), docs::methods::mean);
    for (bool root : {false, true})
        cls.def(
            root ? "std" : "var",
            [root](nb::handle self, nb::handle axis, bool keepdims, double correction, nb::handle out) {
                return call_variance(root, self, axis, correction, keepdims, out);
            },
            "axis"_a.none() = nb::none(), "keepdims"_a = false, nb::kw_only(), "correction"_a = 0.0,
            "out"_a.none() = nb::none(), nb::sig(signature(true, root ? "std" : "var", correction_argument)),
            root ? docs::methods::std : docs::methods::var);
    for (bool largest : {true, false})
        cls.def(
            largest ? "argmax" : "argmin",
            [largest](nb::handle self, nb::handle axis, bool keepdims) {
                return call_arg(largest, self, axis, keepdims);
            },
            "axis"_a.none() = nb::none(), "keepdims"_a = false,
            nb::sig(largest ? "def argmax(self, axis: int | None = None, keepdims: bool = False) -> NDArray"
                            : "def argmin(self, axis: int | None = None, keepdims: bool = False) -> NDArray"),
            largest ? docs::methods::argmax : docs::methods::argmin);
}

}  // namespace needle::python
