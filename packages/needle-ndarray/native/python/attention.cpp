// Scaled dot-product attention.
#include "ops/attention.h"
#include "python/docs/attention.h"
#include "python/functions.h"
#include <nanobind/stl/optional.h>

namespace needle::python {

using namespace nb::literals;

namespace {

// The keyword arguments of both functions.
struct Options {
    AttentionOptions value;
    Array mask;
    double scale;

    Options(const char *what, nb::handle mask_, bool causal, std::optional<double> scale_) {
        value.causal = causal;
        if (!mask_.is_none()) {
            mask = to_array(mask_, what);
            value.mask = &mask;
        }
        if (scale_) {
            scale = *scale_;
            value.scale = &scale;
        }
    }
    Options(const Options &) = delete;  // points into itself
    Options &operator=(const Options &) = delete;
};

// Scores are what takes time.
int64_t score_count(const Array &q, const Array &k) { return wrapping_product(q.size(), k.size()); }

nb::object call_attention(nb::handle q_, nb::handle k_, nb::handle v_, nb::handle mask, bool causal,
                          std::optional<double> scale) {
    const Array q = to_array(q_, "attention"), k = to_array(k_, "attention"), v = to_array(v_, "attention");
    const Options options("attention", mask, causal, scale);
    Attention result;
    {
        ReleaseGil release(score_count(q, k));
        result = attention(q, k, v, options.value);
    }
    return nb::make_tuple(wrap(std::move(result.out)), wrap(std::move(result.log_sums)));
}

nb::object call_attention_grad(nb::handle grad_, nb::handle q_, nb::handle k_, nb::handle v_, nb::handle out_,
                               nb::handle log_sums_, nb::handle mask, bool causal, std::optional<double> scale) {
    const char *what = "attention_grad";
    const Array grad = to_array(grad_, what), q = to_array(q_, what), k = to_array(k_, what), v = to_array(v_, what);
    const Array out = to_array(out_, what), log_sums = to_array(log_sums_, what);
    const Options options(what, mask, causal, scale);
    AttentionGradients result;
    {
        ReleaseGil release(score_count(q, k));
        result = attention_grad(grad, q, k, v, out, log_sums, options.value);
    }
    return nb::make_tuple(wrap(std::move(result.dq)), wrap(std::move(result.dk)), wrap(std::move(result.dv)));
}

}  // namespace

void bind_attention(nb::module_ &m) {
    m.def("attention", &call_attention, "q"_a, "k"_a, "v"_a, nb::kw_only(), "mask"_a.none() = nb::none(),
          "causal"_a = false, "scale"_a.none() = nb::none(),
          nb::sig("def attention(q: ArrayLike, k: ArrayLike, v: ArrayLike, *, mask: ArrayLike | None = None, "
                  "causal: bool = False, scale: float | None = None) -> tuple[NDArray, NDArray]"),
          docs::attention);
    m.def("attention_grad", &call_attention_grad, "grad"_a, "q"_a, "k"_a, "v"_a, "out"_a, "log_sums"_a, nb::kw_only(),
          "mask"_a.none() = nb::none(), "causal"_a = false, "scale"_a.none() = nb::none(),
          nb::sig("def attention_grad(grad: ArrayLike, q: ArrayLike, k: ArrayLike, v: ArrayLike, out: ArrayLike, "
                  "log_sums: ArrayLike, *, mask: ArrayLike | None = None, causal: bool = False, "
                  "scale: float | None = None) -> tuple[NDArray, NDArray, NDArray]"),
          docs::attention_grad);
}

}  // namespace needle::python
