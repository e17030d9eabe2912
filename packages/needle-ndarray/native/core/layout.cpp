#include "core/layout.h"
#include "core/errors.h"
#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace needle {

// ---- Dims ----------------------------------------------------------------------------------------------------------

void Dims::allocate(int count) {
    if (count > max_ndim)
        fail(ErrorKind::Value,
             "an array has at most " + std::to_string(max_ndim) + " axes, not " + std::to_string(count));
    heap_ = new int64_t[static_cast<size_t>(count)];
}

Dims Dims::inserted(int at, int64_t value) const {
    Dims out(count_ + 1, value);
    std::copy_n(begin(), at, out.data());
    std::copy(begin() + at, end(), out.data() + at + 1);
    return out;
}

Dims Dims::erased(int at) const {
    Dims out(count_ - 1, 0);
    std::copy_n(begin(), at, out.data());
    std::copy(begin() + at + 1, end(), out.data() + at);
    return out;
}

std::string Dims::text() const {
    std::string out = "(";
    for (int i = 0; i < count_; ++i) out += (i ? ", " : "") + std::to_string(data()[i]);
    return out + (count_ == 1 ? ",)" : ")");
}

// ---- Counting and contiguity

void refuse_shape(const Dims &shape) {
    fail(ErrorKind::Value, "shape " + shape.text() + " has more elements than memory can hold");
}

Layout Layout::contiguous(const Dims &shape) { return {shape, contiguous_strides(shape), 0}; }

bool is_broadcast(const Layout &layout) {
    bool shared = false;
    for (int i = 0; i < layout.ndim(); ++i) {
        if (layout.shape[i] == 0) return false;
        shared |= layout.shape[i] > 1 && layout.strides[i] == 0;
    }
    return shared;
}

namespace {

// Whether each stride steps over everything that the axes after it reach, as in dense arrays and their slices; so it is
// where there are no elements.
bool steps_outwards(const Layout &layout) {
    const int64_t *shape = layout.shape.data(), *strides = layout.strides.data();
    int64_t reach = 0;
    bool outwards = true;
    for (int i = layout.ndim() - 1; i >= 0; --i) {
        if (shape[i] == 0) return true;
        if (shape[i] == 1) continue;
        const int64_t step = strides[i] < 0 ? wrapping_product(strides[i], -1) : strides[i];
        int64_t span;
        outwards &= step > reach && !__builtin_mul_overflow(shape[i] - 1, step, &span) &&
                    !__builtin_add_overflow(reach, span, &reach);
    }
    return outwards;
}

// Whether distances d[i] in (-size[i], size[i]), not all 0, have sum d[i] * stride[i] = 0: then the indices that lie
// that far apart reach one position. Strides are positive and descending; `reach[i]` is the sum of
// (size - 1) * stride from axis i on, `divisor[i]` divides all strides from there on.
struct OverlapSearch {
    int ndim = 0;
    int64_t size[max_ndim], stride[max_ndim], reach[max_ndim + 1], divisor[max_ndim + 1];
    int64_t steps_left = 10000;

    // Whether the axes from `axis` on can make up `rest`, where `moved` says that some distance is not 0 already.
    bool search(int axis, int64_t rest, bool moved) {
        if (axis == ndim) return moved && rest == 0;
        if (rest > reach[axis] || rest < -reach[axis] || rest % divisor[axis] != 0) return false;
        // Distances of this axis that leave what the others can reach.
        const int64_t low = std::max(1 - size[axis], -((rest + reach[axis + 1]) / stride[axis]) - 1),
                      high = std::min(size[axis] - 1, (reach[axis + 1] - rest) / stride[axis] + 1);
        for (int64_t d = low; d <= high; ++d) {
            if (--steps_left < 0) return true;
            if (search(axis + 1, rest + d * stride[axis], moved || d != 0)) return true;
        }
        return false;
    }
};

// Apart from the usual case, whose frame on the stack stays small so.
__attribute__((noinline)) bool find_overlap(const Layout &layout) {
    OverlapSearch axes;
    for (int i = 0; i < layout.ndim(); ++i) {
        if (layout.shape[i] == 1) continue;
        if (layout.strides[i] == 0) return true;
        const int64_t stride = layout.strides[i] == INT64_MIN ? INT64_MAX : std::abs(layout.strides[i]);
        int at = axes.ndim++;
        for (; at > 0 && axes.stride[at - 1] < stride; --at) {
            axes.stride[at] = axes.stride[at - 1];
            axes.size[at] = axes.size[at - 1];
        }
        axes.stride[at] = stride;
        axes.size[at] = layout.shape[i];
    }
    axes.reach[axes.ndim] = axes.divisor[axes.ndim] = 0;
    bool nested = true, far = false;  // nested: each stride steps over everything that the smaller ones reach
    for (int i = axes.ndim - 1; i >= 0; --i) {
        nested &= axes.stride[i] > axes.reach[i + 1];
        far |= __builtin_mul_overflow(axes.size[i] - 1, axes.stride[i], &axes.reach[i]) ||
               __builtin_add_overflow(axes.reach[i], axes.reach[i + 1], &axes.reach[i]);
    }
    if (far || axes.reach[0] > INT64_MAX / 4) return !nested || far;
    if (nested) return false;
    for (int i = axes.ndim - 1; i >= 0; --i) axes.divisor[i] = std::gcd(axes.divisor[i + 1], axes.stride[i]);
    if (axes.ndim == 2) {
        const int64_t common = axes.divisor[0];
        return axes.stride[1] / common < axes.size[0] && axes.stride[0] / common < axes.size[1];
    }
    return axes.search(0, 0, false);
}

}  // namespace

