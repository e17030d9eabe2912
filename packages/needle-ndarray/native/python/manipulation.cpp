// The functions that change shape and order, and that join arrays.
#include "python/docs/manipulation.h"
#include "ops/copy.h"
#include "python/functions.h"
#include <vector>

namespace needle::python {

using namespace nb::literals;

nb::object call_reshape(const Array &x, const Dims &shape, nb::handle copy_wanted) {
    Dims resolved = resolve_shape(shape, x.size());
    std::optional<bool> wanted = to_optional_bool(copy_wanted, "reshape: copy");
    if (wanted != true)
        if (auto layout = reshape(x.layout, resolved)) return wrap(x.view(std::move(*layout)));
    if (wanted == false)
        fail(ErrorKind::Value, "reshape: an array of shape " + x.shape().text() + " and strides " + x.strides().text() +
                                   " cannot take shape " + resolved.text() + " without a copy; write copy=None");
    return wrap(copy_without_gil(x).view(Layout::contiguous(resolved)));
}

nb::object call_permute(const Array &x, const Dims &axes) { return wrap(x.view(permute(x.layout, axes))); }

nb::object call_broadcast_to(const Array &x, const Dims &shape) {
    return wrap(x.view(broadcast_to(x.layout, shape, "broadcast_to")));
}

nb::object call_squeeze(const Array &x, nb::handle axis) {
    Layout layout = x.layout;
    if (axis.is_none()) {
        for (int i = x.ndim() - 1; i >= 0; --i)
            if (x.shape()[i] == 1) layout = squeeze(layout, i);
    } else {
        Dims axes = to_axes(axis, x.ndim(), "squeeze");
        for (int i = axes.size() - 1; i >= 0; --i) layout = squeeze(layout, static_cast<int>(axes[i]));
    }
    return wrap(x.view(std::move(layout)));
}

nb::object call_expand_dims(const Array &x, nb::handle axis) {
    Dims given = to_dims(axis, "expand_dims: axis");
    Dims axes = normalize_axes(given, x.ndim() + given.size(), "expand_dims");
    Layout layout = x.layout;
    for (int64_t at : axes) {
        // The stride that a dense array would have there.
        int i = static_cast<int>(at);
        layout = expand_dims(layout, i, i < layout.ndim() ? wrapping_product(layout.shape[i], layout.strides[i]) : 1);
    }
    return wrap(x.view(std::move(layout)));
}

nb::object call_flip(const Array &x, nb::handle axis) {
    return wrap(x.view(flip(x.layout, to_axes(axis, x.ndim(), "flip"))));
}

namespace {

Array make_concat(nb::handle arrays, nb::handle axis, bool stacked) {
    const char *name = stacked ? "stack" : "concat";
    std::vector<Array> parts;
    for (nb::handle item : arrays) parts.push_back(to_array(item, name));
    if (parts.empty()) fail(ErrorKind::Value, std::string(name) + ": expected at least one array");
    DType dtype = parts[0].dtype;
    int64_t total = 0;
    for (Array &part : parts) {
        dtype = promote(dtype, part.dtype);
        if (__builtin_add_overflow(total, part.size(), &total)) total = INT64_MAX;  // of broadcast parts
    }
    int ndim = parts[0].ndim(), along = 0;
    if (axis.is_none() && !stacked) {
        for (Array &part : parts) part = flattened(part);
    } else along = normalize_axis(to_index(axis, "axis"), stacked ? ndim + 1 : ndim, name);
    if (stacked) {
        for (size_t i = 1; i < parts.size(); ++i)
            if (parts[i].shape() != parts[0].shape())
                fail(ErrorKind::Shape, "stack: array " + std::to_string(i) + " has shape " + parts[i].shape().text() +
                                           ", array 0 has shape " + parts[0].shape().text() +
                                           "; all shapes must be equal");
        for (Array &part : parts) part.layout = expand_dims(part.layout, along);
    }
    ReleaseGil release(total);
    return concat(parts.data(), static_cast<int>(parts.size()), along, dtype);
}

}  // namespace

void bind_manipulation(nb::module_ &m) {
    m.def(
        "reshape",
        [](nb::handle x, nb::handle shape, nb::handle copy) {
            return call_reshape(to_array(x, "reshape"), to_dims(shape, "reshape: shape"), copy);
        },
        "x"_a, "shape"_a, nb::kw_only(), "copy"_a.none() = nb::none(),
        nb::sig("def reshape(x: ArrayLike, /, shape: int | Sequence[int], *, copy: bool | None = None) -> NDArray"),
        docs::reshape);
    m.def(
        "permute_dims",
        [](nb::handle x, nb::handle axes) {
            return call_permute(to_array(x, "permute_dims"), to_dims(axes, "permute_dims: axes"));
        },
        "x"_a, "axes"_a, nb::sig("def permute_dims(x: ArrayLike, /, axes: Sequence[int]) -> NDArray"),
        docs::permute_dims);
    m.def(
        "matrix_transpose",
        [](nb::handle x) {
            Array a = to_array(x, "matrix_transpose");
            if (a.ndim() < 2)
                fail(ErrorKind::Shape,
                     "matrix_transpose: expected at least two axes, but the shape is " + a.shape().text());
            return wrap(a.view(swap_axes(a.layout, a.ndim() - 2, a.ndim() - 1)));
        },
        "x"_a, nb::sig("def matrix_transpose(x: ArrayLike, /) -> NDArray"), docs::matrix_transpose);
    m.def(
        "broadcast_to",
        [](nb::handle x, nb::handle shape) {
            return call_broadcast_to(to_array(x, "broadcast_to"), to_dims(shape, "broadcast_to: shape"));
        },
        "x"_a, "shape"_a, nb::sig("def broadcast_to(x: ArrayLike, /, shape: int | Sequence[int]) -> NDArray"),
        docs::broadcast_to);
    m.def(
        "squeeze", [](nb::handle x, nb::handle axis) { return call_squeeze(to_array(x, "squeeze"), axis); }, "x"_a,
        "axis"_a.none() = nb::none(),
        nb::sig("def squeeze(x: ArrayLike, /, axis: int | Sequence[int] | None = None) -> NDArray"), docs::squeeze);
    m.def(
        "expand_dims", [](nb::handle x, nb::handle axis) { return call_expand_dims(to_array(x, "expand_dims"), axis); },
        "x"_a, "axis"_a, nb::sig("def expand_dims(x: ArrayLike, /, axis: int | Sequence[int]) -> NDArray"),
        docs::expand_dims);
    m.def(
        "flip", [](nb::handle x, nb::handle axis) { return call_flip(to_array(x, "flip"), axis); }, "x"_a,
        nb::kw_only(), "axis"_a.none() = nb::none(),
        nb::sig("def flip(x: ArrayLike, /, *, axis: int | Sequence[int] | None = None) -> NDArray"), docs::flip);
    m.def(
        "concat", [](nb::handle arrays, nb::handle axis) { return wrap(make_concat(arrays, axis, false)); }, "arrays"_a,
        nb::kw_only(), "axis"_a.none() = 0,
        nb::sig("def concat(arrays: Sequence[ArrayLike], /, *, axis: int | None = 0) -> NDArray"), docs::concat);
    m.def(
        "stack", [](nb::handle arrays, nb::handle axis) { return wrap(make_concat(arrays, axis, true)); }, "arrays"_a,
        nb::kw_only(), "axis"_a = 0, nb::sig("def stack(arrays: Sequence[ArrayLike], /, *, axis: int = 0) -> NDArray"),
        docs::stack);
    m.def(
        "broadcast_shapes",
        [](nb::args shapes) {
            std::vector<Dims> all;
            for (nb::handle shape : shapes) {
                all.push_back(to_dims(shape, "broadcast_shapes"));
                for (int64_t size : all.back())
                    if (size < 0)
                        fail(ErrorKind::Shape, "broadcast_shapes: shape " + std::to_string(all.size() - 1) + " is " +
                                                   all.back().text() + ", but sizes must not be negative");
            }
            Dims out = broadcast_shapes(all.data(), static_cast<int>(all.size()), "broadcast_shapes");
            return to_tuple(out);
        },
        nb::sig("def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]"), docs::broadcast_shapes);
}

}  // namespace needle::python
