// The CUDA kernels. Launch geometry of all of them: one dimension, blocks of 256 threads (8 warps, a divisor of every
// device's threads per multiprocessor), as many blocks as give each element a thread, but at most 65,536; threads then
// step through the array by the size of the grid. Neighbouring threads work on neighbouring elements of the output.
#include "cuda/check.h"
#include "cuda/cuda.h"
#include "scalar/functions.h"

namespace needle::cuda {

namespace {

constexpr int block_threads = 256;
constexpr int64_t max_blocks = 65536;

inline unsigned blocks_for(int64_t n) {
    const int64_t blocks = (n + block_threads - 1) / block_threads;
    return static_cast<unsigned>(blocks < max_blocks ? blocks : max_blocks);
}

__device__ inline int64_t first_element() { return static_cast<int64_t>(blockIdx.x) * block_threads + threadIdx.x; }
__device__ inline int64_t grid_step() { return static_cast<int64_t>(gridDim.x) * block_threads; }

template <class T> __global__ void fill_kernel(T *out, T value, int64_t n) {
    for (int64_t i = first_element(); i < n; i += grid_step()) out[i] = value;
}

// Shape and strides travel as kernel arguments: 1 KiB of the 4 KiB that there are.
struct StridedShape {
    int ndim;
    int64_t size[max_ndim], stride[max_ndim];
};

template <class T> __global__ void copy_kernel(const T *in, StridedShape shape, T *out, int64_t n) {
    for (int64_t i = first_element(); i < n; i += grid_step()) {
        int64_t rest = i, at = 0;
        for (int axis = shape.ndim - 1; axis >= 0; --axis) {
            at += rest % shape.size[axis] * shape.stride[axis];
            rest /= shape.size[axis];
        }
        out[i] = in[at];
    }
}

template <class Op, class T>
__global__ void binary_kernel(const T *a, int64_t a_step, const T *b, int64_t b_step, T *out, int64_t n) {
    for (int64_t i = first_element(); i < n; i += grid_step()) out[i] = Op::apply(a[i * a_step], b[i * b_step]);
}

// The operations and dtypes that have a kernel so far. X(name)
#define NEEDLE_CUDA_BINARY_OPS(X) X(add) X(subtract) X(multiply) X(divide) X(maximum) X(minimum)
#define NEEDLE_CUDA_DTYPES(X) X(Float32, float) X(Float64, double) X(Int32, int32_t) X(Int64, int64_t)

#define X(name)                                                                                                        \
    struct name##_op {                                                                                                 \
        template <class T> static __device__ T apply(T a, T b) { return scalar::name(a, b); }                          \
    };
NEEDLE_CUDA_BINARY_OPS(X)
#undef X

using BinaryLaunch = void (*)(const void *a, int64_t a_step, const void *b, int64_t b_step, void *out, int64_t n);

template <class Op, class T>
void launch_binary(const void *a, int64_t a_step, const void *b, int64_t b_step, void *out, int64_t n) {
    binary_kernel<Op, T><<<blocks_for(n), block_threads>>>(static_cast<const T *>(a), a_step, static_cast<const T *>(b),
                                                           b_step, static_cast<T *>(out), n);
    check(cudaGetLastError(), "launch of a binary kernel");
}

template <class Op> BinaryLaunch find_launch(DType dtype, bool floats_only) {
#define X(id, type)                                                                                                    \
    if (dtype == DType::id && (!floats_only || is_float(DType::id))) return launch_binary<Op, type>;
    NEEDLE_CUDA_DTYPES(X)
#undef X
    return nullptr;
}

BinaryLaunch find_launch(BinaryOp op, DType dtype) {
#define X(name)                                                                                                        \
    if (op == BinaryOp::name) return find_launch<name##_op>(dtype, op == BinaryOp::divide);
    NEEDLE_CUDA_BINARY_OPS(X)
#undef X
    return nullptr;
}

template <class T> void launch_fill(void *out, const void *value, int64_t n) {
    fill_kernel<<<blocks_for(n), block_threads>>>(static_cast<T *>(out), *static_cast<const T *>(value), n);
    check(cudaGetLastError(), "launch of the fill kernel");
}

template <class T> void launch_copy(const void *in, const StridedShape &shape, void *out, int64_t n) {
    copy_kernel<<<blocks_for(n), block_threads>>>(static_cast<const T *>(in), shape, static_cast<T *>(out), n);
    check(cudaGetLastError(), "launch of the copy kernel");
}

[[noreturn]] void refuse_item(int item) {
    fail(ErrorKind::DType, "CUDA: no dtype has elements of " + std::to_string(item) + " bytes");
}

}  // namespace

void fill(void *out, const void *value, int item, int64_t n) {
    if (n == 0) return;
    switch (item) {
    case 1:
        return launch_fill<uint8_t>(out, value, n);
    case 2:
        return launch_fill<uint16_t>(out, value, n);
    case 4:
        return launch_fill<uint32_t>(out, value, n);
    case 8:
        return launch_fill<uint64_t>(out, value, n);
    default:
        refuse_item(item);
    }
}

void copy(const void *in, const Layout &layout, void *out, int item) {
    const int64_t n = element_count(layout.shape);
    if (n == 0) return;
    StridedShape shape;
    shape.ndim = layout.ndim();
    for (int axis = 0; axis < shape.ndim; ++axis) {
        shape.size[axis] = layout.shape[axis];
        shape.stride[axis] = layout.strides[axis];
    }
    const char *first = static_cast<const char *>(in) + layout.offset * item;
    switch (item) {
    case 1:
        return launch_copy<uint8_t>(first, shape, out, n);
    case 2:
        return launch_copy<uint16_t>(first, shape, out, n);
    case 4:
        return launch_copy<uint32_t>(first, shape, out, n);
    case 8:
        return launch_copy<uint64_t>(first, shape, out, n);
    default:
        refuse_item(item);
    }
}

bool has_binary(BinaryOp op, DType dtype) { return find_launch(op, dtype) != nullptr; }

void binary(BinaryOp op, DType dtype, const void *a, int64_t a_step, const void *b, int64_t b_step, void *out,
            int64_t n) {
    const BinaryLaunch launch = find_launch(op, dtype);
    if (!launch) fail(ErrorKind::Unavailable, std::string("CUDA: no kernel for this operation on ") + name_of(dtype));
    if (n > 0) launch(a, a_step, b, b_step, out, n);
}

}  // namespace needle::cuda
