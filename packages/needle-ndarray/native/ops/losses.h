// Losses of logits and labels.
#pragma once
#include "core/array.h"

namespace needle {

// What becomes of the losses of rows: they stay, or are added up, or averaged over the rows that count.
enum class LossReduction { None, Sum, Mean };

// Which rows count, all but those with the label `ignored`, and what becomes of their losses.
struct LossOptions {
    int64_t ignored = -100;
    LossReduction reduction = LossReduction::None;
};

// The loss of each row of logits (N, C), logsumexp(row) - row[label], or their sum or mean; and the logsumexp of each
// row. Labels are whole numbers (N,) of any dtype; one that is neither in [0, C) nor ignored throws Error(Index). The
// loss of a row that is ignored is 0, whatever it holds, and the mean of no rows NaN.
struct CrossEntropy {
    Array losses, log_sums;
};
CrossEntropy cross_entropy(const Array &logits, const Array &labels, LossOptions options);
// The gradient for the logits: grad * (softmax(row) - one at the label), over the number of rows that count where the
// loss is their mean; zeros in rows that are ignored. `grad` is one number for each row, or for the sum or mean.
Array cross_entropy_grad(const Array &grad, const Array &logits, const Array &labels, const Array &log_sums,
                         LossOptions options);

}  // namespace needle
