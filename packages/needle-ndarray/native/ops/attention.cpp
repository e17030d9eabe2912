#include "ops/attention.h"
#include "core/parallel.h"
#include "cpu/attention.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include "ops/reduce.h"
#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <type_traits>

namespace needle {

namespace {

// From so many heads on, each of them is one task; fewer are cut into groups of queries for the gradient, and where one
// block holds all queries, as in decoding, into parts of their keys.
constexpr int64_t enough_tasks = 16;
constexpr int64_t smallest_group = 256;                  // queries
constexpr int64_t smallest_part = 1024, part_step = 64;  // keys

Dims joined(const Dims &heads, int64_t rows, int64_t columns) {
    Dims shape = heads.inserted(heads.size(), rows);
    return shape.inserted(shape.size(), columns);
}
int64_t from_end(const Array &array, int axis) { return array.shape()[array.ndim() - axis]; }

// The operands of one call, broadcast against each other, in the dtype that is computed in.
struct Heads {
    const char *what;
    Dims batch;
    int64_t count, queries, keys, depth, width;
    Array q, k, v, mask;
    bool has_mask = false, causal;
    double scale;

    Heads(const char *what, const Array &q_, const Array &k_, const Array &v_, const AttentionOptions &options)
        : what(what), causal(options.causal) {
        check_dtypes(q_, k_, v_);
        check_shapes(q_, k_, v_);
        queries = from_end(q_, 2), depth = from_end(q_, 1), keys = from_end(k_, 2), width = from_end(v_, 1);
        scale = options.scale ? *options.scale : 1 / std::sqrt(static_cast<double>(std::max<int64_t>(depth, 1)));
        const Dims leading[] = {leading_of(q_), leading_of(k_), leading_of(v_)};
        batch =
            broadcast_shapes(leading, 3, (std::string(what) + ": the axes of q, k and v before the last two").c_str());
        count = element_count(batch);
        const DType dtype = arithmetic(q_.dtype);
        q = stacked(astype(q_, dtype), queries, depth);
        k = stacked(astype(k_, dtype), keys, depth);
        v = stacked(astype(v_, dtype), keys, width);
        if (options.mask) take_mask(*options.mask, dtype);
    }

    Array stacked(const Array &array, int64_t rows, int64_t columns) const {
        return array.view(broadcast_to(array.layout, joined(batch, rows, columns), what));
    }
    // Where head number `index` of a stacked array begins, in elements.
    static int64_t offset(const Array &array, int64_t index) {
        int64_t offset = 0;
        for (int axis = array.ndim() - 3; axis >= 0; --axis) {
            offset += index % array.shape()[axis] * array.strides()[axis];
            index /= array.shape()[axis];
        }
        return offset;
    }
    template <class T> static cpu::StridedMatrix<T> matrix(const Array &array, int64_t index) {
        return {array.data<T>() + offset(array, index), array.strides()[array.ndim() - 2],
                array.strides()[array.ndim() - 1]};
    }
    // With keys first to last - 1.
    template <class T> cpu::AttentionHead<T> head(int64_t index, int64_t first, int64_t last) const {
        cpu::AttentionHead<T> part = head<T>(index);
        part.keys = last - first;
        part.k.data += first * part.k.row;
        part.v.data += first * part.v.row;
        if (has_mask)
            part.mask = static_cast<const char *>(part.mask) + first * part.mask_column * itemsize(mask.dtype);
        return part;
    }
    template <class T> cpu::AttentionHead<T> head(int64_t index) const {
        cpu::AttentionHead<T> head{
            queries, keys, depth, width, matrix<T>(q, index), matrix<T>(k, index), matrix<T>(v, index)};
        head.causal = causal;
        head.scale = static_cast<T>(scale);
        if (has_mask) {
            head.mask_is_bool = mask.dtype == DType::Bool;
            head.mask = mask.bytes() + offset(mask, index) * itemsize(mask.dtype);
            head.mask_row = mask.strides()[mask.ndim() - 2], head.mask_column = mask.strides()[mask.ndim() - 1];
        }
        return head;
    }

  private:
    std::string shapes(const Array &q_, const Array &k_, const Array &v_) const {
        return std::string(what) + ": q " + q_.shape().text() + ", k " + k_.shape().text() + ", v " +
               v_.shape().text() + ": ";
    }
    static Dims leading_of(const Array &array) { return Dims(array.shape().data(), array.ndim() - 2); }

