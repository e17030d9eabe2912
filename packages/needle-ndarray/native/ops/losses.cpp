#include "ops/losses.h"
#include "cpu/rows.h"
#include "cpu/softmax.h"
#include "ops/floating.h"
#include "ops/softmax.h"
#include <cstdio>

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

// The labels as int64, each in [0, classes); those of other dtypes are converted. Floats have to be whole numbers.
Array checked_labels(const Array &logits, const Array &labels, const char *what) {
    if (logits.ndim() != 2 || labels.ndim() != 1 || labels.shape()[0] != logits.shape()[0])
        fail(ErrorKind::Shape, std::string(what) + ": logits have shape " + logits.shape().text() + " and labels " +
                                   labels.shape().text() + "; expected (rows, classes) and (rows,)");
    require_same_device(logits, labels, what);
    const int64_t classes = logits.shape()[1];
    const Array checked = compact(astype(labels, DType::Int64));
    const int64_t *values = checked.data<int64_t>();
    auto refuse = [&](int64_t row, const char *why) {
        fail(ErrorKind::Index, std::string(what) + ": label " + text_of_label(labels, row) + " at position " +
                                   std::to_string(row) + why + std::to_string(classes) +
                                   " classes; labels are integers from 0 to " + std::to_string(classes - 1));
    };
    for (int64_t row = 0; row < checked.size(); ++row)
        if (values[row] < 0 || values[row] >= classes) refuse(row, " is out of range for ");
    if (is_float(labels.dtype)) {
        const Array given = compact(astype(labels, DType::Float64));
        for (int64_t row = 0; row < checked.size(); ++row)
            if (given.data<double>()[row] != static_cast<double>(values[row])) refuse(row, " is none of the ");
    }
    return checked;
}

template <class T> void losses_of(const Array &logits, const int64_t *labels, const Array &log_sums, Array &losses) {
    const T *x = logits.data<T>(), *sums = log_sums.data<T>();
    T *out = losses.data<T>();
    for (int64_t row = 0; row < losses.size(); ++row)
        out[row] = sums[row] - x[row * logits.strides()[0] + labels[row] * logits.strides()[1]];
}

}  // namespace

CrossEntropy cross_entropy(const Array &logits, const Array &labels) {
    const char *name = "cross_entropy";
    const DType dtype = common_floating({&logits}, name), compute = arithmetic(dtype);
    const Array checked = checked_labels(logits, labels, name), in = astype(logits, compute);
    const Array log_sums = logsumexp(in, Dims{1}, false);
    Array losses = empty(labels.shape(), compute, logits.device());
    (compute == DType::Float64 ? losses_of<double> : losses_of<float>)(in, checked.data<int64_t>(), log_sums, losses);
    return {astype(losses, dtype), astype(log_sums, dtype)};
}

Array cross_entropy_grad(const Array &grad, const Array &logits, const Array &labels, const Array &log_sums) {
    const char *name = "cross_entropy_grad";
    const DType dtype = common_floating({&grad, &logits, &log_sums}, name), compute = arithmetic(dtype);
    const Array checked = checked_labels(logits, labels, name), in = astype(logits, compute);
    const int64_t rows = logits.shape()[0], classes = logits.shape()[1], size = itemsize(compute);
    const Array grads = numbers(grad, rows, compute, name, "grad", "rows"),
                sums = numbers(log_sums, rows, compute, name, "log_sums", "rows");
    Array result = empty(logits.shape(), compute, logits.device());
    if (result.size() == 0) return astype(result, dtype);
    const int64_t *label = checked.data<int64_t>();
    const bool streams = goes_past_caches(result);
    const auto loop = cpu::kernels().softmax->loops[compute == DType::Float64].cross_entropy_grad;
    cpu::for_each_row<1>({&in}, &result, 0, [&](int64_t row, const char *const *from, char *to, char *) {
        loop(grads.bytes() + row * size, from[0], sums.bytes() + row * size, label[row], to, classes, streams);
    });
    return astype(result, dtype);
}

}  // namespace needle
