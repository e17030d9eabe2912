#include "ops/matmul.h"
#include "core/parallel.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include "ops/floating.h"
#include <algorithm>
#include <atomic>
#include <exception>
#include <type_traits>

namespace needle {

namespace {

// One operand as a stack of matrices: batch axes (broadcast), then rows and columns.
struct Matrices {
    Array array;
    Layout layout;

    int64_t rows() const { return layout.shape[layout.ndim() - 2]; }
    int64_t columns() const { return layout.shape[layout.ndim() - 1]; }
    int64_t row_stride() const { return layout.strides[layout.ndim() - 2]; }
    int64_t column_stride() const { return layout.strides[layout.ndim() - 1]; }
};

struct Product {
    Matrices a, b;
    Array out;
    const Array *bias = nullptr;  // of the product's dtype, contiguous
    Activation activation = Activation::none;
    int64_t m, n, k, batches;
};

Dims leading(const Dims &shape) { return Dims(shape.data(), shape.size() - 2); }

// Position of matrix number `index` of the stack, in elements.
int64_t batch_offset(const Matrices &matrices, int64_t index) {
    int64_t offset = 0;
    for (int axis = matrices.layout.ndim() - 3; axis >= 0; --axis) {
        int64_t size = matrices.layout.shape[axis];
        offset += index % size * matrices.layout.strides[axis];
        index /= size;
    }
    return offset;
}

[[noreturn]] void refuse_mismatch(const Array &a, const Array &b) {
    int axis_a = a.ndim() - 1, axis_b = b.ndim() == 1 ? 0 : b.ndim() - 2;
    fail(ErrorKind::Shape, "matmul: " + a.shape().text() + " @ " + b.shape().text() + ": axis " +
                               std::to_string(axis_a) + " of the first operand (" + std::to_string(a.shape()[axis_a]) +
                               ") must equal axis " + std::to_string(axis_b) + " of the second (" +
                               std::to_string(b.shape()[axis_b]) + ")");
}

void check(const Array &a, const Array &b) {
    if (a.ndim() == 0 || b.ndim() == 0)
        fail(ErrorKind::Shape, "matmul: " + a.shape().text() + " @ " + b.shape().text() +
                                   ": both operands need at least one axis; write a * b to multiply by a scalar");
    require_same_device(a, b, "matmul");
    require_cpu(a, "matmul");
    if (a.shape()[a.ndim() - 1] != b.shape()[b.ndim() == 1 ? 0 : b.ndim() - 2]) refuse_mismatch(a, b);
}

Dims broadcast_batches(const Array &a, const Array &b, const Layout &la, const Layout &lb) {
    try {
        return broadcast_shapes(leading(la.shape), leading(lb.shape), "matmul");
    } catch (const Error &error) {
        fail(error.kind, "matmul: " + a.shape().text() + " @ " + b.shape().text() +
                             ": the axes before the last two do not broadcast; " + error.what());
    }
}

Matrices stack(const Array &array, const Layout &layout, const Dims &batch) {
    Dims shape = batch.inserted(batch.size(), layout.shape[layout.ndim() - 2]);
    shape = shape.inserted(shape.size(), layout.shape[layout.ndim() - 1]);
    return {array, broadcast_to(layout, shape, "matmul")};
}

// Where one matrix B serves all of a stack A whose rows are evenly spaced, the stack is one tall matrix.
void merge_stack(Product &product) {
    Layout &a = product.a.layout, &b = product.b.layout;
    if (product.batches < 2) return;
    for (int axis = 0; axis < b.ndim() - 2; ++axis)
        if (b.strides[axis] != 0 && b.shape[axis] != 1) return;
    std::optional<Layout> tall = reshape(a, Dims{product.batches * product.m, product.k});
    if (!tall) return;
    a = *tall;
    b = Layout{Dims{product.k, product.n}, Dims{product.b.row_stride(), product.b.column_stride()}, b.offset};
    product.m *= product.batches;
    product.batches = 1;
}

// ---- float32 and float64: the packed kernel

template <class T> struct GemmOf;
template <> struct GemmOf<float> {
    static constexpr auto multiply = &cpu::GemmKernels::gemm_f32;
    static constexpr auto scratch = &cpu::GemmKernels::gemm_f32_scratch;
};
template <> struct GemmOf<double> {
    static constexpr auto multiply = &cpu::GemmKernels::gemm_f64;
    static constexpr auto scratch = &cpu::GemmKernels::gemm_f64_scratch;
};

void run_in_turn(int64_t count, Task task, void *ctx) {
    for (int64_t i = 0; i < count; ++i) task(ctx, i);
}

template <class T> void multiply_floats(const Product &product) {
    const cpu::GemmKernels &kernels = *cpu::kernels().gemm;
    const auto multiply = kernels.*GemmOf<T>::multiply;
    const int64_t m = product.m, n = product.n, k = product.k;
    const int64_t scratch_bytes = (kernels.*GemmOf<T>::scratch)(m, n, k);
    const T *a = static_cast<const T *>(product.a.array.storage->data) + product.a.layout.offset;
    const T *b = static_cast<const T *>(product.b.array.storage->data) + product.b.layout.offset;
    T *out = product.out.data<T>();
    const cpu::Epilogue<T> epilogue{product.bias ? product.bias->data<T>() : nullptr, product.activation};
    const bool has_epilogue = epilogue.bias || epilogue.activation != Activation::none;
    auto multiply_one = [&](int64_t index, void *scratch, ParallelFor run) {
        multiply({m, n, k, a + batch_offset(product.a, index), product.a.row_stride(), product.a.column_stride(),
                  b + batch_offset(product.b, index), product.b.row_stride(), product.b.column_stride(),
                  out + index * m * n, n, has_epilogue ? &epilogue : nullptr},
                 scratch, run);
    };
    auto scratch_of = [](const StorageRef &storage) { return storage ? storage->data : nullptr; };
    auto take_scratch = [&] { return scratch_bytes > 0 ? allocate_scratch(scratch_bytes) : StorageRef(); };

    // Many matrices, or small ones, are dealt out whole; few large ones are cut, one after the other. The kernel gives
    // the same numbers either way.
    const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
    if (product.batches == 1 || (work > 128.0 * 128 * 128 && product.batches < num_threads())) {
        StorageRef scratch = take_scratch();
        for (int64_t i = 0; i < product.batches; ++i) multiply_one(i, scratch_of(scratch), &parallel_for);
        return;
    }
    const int64_t per_task = std::max<int64_t>(1, static_cast<int64_t>(65536 / std::max(work, 1.0)));
    std::atomic<bool> failed{false};
    std::exception_ptr failure;
    parallel_for((product.batches + per_task - 1) / per_task, [&](int64_t task) {
        try {
            StorageRef scratch = take_scratch();
            const int64_t last = std::min((task + 1) * per_task, product.batches);
            for (int64_t i = task * per_task; i < last; ++i) multiply_one(i, scratch_of(scratch), &run_in_turn);
        } catch (...) {
            if (!failed.exchange(true)) failure = std::current_exception();
        }
    });
    if (failure) std::rethrow_exception(failure);
}

// ---- Integers

// Tasks are some rows of C, or some matrices of a stack.
void multiply_integers(const Product &product) {
    constexpr int64_t task_work = 1 << 20, fewest_rows = 16;
    const int64_t m = product.m, n = product.n, k = product.k, size = itemsize(product.out.dtype);
    const auto multiply = cpu::kernels().gemm->gemm_integers[log2_itemsize(product.out.dtype)];
    const int64_t a_row = product.a.row_stride(), a_column = product.a.column_stride(), b_row = product.b.row_stride();
    const char *a = product.a.array.view(product.a.layout).bytes(), *b = product.b.array.view(product.b.layout).bytes();
    const int64_t rows_of_work = task_work / std::max<int64_t>(1, wrapping_product(n, k)) / fewest_rows * fewest_rows;
    const int64_t rows = std::clamp(rows_of_work, fewest_rows, std::max(fewest_rows, m));
    const int64_t row_tasks = (m + rows - 1) / rows;
    const int64_t together = row_tasks > 1 ? 1 : std::max<int64_t>(1, rows_of_work / std::max<int64_t>(1, m));
    const int64_t count = product.batches * row_tasks;
    parallel_for((count + together - 1) / together, [&](int64_t task) {
        for (int64_t i = task * together, end = std::min(count, i + together); i < end; ++i) {
            const int64_t index = i / row_tasks, row = i % row_tasks * rows;
            multiply({std::min(rows, m - row), n, k, a + (batch_offset(product.a, index) + row * a_row) * size, a_row,
                      a_column, b + batch_offset(product.b, index) * size, b_row,
                      product.out.bytes() + (index * m + row) * n * size});
        }
    });
}

// The product of operands that have been checked, multiplied in `dtype`.
Array multiply(const Array &a, const Array &b, DType dtype, const Array *bias, Activation activation) {
    Product product;
    product.bias = bias, product.activation = activation;
    Array left = astype(a, dtype), right = astype(b, dtype);
    Layout la = a.ndim() == 1 ? expand_dims(left.layout, 0) : left.layout;
    Layout lb = b.ndim() == 1 ? expand_dims(right.layout, 1) : right.layout;
    const Dims batch = broadcast_batches(a, b, la, lb);
    product.batches = element_count(batch);
    // Copied before they are broadcast: vectors, and for integers rows, whose elements do not lie side by side.
    const auto make_dense_along = [](int axis_from_end, Array &array, Layout &layout) {
        const int axis = layout.ndim() - axis_from_end;
        if (layout.shape[axis] == 1 || layout.strides[axis] == 1) return;
        array = copy(array.view(layout));
        layout = array.layout;
    };
    if (!is_float(dtype)) make_dense_along(1, right, lb);
    else if (lb.shape[lb.ndim() - 1] == 1) make_dense_along(2, right, lb);
    else if (la.shape[la.ndim() - 2] == 1) make_dense_along(1, left, la);
    product.a = stack(left, la, batch);
    product.b = stack(right, lb, batch);
    product.m = product.a.rows(), product.n = product.b.columns(), product.k = product.a.columns();

    Dims shape = batch;
    if (a.ndim() > 1) shape = shape.inserted(shape.size(), product.m);
    if (b.ndim() > 1) shape = shape.inserted(shape.size(), product.n);
    product.out = empty(shape, dtype, a.device());
    if (product.out.size() == 0) return product.out;

    merge_stack(product);
    dispatch(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_floating_point_v<T>) multiply_floats<T>(product);
        else multiply_integers(product);
    });
    return product.out;
}

}  // namespace