bool is_overlapping(const Layout &layout) { return !steps_outwards(layout) && find_overlap(layout); }

// ---- Axes

int normalize_axis(int64_t axis, int ndim, const char *what) {
    if (axis < -ndim || axis >= ndim) {
        std::string range = ndim == 0
                                ? "the array has no axes"
                                : "expected " + std::to_string(-ndim) + " to " + std::to_string(ndim - 1) +
                                      " for an array of " + std::to_string(ndim) + (ndim == 1 ? " axis" : " axes");
        fail(ErrorKind::Index, std::string(what) + ": axis " + std::to_string(axis) + " is out of range: " + range);
    }
    return static_cast<int>(axis < 0 ? axis + ndim : axis);
}

Dims normalize_axes(const Dims &axes, int ndim, const char *what) {
    Dims out = axes;
    for (int i = 0; i < out.size(); ++i) out[i] = normalize_axis(axes[i], ndim, what);
    std::sort(out.data(), out.data() + out.size());
    for (int i = 1; i < out.size(); ++i)
        if (out[i] == out[i - 1])
            fail(ErrorKind::Value,
                 std::string(what) + ": axis " + std::to_string(out[i]) + " is named twice in " + axes.text());
    return out;
}

// ---- Broadcasting

Dims broadcast_shapes(const Dims &a, const Dims &b, const char *what) {
    if (a == b) return a;
    const Dims &longer = a.size() >= b.size() ? a : b, &shorter = a.size() >= b.size() ? b : a;
    Dims out = longer;
    int lead = longer.size() - shorter.size();
    for (int i = 0; i < shorter.size(); ++i) {
        int64_t &size = out[lead + i];
        if (size == 1) size = shorter[i];
        else if (shorter[i] != 1 && shorter[i] != size)
            fail(ErrorKind::Shape, std::string(what) + ": shapes " + a.text() + " and " + b.text() +
                                       " do not broadcast: axis " + std::to_string(lead + i - out.size()) +
                                       " has size " + std::to_string(a.size() >= b.size() ? size : shorter[i]) +
                                       " and " + std::to_string(a.size() >= b.size() ? shorter[i] : size) +
                                       "; the sizes of an axis must be equal, or one of them 1");
    }
    return out;
}

Dims broadcast_shapes(const Dims *shapes, int count, const char *what) {
    int ndim = 0;
    for (int i = 0; i < count; ++i) ndim = std::max(ndim, shapes[i].size());
    Dims out(ndim, 1);
    for (int i = 0; i < count; ++i) {
        const int lead = ndim - shapes[i].size();
        for (int axis = 0; axis < shapes[i].size(); ++axis) {
            const int64_t size = shapes[i][axis];
            int64_t &common = out[lead + axis];
            if (common == 1) common = size;
            else if (size != 1 && size != common) {
                std::string all;
                for (int j = 0; j < count; ++j)
                    all += (j == 0 ? "" : j + 1 == count ? " and " : ", ") + shapes[j].text();
                fail(ErrorKind::Shape, std::string(what) + ": shapes " + all + " do not broadcast: axis " +
                                           std::to_string(lead + axis - ndim) + " has size " + std::to_string(common) +
                                           " and " + std::to_string(size) +
                                           "; the sizes of an axis must be equal, or one of them 1");
            }
        }
    }
    return out;
}

