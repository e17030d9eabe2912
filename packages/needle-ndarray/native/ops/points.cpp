#include "ops/points.h"
#include "core/parallel.h"
#include "cpu/iterate.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include <algorithm>
#include <atomic>
#include <cstring>

namespace needle {

// ---- Points --------------------------------------------------------------------------------------------------------

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
                else if (stride == 1)
                    add([&](int64_t i) {
                        const int64_t position = from[i];
                        outside |= (position < low) | (position >= size);
                        return wrapping_product(position + (position < 0 ? size : 0), step);
                    });
                else add(indexed);
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

// ---- Copies --------------------------------------------------------------------------------------------------------

namespace {

// The axes around the points, those that step as one on both sides merged.
struct Block {
    int ndim = 0;
    int64_t elements = 1;
    int64_t shape[max_ndim], to[max_ndim], from[max_ndim];

    Block(const Layout &to_layout, const Layout &from_layout) {
        for (int axis = 0; axis < to_layout.ndim(); ++axis) {
            const int64_t size = to_layout.shape[axis];
            elements *= size;
            if (size == 1) continue;
            const int64_t to_stride = to_layout.strides[axis], from_stride = from_layout.strides[axis];
            if (ndim > 0 && to[ndim - 1] == wrapping_product(to_stride, size) &&
                from[ndim - 1] == wrapping_product(from_stride, size))
                shape[ndim - 1] *= size;
            else shape[ndim++] = size;
            to[ndim - 1] = to_stride;
            from[ndim - 1] = from_stride;
        }
    }
    bool is_row() const { return ndim == 1 && to[0] == 1 && from[0] == 1; }
    void offsets(int64_t index, int64_t &to_at, int64_t &from_at) const {
        for (int axis = ndim - 1; axis >= 0; --axis) {
            const int64_t i = axis == 0 ? index : index % shape[axis];
            if (axis > 0) index /= shape[axis];
            to_at += i * to[axis];
            from_at += i * from[axis];
        }
    }
};

template <int bytes>
void copy_rows(char *to, const int64_t *to_at, const char *from, const int64_t *from_at, int64_t n, int size) {
    for (int64_t i = 0; i < n; ++i) memcpy(to + to_at[i] * size, from + from_at[i] * size, bytes);
}

template <class Word>
void copy_elements(char *to_, const int64_t *to_at, const char *from_, const int64_t *from_at, int64_t n) {
    auto to = reinterpret_cast<Word *>(to_);
    auto from = reinterpret_cast<const Word *>(from_);
    // Writes wait for their cache lines in order, so these are asked for ahead.
    constexpr int64_t ahead = 32;
    int64_t i = 0;
    for (; i + ahead < n; ++i) {
        __builtin_prefetch(to + to_at[i + ahead], 1);
        to[to_at[i]] = from[from_at[i]];
    }
    for (; i < n; ++i) to[to_at[i]] = from[from_at[i]];
}

template <class Word> void read_elements(char *to_, const char *from_, const int64_t *from_at, int64_t n) {
    auto to = reinterpret_cast<Word *>(to_);
    auto from = reinterpret_cast<const Word *>(from_);
    for (int64_t i = 0; i < n; ++i) to[i] = from[from_at[i]];
}

template <class Word> constexpr int log2_of = __builtin_ctz(static_cast<unsigned>(sizeof(Word)));

template <class Word> void copy_block(const Block &block, char *to_, const char *from_) {
    const int last = block.ndim - 1;
    const int64_t length = block.shape[last], to_stride = block.to[last], from_stride = block.from[last];
    int64_t index[max_ndim] = {};
    auto to = reinterpret_cast<Word *>(to_);
    auto from = reinterpret_cast<const Word *>(from_);
    const cpu::FillLoop fill = cpu::kernels().elementwise->fill[log2_of<Word>];
    while (true) {
        if (to_stride == 1 && from_stride == 1) memcpy(to, from, static_cast<size_t>(length) * sizeof(Word));
        else if (to_stride == 1 && from_stride == 0) fill(from, to, length);
        else
            for (int64_t i = 0; i < length; ++i) to[i * to_stride] = from[i * from_stride];
        int axis = last - 1;
        for (; axis >= 0; --axis) {
            to += block.to[axis];
            from += block.from[axis];
            if (++index[axis] < block.shape[axis]) break;
            to -= block.to[axis] * block.shape[axis];
            from -= block.from[axis] * block.shape[axis];
            index[axis] = 0;
        }
        if (axis < 0) return;
    }
}

template <class Word>
void copy_points(const Block &inner, char *to, const int64_t *to_at, const char *from, const int64_t *from_at,
                 int64_t n) {
    constexpr int size = sizeof(Word);
    if (inner.ndim == 0) return copy_elements<Word>(to, to_at, from, from_at, n);
    if (inner.is_row()) switch (const size_t bytes = static_cast<size_t>(inner.elements) * size; bytes) {
        case 8:
            return copy_rows<8>(to, to_at, from, from_at, n, size);
        case 16:
            return copy_rows<16>(to, to_at, from, from_at, n, size);
        case 32:
            return copy_rows<32>(to, to_at, from, from_at, n, size);
        case 64:
            return copy_rows<64>(to, to_at, from, from_at, n, size);
        default:
            for (int64_t i = 0; i < n; ++i) memcpy(to + to_at[i] * size, from + from_at[i] * size, bytes);
            return;
        }
    for (int64_t i = 0; i < n; ++i) copy_block<Word>(inner, to + to_at[i] * size, from + from_at[i] * size);
}

using ReadElements = void (*)(char *, const char *, const int64_t *, int64_t);
using CopyPoints = void (*)(const Block &, char *, const int64_t *, const char *, const int64_t *, int64_t);

CopyPoints copy_points_of(DType dtype) {
    constexpr CopyPoints by_size[] = {copy_points<uint8_t>, copy_points<uint16_t>, copy_points<uint32_t>,
                                      copy_points<uint64_t>};
    return by_size[log2_itemsize(dtype)];
}

ReadElements read_elements_of(DType dtype) {
    constexpr ReadElements by_size[] = {read_elements<uint8_t>, read_elements<uint16_t>, read_elements<uint32_t>,
                                        read_elements<uint64_t>};
    return by_size[log2_itemsize(dtype)];
}

// Few points with many elements each: every one is a copy that itself runs in parallel.
bool copy_large(const Places &to, const Places &from, const Block &outer) {
    int64_t to_at = 0, from_at = 0;
    for (int64_t p = 0, count = to.points->count(); p < count; ++p) {
        if (!to.points->fill(p, 1, &to_at) || !from.points->fill(p, 1, &from_at)) return false;
        for (int64_t o = 0; o < outer.elements; ++o) {
            int64_t to_base = to.array.layout.offset + to_at, from_base = from.array.layout.offset + from_at;
            outer.offsets(o, to_base, from_base);
            assign(to.array.view({to.inner.shape, to.inner.strides, to_base}),
                   from.array.view({from.inner.shape, from.inner.strides, from_base}));
        }
    }
    return true;
}

}  // namespace

bool copy_places(const Places &to, const Places &from, bool ordered) {
    const Block outer(to.outer, from.outer), inner(to.inner, from.inner);
    const int64_t count = to.points->count(), size = itemsize(to.array.dtype);
    if (count == 0 || outer.elements == 0 || inner.elements == 0) return true;
    if (inner.elements >= task_elements) return copy_large(to, from, outer);
    // A task: some blocks of points, and some of the outer elements for each of them. In order, all points.
    const int64_t points = ordered ? count : std::max(std::min(point_block, count), task_elements / inner.elements),
                  outers = std::max<int64_t>(1, task_elements / (std::min(points, count) * inner.elements)),
                  point_tasks = (count + points - 1) / points, outer_tasks = (outer.elements + outers - 1) / outers;
    std::atomic<bool> good{true};
    const CopyPoints copy_some = copy_points_of(to.array.dtype);
    const ReadElements read_some = read_elements_of(to.array.dtype);
    const bool reads = inner.ndim == 0 && to.points->is_dense();
    char *to_start = to.array.bytes();
    const char *from_start = from.array.bytes();
    auto run = [&](int64_t task) {
        const int64_t first = task % point_tasks * points, end = std::min(count, first + points),
                      outer_first = task / point_tasks * outers,
                      outer_end = std::min(outer.elements, outer_first + outers);
        int64_t to_at[point_block], from_at[point_block];
        for (int64_t p = first; p < end && good.load(std::memory_order_relaxed); p += point_block) {
            const int64_t n = std::min(point_block, end - p);
            if ((!reads && !to.points->fill(p, n, to_at)) || !from.points->fill(p, n, from_at)) {
                good = false;
                return;
            }
            for (int64_t o = outer_first; o < outer_end; ++o) {
                int64_t to_base = 0, from_base = 0;
                outer.offsets(o, to_base, from_base);
                char *target = to_start + to_base * size;
                const char *source = from_start + from_base * size;
                if (reads) read_some(target + p * size, source, from_at, n);
                else copy_some(inner, target, to_at, source, from_at, n);
            }
        }
    };
    if (point_tasks * outer_tasks == 1) run(0);
    else parallel_for(point_tasks * outer_tasks, run);
    return good;
}

}  // namespace needle
