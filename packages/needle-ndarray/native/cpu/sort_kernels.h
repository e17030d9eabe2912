// The table of cpu/kernels/sort.cpp.
#pragma once
#include <cstdint>

namespace needle::cpu {

// How elements become signed integers of their size that are ordered as they are:
// key = x ^ (magnitude where x < 0) ^ toggle.
struct KeyCode {
    uint64_t magnitude;  // of floats: all bits but the sign; else 0
    uint64_t toggle;     // the sign for unsigned integers, and all bits where the order is descending
};

// Keys are signed integers. `in` may be `out`.
struct KeyKernels {
    // Also the least and the greatest key.
    void (*encode)(const void *in, void *out, int64_t n, const KeyCode &code, void *bounds);
    // Whether there is a negative zero among the elements.
    bool (*decode)(const void *keys, void *out, int64_t n, const KeyCode &code);
    bool (*is_ascending)(const void *keys, int64_t n);
    bool (*is_descending)(const void *keys, int64_t n);
    // The keys stand in `keys`, or in `spare` where `in_spare` says so; either has room for all. Moves some to the
    // beginning of `keys` and the others, none of which is less, to the beginning of `spare`; returns how many the
    // first are, which is at least 1, and n only where all are equal. For rows of more than `most_few` keys.
    int64_t (*split)(void *keys, void *spare, int64_t n, bool in_spare);
    // To `keys`.
    void (*sort)(void *keys, void *spare, int64_t n, bool in_spare);
};

struct SortKernels {
    KeyKernels of[2];  // keys of 4 and of 8 bytes; null on narrow machines
};

}  // namespace needle::cpu