Layout broadcast_to(const Layout &layout, const Dims &shape, const char *what) {
    if (layout.shape == shape) return layout;
    int lead = shape.size() - layout.ndim();
    auto refuse = [&](const std::string &why) {
        fail(ErrorKind::Shape, std::string(what) + ": shape " + layout.shape.text() + " does not broadcast to " +
                                   shape.text() + ": " + why);
    };
    if (lead < 0) refuse("the target has fewer axes");
    Layout out{shape, Dims(shape.size(), 0), layout.offset};
    for (int i = 0; i < shape.size(); ++i)
        if (shape[i] < 0) refuse("sizes must not be negative");
    element_count(shape);
    for (int i = 0; i < layout.ndim(); ++i) {
        if (layout.shape[i] == shape[lead + i]) out.strides[lead + i] = layout.strides[i];
        else if (layout.shape[i] != 1)
            refuse("axis " + std::to_string(i - layout.ndim()) + " has size " + std::to_string(layout.shape[i]) +
                   ", which must be 1 or " + std::to_string(shape[lead + i]));
    }
    return out;
}

// ---- Views

Layout permute(const Layout &layout, const Dims &axes, const char *what) {
    if (axes.size() != layout.ndim())
        fail(ErrorKind::Value, std::string(what) + ": axes " + axes.text() + " must name each of the " +
                                   std::to_string(layout.ndim()) + " axes of an array of shape " + layout.shape.text() +
                                   " once");
    normalize_axes(axes, layout.ndim(), what);
    Layout out = layout;
    for (int i = 0; i < axes.size(); ++i) {
        int from = normalize_axis(axes[i], layout.ndim(), what);
        out.shape[i] = layout.shape[from];
        out.strides[i] = layout.strides[from];
    }
    return out;
}

Layout move_axes(const Layout &layout, const Dims &sources, const Dims &destinations) {
    const int ndim = layout.ndim();
    if (sources.size() != destinations.size())
        fail(ErrorKind::Value, "moveaxis: source " + sources.text() + " and destination " + destinations.text() +
                                   " must name equally many axes");
    normalize_axes(sources, ndim, "moveaxis: source");
    normalize_axes(destinations, ndim, "moveaxis: destination");
    Dims axes(ndim, -1);
    bool moves[max_ndim] = {};
    for (int i = 0; i < sources.size(); ++i) {
        int from = normalize_axis(sources[i], ndim, "moveaxis");
        axes[normalize_axis(destinations[i], ndim, "moveaxis")] = from;
        moves[from] = true;
    }
    for (int i = 0, stays = 0; i < ndim; ++i) {
        if (axes[i] >= 0) continue;
        while (moves[stays]) ++stays;
        axes[i] = stays++;
    }
    return permute(layout, axes);
}

Layout reverse_axes(const Layout &layout) {
    Layout out = layout;
    std::reverse(out.shape.data(), out.shape.data() + out.ndim());
    std::reverse(out.strides.data(), out.strides.data() + out.ndim());
    return out;
}

Layout swap_axes(const Layout &layout, int a, int b) {
    Layout out = layout;
    std::swap(out.shape[a], out.shape[b]);
    std::swap(out.strides[a], out.strides[b]);
    return out;
}

Layout expand_dims(const Layout &layout, int axis, int64_t stride) {
    return {layout.shape.inserted(axis, 1), layout.strides.inserted(axis, stride), layout.offset};
}

Layout squeeze(const Layout &layout, int axis) {
    if (layout.shape[axis] != 1)
        fail(ErrorKind::Value, "squeeze: axis " + std::to_string(axis) + " of shape " + layout.shape.text() +
                                   " has size " + std::to_string(layout.shape[axis]) +
                                   "; only axes of size 1 can be removed");
    return {layout.shape.erased(axis), layout.strides.erased(axis), layout.offset};
}

Layout without_leading_ones(const Layout &layout, int ndim) {
    int first = 0;
    while (layout.ndim() - first > ndim && layout.shape[first] == 1) ++first;
    const int left = layout.ndim() - first;
    return {Dims(layout.shape.begin() + first, left), Dims(layout.strides.begin() + first, left), layout.offset};
}

Layout flip(const Layout &layout, const Dims &axes) {
    Layout out = layout;
    for (int64_t axis : axes) {
        int i = static_cast<int>(axis);
        if (layout.shape[i] > 0) out.offset += (layout.shape[i] - 1) * layout.strides[i];
        out.strides[i] = wrapping_product(-1, layout.strides[i]);
    }
    return out;
}

Layout slice(const Layout &layout, int axis, int64_t start, int64_t step, int64_t count) {
    Layout out = layout;
    out.shape[axis] = count;
    out.strides[axis] = wrapping_product(layout.strides[axis], step);
    if (count > 0) out.offset += start * layout.strides[axis];
    return out;
}

Layout select(const Layout &layout, int axis, int64_t index) {
    return {layout.shape.erased(axis), layout.strides.erased(axis), layout.offset + index * layout.strides[axis]};
}

