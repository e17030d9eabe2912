// Sorting unsigned integers: short runs by insertion and merging, long ones by counting the values of a few bits at a
// time, from the lowest to the highest of those that tell the elements apart.
#pragma once
#include "core/parallel.h"
#include <algorithm>
#include <cstdint>
#include <cstring>

namespace needle::cpu {

template <class K> void insertion_sort(K *keys, int64_t n) {
    for (int64_t i = 1; i < n; ++i) {
        const K key = keys[i];
        int64_t at = i;
        for (; at > 0 && key < keys[at - 1]; --at) keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

// The sorted runs from[0, n / 2) and from[n / 2, n) as one, from both ends at once: neither can run out before half of
// the result is written, so no step has to ask for that.
template <class K> void merge_halves(const K *from, int64_t n, K *to) {
    const int64_t half = n / 2;
    const K *left = from, *right = from + half, *left_back = right - 1, *right_back = from + n - 1;
    K *front = to, *back = to + n - 1;
    for (int64_t i = 0; i < half; ++i) {
        const K a = *left, b = *right;
        const bool take_right = b < a;
        *front++ = take_right ? b : a;
        right += take_right;
        left += !take_right;
        const K c = *left_back, d = *right_back;
        const bool take_left = d < c;
        *back-- = take_left ? c : d;
        left_back -= take_left;
        right_back -= !take_left;
    }
    if (n & 1) *front = left <= left_back ? *left : *right;
}

// Into `spare` where `into_spare` says so, else in place; the other one is overwritten.
template <class K> void merge_sort(K *keys, K *spare, int64_t n, bool into_spare) {
    constexpr int64_t short_run = 12;
    if (n <= short_run) {
        insertion_sort(keys, n);
        if (into_spare) std::copy_n(keys, n, spare);
        return;
    }
    const int64_t half = n / 2;
    merge_sort(keys, spare, half, !into_spare);
    merge_sort(keys + half, spare + half, n - half, !into_spare);
    if (into_spare) merge_halves(keys, n, spare);
    else merge_halves(spare, n, keys);
}

inline int bit_width(uint64_t x) { return x == 0 ? 0 : 64 - __builtin_clzll(x); }

constexpr int max_digit = 11;
constexpr int64_t max_buckets = int64_t{1} << max_digit;
// Long runs are counted and moved in chunks, one task each.
constexpr int64_t min_chunk = int64_t{1} << 16, max_chunks = 32;
inline int64_t chunks_of(int64_t n) { return std::clamp<int64_t>(n / min_chunk, 1, max_chunks); }
// Counters that sorting n elements needs; they are the caller's, since no task may fail.
template <class K> int64_t counters_of(int64_t n) {
    const int64_t of_passes = chunks_of(n) * max_buckets, of_values = sizeof(K) == 2 ? std::min<int64_t>(n, 65536) : 0;
    return std::max(of_passes, of_values);
}

// task(chunk, start, end) for the chunks of n elements.
template <class F> void for_chunks(int64_t n, F &&task) {
    const int64_t chunks = chunks_of(n);
    parallel_for(chunks, [&](int64_t chunk) { task(chunk, n * chunk / chunks, n * (chunk + 1) / chunks); });
}

// One stable pass by the bits [shift, shift + bits) of key - low. False where all elements have the same there, and
// nothing was moved.
template <class K> bool radix_pass(const K *from, K *to, int64_t n, K low, int shift, int bits, int64_t *counters) {
    const int64_t chunks = chunks_of(n), buckets = int64_t{1} << bits;
    const K mask = static_cast<K>(buckets - 1);
    auto digit = [=](K key) { return static_cast<K>(static_cast<K>(key - low) >> shift) & mask; };
    for_chunks(n, [&](int64_t chunk, int64_t start, int64_t end) {
        int64_t *count = counters + chunk * buckets;
        std::fill_n(count, buckets, 0);
        for (int64_t i = start; i < end; ++i) ++count[digit(from[i])];
    });
    int64_t position = 0;
    for (int64_t bucket = 0; bucket < buckets; ++bucket) {
        const int64_t before = position;
        for (int64_t chunk = 0; chunk < chunks; ++chunk) {
            int64_t &count = counters[chunk * buckets + bucket];
            position += count;
            count = position - count;
        }
        if (position - before == n) return false;
    }
    for_chunks(n, [&](int64_t chunk, int64_t start, int64_t end) {
        int64_t *next = counters + chunk * buckets;
        for (int64_t i = start; i < end; ++i) {
            const K key = from[i];
            to[next[digit(key)]++] = key;
        }
    });
    return true;
}

// Passes over the bits [shift, shift + bits) of key - low; returns where the result stands, keys or spare.
template <class K> K *radix_sort(K *keys, K *spare, int64_t n, K low, int shift, int bits, int64_t *counters) {
    const int longest = n < 4096 ? 8 : max_digit;
    const int passes = (bits + longest - 1) / longest;
    for (int pass = 0; pass < passes; ++pass) {
        const int start = bits * pass / passes, end = bits * (pass + 1) / passes;
        if (radix_pass(keys, spare, n, low, shift + start, end - start, counters)) std::swap(keys, spare);
    }
    return keys;
}

// Calls f(start, end), which may change the keys of its run, for every run of at least two neighbours with the same
// key >> shift.
template <class K, class F> void for_runs(const K *keys, int64_t n, K low, int shift, F &&f) {
    auto top = [=](int64_t i) { return static_cast<K>(static_cast<K>(keys[i] - low) >> shift); };
    // Runs belong to the chunk that they begin in; where the first one of each begins is known before any is changed.
    const int64_t chunks = chunks_of(n);
    int64_t begins[max_chunks + 1];
    begins[chunks] = n;
    for (int64_t chunk = chunks - 1; chunk >= 0; --chunk) {
        int64_t start = n * chunk / chunks;
        while (start > 0 && start < begins[chunk + 1] && top(start) == top(start - 1)) ++start;
        begins[chunk] = start;
    }
    parallel_for(chunks, [&](int64_t chunk) {
        for (int64_t start = begins[chunk], end = begins[chunk + 1]; start < end;) {
            int64_t stop = start + 1;
            while (stop < end && top(stop) == top(start)) ++stop;
            if (stop - start > 1) f(start, stop);
            start = stop;
        }
    });
}

// Sorts n keys by the bits [shift, width) of key - low, which has no higher ones; where keys have lower bits too, those
// must ascend already. Returns where the result stands, keys or spare.
template <class K> K *sort_keys(K *keys, K *spare, int64_t n, K low, int shift, int width, int64_t *counters) {
    constexpr int64_t few = 32, worthwhile = sizeof(K) == 8 ? 400 : 150;
    if (shift >= width || std::is_sorted(keys, keys + n)) return keys;
    if (n < worthwhile) {
        merge_sort(keys, spare, n, false);
        return keys;
    }
    // The highest bits tell nearly all elements apart; runs that are equal in them are sorted by the others afterwards.
    int bits = std::min(width - shift, bit_width(static_cast<uint64_t>(n)) + 7);
    if (width - shift - bits < 8) bits = width - shift;
    K *sorted = radix_sort(keys, spare, n, low, width - bits, bits, counters);
    if (bits == width - shift) return sorted;
    K *other = sorted == keys ? spare : keys;
    for_runs(sorted, n, low, width - bits, [&](int64_t start, int64_t end) {
        K *run = sorted + start;
        if (end - start <= few) insertion_sort(run, end - start);
        else if (!std::is_sorted(run, sorted + end)) merge_sort(run, other + start, end - start, false);
    });
    return sorted;
}

}  // namespace needle::cpu
