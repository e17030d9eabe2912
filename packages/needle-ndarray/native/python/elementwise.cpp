// The elementwise functions of the module, expanded from the lists of operations.
#include "python/functions.h"
#include <algorithm>

namespace needle::python {

using namespace nb::literals;

const Array *to_output(nb::handle out, const char *what) {
    if (out.is_none()) return nullptr;
    if (!is_array(out.ptr()))
        fail(ErrorKind::Type, std::string(what) + ": out must be an NDArray, not " + nb::repr(out).c_str());
    return &array_of(out.ptr());
}

nb::object call_unary(UnaryOp op, nb::handle x, nb::handle out) {
    Array a = to_array(x, name_of(op)), result;
    const Array *target = to_output(out, name_of(op));
    {
        ReleaseGil release(a.size());
        result = unary(op, a, target);
    }
    return target ? nb::borrow(out) : wrap(std::move(result));
}

nb::object call_binary(BinaryOp op, nb::handle x1, nb::handle x2, nb::handle out) {
    Operand a, b;
    load_operands(a, x1, b, x2, name_of(op));
    const Array *target = to_output(out, name_of(op));
    Array result;
    {
        ReleaseGil release(std::max(a.size(), b.size()));
        result = binary(op, a.value, b.value, target);
    }
    return target ? nb::borrow(out) : wrap(std::move(result));
}

namespace {

nb::object call_where(nb::handle condition, nb::handle x1, nb::handle x2) {
    Array test = to_array(condition, "where"), result;
    Operand a, b;
    load_operands(a, x1, b, x2, "where");
    {
        ReleaseGil release(std::max({test.size(), a.size(), b.size()}));
        result = where(test, a.value, b.value);
    }
    return wrap(std::move(result));
}

nb::object call_clip(nb::handle x, nb::handle min, nb::handle max, nb::handle out) {
    Array a = to_array(x, "clip"), result;
    Operand limits[2];
    const Value *given[2] = {nullptr, nullptr};
    int64_t elements = a.size();
    for (int i = 0; i < 2; ++i) {
        nb::handle limit = i == 0 ? min : max;
        if (limit.is_none()) continue;
        if (!limits[i].load(limit.ptr())) limits[i].own(to_array(limit, "clip"));
        given[i] = &limits[i].value;
        elements = std::max(elements, limits[i].size());
    }
    const Array *target = to_output(out, "clip");
    {
        ReleaseGil release(elements);
        result = clip(a, given[0], given[1], target);
    }
    return target ? nb::borrow(out) : wrap(std::move(result));
}

}  // namespace

void bind_elementwise(nb::module_ &m) {
    for (int i = 0; i < unary_count; ++i) {
        auto op = static_cast<UnaryOp>(i);
        std::string signature =
            std::string("def ") + name_of(op) + "(x: ArrayLike, /, *, out: NDArray | None = None) -> NDArray";
        m.def(
            name_of(op), [op](nb::handle x, nb::handle out) { return call_unary(op, x, out); }, "x"_a, nb::kw_only(),
            "out"_a.none() = nb::none(), nb::sig(keep(signature)), documentation(op));
    }
    for (int i = 0; i < binary_count; ++i) {
        auto op = static_cast<BinaryOp>(i);
        std::string signature = std::string("def ") + name_of(op) +
                                "(x1: ArrayLike, x2: ArrayLike, /, *, out: NDArray | None = None) -> NDArray";
        m.def(
            name_of(op), [op](nb::handle x1, nb::handle x2, nb::handle out) { return call_binary(op, x1, x2, out); },
            "x1"_a, "x2"_a, nb::kw_only(), "out"_a.none() = nb::none(), nb::sig(keep(signature)), documentation(op));
    }
    m.def("where", &call_where, "condition"_a, "x1"_a, "x2"_a,
          nb::sig("def where(condition: ArrayLike, x1: ArrayLike, x2: ArrayLike, /) -> NDArray"), where_documentation);
    m.def("clip", &call_clip, "x"_a, "min"_a.none() = nb::none(), "max"_a.none() = nb::none(), nb::kw_only(),
          "out"_a.none() = nb::none(),
          nb::sig("def clip(x: ArrayLike, /, min: ArrayLike | None = None, max: ArrayLike | None = None, *, out: "
                  "NDArray | None = None) -> NDArray"),
          clip_documentation);
}

}  // namespace needle::python
