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
        const int64_t *from = term.values.data<int64_t>();
        const int64_t count = term.values.size();
        int64_t low = 0, high = term.low;
        for (int64_t i = 0; i < count; ++i) {
            low = std::min(low, from[i]);
            high = std::max(high, from[i]);
        }
        if (count > 0 && (low < term.low || high >= term.size)) refuse(what, origin);
    }
}

void Points::refuse(const char *what, const Dims &origin) const {
    for (const Term &term : terms_) {
        if (term.kind != Term::Kind::Indices) continue;
        const int64_t *from = term.values.data<int64_t>();
        for (int64_t i = 0, count = term.values.size(); i < count; ++i) {
            if (from[i] >= term.low && from[i] < term.size) continue;
            bool large = term.low == 0 && from[i] < 0;
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

bool Points::is_dense() const {
    if (terms_.size() != 1 || terms_[0].kind != Term::Kind::Strides) return false;
    return axes_.size() == 0 || (axes_.size() == 1 && terms_[0].steps[0] == 1);
}

bool Points::fill(int64_t start, int64_t n, int64_t *out) const {
    const int last = axes_.size() - 1;
    int64_t index[max_ndim];
    for (int axis = last; axis >= 0; --axis) {
        index[axis] = start % axes_[axis];
        start /= axes_[axis];
    }
    while (n > 0) {
        const int64_t run = last < 0 ? 1 : std::min(n, axes_[last] - index[last]);
        bool outside = false;
        int64_t constant = 0;  // the sum of what is the same for the whole run
        bool first = true;
        // Writes the varying part of a term for all of the run, or adds it.
        auto add = [&](auto &&place) {
            if (first)
                for (int64_t i = 0; i < run; ++i) out[i] = wrapping_sum(constant, place(i));
            else
                for (int64_t i = 0; i < run; ++i) out[i] = wrapping_sum(out[i], place(i));
            first = false;
        };
        for (int pass = 0; pass < 2; ++pass)
            for (const Term &term : terms_) {
                const int64_t stride = last < 0 ? 0 : term.steps[last];
                if ((stride == 0) != (pass == 0)) continue;
                int64_t at = 0;
                for (int axis = 0; axis <= last; ++axis) at += index[axis] * term.steps[axis];
                const int64_t low = term.low, size = term.size, step = term.step;
                const int64_t *from = term.kind == Term::Kind::Strides ? nullptr : term.values.data<int64_t>() + at;
                auto indexed = [&](int64_t i) {
                    const int64_t position = from[i * stride];
                    outside |= (position < low) | (position >= size);
                    return wrapping_product(position + (position < 0 ? size : 0), step);
                };
                if (pass == 0) {
                    int64_t place = at;
                    if (term.kind == Term::Kind::Indices) place = indexed(0);
                    else if (term.kind == Term::Kind::Offsets) place = *from;
                    constant = wrapping_sum(constant, place);
                } else if (term.kind == Term::Kind::Strides) add([&](int64_t i) { return at + i * stride; });
                else if (term.kind == Term::Kind::Offsets) add([&](int64_t i) { return from[i * stride]; });
                else if (stride == 1 && first) {
                    outside |= !cpu::kernels().elementwise->find_places(from, run, low, size, constant, step, out);
                    first = false;
                } else add(indexed);
            }
        if (outside) return false;
        if (first) std::fill_n(out, run, constant);
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
