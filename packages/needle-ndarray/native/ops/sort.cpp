#include "ops/sort.h"
#include "cpu/sort.h"
#include "ops/copy.h"

namespace needle {

namespace {

using SortRows = void (*)(const Array &in, bool descending, const Array &out);

// Rows are sorted along the last axis; any other axis is brought there by a copy, and back by another.
Array along(const Array &a, int axis, bool descending, DType dtype, SortRows rows, const char *what) {
    require_cpu(a, what);
    const int last = a.ndim() - 1;
    const Array in = truth_values(a);
    if (axis == last) {
        Array out = empty(a.shape(), dtype, a.device());
        rows(in, descending, out);
        return out;
    }
    Array turned = copy(in.view(swap_axes(in.layout, axis, last)));
    Array out = empty(turned.shape(), dtype, a.device());
    rows(turned, descending, out);
    return copy(out.view(swap_axes(out.layout, axis, last)));
}

}  // namespace

Array sort(const Array &a, int axis, bool descending) { return along(a, axis, descending, a.dtype, cpu::sort, "sort"); }

Array argsort(const Array &a, int axis, bool descending) {
    return along(a, axis, descending, DType::Int64, cpu::argsort, "argsort");
}

}  // namespace needle
