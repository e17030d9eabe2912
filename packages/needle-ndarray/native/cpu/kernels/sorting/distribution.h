// Keys of a chunk, one bucket behind the other: a tree of partitions by pivots that are known beforehand. The chunk
// goes to and fro between two buffers that stay in the second-level cache.
#pragma once
#include "cpu/kernels/sorting/partition.h"
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/types.h"

namespace needle::cpu {
namespace {

template <class T> struct Distribution {
    T *buffers[2], *out;
    const T *pivots;  // of node k of the tree, whose children are 2 * k and 2 * k + 1
    const T *next;    // the elements of the next chunk
    int levels;
    int32_t *ends;  // of the buckets so far

    // The keys that belong to [start, start + n), by the pivots below a node.
    void operator()(const T *from, int64_t start, int64_t n, int node, int level) {
        const T *const ahead = level == 1 ? next + start : from;
        split(from, start, n, node, level, ahead, [](Vector<T> x) { return x; });
    }

    // The same for elements, of which key(element) is the key.
    template <class Key>
    void split(const T *from, int64_t start, int64_t n, int node, int level, const T *ahead, Key key) {
        const bool last = level == levels - 1;
        T *const to = (last ? out : buffers[level % 2]) + start;
        const int64_t below = partition_to_ends(from, to, n, pivots[node], ahead, key);
        if (last) {
            *ends++ = static_cast<int32_t>(start + below);
            *ends++ = static_cast<int32_t>(start + n);
            return;
        }
        operator()(to, start, below, 2 * node, level + 1);
        operator()(to + below, start + below, n - below, 2 * node + 1, level + 1);
    }
};

}  // namespace
}  // namespace needle::cpu