Layout diagonal(const Layout &layout, int64_t diagonal, int row_axis, int column_axis) {
    const int64_t rows = layout.shape[row_axis], columns = layout.shape[column_axis];
    diagonal = std::clamp(diagonal, -rows, columns);
    const int64_t row = diagonal < 0 ? -diagonal : 0, column = diagonal > 0 ? diagonal : 0;
    const int64_t count = std::min(rows - row, columns - column);
    // The sum may wrap around where it is never followed.
    const auto step = static_cast<int64_t>(static_cast<uint64_t>(layout.strides[row_axis]) +
                                           static_cast<uint64_t>(layout.strides[column_axis]));
    Layout out = layout;
    if (count > 0) out.offset += row * layout.strides[row_axis] + column * layout.strides[column_axis];
    const int first = std::max(row_axis, column_axis), second = std::min(row_axis, column_axis);
    out.shape = out.shape.erased(first).erased(second);
    out.strides = out.strides.erased(first).erased(second);
    return {out.shape.inserted(out.shape.size(), count), out.strides.inserted(out.strides.size(), step), out.offset};
}

// ---- Reshape

Dims resolve_shape(const Dims &shape, int64_t count) {
    Dims out = shape;
    int unknown = -1;
    int64_t known = 1;
    bool overflow = false, has_zero = false;
    auto refuse = [&](const std::string &why) {
        fail(ErrorKind::Shape, "reshape: " + std::to_string(count) + (count == 1 ? " element" : " elements") +
                                   " cannot take shape " + shape.text() + ": " + why);
    };
    for (int i = 0; i < shape.size(); ++i) {
        if (shape[i] == -1) {
            if (unknown >= 0) refuse("only one size may be -1");
            unknown = i;
        } else if (shape[i] < 0) refuse("sizes must not be negative (but for one -1)");
        else {
            has_zero |= shape[i] == 0;
            overflow |= __builtin_mul_overflow(known, shape[i] == 0 ? 1 : shape[i], &known);
        }
    }
    if (overflow) refuse("the sizes multiply to more than memory can hold");
    if (has_zero) known = 0;
    if (unknown >= 0) {
        if (known == 0) refuse("with a size of 0 the -1 could be anything; write the size");
        if (count % known != 0) refuse(std::to_string(count) + " is not divisible by " + std::to_string(known));
        out[unknown] = count / known;
    } else if (known != count) refuse("it has " + std::to_string(known));
    return out;
}

std::optional<Layout> reshape(const Layout &layout, const Dims &shape) {
    if (is_contiguous(layout)) return Layout{shape, contiguous_strides(shape), layout.offset};
    // Split both shapes into groups of axes of equal element count; within a group the old axes must step as one.
    Layout out{shape, contiguous_strides(shape), layout.offset};
    int old_axis = 0, new_axis = 0;
    const int old_ndim = layout.ndim(), new_ndim = shape.size();
    while (old_axis < old_ndim && new_axis < new_ndim) {
        if (layout.shape[old_axis] == 1) {
            ++old_axis;
            continue;
        }
        int old_end = old_axis + 1, new_end = new_axis + 1;
        int64_t old_count = layout.shape[old_axis], new_count = shape[new_axis];
        while (old_count != new_count) {
            if (old_count < new_count) old_count *= layout.shape[old_end++];
            else new_count *= shape[new_end++];
        }
        int last = old_axis;  // the last old axis longer than one
        for (int i = old_axis + 1; i < old_end; ++i) {
            if (layout.shape[i] == 1) continue;
            if (layout.strides[last] != layout.shape[i] * layout.strides[i]) return std::nullopt;
            last = i;
        }
        int64_t stride = layout.strides[last];
        for (int i = new_end - 1; i >= new_axis; --i) {
            out.strides[i] = stride;
            stride = wrapping_product(stride, shape[i]);
        }
        old_axis = old_end;
        new_axis = new_end;
    }
    return out;
}

Extent extent(const Layout &layout) {
    Extent reach{layout.offset, layout.offset};
    bool overflow = false;
    for (int i = 0; i < layout.ndim(); ++i) {
        if (layout.shape[i] <= 1) continue;
        int64_t span;
        overflow |= __builtin_mul_overflow(layout.shape[i] - 1, layout.strides[i], &span);
        int64_t &end = span < 0 ? reach.low : reach.high;
        overflow |= __builtin_add_overflow(end, span, &end);
    }
    if (overflow)
        fail(ErrorKind::Value, "shape " + layout.shape.text() + ", strides " + layout.strides.text() + " and offset " +
                                   std::to_string(layout.offset) + " reach positions beyond 64 bits");
    return reach;
}

}  // namespace needle
