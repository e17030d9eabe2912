// Layout as a Python value, so that its arithmetic can be read, tried and tested by itself.
#include "python/docs/layout.h"
#include "python/foreign.h"
#include "python/functions.h"
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>

namespace needle::python {

using namespace nb::literals;

namespace {

// The layout of an array, which it keeps alive, so that explain() can show values and storage.
struct ArrayLayout : Layout {
    nb::object array;
    ArrayLayout(Layout layout, nb::object array) : Layout(std::move(layout)), array(std::move(array)) {}
};

int traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    if (nb::inst_ready(self)) Py_VISIT(nb::inst_ptr<ArrayLayout>(self)->array.ptr());
    return 0;
}
int clear(PyObject *self) {
    nb::inst_ptr<ArrayLayout>(self)->array.reset();
    return 0;
}
PyType_Slot garbage_slots[] = {
    {Py_tp_traverse, reinterpret_cast<void *>(traverse)}, {Py_tp_clear, reinterpret_cast<void *>(clear)}, {0, nullptr}};

nb::dict describe(const Storage &storage) {
    nb::dict out;
    out["bytes"] = storage.bytes;
    out["lender"] = lender_of(storage);
    out["others"] = storage.references() - 1;
    out["writable"] = storage.writable;
    return out;
}

nb::object explain(nb::handle layout, nb::handle array, nb::handle index) {
    nb::object storage = array.is_none() ? nb::none() : nb::object(describe(*array_of(array.ptr()).storage.get()));
    return nb::module_::import_("needle_ndarray._explain").attr("explain")(layout, array, storage, index);
}

}  // namespace

nb::object layout_of(nb::handle array) {
    return nb::cast(ArrayLayout(array_of(array.ptr()).layout, nb::borrow(array)));
}

void bind_layout(nb::module_ &m) {
    nb::class_<Layout>(m, "Layout", docs::layouts::layout_class)
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
            nb::sig("def shape(self, /) -> tuple[int, ...]"), docs::layouts::shape)
        .def_prop_ro(
            "strides", [](const Layout &self) { return to_tuple(self.strides); },
            nb::sig("def strides(self, /) -> tuple[int, ...]"), docs::layouts::strides)
        .def_ro("offset", &Layout::offset, docs::layouts::offset)
        .def_prop_ro("ndim", &Layout::ndim, docs::layouts::ndim)
        .def_prop_ro(
            "size", [](const Layout &self) { return element_count(self.shape); }, docs::layouts::size)
        .def("is_contiguous", &is_contiguous, docs::layouts::is_contiguous)
        .def("is_broadcast", &is_broadcast, docs::layouts::is_broadcast)
        .def("is_overlapping", &is_overlapping, docs::layouts::is_overlapping)
        .def(
            "extent",
            [](const Layout &self) {
                Extent reach = extent(self);
                return std::pair(reach.low, reach.high);
            },
            docs::layouts::extent)
        .def(
            "permute", [](const Layout &self, nb::handle axes) { return permute(self, to_dims(axes, "axes")); },
            "axes"_a, nb::sig("def permute(self, axes: Sequence[int]) -> Layout"), docs::layouts::permute)
        .def(
            "reshape",
            [](const Layout &self, nb::handle shape) {
                return reshape(self, resolve_shape(to_dims(shape, "shape"), element_count(self.shape)));
            },
            "shape"_a, nb::sig("def reshape(self, shape: int | Sequence[int]) -> Layout | None"),
            docs::layouts::reshape)
        .def(
            "broadcast_to",
            [](const Layout &self, nb::handle shape) {
                return broadcast_to(self, to_dims(shape, "shape"), "broadcast_to");
            },
            "shape"_a, nb::sig("def broadcast_to(self, shape: int | Sequence[int]) -> Layout"),
            docs::layouts::broadcast_to)
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
            "axis"_a, "start"_a, "step"_a, "count"_a, docs::layouts::slice)
        .def(
            "select",
            [](const Layout &self, int64_t axis, int64_t index) {
                int along = normalize_axis(axis, self.ndim(), "select");
                if (index < 0 || index >= self.shape[along])
                    fail(ErrorKind::Index, "select: index " + std::to_string(index) + " is out of range for axis " +
                                               std::to_string(along) + " of size " + std::to_string(self.shape[along]));
                return select(self, along, index);
            },
            "axis"_a, "index"_a, docs::layouts::select)
        .def(
            "flip", [](const Layout &self, nb::handle axes) { return flip(self, to_axes(axes, self.ndim(), "flip")); },
            "axes"_a.none() = nb::none(), nb::sig("def flip(self, axes: int | Sequence[int] | None = None) -> Layout"),
            docs::layouts::flip)
        .def(
            "squeeze",
            [](const Layout &self, int64_t axis) {
                return squeeze(self, normalize_axis(axis, self.ndim(), "squeeze"));
            },
            "axis"_a, docs::layouts::squeeze)
        .def(
            "expand_dims",
            [](const Layout &self, int64_t axis) {
                return expand_dims(self, normalize_axis(axis, self.ndim() + 1, "expand_dims"));
            },
            "axis"_a, docs::layouts::expand_dims)
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
        .def("__repr__",
             [](const Layout &self) {
                 return "Layout(shape=" + self.shape.text() + ", strides=" + self.strides.text() +
                        ", offset=" + std::to_string(self.offset) + ")";
             })
        .def(
            "explain", [](nb::handle self, nb::handle index) { return explain(self, nb::none(), index); },
            "index"_a.none() = nb::none(),
            nb::sig("def explain(self, index: int | Sequence[int] | None = None) -> str"), docs::layouts::explain);

    nb::class_<ArrayLayout, Layout>(m, "ArrayLayout", nb::type_slots(garbage_slots), nb::is_final(),
                                    "The layout of an array: a Layout that knows the array.")
        .def(
            "explain",
            [](nb::handle self, nb::handle index) {
                return explain(self, nb::inst_ptr<ArrayLayout>(self)->array, index);
            },
            "index"_a.none() = nb::none(),
            nb::sig("def explain(self, index: int | Sequence[int] | None = None) -> str"), docs::layouts::explain);
}

}  // namespace needle::python
