#include "cpu/kernels.h"
#include "cpu/normalization.h"
#include "ops/channel_pieces.h"
#include "ops/floating.h"
#include "ops/normalization.h"
#include <algorithm>
#include <cmath>
#include <vector>

namespace needle {

namespace {

using cpu::GradSums;
using cpu::Moments;

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

// Operands in runs or in rows, as their results then are.
Array usable(const Array &x, DType compute) {
    const Array converted = astype(x, compute);
    const Channels channels(converted.layout), results(dense_in_order_of(converted.layout));
    const bool fits = channels.in_runs() ? results.have_runs_of(channels) : channels.in_rows() && results.in_rows();
    return fits ? converted : compact(converted);
}

// Of numbers in the dtype that kernels compute in, one for each channel.
double number(const Array &values, int64_t index) {
    return values.dtype == DType::Float64 ? values.data<double>()[index] : double(values.data<float>()[index]);
}
void set_number(const Array &values, int64_t index, double value) {
    if (values.dtype == DType::Float64) values.data<double>()[index] = value;
    else values.data<float>()[index] = static_cast<float>(value);
}
template <class F> Array per_channel(int64_t count, DType dtype, Device device, F f) {
    const Array out = empty(Dims{count}, dtype, device);
    for (int64_t c = 0; c < count; ++c) set_number(out, c, f(c));
    return out;
}
char *address(const Array &values, int64_t index) { return values.bytes() + index * itemsize(values.dtype); }

void require_channels(const Array &x, const char *what) {
    if (x.ndim() < 1) fail(ErrorKind::Shape, std::string(what) + ": x has no axes; expected shape (N, ..., C)");
}

constexpr const char *each = "channels, the last axis of x";

// The moments of each channel.
struct TakeMoments {
    const Pieces &pieces;
    PieceReader from;
    const cpu::NormalizationLoops &loops;
    std::vector<Moments> parts;

    TakeMoments(const Array &in, const Pieces &all)
        : pieces(all), from(in, all), loops(loops_of(in.dtype)), parts(static_cast<size_t>(all.results())) {}

    void runs(int64_t channel, int64_t channels, int64_t first, int64_t n, int64_t result) {
        for (int64_t c = 0; c < channels; ++c)
            for_each_even_group(
                first, n,
                [&](int64_t run, int64_t count) {
                    parts[static_cast<size_t>(result + c)].add(
                        loops.moments(from.run(channel + c, run), from.run_spacing(), count, pieces.length));
                },
                from);
    }
    void rows(int64_t first, int64_t n, int64_t result) {
        loops.column_moments(from.row(first), n, from.row_stride(), pieces.channels.count, parts.data() + result);
    }
    Moments of(int64_t channel) const {
        Moments all;
        pieces.for_each_result_of(channel, [&](size_t result) { all.add(parts[result]); });
        return all;
    }
};

// The sums over each channel that gradients need.
struct TakeGradSums {
    const Pieces &pieces;
    PieceReader above, from;
    const Array &means;
    const cpu::NormalizationLoops &loops;
    std::vector<GradSums> parts;

    TakeGradSums(const Array &upper, const Array &in, const Pieces &all, const Array &mean)
        : pieces(all), above(upper, all), from(in, all), means(mean), loops(loops_of(in.dtype)),
          parts(static_cast<size_t>(all.results())) {}

    void runs(int64_t channel, int64_t channels, int64_t first, int64_t n, int64_t result) {
        for_each_even_group(
            first, n,
            [&](int64_t run, int64_t count) {
                loops.grad_sums(above.runs(channel, run), from.runs(channel, run), address(means, channel), channels,
                                count, pieces.length, parts.data() + result);
            },
            above, from);
    }
    void rows(int64_t first, int64_t n, int64_t result) {
        loops.column_grad_sums(above.row(first), above.row_stride(), from.row(first), from.row_stride(), means.bytes(),
                               n, pieces.channels.count, parts.data() + result);
    }
    GradSums of(int64_t channel) const {
        GradSums all;
        pieces.for_each_result_of(channel, [&](size_t result) { all.add(parts[result]); });
        return all;
    }
};

// (x - mean) * scale + shift of each channel.
struct Apply {
    const Pieces &pieces;
    PieceReader from, to;
    const Array &mean, &scale, &shift;
    const cpu::NormalizationLoops &loops;
    const bool streams;

    Apply(const Array &in, const Array &out, const Pieces &all, const Array &means, const Array &scales,
          const Array &shifts)
        : pieces(all), from(in, all), to(out, all), mean(means), scale(scales), shift(shifts),
          loops(loops_of(in.dtype)), streams(goes_past_caches(out)) {}

    void runs(int64_t channel, int64_t channels, int64_t first, int64_t n, int64_t) const {
        for (int64_t c = channel; c < channel + channels; ++c)
            for_each_even_group(
                first, n,
                [&](int64_t run, int64_t count) {
                    loops.apply(from.run(c, run), from.run_spacing(), address(mean, c), address(scale, c),
                                address(shift, c), 0, to.run(c, run), to.run_spacing(), count, pieces.length, streams);
                },
                from, to);
    }
    void rows(int64_t first, int64_t n, int64_t) const {
        loops.apply(from.row(first), from.row_stride(), mean.bytes(), scale.bytes(), shift.bytes(), 1, to.row(first),
                    to.row_stride(), n, pieces.channels.count, streams);
    }
};

// (grad - a - (x - mean) * b) * scale of each channel.
struct ApplyGrad {
    const Pieces &pieces;
    PieceReader above, from, to;
    const Array &mean, &a, &b, &scale;
    const cpu::NormalizationLoops &loops;
    const bool streams;