Array matmul(const Array &a, const Array &b) {
    check(a, b);
    const DType promoted = promote(a.dtype, b.dtype), dtype = arithmetic(promoted);
    if (dtype == DType::Bool)
        fail(ErrorKind::DType, "matmul: bool is not a numeric dtype; convert an operand first, as in astype(a, int64)");
    return astype(multiply(a, b, dtype, nullptr, Activation::none), promoted);
}

Array linear(const Array &x, const Array &weight, const Array *bias, Activation activation) {
    const char *what = "linear";
    const DType promoted = bias ? common_floating({&x, &weight, bias}, what) : common_floating({&x, &weight}, what);
    if (x.ndim() == 0 || weight.ndim() != 2)
        fail(ErrorKind::Shape, "linear: expected x of shape (..., in) and weight of shape (in, out), got " +
                                   x.shape().text() + " and " + weight.shape().text());
    const int64_t in = weight.shape()[0], out = weight.shape()[1];
    if (x.shape()[x.ndim() - 1] != in)
        fail(ErrorKind::Shape, "linear: the last axis of x (" + std::to_string(x.shape()[x.ndim() - 1]) +
                                   ") must equal axis 0 of weight (" + std::to_string(in) + "); the shapes are " +
                                   x.shape().text() + " and " + weight.shape().text());
    if (bias && bias->shape() != Dims{out} && bias->shape() != Dims{1, out})
        fail(ErrorKind::Shape, "linear: expected bias of shape " + Dims{out}.text() + " or " + Dims{1, out}.text() +
                                   ", as weight has shape " + weight.shape().text() + "; got " + bias->shape().text());
    const DType dtype = arithmetic(promoted);
    Array dense;
    if (bias) dense = compact(astype(*bias, dtype));
    return astype(multiply(x, weight, dtype, bias ? &dense : nullptr, activation), promoted);
}

}  // namespace needle
