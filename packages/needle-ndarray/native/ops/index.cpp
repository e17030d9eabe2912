#include "ops/index.h"
#include "ops/copy.h"
#include "ops/indexed_rows.h"

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
    if (!copy_places(to.places, places_of(a, selection), 1)) selection.points.refuse(what, origin);
    return out;
}

void scatter_for(const char *what, const Array &target, Selection &selection, const Array &values, const Dims &origin,
                 bool adds = false) {
    const Dims shape = selection.shape();
    const Array from = assigned_values(target, values, shape);
    selection.points.check(what, origin);
    if (element_count(shape) == 0) return;
    selection.points.keep_apart_from(target);
    Counterpart source(from, from.layout, selection.at, selection.points.shape);
    const Places places = places_of(target, selection);
    const int64_t ordered = selection.ordered ? selection.ordered : selection.points.count();
    if (!(adds ? add_places(places, source.places) : copy_places(places, source.places, ordered)))
        selection.points.refuse(what, origin);
}

// The places that indices of one axis select.
Selection on_axis(const char *what, const Array &a, const Array &indices, int axis) {
    require_integers(indices, what);
    Selection out;
    out.rest = {a.shape().erased(axis), a.strides().erased(axis), a.layout.offset};
    out.at = axis;
    out.points.shape = indices.shape();
    out.points.add_indices(indices, a.shape()[axis], a.strides()[axis], axis);
    out.points.finish();
    return out;
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
    // Points that differ in an axis before `axis` name different places, unless the array is repeated along it.
    bool apart = true;
    int64_t along = 1;
    for (int i = 0; i < a.ndim(); ++i)
        if (i < axis) apart = apart && shape[i] == a.shape()[i];
        else along *= shape[i];
    if (apart) out.ordered = along;
    return out;
}

}  // namespace

Array gather(const Array &a, const Selection &selection, const Dims &origin) {
    return gather_for("", a, selection, origin);
}

void scatter(const Array &target, Selection &selection, const Array &values, const Dims &origin) {
    scatter_for("", target, selection, values, origin);
}

void scatter_add(const Array &target, Selection &selection, const Array &values, const Dims &origin) {
    scatter_for("", target, selection, values, origin, true);
}

Array take(const Array &a, const Array &indices, int axis, const char *what) {
    if (a.ndim() == 1)
        if (const std::optional<Array> out = take_rows(a, indices)) return *out;
    const Selection selection = on_axis(what, a, indices, axis);
    return gather_for((std::string(what) + ": ").c_str(), a, selection, a.shape());
}

Array take_along_axis(const Array &a, const Array &indices, int axis) {
    if (axis == a.ndim() - 1 && indices.ndim() == a.ndim())
        if (const std::optional<Array> out = take_rows(a, indices)) return *out;
    return gather_for("take_along_axis: ", a, along_axis("take_along_axis", a, indices, axis), a.shape());
}

void put_along_axis(const Array &target, const Array &indices, const Array &values, int axis) {
    require_writable(target, "put_along_axis");
    if (axis == target.ndim() - 1 && put_rows(target, indices, values)) return;
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
    // Sums of dtypes that are only stored are rounded when all is added.
    const Array sums = astype(target, arithmetic(target.dtype));
    Selection selection = on_axis("index_add", sums, indices, axis);
    scatter_for("index_add: ", sums, selection, astype(values, sums.dtype), target.shape(), true);
    if (sums.dtype != target.dtype) assign(target, sums);
}

}  // namespace needle