    ApplyGrad(const Array &upper, const Array &in, const Array &dx, const Pieces &all, const Array &means,
              const Array &as, const Array &bs, const Array &scales)
        : pieces(all), above(upper, all), from(in, all), to(dx, all), mean(means), a(as), b(bs), scale(scales),
          loops(loops_of(in.dtype)), streams(goes_past_caches(dx, 2)) {}

    void runs(int64_t channel, int64_t channels, int64_t first, int64_t n, int64_t) const {
        for_each_even_group(
            first, n,
            [&](int64_t run, int64_t count) {
                loops.apply_grad_to_runs(above.runs(channel, run), from.runs(channel, run), address(mean, channel),
                                         address(a, channel), address(b, channel), address(scale, channel),
                                         to.runs(channel, run), channels, count, pieces.length, streams);
            },
            above, from, to);
    }
    void rows(int64_t first, int64_t n, int64_t) const {
        loops.apply_grad(above.row(first), above.row_stride(), from.row(first), from.row_stride(), mean.bytes(),
                         a.bytes(), b.bytes(), scale.bytes(), to.row(first), to.row_stride(), n, pieces.channels.count,
                         streams);
    }
};

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
    auto one_each = [&] { return empty(Dims{count}, compute, x.device()); };
    const Array mean = one_each(), var = one_each(), scale = one_each(), out = empty_in_order_of(in, compute);
    TakeMoments moments(in, pieces);
    pieces.run(
        moments,
        [&](int64_t c) {
            const Moments all = moments.of(c);
            const double variance = all.squares / all.count;
            set_number(mean, c, all.count > 0 ? all.mean : NAN);
            set_number(var, c, variance);
            set_number(scale, c, number(weights, c) / std::sqrt(variance + eps));
        },
        Apply(in, out, pieces, mean, scale, shift));
    return {astype(out, dtype), astype(mean, dtype), astype(var, dtype)};
}

ThreeArrays batch_norm_grad(const Array &grad, const Array &x, const Array &weight, const Array &mean, const Array &var,
                            double eps) {
    const char *name = "batch_norm_grad";
    const DType dtype = common_floating({&grad, &x, &weight, &mean, &var}, name), compute = arithmetic(dtype);
    require_channels(x, name);
    const Array in = usable(x, compute);
    const Pieces pieces(in);
    const int64_t count = pieces.channels.count;
    const Array weights = numbers(weight, count, compute, name, "weight", each),
                means = numbers(mean, count, compute, name, "mean", each),
                variances = numbers(var, count, compute, name, "var", each);
    const Array upper = usable_gradient(grad, in, pieces, name);
    const double elements = static_cast<double>(pieces.channels.around.total);
    auto one_each = [&] { return empty(Dims{count}, compute, x.device()); };
    const Array dweight = one_each(), dbias = one_each(), a = one_each(), b = one_each(), scale = one_each(),
                dx = empty_in_order_of(in, compute);
    TakeGradSums sums(upper, in, pieces, means);
    pieces.run(
        sums,
        [&](int64_t c) {
            const GradSums all = sums.of(c);
            const double inverse_std = 1 / std::sqrt(number(variances, c) + eps);
            set_number(dweight, c, all.product * inverse_std);
            set_number(dbias, c, all.grad);
            set_number(a, c, all.grad / elements);
            set_number(b, c, all.product * inverse_std * inverse_std / elements);
            set_number(scale, c, number(weights, c) * inverse_std);
        },
        ApplyGrad(upper, in, dx, pieces, means, a, b, scale));
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
    const Array out = empty_in_order_of(in, compute);
    pieces.run(Apply(in, out, pieces, means, scale, shift));
    return astype(out, dtype);
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
    TakeGradSums sums(upper, in, pieces, means);
    pieces.run(sums);
    auto inverse_std = [&](int64_t c) { return 1 / std::sqrt(number(variances, c) + eps); };
    auto numbers_of = [&](auto f) { return per_channel(count, compute, x.device(), f); };
    const Array dweight = numbers_of([&](int64_t c) { return sums.of(c).product * inverse_std(c); });
    const Array dbias = numbers_of([&](int64_t c) { return sums.of(c).grad; });
    const Array scale = numbers_of([&](int64_t c) { return number(weights, c) * inverse_std(c); });
    const Array none = numbers_of([](int64_t) { return 0.0; });
    // Pieces of its own, since a gradient that was broadcast has no such runs or rows as x has.
    const Array dense = usable(upper, compute), dx = empty_in_order_of(dense, compute);
    const Pieces dense_pieces(dense);
    dense_pieces.run(Apply(dense, dx, dense_pieces, none, scale, none));
    return {astype(dx, dtype), astype(dweight, dtype), astype(dbias, dtype)};
}

}  // namespace needle
