// Pooling of images and its gradients.
#include "ops/pooling.h"
#include "python/docs/pooling.h"
#include "python/functions.h"

namespace needle::python {

using namespace nb::literals;

namespace {

Windows to_windows(nb::handle kernel_size, nb::handle stride, nb::handle padding, const char *what) {
    const Pair kernel = to_pair(kernel_size, what, "kernel_size");
    return {kernel, stride.is_none() ? kernel : to_pair(stride, what, "stride"), to_pair(padding, what, "padding"),
            Pair{1, 1}};
}

nb::object call_max(nb::handle x, nb::handle kernel_size, nb::handle stride, nb::handle padding, nb::handle dilation) {
    const Array a = to_array(x, "max_pool2d");
    Windows windows = to_windows(kernel_size, stride, padding, "max_pool2d");
    windows.dilation = to_pair(dilation, "max_pool2d", "dilation");
    std::pair<Array, Array> result;
    {
        ReleaseGil release(a.size());
        result = max_pool2d(a, windows);
    }
    return nb::make_tuple(wrap(std::move(result.first)), wrap(std::move(result.second)));
}

nb::object call_max_grad(nb::handle grad, nb::handle indices, nb::handle input_size) {
    const Array g = to_array(grad, "max_pool2d_grad"), i = to_array(indices, "max_pool2d_grad");
    const Pair size = to_pair(input_size, "max_pool2d_grad", "input_size");
    Array result;
    {
        ReleaseGil release(g.size());
        result = max_pool2d_grad(g, i, size);
    }
    return wrap(std::move(result));
}

nb::object call_avg(nb::handle x, nb::handle kernel_size, nb::handle stride, nb::handle padding,
                    bool count_include_pad) {
    const Array a = to_array(x, "avg_pool2d");
    const Windows windows = to_windows(kernel_size, stride, padding, "avg_pool2d");
    Array result;
    {
        ReleaseGil release(a.size());
        result = avg_pool2d(a, windows, count_include_pad);
    }
    return wrap(std::move(result));
}

nb::object call_avg_grad(nb::handle grad, nb::handle input_size, nb::handle kernel_size, nb::handle stride,
                         nb::handle padding, bool count_include_pad) {
    const Array g = to_array(grad, "avg_pool2d_grad");
    const Pair size = to_pair(input_size, "avg_pool2d_grad", "input_size");
    const Windows windows = to_windows(kernel_size, stride, padding, "avg_pool2d_grad");
    Array result;
    {
        ReleaseGil release(g.size());
        result = avg_pool2d_grad(g, size, windows, count_include_pad);
    }
    return wrap(std::move(result));
}

}  // namespace

void bind_pooling(nb::module_ &m) {
    m.def("max_pool2d", &call_max, "x"_a, "kernel_size"_a, nb::kw_only(), "stride"_a.none() = nb::none(),
          "padding"_a = 0, "dilation"_a = 1,
          nb::sig("def max_pool2d(x: ArrayLike, kernel_size: int | Sequence[int], *, "
                  "stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, "
                  "dilation: int | Sequence[int] = 1) -> tuple[NDArray, NDArray]"),
          docs::max_pool2d);
    m.def("max_pool2d_grad", &call_max_grad, "grad"_a, "indices"_a, "input_size"_a,
          nb::sig("def max_pool2d_grad(grad: ArrayLike, indices: ArrayLike, input_size: int | Sequence[int]) "
                  "-> NDArray"),
          docs::max_pool2d_grad);
    m.def("avg_pool2d", &call_avg, "x"_a, "kernel_size"_a, nb::kw_only(), "stride"_a.none() = nb::none(),
          "padding"_a = 0, "count_include_pad"_a = true,
          nb::sig("def avg_pool2d(x: ArrayLike, kernel_size: int | Sequence[int], *, "
                  "stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, "
                  "count_include_pad: bool = True) -> NDArray"),
          docs::avg_pool2d);
    m.def("avg_pool2d_grad", &call_avg_grad, "grad"_a, "input_size"_a, "kernel_size"_a, nb::kw_only(),
          "stride"_a.none() = nb::none(), "padding"_a = 0, "count_include_pad"_a = true,
          nb::sig("def avg_pool2d_grad(grad: ArrayLike, input_size: int | Sequence[int], "
                  "kernel_size: int | Sequence[int], *, stride: int | Sequence[int] | None = None, "
                  "padding: int | Sequence[int] = 0, count_include_pad: bool = True) -> NDArray"),
          docs::avg_pool2d_grad);
}

}  // namespace needle::python
