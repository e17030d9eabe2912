#include "ops/mask.h"
#include "core/parallel.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include <algorithm>
#include <cstring>
#include <vector>

namespace needle {

namespace {

constexpr int64_t close_bytes = 1 << 20;  // of an array that is in the first two caches, where asking ahead costs time
constexpr int64_t chunk = 65536;          // elements of a mask that one task looks at
constexpr uint64_t ones = 0x0101010101010101u;

// Eight elements of a mask, each made 0 or 1 (foreign memory may hold other true bytes).
uint64_t eight(const uint8_t *mask) {
    uint64_t word;
    memcpy(&word, mask, 8);
    return ((((word & (0x7f * ones)) + 0x7f * ones) | word) >> 7) & ones;
}

bool is_zero(const uint8_t *mask) {  // of 32 elements
    uint64_t words[4];
    memcpy(words, mask, sizeof words);
    return (words[0] | words[1] | words[2] | words[3]) == 0;
}

int64_t count_bytes(const uint8_t *mask, int64_t n) {
    int64_t count = 0, i = 0;
    while (i + 8 <= n) {
        uint64_t sums = 0;  // one in each byte, which 255 rounds fit
        for (int round = 0; round < 255 && i + 8 <= n; ++round, i += 8) sums += eight(mask + i);
        count += static_cast<int64_t>((sums & 0x00ff00ff00ff00ffu) * 0x0001000100010001u >> 48) +
                 static_cast<int64_t>((sums >> 8 & 0x00ff00ff00ff00ffu) * 0x0001000100010001u >> 48);
    }
    for (; i < n; ++i) count += mask[i] != 0;
    return count;
}

// Where the true elements of each chunk begin among all of them; one entry more than chunks.
std::vector<int64_t> starts_of_chunks(const uint8_t *mask, int64_t n) {
    const int64_t chunks = (n + chunk - 1) / chunk;
    std::vector<int64_t> starts(static_cast<size_t>(chunks + 1), 0);
    auto count = [&](int64_t c) {
        starts[static_cast<size_t>(c + 1)] = count_bytes(mask + c * chunk, std::min(chunk, n - c * chunk));
    };
    if (chunks <= 1) {
        if (chunks == 1) count(0);
    } else parallel_for(chunks, count);
    for (size_t c = 1; c < starts.size(); ++c) starts[c] += starts[c - 1];
    return starts;
}

// Calls visit(i, k) for each true element i of a mask, where k counts them; `limit` of them at most, as many as were
// counted before (another thread may write to the mask meanwhile). `several(i, k)` does the same for the elements
// i .. i + 8, of which it may write up to k + 8, and returns the next k.
template <class Several, class Visit>
void visit_true(const uint8_t *mask, int64_t n, int64_t limit, Several several, Visit visit) {
    int64_t k = 0, i = 0;
    while (i + 8 <= n && k < limit) {
        const uint64_t word = eight(mask + i);
        if (word == 0) {
            for (i += 8; i + 32 <= n && is_zero(mask + i);) i += 32;
            continue;
        }
        if ((word & (word - 1)) == 0) visit(i + __builtin_ctzll(word) / 8, k++);
        else if (k + 8 <= limit) k = several(i, k, word);
        else
            for (int j = 0; j < 8; ++j)
                if (word >> 8 * j & 1 && k < limit) visit(i + j, k++);
        i += 8;
    }
    for (; i < n && k < limit; ++i)
        if (mask[i]) visit(i, k++);
}

// `wanted` or `other`, chosen without a branch. So elements under a mask are written and no others, not even with what
// they hold: another thread may be writing there.
template <class Word> Word *either(uint64_t choice, Word *wanted, Word *other) {
    const auto a = reinterpret_cast<uintptr_t>(wanted), b = reinterpret_cast<uintptr_t>(other);
    return reinterpret_cast<Word *>(b ^ ((a ^ b) & -static_cast<uintptr_t>(choice)));
}

template <class F> void for_chunks(const std::vector<int64_t> &starts, F &&f) {
    const auto chunks = static_cast<int64_t>(starts.size()) - 1;
    if (chunks == 1) f(0);
    else parallel_for(chunks, f);
}

}  // namespace

Array true_offsets(const Array &mask, const Dims &strides) {
    Array dense = compact(mask);
    const uint8_t *from = dense.data<uint8_t>();
    const int64_t n = dense.size();
    std::vector<int64_t> starts = starts_of_chunks(from, n);
    Array out = empty(Dims{starts.back()}, DType::Int64, mask.device());
    int64_t *to = out.data<int64_t>();
    const int last = mask.ndim() - 1;
    const int64_t length = last < 0 ? 1 : mask.shape()[last], step = last < 0 ? 0 : strides[last];
    for_chunks(starts, [&](int64_t c) {
        int64_t *end = to + starts[static_cast<size_t>(c) + 1], *next = to + starts[static_cast<size_t>(c)];
        for (int64_t start = c * chunk, stop = std::min(n, start + chunk); start < stop;) {
            int64_t offset = 0, rest = start;  // of element `start`
            for (int axis = last; axis >= 0; --axis) {
                offset += rest % mask.shape()[axis] * strides[axis];
                rest /= mask.shape()[axis];
            }
            const int64_t run = std::min(stop - start, length - start % length);
            int64_t found = 0;
            visit_true(
                from + start, run, end - next,
                [&](int64_t i, int64_t k, uint64_t word) {
                    for (int j = 0; j < 8; ++j) {
                        next[k] = offset + (i + j) * step;
                        k += word >> 8 * j & 1;
                    }
                    return found = k;
                },
                [&](int64_t i, int64_t k) {
                    next[k] = offset + i * step;
                    found = k + 1;
                });
            next += found;
            start += run;
        }
        std::fill(next, end, 0);  // nothing, but where another thread has written to the mask
    });
    return out;
}

Array compress(const Array &a, const Array &mask) {
    Array dense = compact(mask);
    const uint8_t *test = dense.data<uint8_t>();
    std::vector<int64_t> starts = starts_of_chunks(test, dense.size());
    Array out = empty(Dims{starts.back()}, a.dtype, a.device());
    dispatch_bits(a.dtype, [&](auto word_type) {
        using Word = decltype(word_type);
        for_chunks(starts, [&](int64_t c) {
            const int64_t begin = starts[static_cast<size_t>(c)];
            const Word *from = a.data<Word>() + c * chunk;
            Word *to = out.data<Word>() + begin;
            visit_true(
                test + c * chunk, std::min(chunk, dense.size() - c * chunk), starts[static_cast<size_t>(c) + 1] - begin,
                [&](int64_t i, int64_t k, uint64_t word) {
                    if (word == ones) {
                        memcpy(to + k, from + i, 8 * sizeof(Word));
                        return k + 8;
                    }
                    for (int j = 0; j < 8; ++j) {  // without a branch: what is not wanted is overwritten
                        to[k] = from[i + j];
                        k += word >> 8 * j & 1;
                    }
                    return k;
                },
                [&](int64_t i, int64_t k) { to[k] = from[i]; });
        });
    });
    return out;
}

void fill_masked(const Array &target, const Array &mask, const Scalar &value) {
    alignas(8) char slot[8];
    store_scalar(value, target.dtype, slot);
    Array dense = compact(mask);
    const uint8_t *test = dense.data<uint8_t>();
    const int64_t n = dense.size();
    dispatch_bits(target.dtype, [&](auto word_type) {
        using Word = decltype(word_type);
        Word filling;
        memcpy(&filling, slot, sizeof filling);
        const cpu::FillMaskedLoop loop = cpu::kernels().elementwise->fill_masked[log2_itemsize(target.dtype)];
        const bool asks_ahead = n * int64_t{sizeof(Word)} > close_bytes;
        auto fill = [&](int64_t c) {
            Word *to = target.data<Word>() + c * chunk, unwanted;
            if (loop)
                return loop(reinterpret_cast<const bool *>(test) + c * chunk, slot, to, std::min(chunk, n - c * chunk),
                            asks_ahead);
            visit_true(
                test + c * chunk, std::min(chunk, n - c * chunk), n + 8,
                [&](int64_t i, int64_t k, uint64_t word) {
                    if (word == ones) std::fill_n(to + i, 8, filling);
                    else
                        for (int j = 0; j < 8; ++j) *either(word >> 8 * j & 1, to + i + j, &unwanted) = filling;
                    return k;
                },
                [&](int64_t i, int64_t) { to[i] = filling; });
        };
        const int64_t chunks = (n + chunk - 1) / chunk;
        if (chunks == 1) fill(0);
        else parallel_for(chunks, fill);
    });
}

bool assign_masked(const Array &target, const Array &mask, const Array &values) {
    Array dense = compact(mask);
    const uint8_t *test = dense.data<uint8_t>();
    std::vector<int64_t> starts = starts_of_chunks(test, dense.size());
    if (values.size() != starts.back()) return false;
    dispatch_bits(target.dtype, [&](auto word_type) {
        using Word = decltype(word_type);
        for_chunks(starts, [&](int64_t c) {
            const int64_t begin = starts[static_cast<size_t>(c)], limit = starts[static_cast<size_t>(c) + 1] - begin;
            const Word *from = values.data<Word>() + begin;
            Word *to = target.data<Word>() + c * chunk, unwanted;
            visit_true(
                test + c * chunk, std::min(chunk, dense.size() - c * chunk), limit,
                [&](int64_t i, int64_t k, uint64_t word) {
                    if (word == ones) {
                        memcpy(to + i, from + k, 8 * sizeof(Word));
                        return k + 8;
                    }
                    for (int j = 0; j < 8; ++j) {
                        const uint64_t bit = word >> 8 * j & 1;
                        *either(bit, to + i + j, &unwanted) = from[k];
                        k += static_cast<int64_t>(bit);
                    }
                    return k;
                },
                [&](int64_t i, int64_t k) { to[i] = from[k]; });
        });
    });
    return true;
}

}  // namespace needle
