// A long row sorted in two passes over memory. The first distributes each chunk to buckets, which the second collects
// from all chunks and sorts, one after the other, in the second-level cache.
#pragma once
#include "core/array.h"
#include "core/parallel.h"
#include "cpu/sort_kernels.h"
#include "cpu/vector_sort.h"
#include <algorithm>
#include <atomic>

namespace needle::cpu {

// Where keys and as many spare ones are in the caches all the time, passes cost less than buckets.
template <class S> bool gains_by_buckets(int64_t n) {
    constexpr int64_t bytes = int64_t{8} << 20;
    return n > bytes / static_cast<int64_t>(sizeof(S));
}

template <class S> class BucketSort {
  public:
    BucketSort(const KeyKernels &kernels, const KeyCode &code, const S *in, int64_t n)
        : kernels(kernels), code(code), in(in), n(n) {
        chunks = (n + chunk - 1) / chunk;
        most_collected = 2 * (n / buckets);
        workers = std::min<int64_t>(num_threads(), buckets / 2);
        work = empty(Dims{workers, std::max(2 * chunk, most_collected)}, dtype_of<S>, Device{});
        ends = empty(Dims{chunks, buckets}, DType::Int32, Device{});
        choose_pivots();
    }

    // To keys; `in` may be `keys`. finish(keys, n) for sorted neighbours, every key once, while they are in the caches.
    template <class F> void sort(S *keys, S *spare, const F &finish) const {
        distribute(spare);
        int64_t starts[buckets + 1] = {};
        for (int64_t c = 0; c < chunks; ++c)
            for (int64_t b = 0; b < buckets; ++b) starts[b + 1] += size(c, b);
        for (int64_t b = 0; b < buckets; ++b) starts[b + 1] += starts[b];
        auto is_large = [&](int64_t b) { return starts[b + 1] - starts[b] > most_collected; };
        each_once(buckets, [&](int64_t worker, int64_t b, int64_t) {
            S *const bucket = keys + starts[b];
            const int64_t count = starts[b + 1] - starts[b];
            if (is_large(b)) return copy_bucket(spare, b, bucket);
            S *const above = scratch(worker);
            const int64_t below = split_bucket(spare, b, bucket, above);
            kernels.sort(bucket, above + (count - below), below, false);
            kernels.sort(bucket + below, above, count - below, true);
            finish(bucket, count);
        });
        // Many equal keys, or a sample that says little: either one for each thread, or all threads for one.
        auto is_most = [&](int64_t b) { return starts[b + 1] - starts[b] > n / 4; };
        each_once(buckets, [&](int64_t, int64_t b, int64_t) {
            if (!is_large(b) || is_most(b)) return;
            const int64_t count = starts[b + 1] - starts[b];
            kernels.sort(keys + starts[b], spare + starts[b], count, false);
            finish(keys + starts[b], count);
        });
        for (int64_t b = 0; b < buckets; ++b)
            if (is_most(b))
                vector_sort(kernels, keys + starts[b], spare + starts[b], starts[b + 1] - starts[b], finish);
    }

  private:
    static constexpr int levels = 6;
    static constexpr int64_t chunk = (int64_t{1} << 17) / static_cast<int64_t>(sizeof(S)), buckets = 1 << levels,
                             samples = 32;  // of each bucket

    const KeyKernels &kernels;
    const KeyCode code;
    const S *in;
    int64_t n, chunks, most_collected, workers;
    S pivots[2 * buckets];  // a tree: those that divide buckets, and one within each bucket
    Array work, ends;

    S *scratch(int64_t worker) const { return work.data<S>() + worker * work.shape()[1]; }

    // task(worker, i, next) for i < count, each once; what the worker will do next is known by then.
    template <class F> void each_once(int64_t count, const F &task) const {
        std::atomic<int64_t> first{0};
        parallel_for(workers, [&](int64_t worker) {
            for (int64_t i = first++, next; i < count; i = next) {
                next = first++;
                task(worker, i, next);
            }
        });
    }

    // One key from about each n / (samples * buckets), not always at the same distance: a row may have a period. The
    // factor is 2^32 divided by the golden ratio, whose multiples are spread evenly.
    void choose_pivots() {
        const int64_t count = samples * buckets, step = n / count;
        S sample[samples * buckets], spare[samples * buckets];
        for (int64_t i = 0; i < count; ++i) sample[i] = in[i * step + i * 2654435761 % step];
        S bounds[2];
        kernels.encode(sample, sample, count, code, bounds);
        kernels.sort(sample, spare, count, false);
        for (int64_t node = 1, nodes = 1; nodes <= buckets; nodes *= 2)
            for (int64_t i = 0; i < nodes; ++i, ++node) pivots[node] = sample[(2 * i + 1) * count / (2 * nodes)];
    }

    void distribute(S *out) const {
        each_once(chunks, [&](int64_t worker, int64_t c, int64_t next) {
            const int64_t start = c * chunk;
            kernels.distribute(in + start, out + start, scratch(worker), std::min(chunk, n - start), code, pivots,
                               levels, ends.data<int32_t>() + c * buckets, in + std::min(next, chunks - 1) * chunk);
        });
    }

    int64_t start(int64_t c, int64_t b) const { return b == 0 ? 0 : ends.data<int32_t>()[c * buckets + b - 1]; }
    int64_t size(int64_t c, int64_t b) const { return ends.data<int32_t>()[c * buckets + b] - start(c, b); }

    // Returns how many keys of a bucket went to `low`, which has room for the whole bucket, as `high` has.
    int64_t split_bucket(const S *from, int64_t b, S *low, S *high) const {
        constexpr int64_t ahead = 4;  // chunks
        int64_t below = 0, above = 0;
        for (int64_t c = 0; c < chunks; ++c) {
            const int64_t later = std::min(c + ahead, chunks - 1), count = size(c, b);
            const int64_t found = kernels.partition(from + c * chunk + start(c, b), low + below, high + above, count,
                                                    &pivots[buckets + b], from + later * chunk + start(later, b));
            below += found;
            above += count - found;
        }
        return below;
    }
    void copy_bucket(const S *from, int64_t b, S *to) const {
        for (int64_t c = 0; c < chunks; ++c) to = std::copy_n(from + c * chunk + start(c, b), size(c, b), to);
    }
};

}  // namespace needle::cpu
