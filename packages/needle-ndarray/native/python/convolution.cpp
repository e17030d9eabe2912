// Convolution of images and its gradients.
#include "ops/convolution.h"
#include "python/docs/convolution.h"
#include "python/functions.h"

namespace needle::python {

using namespace nb::literals;

Pair to_pair(nb::handle object, const char *what, const char *name) {
    const Dims dims = to_dims(object, (std::string(what) + ": " + name).c_str());
    if (dims.size() == 1 && is_index(object)) return {dims[0], dims[0]};
    if (dims.size() != 2)
        fail(ErrorKind::Value, std::string(what) + ": " + name + " must be an int or a pair (height, width), not " +
                                   nb::repr(object).c_str());
    return {dims[0], dims[1]};
}

namespace {

ConvolutionParameters to_parameters(nb::handle stride, nb::handle padding, nb::handle dilation, nb::handle groups,
                                    const char *what) {
    return {to_pair(stride, what, "stride"), to_pair(padding, what, "padding"), to_pair(dilation, what, "dilation"),
            to_index(groups, (std::string(what) + ": groups").c_str())};
}

nb::object call_conv2d(nb::handle x, nb::handle weight, nb::handle stride, nb::handle padding, nb::handle dilation,
                       nb::handle groups) {
    const Array a = to_array(x, "conv2d"), w = to_array(weight, "conv2d");
    const ConvolutionParameters p = to_parameters(stride, padding, dilation, groups, "conv2d");
    Array result;
    {
        ReleaseGil release(a.size());
        result = conv2d(a, w, p);
    }
    return wrap(std::move(result));
}

nb::object call_input_grad(nb::handle grad, nb::handle weight, nb::handle input_size, nb::handle stride,
                           nb::handle padding, nb::handle dilation, nb::handle groups) {
    const char *what = "conv2d_input_grad";
    const Array g = to_array(grad, what), w = to_array(weight, what);
    const Pair size = to_pair(input_size, what, "input_size");
    const ConvolutionParameters p = to_parameters(stride, padding, dilation, groups, what);
    Array result;
    {
        ReleaseGil release(g.size());
        result = conv2d_input_grad(g, w, size, p);
    }
    return wrap(std::move(result));
}

nb::object call_weight_grad(nb::handle grad, nb::handle x, nb::handle kernel_size, nb::handle stride,
                            nb::handle padding, nb::handle dilation, nb::handle groups) {
    const char *what = "conv2d_weight_grad";
    const Array g = to_array(grad, what), a = to_array(x, what);
    const Pair kernel = to_pair(kernel_size, what, "kernel_size");
    const ConvolutionParameters p = to_parameters(stride, padding, dilation, groups, what);
    Array result;
    {
        ReleaseGil release(a.size());
        result = conv2d_weight_grad(g, a, kernel, p);
    }
    return wrap(std::move(result));
}

}  // namespace

#define NEEDLE_PARAMETERS                                                                                              \
    "*, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, "        \
    "groups: int = 1) -> NDArray"

void bind_convolution(nb::module_ &m) {
    m.def("conv2d", &call_conv2d, "x"_a, "weight"_a, nb::kw_only(), "stride"_a = 1, "padding"_a = 0, "dilation"_a = 1,
          "groups"_a = 1, nb::sig("def conv2d(x: ArrayLike, weight: ArrayLike, " NEEDLE_PARAMETERS), docs::conv2d);
    m.def("conv2d_input_grad", &call_input_grad, "grad"_a, "weight"_a, "input_size"_a, nb::kw_only(), "stride"_a = 1,
          "padding"_a = 0, "dilation"_a = 1, "groups"_a = 1,
          nb::sig("def conv2d_input_grad(grad: ArrayLike, weight: ArrayLike, input_size: int | "
                  "Sequence[int], " NEEDLE_PARAMETERS),
          docs::conv2d_input_grad);
    m.def("conv2d_weight_grad", &call_weight_grad, "grad"_a, "x"_a, "kernel_size"_a, nb::kw_only(), "stride"_a = 1,
          "padding"_a = 0, "dilation"_a = 1, "groups"_a = 1,
          nb::sig("def conv2d_weight_grad(grad: ArrayLike, x: ArrayLike, kernel_size: int | "
                  "Sequence[int], " NEEDLE_PARAMETERS),
          docs::conv2d_weight_grad);
}
#undef NEEDLE_PARAMETERS

}  // namespace needle::python