    void check_dtypes(const Array &q_, const Array &k_, const Array &v_) const {
        if (!is_float(q_.dtype) || k_.dtype != q_.dtype || v_.dtype != q_.dtype)
            fail(ErrorKind::DType, std::string(what) + ": q, k and v must have one floating-point dtype, not " +
                                       name_of(q_.dtype) + ", " + name_of(k_.dtype) + " and " + name_of(v_.dtype) +
                                       "; convert them first, as in astype(q, float32)");
        require_same_device(q_, k_, what);
        require_same_device(q_, v_, what);
        require_cpu(q_, what);
    }
    void check_shapes(const Array &q_, const Array &k_, const Array &v_) const {
        if (q_.ndim() < 2 || k_.ndim() < 2 || v_.ndim() < 2)
            fail(ErrorKind::Shape, shapes(q_, k_, v_) + "each needs at least two axes, (..., rows, features)");
        if (from_end(q_, 1) != from_end(k_, 1))
            fail(ErrorKind::Shape, shapes(q_, k_, v_) + "the last axes of q (" + std::to_string(from_end(q_, 1)) +
                                       ") and k (" + std::to_string(from_end(k_, 1)) + ") must be equal");
        if (from_end(k_, 2) != from_end(v_, 2))
            fail(ErrorKind::Shape, shapes(q_, k_, v_) + "the numbers of keys, k's axis -2 (" +
                                       std::to_string(from_end(k_, 2)) + ") and v's (" +
                                       std::to_string(from_end(v_, 2)) + "), must be equal");
    }
    void take_mask(const Array &given, DType dtype) {
        if (given.dtype != DType::Bool && !is_float(given.dtype))
            fail(ErrorKind::DType, std::string(what) + ": the mask must be bool (true: may attend) or floating-point " +
                                       "(added to the scores), not " + name_of(given.dtype));
        require_same_device(q, given, what);
        const Array converted = given.dtype == DType::Bool ? given : astype(given, dtype);
        try {
            mask = stacked(converted, queries, keys);
        } catch (const Error &error) {
            fail(error.kind, std::string(what) + ": mask " + given.shape().text() +
                                 " does not broadcast to (..., T, S) = " + joined(batch, queries, keys).text());
        }
        has_mask = true;
    }
};

// Runs f(task, scratch) for each task, with memory of its own.
template <class F> void run_with_scratch(int64_t count, int64_t bytes, F &&f) {
    std::atomic<bool> failed{false};
    std::exception_ptr failure;
    parallel_for(count, [&](int64_t task) {
        try {
            const StorageRef scratch = allocate_scratch(static_cast<size_t>(bytes));
            f(task, scratch->data);
        } catch (...) {
            if (!failed.exchange(true)) failure = std::current_exception();
        }
    });
    if (failure) std::rethrow_exception(failure);
}

template <class T> const cpu::AttentionLoops<T> &loops() {
    if constexpr (std::is_same_v<T, float>) return cpu::kernels().attention->f32;
    else return cpu::kernels().attention->f64;
}

template <class F> void dispatch_float(DType dtype, F &&f) {
    if (dtype == DType::Float32) f(TypeTag<float>{});
    else f(TypeTag<double>{});
}

// How many parts the keys of a head are cut into. Those that causal order leaves are few.
int64_t key_parts(const Heads &heads, int64_t blocks) {
    if (blocks > 1 || heads.causal || heads.count == 0) return 1;
    return std::clamp<int64_t>(heads.keys / smallest_part, 1, (enough_tasks - 1) / heads.count + 1);
}

// Rows of one query by the keys of each part, and the logarithms of their sums: each part's weight is its sum's share.
template <class T>
void join_parts(int64_t parts, int64_t rows, int64_t width, const T *out_parts, const T *log_parts, T *out,
                T *log_sums) {
    for (int64_t row = 0; row < rows; ++row, out += width) {
        T peak = -std::numeric_limits<T>::infinity(), sum = 0;
        for (int64_t part = 0; part < parts; ++part) peak = std::max(peak, log_parts[part * rows + row]);
        std::fill_n(out, width, T(0));
        const T shift = std::isinf(peak) && peak < 0 ? T(0) : peak;
        for (int64_t part = 0; part < parts; ++part) {
            const T weight = std::exp(log_parts[part * rows + row] - shift),
                    *from = out_parts + (part * rows + row) * width;
            sum += weight;
            for (int64_t e = 0; e < width; ++e) out[e] += weight * from[e];
        }
        log_sums[row] = shift + std::log(sum);
        if (sum == T(0)) continue;  // all is hidden: a row of zeros
        for (int64_t e = 0; e < width; ++e) out[e] /= sum;
    }
}

// The gradient of an operand, of which one was made for each head: summed over the axes that were broadcast.
Array gathered(const Array &made, const Array &operand) {
    Array sum = made;
    const int extra = sum.ndim() - operand.ndim();
    Dims folded;
    for (int axis = 0; axis < sum.ndim() - 2; ++axis)
        if (sum.shape()[axis] != 1 && (axis < extra || operand.shape()[axis - extra] == 1))
            folded = folded.inserted(folded.size(), axis);
    if (!folded.empty()) sum = reduce(ReduceOp::sum, sum, folded, true);
    return astype(sum.view(without_leading_ones(sum.layout, operand.ndim())), operand.dtype);
}

void require_shape(const Array &array, const Dims &shape, const char *name) {
    if (array.shape() != shape)
        fail(ErrorKind::Shape, std::string("attention_grad: ") + name + " must have shape " + shape.text() + ", not " +
                                   array.shape().text());
}

}  // namespace

Attention attention(const Array &q, const Array &k, const Array &v, const AttentionOptions &options) {
    const Heads heads("attention", q, k, v, options);
    Array out = empty(joined(heads.batch, heads.queries, heads.width), heads.q.dtype, q.device());
    Array log_sums = empty(heads.batch.inserted(heads.batch.size(), heads.queries), heads.q.dtype, q.device());
    if (log_sums.size() > 0)
        dispatch_float(heads.q.dtype, [&](auto tag) {
            using T = typename decltype(tag)::type;
            const int64_t blocks = (heads.queries - 1) / cpu::attention_block<T> + 1, parts = key_parts(heads, blocks),
                          rows = heads.count * heads.queries;
            // Whole arrays of each part, one behind the other.
            const Array out_parts = parts == 1 ? out : empty(Dims{parts, rows, heads.width}, out.dtype, q.device());
            const Array log_parts = parts == 1 ? log_sums : empty(Dims{parts, rows}, out.dtype, q.device());
            auto begin = [&](int64_t part) {
                return part == parts ? heads.keys : heads.keys * part / parts / part_step * part_step;
            };
            run_with_scratch(heads.count * blocks * parts, loops<T>().forward_scratch(heads.depth, heads.width),
                             [&](int64_t task, void *memory) {
                                 const int64_t part = task % parts, rest = task / parts,
                                               block = blocks - 1 - rest % blocks,  // the longest first
                                     index = rest / blocks, row = part * rows + index * heads.queries;
                                 const cpu::AttentionResult<T> to{out_parts.data<T>() + row * heads.width,
                                                                  log_parts.data<T>() + row};
                                 loops<T>().forward(heads.head<T>(index, begin(part), begin(part + 1)), to, block,
                                                    memory);
                             });
            if (parts > 1)
                join_parts(parts, rows, heads.width, out_parts.data<T>(), log_parts.data<T>(), out.data<T>(),
                           log_sums.data<T>());
        });
    return {astype(out, q.dtype), log_sums};
}

AttentionGradients attention_grad(const Array &grad, const Array &q, const Array &k, const Array &v, const Array &out,
                                  const Array &log_sums, const AttentionOptions &options) {
    const Heads heads("attention_grad", q, k, v, options);
    const DType dtype = heads.q.dtype;
    const Dims out_shape = joined(heads.batch, heads.queries, heads.width);
    require_shape(grad, out_shape, "grad");
    require_shape(out, out_shape, "out");
    require_shape(log_sums, heads.batch.inserted(heads.batch.size(), heads.queries), "log_sums");
    for (const Array *array : {&grad, &out, &log_sums}) {
        require_same_device(q, *array, "attention_grad");
        if (!is_float(array->dtype))
            fail(ErrorKind::DType, std::string("attention_grad: grad, out and log_sums must be floating-point, not ") +
                                       name_of(array->dtype));
    }
    const Array d_out = astype(grad, dtype), result = compact(astype(out, dtype)),
                sums = compact(astype(log_sums, dtype));
    Array dq, dk, dv;
    dispatch_float(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        const int64_t blocks = (heads.queries + cpu::attention_block<T> - 1) / cpu::attention_block<T>;
        // Groups of queries make gradients of their own of k and v, which are summed in order at the end.
        const int64_t groups = std::clamp<int64_t>(heads.queries / smallest_group, 1,
                                                   (enough_tasks - 1) / std::max<int64_t>(heads.count, 1) + 1);
        dq = empty(joined(heads.batch, heads.queries, heads.depth), dtype, q.device());
        dk = empty(joined(heads.batch, heads.keys, heads.depth).inserted(0, groups), dtype, q.device());
        dv = empty(joined(heads.batch, heads.keys, heads.width).inserted(0, groups), dtype, q.device());
        run_with_scratch(heads.count * groups, loops<T>().backward_scratch(heads.depth, heads.width),
                         [&](int64_t task, void *memory) {
                             const int64_t index = task % heads.count, group = task / heads.count;
                             const cpu::AttentionGradient<T> gradient{
                                 Heads::matrix<T>(d_out, index),
                                 result.data<T>() + index * heads.queries * heads.width,
                                 sums.data<T>() + index * heads.queries,
                                 dq.data<T>() + index * heads.queries * heads.depth,
                                 dk.data<T>() + task * heads.keys * heads.depth,
                                 dv.data<T>() + task * heads.keys * heads.width};
                             loops<T>().backward(heads.head<T>(index), gradient, blocks * group / groups,
                                                 blocks * (group + 1) / groups, memory);
                         });
    });
    return {gathered(dq, q), gathered(dk, k), gathered(dv, v)};
}

}  // namespace needle
