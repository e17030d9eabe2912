// The table of cpu/kernels/sorting/sort.cpp.
#pragma once
#include <cstdint>

namespace needle::cpu {

// How elements become signed integers of their size that are ordered as they are:
// key = x ^ (magnitude where x < 0) ^ toggle.
struct KeyCode {
    uint64_t magnitude;  // of floats: all bits but the sign; else 0
    uint64_t toggle;     // the sign for unsigned integers, and all bits where the order is descending
};

// Keys are signed integers; pivots are keys. Of two bytes, the first three only.
struct KeyKernels {
    // Sorts up to `most_few` elements by their keys; whether there is a negative zero among them. `out` may be `in`.
    bool (*sort_few)(const void *in, void *out, int64_t n, const KeyCode &code);
    int64_t most_few;
    // The least and the greatest key too. `out` may be `in`, or null, where only those are wanted.
    void (*encode)(const void *in, void *out, int64_t n, const KeyCode &code, void *bounds);
    // Whether there is a negative zero among the elements.
    bool (*decode)(const void *keys, void *out, int64_t n, const KeyCode &code);
    // Of the keys of elements.
    bool (*is_ascending)(const void *in, int64_t n, const KeyCode &code);
    bool (*is_descending)(const void *in, int64_t n, const KeyCode &code);
    // The keys stand in `keys`, or in `spare` where `in_spare` says so; either has room for all. Moves some to the
    // beginning of `keys` and the others, none of which is less, to the beginning of `spare`; returns how many the
    // first are, which is at least 1, and n only where all are equal. For rows of more than four times `most_few` keys.
    int64_t (*split)(void *keys, void *spare, int64_t n, bool in_spare);
    // To `keys`.
    void (*sort)(void *keys, void *spare, int64_t n, bool in_spare);
    // Keys below the pivot to `low`, the others to `high`; returns how many are below. As much as is read is fetched
    // from `ahead` meanwhile.
    int64_t (*partition)(const void *keys, void *low, void *high, int64_t n, const void *pivot, const void *ahead);
    // Keys of elements, one bucket behind the other; `ends` says where each of the 2^levels ends. The pivots are a
    // tree: 1 is the root, and 2 * k and 2 * k + 1 are the children of k. `work` has room for 2 * n keys; `next` are as
    // many elements that will be asked for after these.
    void (*distribute)(const void *in, void *out, void *work, int64_t n, const KeyCode &code, const void *pivots,
                       int levels, int32_t *ends, const void *next);
};

struct SortKernels {
    KeyKernels of[3];  // keys of 2, 4 and 8 bytes; null on narrow machines
};

}  // namespace needle::cpu
