// The module _cuda: what CUDA there is, and its kernels on buffers of the host, so that a test can compare them with
// NumPy. Arrays on CUDA devices do not exist yet. Errors arrive in Python as RuntimeError or a class derived from it;
// there is no translator of exceptions here, since it would be in force for the module _core as well.
#include "core/errors.h"
#include "cuda/cuda.h"
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace needle;

namespace {

using In = nb::ndarray<nb::ro, nb::device::cpu>;
using Out = nb::ndarray<nb::c_contig, nb::device::cpu>;

template <class A> DType dtype_of_array(const A &array) {
    const nb::dlpack::dtype type = array.dtype();
    const auto code = static_cast<nb::dlpack::dtype_code>(type.code);
    const Kind kind = code == nb::dlpack::dtype_code::Bool    ? Kind::Bool
                      : code == nb::dlpack::dtype_code::Int   ? Kind::Signed
                      : code == nb::dlpack::dtype_code::UInt  ? Kind::Unsigned
                      : code == nb::dlpack::dtype_code::Float ? Kind::Float
                                                              : throw nb::type_error("no such dtype");
    for (int i = 0; i < dtype_count; ++i)
        if (kind_of(DType(i)) == kind && itemsize(DType(i)) * 8 == type.bits) return DType(i);
    throw nb::type_error("no such dtype");
}

template <class A> Layout layout_of(const A &array) {
    const int ndim = static_cast<int>(array.ndim());
    Layout layout{Dims(ndim, 0), Dims(ndim, 0), 0};
    for (int axis = 0; axis < ndim; ++axis) {
        layout.shape[axis] = static_cast<int64_t>(array.shape(axis));
        layout.strides[axis] = array.stride(axis);
    }
    return layout;
}

void require_same(const In &in, const Out &out) {
    if (layout_of(in).shape != layout_of(out).shape || in.dtype() != out.dtype())
        throw nb::value_error("input and output must have the same shape and dtype");
}

void fill(const In &value, const Out &out) {
    if (value.size() != 1 || value.dtype() != out.dtype())
        throw nb::value_error("fill: value must be one element of the dtype of out");
    cuda::DeviceBuffer buffer(out.nbytes());
    cuda::fill(buffer.data(), value.data(), static_cast<int>(out.itemsize()), static_cast<int64_t>(out.size()));
    buffer.download(out.data());
}

// The part of memory that the strides reach goes to the device; the kernel reads it through the same strides.
void copy(const In &in, const Out &out) {
    require_same(in, out);
    if (in.size() == 0) return;
    const int item = static_cast<int>(in.itemsize());
    Layout layout = layout_of(in);
    const Extent reach = extent(layout);
    cuda::DeviceBuffer source(static_cast<const char *>(in.data()) + reach.low * item,
                              static_cast<size_t>((reach.high - reach.low + 1) * item));
    cuda::DeviceBuffer target(out.nbytes());
    layout.offset = -reach.low;
    cuda::copy(source.data(), layout, target.data(), item);
    target.download(out.data());
}

BinaryOp binary_op(const std::string &name) {
#define X(op, domain, result)                                                                                          \
    if (name == #op) return BinaryOp::op;
    NEEDLE_BINARY_OPS(X)
#undef X
    throw nb::value_error(("there is no binary operation \"" + name + "\"").c_str());
}

void binary(const std::string &name, const In &a, const In &b, const Out &out) {
    const DType dtype = dtype_of_array(out);
    auto check = [&](const In &in) {
        const Layout layout = layout_of(in);
        if (in.dtype() != out.dtype() ||
            (in.size() != 1 && (layout.shape != layout_of(out).shape || !is_contiguous(layout))))
            throw nb::value_error("binary: operands must be row-major, of the shape and dtype of out, or one element");
        return int64_t{in.size() != 1};
    };
    const int64_t a_step = check(a), b_step = check(b);
    cuda::DeviceBuffer left(a.data(), a.nbytes()), right(b.data(), b.nbytes()), target(out.nbytes());
    cuda::binary(binary_op(name), dtype, left.data(), a_step, right.data(), b_step, target.data(),
                 static_cast<int64_t>(out.size()));
    target.download(out.data());
}

}  // namespace

NB_MODULE(_cuda, m) {
    m.doc() = "CUDA: what devices there are, and the kernels that arrays on them will use.";
    m.def("device_count", &cuda::device_count, "How many CUDA devices can be used; 0 without a driver or a device.");
    m.def(
        "why_not",
        []() -> std::optional<std::string> {
            std::string reason = cuda::why_not();
            return reason.empty() ? std::nullopt : std::optional(reason);
        },
        "Why no CUDA device can be used, as a sentence; None where one can.");
    m.def("device_name", &cuda::device_name, "device"_a = 0, "The name of a device; RuntimeError where there is none.");
    m.def("runtime_version", &cuda::runtime_version,
          "Version of the CUDA runtime in this module, as 1000 major + 10 minor.");
    m.def("driver_version", &cuda::driver_version, "The newest CUDA version that the driver runs; 0 without a driver.");
    m.def("fill", &fill, "value"_a, "out"_a, "out[...] = value, by the device.");
    m.def("copy", &copy, "x"_a, "out"_a, "out[...] = x, by the device; x may have any strides.");
    m.def("binary", &binary, "name"_a, "x1"_a, "x2"_a, "out"_a,
          "out[...] = name(x1, x2), by the device; the operands are row-major or one element.");
    m.def(
        "has_binary",
        [](const std::string &name, const Out &like) {
            return cuda::has_binary(binary_op(name), dtype_of_array(like));
        },
        "name"_a, "like"_a, "Whether `binary` knows the operation for the dtype of `like`.");
}
