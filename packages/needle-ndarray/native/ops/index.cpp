#include "ops/index.h"
#include "ops/copy.h"
#include <vector>

namespace needle {

namespace {

// Some of the axes of a layout.
Layout axes_of(const Layout &layout, int first, int count) {
    return {Dims(layout.shape.begin() + first, count), Dims(layout.strides.begin() + first, count), layout.offset};
}

void require_integers(const Array &indices, const char *what) {
    if (!is_integer(indices.dtype))
        fail(ErrorKind::Index, std::string(what) + ": an array used as an index must have an integer dtype, not " +
                                   name_of(indices.dtype));
}

// The other side of a copy: an array of the selection's shape, seen around the points as the selection is.
struct Counterpart {
    Points points;
    Places places;

    Counterpart(const Array &array, const Layout &layout, int at, const Dims &index_shape) {
        const int count = index_shape.size(), after = at + count;
        points.shape = index_shape;
        points.add_strides(axes_of(layout, at, count).strides);
        points.finish();
        places = {array.view(layout), &points, axes_of(layout, 0, at), axes_of(layout, after, layout.ndim() - after)};
    }
};

Places places_of(const Array &array, const Selection &selection) {
    const Layout &rest = selection.rest;
    return {array.view(rest), &selection.points, axes_of(rest, 0, selection.at),
            axes_of(rest, selection.at, rest.ndim() - selection.at)};
}

// The indices as int64 in [0, length).
std::vector<int64_t> resolve(const Array &indices, int64_t length, int axis, const char *what) {
    require_integers(indices, what);
    Array flat = compact(astype(indices, DType::Int64));
    const int64_t *from = flat.data<int64_t>();
    std::vector<int64_t> out(static_cast<size_t>(flat.size()));
    for (size_t i = 0; i < out.size(); ++i) {
        int64_t index = from[i];
        bool wrapped = index < 0 && kind_of(indices.dtype) == Kind::Unsigned;
        if (index < -length || index >= length || wrapped)
            fail(ErrorKind::Index,
                 std::string(what) + ": index " +
                     (wrapped ? std::to_string(static_cast<uint64_t>(index)) : std::to_string(index)) +
                     " is out of range for axis " + std::to_string(axis) + " of size " + std::to_string(length));
        out[i] = index < 0 ? index + length : index;
    }
    return out;
}

}  // namespace

Dims Selection::shape() const {
    Dims out(rest.ndim() + points.shape.size(), 0);
    int to = 0;
    for (int i = 0; i < at; ++i) out[to++] = rest.shape[i];
    for (int64_t size : points.shape) out[to++] = size;
    for (int i = at; i < rest.ndim(); ++i) out[to++] = rest.shape[i];
    return out;
}

namespace {

Array gather_for(const char *what, const Array &a, const Selection &selection, const Dims &origin) {
    Array out = empty(selection.shape(), a.dtype, a.device());
    if (out.size() == 0) {
        selection.points.check(what, origin);
        return out;
    }
    Counterpart to(out, out.layout, selection.at, selection.points.shape);
    if (!copy_places(to.places, places_of(a, selection), false)) selection.points.refuse(what, origin);
    return out;
}

void scatter_for(const char *what, const Array &target, Selection &selection, const Array &values, const Dims &origin) {
    const Dims shape = selection.shape();
    Layout layout = values.layout;
    if (layout.ndim() > shape.size()) layout = without_leading_ones(layout, shape.size());
    layout = broadcast_to(layout, shape, "assignment");
    selection.points.check(what, origin);
    if (element_count(shape) == 0) return;
    Array from = values.view(layout);
    if (values.dtype != target.dtype || may_overlap(target, values)) {
        // Converted or copied before it is broadcast.
        Array own = values.dtype != target.dtype ? astype(values, target.dtype) : copy(values);
        from = own.view(broadcast_to(without_leading_ones(own.layout, shape.size()), shape, "assignment"));
    }
    selection.points.keep_apart_from(target);
    Counterpart source(from, from.layout, selection.at, selection.points.shape);
    if (!copy_places(places_of(target, selection), source.places, !selection.distinct))
        selection.points.refuse(what, origin);
}

// The places that take_along_axis names in an array of one of the two shapes.
Selection along_axis(const char *what, const Array &a, const Array &indices, int axis) {
    require_integers(indices, what);
    if (indices.ndim() != a.ndim())
        fail(ErrorKind::Shape, std::string(what) +
                                   ": the indices must have as many axes as the array, but their shapes are " +
                                   indices.shape().text() + " and " + a.shape().text());
    Layout others = a.layout;  // every axis but `axis`
    others.shape[axis] = 1;
    others.strides[axis] = 0;
    Dims index_shape = indices.shape();
    index_shape[axis] = 1;
    Dims shape = broadcast_shapes(others.shape, index_shape, what);
    shape[axis] = indices.shape()[axis];
    Selection out;
    out.rest.offset = a.layout.offset;
    out.points.shape = shape;
    out.points.add_strides(broadcast_to(others, shape, what).strides);
    out.points.add_indices(indices, a.shape()[axis], a.strides()[axis], axis);
    out.points.finish();
    return out;
}

}  // namespace

Array gather(const Array &a, const Selection &selection, const Dims &origin) {
    return gather_for("", a, selection, origin);
}

void scatter(const Array &target, Selection &selection, const Array &values, const Dims &origin) {
    scatter_for("", target, selection, values, origin);
}

Array take(const Array &a, const Array &indices, int axis, const char *what) {
    require_integers(indices, what);
    Selection selection;
    selection.rest = {a.shape().erased(axis), a.strides().erased(axis), a.layout.offset};
    selection.at = axis;
    selection.points.shape = indices.shape();
    selection.points.add_indices(indices, a.shape()[axis], a.strides()[axis], axis);
    selection.points.finish();
    return gather_for((std::string(what) + ": ").c_str(), a, selection, a.shape());
}

Array take_along_axis(const Array &a, const Array &indices, int axis) {
    return gather_for("take_along_axis: ", a, along_axis("take_along_axis", a, indices, axis), a.shape());
}

void put_along_axis(const Array &target, const Array &indices, const Array &values, int axis) {
    require_writable(target, "put_along_axis");
    Selection selection = along_axis("put_along_axis", target, indices, axis);
    scatter_for("put_along_axis: ", target, selection, values, target.shape());
}

void index_add(const Array &target, const Array &indices, const Array &values, int axis) {
    require_writable(target, "index_add");
    Dims expected(indices.ndim() + target.ndim() - 1, 1);
    for (int i = 0; i < axis; ++i) expected[i] = target.shape()[i];
    for (int i = 0; i < indices.ndim(); ++i) expected[axis + i] = indices.shape()[i];
    for (int i = axis + 1; i < target.ndim(); ++i) expected[indices.ndim() + i - 1] = target.shape()[i];
    if (values.shape() != expected)
        fail(ErrorKind::Shape, "index_add: with a target of shape " + target.shape().text() + ", indices of shape " +
                                   indices.shape().text() + " and axis " + std::to_string(axis) +
                                   " the values must have shape " + expected.text() + ", not " + values.shape().text());
    if (values.dtype != target.dtype || target.dtype == DType::Bool)
        fail(ErrorKind::DType, std::string("index_add: target and values must have one numeric dtype, not ") +
                                   name_of(target.dtype) + " and " + name_of(values.dtype));
    std::vector<int64_t> rows = resolve(indices, target.shape()[axis], axis, "index_add");
    if (values.size() == 0) return;
    // Seen with `axis` in front, both are rows; what is not dense that way is added to in a copy.
    Dims target_axes(target.ndim(), 0), value_axes(values.ndim(), 0);
    for (int i = 0, next = 0; i < target.ndim(); ++i) target_axes[i == axis ? 0 : ++next] = i;
    for (int i = 0, front = 0, rest = indices.ndim(); i < values.ndim(); ++i)
        value_axes[i >= axis && i < axis + indices.ndim() ? front++ : rest++] = i;
    Array rows_of_target = target.view(permute(target.layout, target_axes));
    Array from = compact(values.view(permute(values.layout, value_axes)));
    // Sums of dtypes that are only stored are rounded when all is added.
    const DType dtype = arithmetic(target.dtype);
    from = astype(from, dtype);
    bool direct = is_contiguous(rows_of_target.layout) && !may_overlap(target, values) && dtype == target.dtype;
    Array to = direct                     ? rows_of_target
               : is_storage(target.dtype) ? astype(rows_of_target, dtype)
                                          : copy(rows_of_target);
    const int64_t inner = from.size() / static_cast<int64_t>(rows.size());
    dispatch(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        // Integers wrap around as they do elsewhere, which only unsigned arithmetic may.
        using Sum = std::conditional_t<std::is_integral_v<T>, uint64_t, T>;
        const T *add = from.data<T>();
        T *base = to.data<T>();
        for (int64_t row : rows) {
            T *at = base + row * inner;
            for (int64_t i = 0; i < inner; ++i)
                at[i] = static_cast<T>(static_cast<Sum>(at[i]) + static_cast<Sum>(add[i]));
            add += inner;
        }
    });
    if (!direct) assign(rows_of_target, to);
}

}  // namespace needle
