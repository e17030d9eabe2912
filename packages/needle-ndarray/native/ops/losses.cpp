#include "ops/losses.h"
#include "cpu/rows.h"
#include "cpu/softmax.h"
#include "ops/floating.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include <cstdio>
#include <cstring>

namespace needle {

namespace {

std::string text_of_label(const Array &labels, int64_t row) {
    const Array label =
        astype(labels.view(select(labels.layout, 0, row)), is_float(labels.dtype) ? DType::Float64 : labels.dtype);
    if (label.dtype == DType::UInt64) return std::to_string(*label.data<uint64_t>());
    if (label.dtype != DType::Float64) return std::to_string(*astype(label, DType::Int64).data<int64_t>());
    char text[32];
    std::snprintf(text, sizeof text, "%g", *label.data<double>());
    return text;
}

// Classes of rows as int64, with -1 for the rows that do not count, and how many do.
struct Targets {
    Array classes;
    int64_t counted;
};

// Labels are converted from other dtypes; floats have to be whole numbers.
Targets targets_of(const Array &logits, const Array &labels, int64_t ignored, const char *what) {
    if (logits.ndim() != 2 || labels.ndim() != 1 || labels.shape()[0] != logits.shape()[0])
        fail(ErrorKind::Shape, std::string(what) + ": logits have shape " + logits.shape().text() + " and labels " +
                                   labels.shape().text() + "; expected (rows, classes) and (rows,)");
    require_same_device(logits, labels, what);
    const int64_t rows = labels.size(), classes = logits.shape()[1];
    Array checked = compact(astype(labels, DType::Int64));
    const int64_t *values = checked.data<int64_t>();
    const Array given = is_float(labels.dtype) ? compact(astype(labels, DType::Float64)) : checked;
    auto is_whole = [&](int64_t row) {
        return !is_float(labels.dtype) || given.data<double>()[row] == static_cast<double>(values[row]);
    };
    auto refuse = [&](int64_t row, const char *why) {
        fail(ErrorKind::Index, std::string(what) + ": label " + text_of_label(labels, row) + " at position " +
                                   std::to_string(row) + why + std::to_string(classes) +
                                   " classes; labels are integers from 0 to " + std::to_string(classes - 1));
    };
    // What is beyond int64 in uint64 is negative here, and no negative label.
    const bool may_ignore = ignored >= 0 || labels.dtype != DType::UInt64;
    int64_t counted = 0;
    for (int64_t row = 0; row < rows; ++row) {
        if (may_ignore && values[row] == ignored && is_whole(row)) continue;
        if (values[row] < 0 || values[row] >= classes) refuse(row, " is out of range for ");
        if (!is_whole(row)) refuse(row, " is none of the ");
        ++counted;
    }
    if (counted < rows) {
        checked = copy(checked);
        int64_t *marked = checked.data<int64_t>();
        for (int64_t row = 0; row < rows; ++row) marked[row] = marked[row] == ignored ? -1 : marked[row];
    }
    return {checked, counted};
}

template <class T> void losses_of(const Array &logits, const int64_t *classes, const Array &log_sums, Array &losses) {
    const T *x = logits.data<T>(), *sums = log_sums.data<T>();
    T *out = losses.data<T>();
    for (int64_t row = 0; row < losses.size(); ++row)
        out[row] =
            classes[row] < 0 ? T(0) : sums[row] - x[row * logits.strides()[0] + classes[row] * logits.strides()[1]];
}

// Divides the one number of an array.
void divide(const Array &number, int64_t count) {
    if (number.dtype == DType::Float64) *number.data<double>() /= static_cast<double>(count);
    else *number.data<float>() /= static_cast<float>(count);
}

}  // namespace

CrossEntropy cross_entropy(const Array &logits, const Array &labels, LossOptions options) {
    const char *name = "cross_entropy";
    const DType dtype = common_floating({&logits}, name), compute = arithmetic(dtype);
    const Targets targets = targets_of(logits, labels, options.ignored, name);
    const Array in = astype(logits, compute), log_sums = logsumexp(in, Dims{1}, false);
    Array losses = empty(labels.shape(), compute, logits.device());
    (compute == DType::Float64 ? losses_of<double> : losses_of<float>)(in, targets.classes.data<int64_t>(), log_sums,
                                                                       losses);
    if (options.reduction != LossReduction::None) losses = reduce(ReduceOp::sum, losses, Dims{0}, false);
    if (options.reduction == LossReduction::Mean) divide(losses, targets.counted);
    return {astype(losses, dtype), astype(log_sums, dtype)};
}

Array cross_entropy_grad(const Array &grad, const Array &logits, const Array &labels, const Array &log_sums,
                         LossOptions options) {
    const char *name = "cross_entropy_grad";
    const DType dtype = common_floating({&grad, &logits, &log_sums}, name), compute = arithmetic(dtype);
    const Targets targets = targets_of(logits, labels, options.ignored, name);
    const Array in = astype(logits, compute);
    const int64_t rows = logits.shape()[0], classes = logits.shape()[1], size = itemsize(compute);
    const bool by_row = options.reduction == LossReduction::None;
    const Array sums = numbers(log_sums, rows, compute, name, "log_sums", "rows");
    Array grads = numbers(grad, by_row ? rows : 1, compute, name, "grad", by_row ? "rows" : "loss");
    if (options.reduction == LossReduction::Mean) {
        grads = copy(grads);
        divide(grads, targets.counted);
    }
    Array result = empty(logits.shape(), compute, logits.device());
    if (result.size() == 0) return astype(result, dtype);
    const int64_t *labelled = targets.classes.data<int64_t>();
    const bool streams = goes_past_caches(result);
    const auto loop = cpu::kernels().softmax->loops[compute == DType::Float64].cross_entropy_grad;
    cpu::for_each_row<1>({&in}, &result, 0, [&](int64_t row, const char *const *from, char *to, char *) {
        if (labelled[row] < 0) std::memset(to, 0, static_cast<size_t>(classes * size));
        else
            loop(grads.bytes() + (by_row ? row * size : 0), from[0], sums.bytes() + row * size, labelled[row], to,
                 classes, streams);
    });
    return astype(result, dtype);
}

}  // namespace needle
