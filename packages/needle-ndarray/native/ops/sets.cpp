#include "ops/sets.h"
#include "cpu/keys.h"
#include "ops/copy.h"
#include "ops/sort.h"

namespace needle {

namespace {

// Whether two elements, given by their bits, are equal as numbers.
template <class O> bool equal(const O &order, typename O::Key a, typename O::Key b) {
    if (!O::is_real) return a == b;
    return (a == b && !order.is_nan(a)) || (O::is_zero(a) && O::is_zero(b));
}

}  // namespace

Unique unique(const Array &a, bool indices, bool inverse, bool counts) {
    require_cpu(a, "unique");
    const Array flat = flattened(truth_values(a));
    const int64_t n = flat.size();
    const bool places = indices || inverse;
    const Array order_of = places ? argsort(flat, 0, false) : Array{};
    const Array sorted = places ? empty(flat.shape(), a.dtype, a.device()) : sort(flat, 0, false);
    Unique out;
    if (inverse) out.inverse = empty(a.shape(), DType::Int64, a.device());
    cpu::with_order(a.dtype, false, [&](auto order) {
        using K = typename decltype(order)::Key;
        K *row = sorted.data<K>();
        const int64_t *from = places ? order_of.data<int64_t>() : nullptr;
        if (places)
            for (int64_t i = 0; i < n; ++i) row[i] = flat.data<K>()[from[i]];
        auto same = [&](int64_t i) { return equal(order, row[i - 1], row[i]); };
        int64_t groups = n > 0;
        for (int64_t i = 1; i < n; ++i) groups += !same(i);
        auto make = [&](bool wanted, DType dtype) { return wanted ? empty(Dims{groups}, dtype, a.device()) : Array{}; };
        out.values = make(true, a.dtype);
        out.indices = make(indices, DType::Int64);
        out.counts = make(counts, DType::Int64);
        K *values = out.values.template data<K>();
        int64_t group = -1;
        for (int64_t i = 0, start = 0; i < n; ++i) {
            if (i == 0 || !same(i)) {
                values[++group] = row[i];
                if (indices) out.indices.template data<int64_t>()[group] = from[i];
                if (counts && i > 0) out.counts.template data<int64_t>()[group - 1] = i - start;
                start = i;
            }
            if (inverse) out.inverse.template data<int64_t>()[from[i]] = group;
            if (counts && i == n - 1) out.counts.template data<int64_t>()[group] = n - start;
        }
    });
    return out;
}

}  // namespace needle
