#include "ops/points.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include <algorithm>

namespace needle {

void Points::add_indices(const Array &indices, int64_t size, int64_t stride, int axis) {
    // An unsigned index beyond int64 becomes a negative one, and none of them is valid.
    int64_t low = kind_of(indices.dtype) == Kind::Unsigned ? 0 : -size;
    terms_.push_back({Term::Kind::Indices, compact(astype(indices, DType::Int64)), {}, low, size, stride, axis});
}

void Points::add_offsets(const Array &offsets) {
    terms_.push_back({Term::Kind::Offsets, compact(offsets), {}, 0, 0, 1, 0});
}

void Points::add_strides(const Dims &strides) { terms_.push_back({Term::Kind::Strides, {}, strides, 0, 0, 1, 0}); }

void Points::finish() {
    for (Term &term : terms_) {
        if (term.kind != Term::Kind::Strides)
            term.strides = broadcast_to(term.values.layout, shape, "indexing").strides;
        term.steps = Dims(shape.size(), 0);
    }
    axes_ = Dims(shape.size(), 1);
    int ndim = 0;
    for (int axis = 0; axis < shape.size(); ++axis) {
        if (shape[axis] == 1) continue;
        bool merge = ndim > 0;
        for (const Term &term : terms_)
            merge = merge && term.steps[ndim - 1] == wrapping_product(term.strides[axis], shape[axis]);
        if (!merge) ++ndim;
        axes_[ndim - 1] *= shape[axis];
        for (Term &term : terms_) term.steps[ndim - 1] = term.strides[axis];
    }
    axes_ = Dims(axes_.data(), ndim);
}

void Points::check(const char *what, const Dims &origin) const {
    for (const Term &term : terms_) {
        if (term.kind != Term::Kind::Indices) continue;
        if (!cpu::kernels().elementwise->are_within(term.values.data<int64_t>(), term.low, term.size,
                                                    term.values.size()))
            refuse(what, origin);
    }
}

void Points::refuse(const char *what, const Dims &origin) const {
    for (const Term &term : terms_) {
        if (term.kind != Term::Kind::Indices) continue;
        const int64_t *from = term.values.data<int64_t>();
        for (int64_t i = 0, count = term.values.size(); i < count; ++i) {
            if (from[i] >= term.low && from[i] < term.size) continue;
            bool large = term.low == 0 && term.size > 0 && from[i] < 0;
            fail(ErrorKind::Index,
                 std::string(what) + "index " +
                     (large ? std::to_string(static_cast<uint64_t>(from[i])) : std::to_string(from[i])) +
                     " is out of range for axis " + std::to_string(term.axis) + " of size " +
                     std::to_string(term.size) + " (shape " + origin.text() + ")");
        }
    }
    fail(ErrorKind::Index, std::string(what) + "an index was out of range while it was read, because another thread "
                                               "changed it; copy the indices first");
}

void Points::keep_apart_from(const Array &target) {
    for (Term &term : terms_)
        if (term.kind == Term::Kind::Indices && may_overlap(target, term.values)) term.values = copy(term.values);
}

std::optional<int64_t> Points::even_step() const {
    if (terms_.size() != 1 || terms_[0].kind != Term::Kind::Strides || axes_.size() > 1) return std::nullopt;
    return axes_.size() == 0 ? 0 : terms_[0].steps[0];
}

bool Points::fill(int64_t start, int64_t n, int64_t *out) const {
    const cpu::PlaceLoop place = cpu::kernels().elementwise->place;
    const int last = axes_.size() - 1;
    int64_t index[max_ndim];
    for (int axis = last; axis >= 0; --axis) {
        index[axis] = start % axes_[axis];
        start /= axes_[axis];
    }
    while (n > 0) {
        const int64_t run = last < 0 ? 1 : std::min(n, axes_[last] - index[last]);
        int64_t first = 0, apart = 0;  // the sum of what is the same for the whole run, and of what steps evenly
        bool adds = false;
        // What a run along `stride` of a term begins with.
        auto begin = [&](const Term &term) {
            int64_t at = 0;
            for (int axis = 0; axis <= last; ++axis) at += index[axis] * term.steps[axis];
            return at;
        };
        auto stride_of = [&](const Term &term) { return last < 0 ? 0 : term.steps[last]; };
        for (const Term &term : terms_) {
            const int64_t at = begin(term), stride = stride_of(term);
            int64_t constant = 0;
            if (term.kind == Term::Kind::Strides) {
                constant = at;
                apart = wrapping_sum(apart, stride);
            } else if (stride == 0) {
                constant = term.values.data<int64_t>()[at];
                if (term.kind == Term::Kind::Indices &&
                    !place({&constant, term.low, term.size, term.step}, 0, 0, &constant, 1, false))
                    return false;
            }
            first = wrapping_sum(first, constant);
        }
        for (const Term &term : terms_) {
            const int64_t at = begin(term), stride = stride_of(term);
            if (term.kind == Term::Kind::Strides || stride == 0) continue;
            const int64_t *from = term.values.data<int64_t>() + at;
            int64_t collected[point_block];
            if (stride != 1) {
                for (int64_t i = 0; i < run; ++i) collected[i] = from[i * stride];
                from = collected;
            }
            if (term.kind == Term::Kind::Indices) {
                if (!place({from, term.low, term.size, term.step}, first, apart, out, run, adds)) return false;
            } else
                for (int64_t i = 0; i < run; ++i)
                    out[i] = wrapping_sum(adds ? out[i] : 0,
                                          wrapping_sum(from[i], wrapping_sum(first, wrapping_product(i, apart))));
            first = apart = 0;
            adds = true;
        }
        if (!adds)
            for (int64_t i = 0; i < run; ++i, first = wrapping_sum(first, apart)) out[i] = first;
        out += run;
        n -= run;
        for (int axis = last; axis >= 0; --axis) {
            index[axis] += axis == last ? run : 1;
            if (index[axis] < axes_[axis]) break;
            index[axis] = 0;
        }
    }
    return true;
}

}  // namespace needle
