#include "ops/sets.h"
#include "cpu/counting.h"
#include "cpu/key_bounds.h"
#include "cpu/keys.h"
#include "ops/copy.h"
#include "ops/sort.h"
#include <optional>

namespace needle {

namespace {

// Whether two elements, given by their bits, are equal as numbers.
template <class O> bool equal(const O &order, typename O::Key a, typename O::Key b) {
    if (!O::is_real) return a == b;
    return (a == b && !order.is_nan(a)) || (O::is_zero(a) && O::is_zero(b));
}

struct Wanted {
    bool indices, inverse, counts;
};

// Integers of a small range are counted instead of sorted; nothing where that is not worth it.
template <class O>
std::optional<Unique> count_unique(const O &order, const Array &flat, const Array &a, Wanted wanted) {
    using K = typename O::Key;
    constexpr int most_bits = 16;
    const int64_t n = flat.size(), fewest = a.dtype == DType::Bool ? 32 : 256;
    if (O::is_real || n < fewest) return std::nullopt;
    const K *const in = flat.data<K>();
    const cpu::Bounds<K> bounds = cpu::key_bounds(order, in, n);
    const K low = bounds.low;
    const int width = a.dtype == DType::Bool ? 1 : cpu::bit_width(static_cast<K>(bounds.high - low));
    if (width > most_bits || n >> width == 0) return std::nullopt;
    const Array room = empty(Dims{cpu::counters_of<uint16_t>(n)}, DType::Int64, a.device());
    const cpu::Counters counters(n, width, room.data<int64_t>());
    auto digit = [=](int64_t i) { return static_cast<K>(order.encode(in[i]) - low); };
    counters.count(digit);
    int64_t *const table = counters.tables;  // how often each digit occurs, and then the number of its value
    int64_t groups = 0;
    for (int64_t each = 0; each < counters.digits; ++each) groups += (table[each] = counters.total(each)) > 0;
    auto make = [&](bool is_wanted, DType dtype) {
        return is_wanted ? empty(Dims{groups}, dtype, a.device()) : Array{};
    };
    Unique out{make(true, a.dtype), make(wanted.indices, DType::Int64), Array{}, make(wanted.counts, DType::Int64)};
    for (int64_t each = 0, group = 0; each < counters.digits; ++each) {
        if (table[each] == 0) continue;
        out.values.data<K>()[group] = order.decode(static_cast<K>(low + static_cast<K>(each)));
        if (wanted.counts) out.counts.data<int64_t>()[group] = table[each];
        table[each] = group++;
    }
    if (wanted.inverse) {
        out.inverse = empty(a.shape(), DType::Int64, a.device());
        cpu::for_chunks(n, [=, to = out.inverse.data<int64_t>()](int64_t, int64_t start, int64_t end) {
            for (int64_t i = start; i < end; ++i) to[i] = table[static_cast<int64_t>(digit(i))];
        });
    }
    if (wanted.indices) {
        int64_t *const first = out.indices.data<int64_t>();
        std::fill_n(first, groups, n);
        for (int64_t i = 0, found = 0; i < n && found < groups; ++i) {
            int64_t &index = first[table[static_cast<int64_t>(digit(i))]];
            if (index == n) {
                index = i;
                ++found;
            }
        }
    }
    return out;
}

}  // namespace

Unique unique(const Array &a, bool indices, bool inverse, bool counts) {
    require_cpu(a, "unique");
    const Array flat = flattened(truth_values(a));
    const int64_t n = flat.size();
    std::optional<Unique> counted = cpu::with_order(
        a.dtype, false, [&](auto order) { return count_unique(order, flat, a, {indices, inverse, counts}); });
    if (counted) return *counted;
    const bool places = indices || inverse;
    const Array order_of = places ? argsort(flat, 0, false) : Array{};
    const Array sorted = places ? empty(flat.shape(), a.dtype, a.device()) : sort(flat, 0, false);
    Unique out;
    if (inverse) out.inverse = empty(a.shape(), DType::Int64, a.device());
    cpu::with_order(a.dtype, false, [&](auto order) {
        using K = typename decltype(order)::Key;
        const K *const in = flat.data<K>();
        K *const row = sorted.data<K>();
        const int64_t *const from = places ? order_of.data<int64_t>() : nullptr;
        if (places)
            for (int64_t i = 0; i < n; ++i) row[i] = in[from[i]];
        auto same = [=](int64_t i) { return equal(order, row[i - 1], row[i]); };
        int64_t groups = n > 0;
        for (int64_t i = 1; i < n; ++i) groups += !same(i);
        auto make = [&](bool wanted, DType dtype) { return wanted ? empty(Dims{groups}, dtype, a.device()) : Array{}; };
        out.values = make(true, a.dtype);
        out.indices = make(indices, DType::Int64);
        out.counts = make(counts, DType::Int64);
        auto numbers = [](const Array &part) { return part.storage ? part.data<int64_t>() : nullptr; };
        int64_t *const firsts = numbers(out.indices), *const sizes = numbers(out.counts),
                       *const to = numbers(out.inverse);
        K *const values = out.values.template data<K>();
        if (!places && !counts) {  // backwards, so that the first of equal elements stays
            for (int64_t i = n, group = groups; i-- > 0;) {
                group -= i + 1 == n || !same(i + 1);
                values[group] = row[i];
            }
            return;
        }
        int64_t group = -1;
        for (int64_t i = 0, start = 0; i < n; ++i) {
            if (i == 0 || !same(i)) {
                values[++group] = row[i];
                if (firsts) firsts[group] = from[i];
                if (sizes && i > 0) sizes[group - 1] = i - start;
                start = i;
            }
            if (to) to[from[i]] = group;
            if (sizes && i == n - 1) sizes[group] = n - start;
        }
    });
    return out;
}

}  // namespace needle
