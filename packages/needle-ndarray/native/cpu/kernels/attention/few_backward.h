// The gradient of attention of a few queries (see backward.h for the formulas): each row of k and v is read once from
// memory, and each of dk and dv written once.
#pragma once
#include "cpu/kernels/attention/few.h"

namespace needle::cpu {
namespace {

// Rows of `to` = weights[j] * x, or are that more. Where some are hidden a weight of 0 gives 0, be x NaN.
template <class T>
void spread(const T *weights, int64_t count, const T *x, int64_t columns, bool hides_some, bool add, T *to) {
    for (int64_t j = 0; j < count; ++j, to += columns) {
        const T weight = weights[j];
        if (hides_some && weight == T(0)) {
            if (!add) memset(to, 0, static_cast<size_t>(columns) * sizeof(T));
            continue;
        }
        for_each_vector<T>(columns, [&](int64_t e, auto part) {
            const Vector<T> product = part.load(x + e, T(0)) * weight;
            part.store(to + e, add ? part.load(to + e, T(0)) + product : product);
        });
    }
}

template <class T> class FewQueriesGradient {
  public:
    FewQueriesGradient(const AttentionHead<T> &head, const AttentionGradient<T> &gradient, void *memory)
        : head(head), gradient(gradient), few(head, memory) {
        Scratch<T> scratch(static_cast<T *>(memory) + FewQueries<T>::scratch_elements(head.depth, head.width));
        const int64_t whole_width = to_whole_vectors<T>(head.width);
        grad = scratch.take(few_queries<T>, whole_width);
        value_room = scratch.take(tile_keys, whole_width);
        load_rows(gradient.grad, head.queries, head.width, grad);
    }
    static int64_t scratch_elements(int64_t depth, int64_t width) {
        const int64_t whole_width = to_whole_vectors<T>(width);
        return FewQueries<T>::scratch_elements(depth, width) + Scratch<T>::elements(few_queries<T>, whole_width) +
               Scratch<T>::elements(tile_keys, whole_width);
    }

    void differentiate() const {
        const int64_t depth = head.depth, width = head.width, keys = few.keys_of(head.queries - 1);
        Vector<T> log_sums[few_queries<T>], deltas[few_queries<T>];
        for (int64_t i = 0; i < head.queries; ++i) {
            // A query that attends to nothing gets probabilities of 0.
            const T log_sum = gradient.log_sums[i];
            log_sums[i] = Vector<T>{} + (log_sum == minus_infinity<T> ? -log_sum : log_sum);
            const T *out = gradient.out + i * width, *d_out = grad_of(i);
            deltas[i] = sum_of_lanes<T>(sum_vectors<T>(
                width, [&](int64_t e, auto part) { return part.load(out + e, T(0)) * part.load(d_out + e, T(0)); }));
        }
        for (int64_t key = 0; key < keys; key += tile_keys) {
            const StridedMatrix<T> k = few.tile_of(head.k, key, keys, depth, few.room),
                                   v = few.tile_of(head.v, key, keys, width, value_room);
            // The last query sees the most keys: it writes their gradients, and the others add to them.
            for (int64_t i = head.queries - 1; i >= 0; --i) {
                const int64_t count = min(tile_keys, few.keys_of(i) - key);
                if (count > 0) differentiate_tile(i, key, count, k, v, log_sums[i], deltas[i]);
            }
        }
        clear(gradient.dk + keys * depth, (head.keys - keys) * depth);
        clear(gradient.dv + keys * width, (head.keys - keys) * width);
        if (keys == 0) clear(gradient.dq, head.queries * depth);
        // The gradients of the scores are those of the scaled queries so far.
        for (int64_t i = 0; i < head.queries * depth; ++i) gradient.dq[i] *= head.scale;
    }

  private:
    const AttentionHead<T> &head;
    const AttentionGradient<T> &gradient;
    const FewQueries<T> few;
    T *grad;
    T *value_room;  // for a tile of v

    const T *grad_of(int64_t query) const { return grad + query * to_whole_vectors<T>(head.width); }
    static void clear(T *to, int64_t count) { memset(to, 0, static_cast<size_t>(count) * sizeof(T)); }

    void differentiate_tile(int64_t query, int64_t key, int64_t count, const StridedMatrix<T> &k,
                            const StridedMatrix<T> &v, Vector<T> log_sum, Vector<T> delta) const {
        const bool hides_some = head.mask, add = query < head.queries - 1;
        const int64_t depth = head.depth, width = head.width;
        T probabilities[tile_keys], d_scores[tile_keys];
        few.template score<false>(query, k, key, count, probabilities, v);
        multiply_rows<false>(grad_of(query), v, count, width, d_scores, v);
        const auto differentiate = hides_some ? cpu::differentiate<true, T> : cpu::differentiate<false, T>;
        for (int64_t j = 0; j < count; j += lanes<T>) differentiate(log_sum, delta, probabilities + j, d_scores + j);
        WeightedRows<T>(k, d_scores, count, hides_some)
            .template add_to<false>(gradient.dq + query * depth, depth, key == 0, Vector<T>{} + T(1), k);
        spread(d_scores, count, few.q_of(query), depth, hides_some, add, gradient.dk + key * depth);
        spread(probabilities, count, grad_of(query), width, hides_some, add, gradient.dv + key * width);
    }
};

}  // namespace
}  // namespace needle::cpu
