// Losses of logits and labels.
#pragma once
#include "core/array.h"

namespace needle {

// The loss of each row of logits (N, C), logsumexp(row) - row[label], and the logsumexp; labels are numbers (N,),
// rounded to integers towards 0; one that is not in [0, C) throws Error(Index).
struct CrossEntropy {
    Array losses, log_sums;
};
CrossEntropy cross_entropy(const Array &logits, const Array &labels);
// The gradient for the logits: grad * (softmax(row) - one at the label).
Array cross_entropy_grad(const Array &grad, const Array &logits, const Array &labels, const Array &log_sums);

}  // namespace needle
