#include "cpu/axes.h"
#include "cpu/kernels.h"
#include "cpu/normalization.h"
#include "ops/floating.h"
#include "ops/normalization.h"
#include <algorithm>
#include <cmath>
#include <vector>

namespace needle {

namespace {

using cpu::GradSums;
using cpu::Moments;

// Runs of a channel shorter than this are not worth a call each.
constexpr int64_t short_run = 16;

const cpu::NormalizationLoops &loops_of(DType dtype) {
    return cpu::kernels().normalization->loops[dtype == DType::Float64];
}

// A dense layout whose axes lie in memory in the order of those of `like`.
Layout dense_in_order_of(const Layout &like) {
    Dims order(like.ndim(), 0), shape(like.ndim(), 0), back(like.ndim(), 0);
    for (int axis = 0; axis < like.ndim(); ++axis) order[axis] = axis;
    std::stable_sort(order.data(), order.data() + order.size(), [&](int64_t a, int64_t b) {
        return std::abs(like.strides[static_cast<int>(a)]) > std::abs(like.strides[static_cast<int>(b)]);
    });
    for (int i = 0; i < order.size(); ++i) {
        shape[i] = like.shape[static_cast<int>(order[i])];
        back[static_cast<int>(order[i])] = i;
    }
    return permute(Layout::contiguous(shape), back);
}
Array empty_in_order_of(const Array &like, DType dtype) {
    const Array dense = empty(like.shape(), dtype, like.device());
    return dense.view(dense_in_order_of(like.layout));
}

// An array (N, ..., C) by channels. Either the elements of each channel lie in runs (as in images whose channels are
// planes), or the channels lie side by side in rows.
struct Channels {
    cpu::Axes around;
    int64_t count, stride;

    explicit Channels(const Layout &x) : count(x.shape[x.ndim() - 1]), stride(x.strides[x.ndim() - 1]) {
        for (int axis = 0; axis < x.ndim() - 1; ++axis) around.add(x.shape[axis], x.strides[axis]);
    }
    bool in_runs() const { return around.inner_stride() == 1 && around.inner_size() >= short_run; }
    bool in_rows() const { return (stride == 1 || count == 1) && around.ndim <= 1; }
    // Whether runs, or rows, of the other are such of this, too.
    bool have_runs_of(const Channels &other) const {
        return in_runs() && around.inner_size() % other.around.inner_size() == 0;
    }
};

// Operands in runs or in rows, as their results then are.
Array usable(const Array &x, DType compute) {
    const Array converted = astype(x, compute);
    const Channels channels(converted.layout), results(dense_in_order_of(converted.layout));
    const bool fits = channels.in_runs() ? results.have_runs_of(channels) : channels.in_rows() && results.in_rows();
    return fits ? converted : compact(converted);
}

// Work on pieces of the channels: each task takes some runs of one channel, or some rows of all.
struct Pieces {
    Channels channels;
    bool runs;
    int64_t length, outer, per_task, tasks_of_channel, tasks;

    explicit Pieces(const Array &x) : channels(x.layout), runs(channels.in_runs()) {
        length = runs ? channels.around.inner_size() : std::max<int64_t>(channels.count, 1);
        outer = runs ? channels.around.total / length : channels.around.total;
        per_task = std::max<int64_t>(1, task_elements / length);
        tasks_of_channel = (outer + per_task - 1) / per_task;
        tasks = tasks_of_channel * (runs ? channels.count : 1);
    }
    int64_t elements() const { return channels.around.total * channels.count; }
    // One for each channel and part of its tasks, channel by channel within a part.
    int64_t results() const { return tasks_of_channel * channels.count; }

    // f(result, its channel)
    template <class F> void for_each_part(F f) const {
        for (int64_t part = 0; part < tasks_of_channel; ++part)
            for (int64_t channel = 0; channel < channels.count; ++channel)
                f(static_cast<size_t>(part * channels.count + channel), static_cast<size_t>(channel));
    }

