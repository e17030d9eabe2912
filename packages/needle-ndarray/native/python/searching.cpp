// Sorting, searching and sets.
#include "python/docs/searching.h"
#include "ops/copy.h"
#include "ops/index.h"
#include "ops/search.h"
#include "ops/sets.h"
#include "ops/sort.h"
#include "python/functions.h"

namespace needle::python {

using namespace nb::literals;

namespace {

nb::object call_sort(bool indices, nb::handle x, nb::handle axis, bool descending) {
    const char *name = indices ? "argsort" : "sort";
    Array a = to_array(x, name), result;
    int along = normalize_axis(to_index(axis, "axis"), a.ndim(), name);
    {
        ReleaseGil release(a.size());
        result = (indices ? argsort : sort)(a, along, descending);
    }
    return wrap(std::move(result));
}

nb::object call_searchsorted(nb::handle x1, nb::handle x2, nb::handle side, nb::handle sorter) {
    const bool left = nb::isinstance<nb::str>(side) && side.equal(nb::str("left"));
    if (!left && !(nb::isinstance<nb::str>(side) && side.equal(nb::str("right"))))
        fail(ErrorKind::Value,
             std::string("searchsorted: side must be \"left\" or \"right\", not ") + nb::repr(side).c_str());
    Array sorted = to_array(x1, "searchsorted"), result;
    if (sorted.ndim() != 1)
        fail(ErrorKind::Shape, "searchsorted: x1 must have one axis, but its shape is " + sorted.shape().text());
    Operand values;
    if (!values.load(x2.ptr())) values.own(to_array(x2, "searchsorted"));
    std::optional<Array> order;
    if (!sorter.is_none()) order = to_array(sorter, "searchsorted: sorter");
    if (order && order->shape() != sorted.shape())
        fail(ErrorKind::Shape, "searchsorted: sorter must have the shape of x1, " + sorted.shape().text() + ", not " +
                                   order->shape().text());
    {
        ReleaseGil release(std::max(sorted.size(), values.size()));
        if (order) sorted = take(sorted, *order, 0, "searchsorted: sorter");
        result = searchsorted(sorted, values.value, !left);
    }
    return wrap(std::move(result));
}

nb::tuple tuple_of(std::initializer_list<const Array *> arrays) {
    nb::list out;
    for (const Array *array : arrays)
        if (array->storage) out.append(wrap(*array));
    return nb::tuple(out);
}

}  // namespace

nb::object call_nonzero(nb::handle x) {
    Array a = to_array(x, "nonzero");
    if (a.ndim() == 0)
        fail(ErrorKind::Value, "nonzero: expected an array with at least one axis; write x.reshape(1) first");
    std::vector<Array> indices;
    {
        ReleaseGil release(a.size());
        indices = nonzero(a);
    }
    nb::list out;
    for (Array &index : indices) out.append(wrap(std::move(index)));
    return nb::tuple(out);
}

void bind_searching(nb::module_ &m) {
    for (bool indices : {false, true})
        m.def(
            indices ? "argsort" : "sort",
            [indices](nb::handle x, nb::handle axis, bool descending, bool) {
                return call_sort(indices, x, axis, descending);
            },
            "x"_a, nb::kw_only(), "axis"_a = -1, "descending"_a = false, "stable"_a = true,
            nb::sig(indices ? "def argsort(x: ArrayLike, /, *, axis: int = -1, descending: bool = False, stable: bool "
                              "= True) -> NDArray"
                            : "def sort(x: ArrayLike, /, *, axis: int = -1, descending: bool = False, stable: bool = "
                              "True) -> NDArray"),
            indices ? docs::argsort : docs::sort);
    m.def("nonzero", &call_nonzero, "x"_a, nb::sig("def nonzero(x: ArrayLike, /) -> tuple[NDArray, ...]"),
          docs::nonzero);
    m.def(
        "count_nonzero",
        [](nb::handle x, nb::handle axis, bool keepdims) {
            Array a = to_array(x, "count_nonzero"), result;
            Dims axes = to_axes(axis, a.ndim(), "count_nonzero");
            {
                ReleaseGil release(a.size());
                result = count_nonzero(a, axes, keepdims);
            }
            return wrap(std::move(result));
        },
        "x"_a, nb::kw_only(), "axis"_a.none() = nb::none(), "keepdims"_a = false,
        nb::sig("def count_nonzero(x: ArrayLike, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = "
                "False) -> NDArray"),
        docs::count_nonzero);
    m.def("searchsorted", &call_searchsorted, "x1"_a, "x2"_a, nb::kw_only(), "side"_a = "left",
          "sorter"_a.none() = nb::none(),
          nb::sig("def searchsorted(x1: ArrayLike, x2: ArrayLike, /, *, side: Literal[\"left\", \"right\"] = \"left\", "
                  "sorter: ArrayLike | None = None) -> NDArray"),
          docs::searchsorted);
    m.def(
        "isin",
        [](nb::handle x1, nb::handle x2, bool invert) {
            Operand a, b;
            load_operands(a, x1, b, x2, "isin");
            Array result;
            {
                ReleaseGil release(std::max(a.size(), b.size()));
                result = isin(a.value, b.value, invert);
            }
            return wrap(std::move(result));
        },
        "x1"_a, "x2"_a, nb::kw_only(), "invert"_a = false,
        nb::sig("def isin(x1: ArrayLike, x2: ArrayLike, /, *, invert: bool = False) -> NDArray"), docs::isin);
    m.def(
        "unique",
        [](nb::handle x, bool indices, bool inverse, bool counts) {
            Array a = to_array(x, "unique");
            Unique found;
            {
                ReleaseGil release(a.size());
                found = unique(a, indices, inverse, counts);
            }
            return tuple_of({&found.values, &found.indices, &found.inverse, &found.counts});
        },
        "x"_a, "indices"_a, "inverse"_a, "counts"_a,
        nb::sig("def unique(x: ArrayLike, indices: bool, inverse: bool, counts: bool) -> tuple[NDArray, ...]"),
        "The distinct values of x, and those of the other parts that are wanted; see sets.py.");
}

}  // namespace needle::python
