// Layout as a Python value, so that its arithmetic can be read, tried and tested by itself.
#include "python/bridge.h"
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>

namespace needle::python {

using namespace nb::literals;

void bind_layout(nb::module_ &m) {
    nb::class_<Layout>(m, "Layout",
                       "How an index becomes a position in a buffer: offset + sum of index[i] * strides[i]. Immutable; "
                       "strides count elements.")
        .def(
            "__init__",
            [](Layout *self, nb::handle shape, nb::handle strides, int64_t offset) {
                Dims sizes = to_dims(shape, "shape");
                for (int64_t size : sizes)
                    if (size < 0)
                        fail(ErrorKind::Shape, "a shape has no negative sizes, but " + sizes.text() + " was given");
                element_count(sizes);
                Dims steps = strides.is_none() ? contiguous_strides(sizes) : to_dims(strides, "strides");
                if (steps.size() != sizes.size())
                    fail(ErrorKind::Shape,
                         "shape " + sizes.text() + " and strides " + steps.text() + " must have equally many entries");
                Layout layout{std::move(sizes), std::move(steps), offset};
                extent(layout);
                new (self) Layout(std::move(layout));
            },
            "shape"_a, "strides"_a.none() = nb::none(), "offset"_a = 0,
            nb::sig("def __init__(self, shape: int | Sequence[int], strides: Sequence[int] | None = None, offset: int "
                    "= 0) -> None"))
        .def_prop_ro(
            "shape", [](const Layout &self) { return to_tuple(self.shape); },
            nb::sig("def shape(self, /) -> tuple[int, ...]"), "Sizes of the axes.")
        .def_prop_ro(
            "strides", [](const Layout &self) { return to_tuple(self.strides); },
            nb::sig("def strides(self, /) -> tuple[int, ...]"), "Steps along each axis, in elements.")
        .def_ro("offset", &Layout::offset, "Position of the first element.")
        .def_prop_ro("ndim", &Layout::ndim, "Number of axes.")
        .def_prop_ro(
            "size", [](const Layout &self) { return element_count(self.shape); }, "Number of elements.")
        .def("is_contiguous", &is_contiguous, "Whether the elements lie in row-major order without gaps.")
        .def("is_broadcast", &is_broadcast,
             "Whether an axis longer than one has stride 0, so that elements share a place.")
        .def("is_overlapping", &is_overlapping,
             "Whether two indices reach the same position, as in broadcast views and in sliding windows.")
        .def(
            "extent",
            [](const Layout &self) {
                Extent reach = extent(self);
                return std::pair(reach.low, reach.high);
            },
            "Lowest and highest position that an index reaches.")
        .def(
            "permute", [](const Layout &self, nb::handle axes) { return permute(self, to_dims(axes, "axes")); },
            "axes"_a, nb::sig("def permute(self, axes: Sequence[int]) -> Layout"),
            "Axis i of the result is axis axes[i].")
        .def(
            "reshape",
            [](const Layout &self, nb::handle shape) {
                return reshape(self, resolve_shape(to_dims(shape, "shape"), element_count(self.shape)));
            },
            "shape"_a, nb::sig("def reshape(self, shape: int | Sequence[int]) -> Layout | None"),
            "The same elements in order with another shape, or None where a copy is needed.")
        .def(
            "broadcast_to",
            [](const Layout &self, nb::handle shape) {
                return broadcast_to(self, to_dims(shape, "shape"), "broadcast_to");
            },
            "shape"_a, nb::sig("def broadcast_to(self, shape: int | Sequence[int]) -> Layout"),
            "Axes of size 1, and new leading ones, repeated with stride 0.")
        .def(
            "slice",
            [](const Layout &self, int64_t axis, int64_t start, int64_t step, int64_t count) {
                int along = normalize_axis(axis, self.ndim(), "slice");
                int64_t size = self.shape[along], last = 0;
                bool outside = count < 0 || __builtin_mul_overflow(count - 1, step, &last) ||
                               __builtin_add_overflow(start, last, &last);
                if (outside || (count > 0 && (start < 0 || start >= size || last < 0 || last >= size)))
                    fail(ErrorKind::Index, "slice: " + std::to_string(count) + " elements from " +
                                               std::to_string(start) + " in steps of " + std::to_string(step) +
                                               " are not all on axis " + std::to_string(along) + " of size " +
                                               std::to_string(size));
                return slice(self, along, start, step, count);
            },
            "axis"_a, "start"_a, "step"_a, "count"_a, "`count` elements from `start`, `step` apart, along an axis.")
        .def(
            "select",
            [](const Layout &self, int64_t axis, int64_t index) {
                int along = normalize_axis(axis, self.ndim(), "select");
                if (index < 0 || index >= self.shape[along])
                    fail(ErrorKind::Index, "select: index " + std::to_string(index) + " is out of range for axis " +
                                               std::to_string(along) + " of size " + std::to_string(self.shape[along]));
                return select(self, along, index);
            },
            "axis"_a, "index"_a, "One index of an axis, which is gone from the result.")
        .def(
            "flip", [](const Layout &self, nb::handle axes) { return flip(self, to_axes(axes, self.ndim(), "flip")); },
            "axes"_a.none() = nb::none(), nb::sig("def flip(self, axes: int | Sequence[int] | None = None) -> Layout"),
            "The order along the axes reversed.")
        .def(
            "squeeze",
            [](const Layout &self, int64_t axis) {
                return squeeze(self, normalize_axis(axis, self.ndim(), "squeeze"));
            },
            "axis"_a, "Without an axis of size 1.")
        .def(
            "expand_dims",
            [](const Layout &self, int64_t axis) {
                return expand_dims(self, normalize_axis(axis, self.ndim() + 1, "expand_dims"));
            },
            "axis"_a, "A new axis of size 1 and stride 0.")
        .def(
            "__eq__",
            [](const Layout &self, nb::handle other) {
                Layout *known;
                return nb::try_cast<Layout *>(other, known) && known && known->shape == self.shape &&
                       known->strides == self.strides && known->offset == self.offset;
            },
            nb::arg("other").none(), nb::sig("def __eq__(self, other: object, /) -> bool"))
        .def("__hash__",
             [](const Layout &self) {
                 return nb::hash(nb::make_tuple(to_tuple(self.shape), to_tuple(self.strides), self.offset));
             })
        .def("__repr__", [](const Layout &self) {
            return "Layout(shape=" + self.shape.text() + ", strides=" + self.strides.text() +
                   ", offset=" + std::to_string(self.offset) + ")";
        });
}

}  // namespace needle::python