    // of_run(channel, element, result) for every run, or of_rows(first row, rows, first result) for every task.
    template <class F, class G> void run(F of_run, G of_rows) const {
        cpu::run_tasks(tasks, elements(), [&](int64_t task) {
            const int64_t part = task % tasks_of_channel, channel = task / tasks_of_channel;
            const int64_t first = part * per_task, n = std::min(per_task, outer - first);
            if (!runs) return of_rows(first, n, part * channels.count);
            for (int64_t i = first; i < first + n; ++i) of_run(channel, i * length, part * channels.count + channel);
        });
    }
};

// The address of an element of a channel.
struct Reader {
    Channels channels;
    char *data;
    int64_t size;
    explicit Reader(const Array &x) : channels(x.layout), data(x.bytes()), size(itemsize(x.dtype)) {}
    char *run(int64_t channel, int64_t element) const {
        return data + (channels.around.offset(element) + channel * channels.stride) * size;
    }
    int64_t row_stride() const { return channels.around.inner_stride(); }
    char *row(int64_t index) const { return data + index * row_stride() * size; }
};

// One number for each channel, in the dtype that kernels compute in.
template <class F> Array per_channel(int64_t count, DType dtype, Device device, F f) {
    Array out = empty(Dims{count}, dtype, device);
    for (int64_t c = 0; c < count; ++c) {
        if (dtype == DType::Float64) out.data<double>()[c] = f(c);
        else out.data<float>()[c] = static_cast<float>(f(c));
    }
    return out;
}
double number(const Array &values, int64_t index) {
    return values.dtype == DType::Float64 ? values.data<double>()[index] : double(values.data<float>()[index]);
}

void require_channels(const Array &x, const char *what) {
    if (x.ndim() < 1) fail(ErrorKind::Shape, std::string(what) + ": x has no axes; expected shape (N, ..., C)");
}

constexpr const char *each = "channels, the last axis of x";

// (x - mean) * scale + shift of each channel.
Array apply(const Array &in, const Pieces &pieces, const Array &mean, const Array &scale, const Array &shift) {
    Array out = empty_in_order_of(in, in.dtype);
    const int64_t size = itemsize(in.dtype);
    const bool streams = goes_past_caches(out);
    const auto loop = loops_of(in.dtype).apply;
    const Reader from(in), to(out);
    pieces.run(
        [&](int64_t channel, int64_t element, int64_t) {
            const int64_t at = channel * size;
            loop(from.run(channel, element), 0, mean.bytes() + at, scale.bytes() + at, shift.bytes() + at, 0,
                 to.run(channel, element), 0, 1, pieces.length, streams);
        },
        [&](int64_t row, int64_t rows, int64_t) {
            loop(from.row(row), from.row_stride(), mean.bytes(), scale.bytes(), shift.bytes(), 1, to.row(row),
                 to.row_stride(), rows, pieces.channels.count, streams);
        });
    return out;
}

// The gradient of the result in the shape of x and in a layout that the pieces of x can be read in.
Array usable_gradient(const Array &grad, const Array &in, const Pieces &pieces, const char *what) {
    Array upper = astype(grad, in.dtype);
    upper.layout = broadcast_to(upper.layout, in.shape(), what);
    const Channels given(upper.layout);
    if (pieces.runs ? given.have_runs_of(pieces.channels) : given.in_rows()) return upper;
    Array ordered = empty_in_order_of(in, in.dtype);
    assign(ordered, upper);
    return ordered;
}

// Of each channel.
std::vector<GradSums> grad_sums(const Array &upper, const Array &in, const Pieces &pieces, const Array &means) {
    const int64_t count = pieces.channels.count, size = itemsize(in.dtype);
    const cpu::NormalizationLoops &loops = loops_of(in.dtype);
    const Reader from(in), above(upper);
    std::vector<GradSums> parts(static_cast<size_t>(pieces.results())), whole(static_cast<size_t>(count));
    pieces.run(
        [&](int64_t channel, int64_t element, int64_t at) {
            const GradSums sums = loops.grad_sums(above.run(channel, element), from.run(channel, element),
                                                  means.bytes() + channel * size, pieces.length);
            parts[static_cast<size_t>(at)].grad += sums.grad;
            parts[static_cast<size_t>(at)].product += sums.product;
        },
        [&](int64_t row, int64_t rows, int64_t at) {
            loops.column_grad_sums(above.row(row), above.row_stride(), from.row(row), from.row_stride(), means.bytes(),
                                   rows, count, parts.data() + at);
        });
    pieces.for_each_part([&](size_t part, size_t channel) {
        whole[channel].grad += parts[part].grad;
        whole[channel].product += parts[part].product;
    });
    return whole;
}

}  // namespace

ThreeArrays batch_norm(const Array &x, const Array &weight, const Array &bias, double eps) {
    const char *name = "batch_norm";
    const DType dtype = common_floating({&x, &weight, &bias}, name), compute = arithmetic(dtype);
    require_channels(x, name);
    const Array in = usable(x, compute);
    const Pieces pieces(in);
    const int64_t count = pieces.channels.count;
    const Array shift = numbers(bias, count, compute, name, "bias", each),
                weights = numbers(weight, count, compute, name, "weight", each);
    const cpu::NormalizationLoops &loops = loops_of(compute);
    const Reader from(in);
    std::vector<Moments> parts(static_cast<size_t>(pieces.results())), whole(static_cast<size_t>(count));
    pieces.run(
        [&](int64_t channel, int64_t element, int64_t at) {
            parts[static_cast<size_t>(at)].add(loops.moments(from.run(channel, element), pieces.length));
        },
        [&](int64_t row, int64_t rows, int64_t at) {
            loops.column_moments(from.row(row), rows, from.row_stride(), count, parts.data() + at);
        });
    pieces.for_each_part([&](size_t part, size_t channel) { whole[channel].add(parts[part]); });
    auto variance = [&](int64_t c) {
        return whole[static_cast<size_t>(c)].squares / whole[static_cast<size_t>(c)].count;
    };
    const Array mean = per_channel(count, compute, x.device(), [&](int64_t c) {
        const Moments &moments = whole[static_cast<size_t>(c)];
        return moments.count > 0 ? moments.mean : NAN;
    });
    const Array var = per_channel(count, compute, x.device(), variance);
    const Array scale = per_channel(count, compute, x.device(),
                                    [&](int64_t c) { return number(weights, c) / std::sqrt(variance(c) + eps); });
    const Array out = apply(in, pieces, mean, scale, shift);
    return {astype(out, dtype), astype(mean, dtype), astype(var, dtype)};
}

ThreeArrays batch_norm_grad(const Array &grad, const Array &x, const Array &weight, const Array &mean, const Array &var,
                            double eps) {
    const char *name = "batch_norm_grad";
    const DType dtype = common_floating({&grad, &x, &weight, &mean, &var}, name), compute = arithmetic(dtype);
    require_channels(x, name);
    const Array in = usable(x, compute);
    const Pieces pieces(in);
    const int64_t count = pieces.channels.count, size = itemsize(compute);
    const Array weights = numbers(weight, count, compute, name, "weight", each),
                means = numbers(mean, count, compute, name, "mean", each),
                variances = numbers(var, count, compute, name, "var", each);
    const Array upper = usable_gradient(grad, in, pieces, name);
    const std::vector<GradSums> whole = grad_sums(upper, in, pieces, means);
    const double elements = static_cast<double>(pieces.channels.around.total);
    auto inverse_std = [&](int64_t c) { return 1 / std::sqrt(number(variances, c) + eps); };
    auto numbers_of = [&](auto f) { return per_channel(count, compute, x.device(), f); };
    const Array dweight = numbers_of([&](int64_t c) { return whole[static_cast<size_t>(c)].product * inverse_std(c); });
    const Array dbias = numbers_of([&](int64_t c) { return whole[static_cast<size_t>(c)].grad; });
    const Array a = numbers_of([&](int64_t c) { return whole[static_cast<size_t>(c)].grad / elements; });
    const Array b = numbers_of(
        [&](int64_t c) { return whole[static_cast<size_t>(c)].product * inverse_std(c) * inverse_std(c) / elements; });
    const Array scale = numbers_of([&](int64_t c) { return number(weights, c) * inverse_std(c); });
    Array dx = empty_in_order_of(in, compute);
    const cpu::NormalizationLoops &loops = loops_of(compute);
    const Reader from(in), above(upper), to(dx);
    const bool streams = goes_past_caches(dx, 2);
    pieces.run(
        [&](int64_t channel, int64_t element, int64_t) {
            const int64_t at = channel * size;
            loops.apply_grad(above.run(channel, element), 0, from.run(channel, element), 0, means.bytes() + at,
                             a.bytes() + at, b.bytes() + at, scale.bytes() + at, 0, to.run(channel, element), 0, 1,
                             pieces.length, streams);
        },
        [&](int64_t row, int64_t rows, int64_t) {
            loops.apply_grad(above.row(row), above.row_stride(), from.row(row), from.row_stride(), means.bytes(),
                             a.bytes(), b.bytes(), scale.bytes(), 1, to.row(row), to.row_stride(), rows, count,
                             streams);
        });
    return {astype(dx, dtype), astype(dweight, dtype), astype(dbias, dtype)};
}

Array batch_norm_inference(const Array &x, const Array &weight, const Array &bias, const Array &mean, const Array &var,
                           double eps) {
    const char *name = "batch_norm_inference";
    const DType dtype = common_floating({&x, &weight, &bias, &mean, &var}, name), compute = arithmetic(dtype);
    require_channels(x, name);
    const Array in = usable(x, compute);
    const Pieces pieces(in);
    const int64_t count = pieces.channels.count;
    const Array weights = numbers(weight, count, compute, name, "weight", each),
                shift = numbers(bias, count, compute, name, "bias", each),
                means = numbers(mean, count, compute, name, "mean", each),
                variances = numbers(var, count, compute, name, "var", each);
    const Array scale = per_channel(count, compute, x.device(), [&](int64_t c) {
        return number(weights, c) / std::sqrt(number(variances, c) + eps);
    });
    return astype(apply(in, pieces, means, scale, shift), dtype);
}

ThreeArrays batch_norm_inference_grad(const Array &grad, const Array &x, const Array &weight, const Array &mean,
                                      const Array &var, double eps) {
    const char *name = "batch_norm_inference_grad";
    const DType dtype = common_floating({&grad, &x, &weight, &mean, &var}, name), compute = arithmetic(dtype);
    require_channels(x, name);
    const Array in = usable(x, compute);
    const Pieces pieces(in);
    const int64_t count = pieces.channels.count;
    const Array weights = numbers(weight, count, compute, name, "weight", each),
                means = numbers(mean, count, compute, name, "mean", each),
                variances = numbers(var, count, compute, name, "var", each);
    const Array upper = usable_gradient(grad, in, pieces, name);
    const std::vector<GradSums> sums = grad_sums(upper, in, pieces, means);
    auto inverse_std = [&](int64_t c) { return 1 / std::sqrt(number(variances, c) + eps); };
    auto numbers_of = [&](auto f) { return per_channel(count, compute, x.device(), f); };
    const Array dweight = numbers_of([&](int64_t c) { return sums[static_cast<size_t>(c)].product * inverse_std(c); });
    const Array dbias = numbers_of([&](int64_t c) { return sums[static_cast<size_t>(c)].grad; });
    const Array scale = numbers_of([&](int64_t c) { return number(weights, c) * inverse_std(c); });
    const Array none = numbers_of([](int64_t) { return 0.0; });
    // Pieces of its own, since a gradient that was broadcast has no such runs or rows as x has.
    const Array dense = usable(upper, compute);
    return {astype(apply(dense, Pieces(dense), none, scale, none), dtype), astype(dweight, dtype),
            astype(dbias, dtype)};
}

}  // namespace needle
