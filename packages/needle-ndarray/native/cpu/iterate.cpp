#include "cpu/iterate.h"
#include "core/parallel.h"
#include "cpu/walk.h"
#include <algorithm>
#include <cstring>
#include <type_traits>

namespace needle {

namespace {

struct alignas(64) Buffers {
    char raw[buffer_elements * 8];                      // elements as they are in memory
    char converted[max_operands][buffer_elements * 8];  // elements as the kernel sees them
};

int64_t beyond_line(const char *p) { return static_cast<int64_t>(reinterpret_cast<uintptr_t>(p) & 63); }

// Runs the kernel on n elements, or copies them where there is none. The results are in `block` afterwards, or, where
// they are only copied and go on to another place, still in the input.
const char *apply(const Walk &walk, const char *const *inputs, const int64_t *steps, char *block, bool goes_on,
                  int64_t n) {
    if (walk.kernel) walk.kernel(walk.context, inputs, steps, block, n);
    else if (steps[0] == 0) walk.kernels->fill[log2_itemsize(walk.compute[1])](inputs[0], block, n);
    else if (goes_on) return inputs[0];
    else if (inputs[0] != block) memcpy(block, inputs[0], static_cast<size_t>(n * itemsize(walk.compute[1])));
    return block;
}

// Elements of operand p that lie apart or in another dtype, as the kernel sees them. A copy needs no place between.
const char *convert(const Walk &walk, int p, const char *from, char *to, int64_t n) {
    if (!walk.converts(p)) return from;
    walk.kernels->cast[index_of(walk.dtype[p])][index_of(walk.compute[p])](from, to, n);
    return to;
}

// Whether all inputs are read where they are and results go to memory as they are.
bool is_direct(const Walk &walk) {
    const int out = walk.operands - 1;
    if (!walk.kernel) return !walk.converts(0) && walk.inner_stride(0) == 1;
    bool direct = !walk.converts(out);
    for (int p = 0; p < out && direct; ++p)
        direct = !walk.converts(p) && (walk.inner_stride(p) == 0 || walk.inner_stride(p) == 1);
    return direct;
}

// Elements [start, end) run by run past the caches, where the kernel works straight from memory.
void stream_rows(const Walk &walk, int64_t start, int64_t end, char *block) {
    Walk::Cursor at;
    walk.seek(at, start);
    const int out = walk.operands - 1;
    const int64_t size = itemsize(walk.dtype[out]);
    const char *inputs[max_inputs];
    int64_t steps[max_inputs];
    for (int p = 0; p < out; ++p) steps[p] = walk.inner_stride(p);
    while (start < end) {
        int64_t left = std::min(walk.run_left(at), end - start);
        char *to = walk.address(out, at);
        for (int p = 0; p < out; ++p) inputs[p] = walk.address(p, at);
        walk.advance(at, left);
        start += left;
        if (!walk.kernel) {
            walk.kernels->stream(inputs[0], to, left * size);
            continue;
        }
        if (walk.past) {
            walk.past(walk.context, inputs, steps, to, left);
            continue;
        }
        while (left > 0) {
            const int64_t n = std::min(left, streamed_elements - beyond_line(to) / size);  // the next one starts a line
            walk.kernel(walk.context, inputs, steps, block, n);
            walk.kernels->stream(block, to, n * size);
            for (int p = 0; p < out; ++p) inputs[p] += steps[p] * n * itemsize(walk.dtype[p]);
            to += n * size;
            left -= n;
        }
    }
}

// n copies of `bytes` each, as far apart as the steps say.
void copy_runs(const char *from, int64_t from_step, char *to, int64_t to_step, int64_t n, int64_t bytes) {
    auto copy = [&](auto size) {
        for (int64_t i = 0; i < n; ++i, from += from_step, to += to_step) memcpy(to, from, static_cast<size_t>(size));
    };
    switch (bytes) {  // a copy of known size is a few instructions
    case 16:
        return copy(std::integral_constant<int, 16>());
    case 32:
        return copy(std::integral_constant<int, 32>());
    case 64:
        return copy(std::integral_constant<int, 64>());
    case 128:
        return copy(std::integral_constant<int, 128>());
    default:
        return copy(bytes);
    }
}

// Elements [start, end) where the kernel works straight from memory: whole runs of the innermost axis one after the
// other, as far as they step alike.
void run_direct(const Walk &walk, int64_t start, int64_t end) {
    Walk::Cursor at;
    walk.seek(at, start);
    const int out = walk.operands - 1, inner = walk.ndim - 1;
    const char *inputs[max_inputs];
    int64_t steps[max_inputs], apart[max_operands];
    for (int p = 0; p < out; ++p) steps[p] = walk.inner_stride(p);
    for (int p = 0; p <= out; ++p) apart[p] = inner > 0 ? walk.strides[p][inner - 1] * itemsize(walk.dtype[p]) : 0;
    while (start < end) {
        int64_t n = std::min(walk.run_left(at), end - start), runs = 1;
        if (inner > 0 && n == walk.shape[inner])
            runs = std::min(walk.shape[inner - 1] - at.index[inner - 1], (end - start) / n);
        char *to = walk.address(out, at);
        for (int p = 0; p < out; ++p) inputs[p] = walk.address(p, at);
        if (walk.kernel)
            for (int64_t run = 0; run < runs; ++run) {
                walk.kernel(walk.context, inputs, steps, to, n);
                for (int p = 0; p < out; ++p) inputs[p] += apart[p];
                to += apart[out];
            }
        else copy_runs(inputs[0], apart[0], to, apart[1], runs, n * itemsize(walk.dtype[out]));
        walk.advance_runs(at, runs - 1);
        walk.advance(at, n);
        start += runs * n;
    }
}

// Whether the elements of a large copy lie so close that they are gathered straight past the caches.
bool is_streamed_gather(const Walk &walk) {
    const int64_t stride = walk.inner_stride(0);
    return walk.streams && !walk.kernel && !walk.converts(0) && (stride == -2 || (stride >= 2 && stride <= 4)) &&
           walk.kernels->streamed_gather[log2_itemsize(walk.dtype[0])];
}

// Elements [start, end) of such a copy.
void stream_gathered(const Walk &walk, int64_t start, int64_t end) {
    const auto gather = walk.kernels->streamed_gather[log2_itemsize(walk.dtype[0])];
    Walk::Cursor at;
    walk.seek(at, start);
    for (int64_t n; start < end; start += n) {
        n = std::min(walk.run_left(at), end - start);
        const char *from = walk.address(0, at);
        char *to = walk.address(1, at);
        walk.advance(at, n);
        gather(from, walk.inner_stride(0), to, n, walk.address(0, at));
    }
}

// Elements [start, end) run by run: every run goes to the kernel straight from memory where it can.
void run_rows(const Walk &walk, int64_t start, int64_t end, Buffers &buffers) {
    Walk::Cursor at;
    walk.seek(at, start);
    const int out = walk.operands - 1;
    const char *inputs[max_inputs];
    int64_t steps[max_inputs];
    const bool scatter = walk.inner_stride(out) != 1, apart = scatter || walk.streams;
    const int size = itemsize(walk.dtype[out]);
    bool buffered = apart || walk.converts(out);
    for (int p = 0; p < out; ++p) {
        int64_t stride = walk.inner_stride(p);
        steps[p] = stride == 0 ? 0 : 1;
        buffered |= stride > 1 || stride < 0 || walk.converts(p);
    }
    while (start < end) {
        int64_t n = std::min(walk.run_left(at), end - start);
        char *to = walk.address(out, at);
        if (buffered) n = std::min(n, buffer_elements);
        if (walk.streams) n = std::min(n, buffer_elements - beyond_line(to) / size);  // the next block starts a line
        for (int p = 0; p < out; ++p) {
            const char *from = walk.address(p, at);
            int64_t count = steps[p] ? n : 1, stride = walk.inner_stride(p);
            char *block = walk.kernel || apart || steps[p] == 0 ? buffers.converted[p] : to;
            if (stride > 1 || stride < 0) {
                char *gathered = walk.converts(p) ? buffers.raw : block;
                walk.kernels->gather[log2_itemsize(walk.dtype[p])](from, stride, gathered, count);
                from = gathered;
            }
            inputs[p] = convert(walk, p, from, block, count);
        }
        const bool goes_on = apart || walk.converts(out);
        const char *result = apply(walk, inputs, steps, goes_on ? buffers.converted[out] : to, goes_on, n);
        if (walk.converts(out)) {
            char *cast = apart ? buffers.raw : to;
            walk.kernels->cast[index_of(walk.compute[out])][index_of(walk.dtype[out])](result, cast, n);
            result = cast;
        }
        if (scatter) walk.kernels->scatter[log2_itemsize(walk.dtype[out])](result, to, walk.inner_stride(out), n);
        else if (walk.streams) walk.kernels->stream(result, to, n * size);
        walk.advance(at, n);
        start += n;
    }
}

// Elements [start, start + n), n <= buffer_elements, of operand p, collected from many short runs into `block` (or
// spread from it).
template <bool spread, class Word>
void move_words(const Walk &walk, int p, int64_t start, int64_t n,
                std::conditional_t<spread, const Word, Word> *block) {
    const int inner = walk.ndim - 1;
    const int64_t *strides = walk.strides[p];
    const int64_t run = walk.shape[inner], stride = strides[inner];
    int64_t index[max_ndim];
    auto *memory = reinterpret_cast<Word *>(walk.data[p]);
    for (int axis = inner; axis >= 0; --axis) {
        index[axis] = start % walk.shape[axis];
        start /= walk.shape[axis];
        memory += index[axis] * strides[axis];
    }
    int64_t left = run - index[inner];  // of the current run
    while (true) {
        const int64_t count = std::min(left, n);
        for (int64_t i = 0; i < count; ++i)
            if constexpr (spread) memory[i * stride] = block[i];
            else block[i] = memory[i * stride];
        block += count;
        n -= count;
        if (n == 0) return;
        memory += (left - run) * stride;  // back to the beginning of the run
        left = run;
        int axis = inner - 1;
        for (memory += strides[axis]; ++index[axis] == walk.shape[axis]; memory += strides[axis]) {
            memory -= walk.shape[axis] * strides[axis];
            index[axis--] = 0;
        }
    }
}

template <bool spread>
void move_runs(const Walk &walk, int p, int64_t start, int64_t n, std::conditional_t<spread, const char, char> *block) {
    auto move = [&](auto word) {
        using Word = decltype(word);
        move_words<spread, Word>(walk, p, start, n,
                                 reinterpret_cast<std::conditional_t<spread, const Word, Word> *>(block));
    };
    switch (itemsize(walk.dtype[p])) {
    case 1:
        return move(uint8_t{});
    case 2:
        return move(uint16_t{});
    case 4:
        return move(uint32_t{});
    default:
        return move(uint64_t{});
    }
}

// The same where the innermost axis is short: blocks of many runs at a time.
void run_blocks(const Walk &walk, int64_t start, int64_t end, Buffers &buffers) {
    const int out = walk.operands - 1;
    const bool spread = !walk.linear[out], apart = spread || walk.streams;
    const char *inputs[max_inputs];
    int64_t steps[max_inputs];
    for (; start < end; start += buffer_elements) {
        int64_t n = std::min(buffer_elements, end - start);
        char *to = walk.data[out] + start * itemsize(walk.dtype[out]);
        for (int p = 0; p < out; ++p) {
            steps[p] = walk.constant[p] ? 0 : 1;
            int64_t count = steps[p] ? n : 1;
            const char *from = walk.data[p];
            char *block = walk.kernel || apart || steps[p] == 0 ? buffers.converted[p] : to;
            if (walk.linear[p]) from += start * itemsize(walk.dtype[p]);
            else if (!walk.constant[p]) {
                char *collected = walk.converts(p) ? buffers.raw : block;
                move_runs<false>(walk, p, start, n, collected);
                from = collected;
            }
            inputs[p] = convert(walk, p, from, block, count);
        }
        const bool goes_on = apart || walk.converts(out);
        const char *result = apply(walk, inputs, steps, goes_on ? buffers.converted[out] : to, goes_on, n);
        if (walk.converts(out)) {
            char *cast = apart ? buffers.raw : to;
            walk.kernels->cast[index_of(walk.compute[out])][index_of(walk.dtype[out])](result, cast, n);
            result = cast;
        }
        if (spread) move_runs<true>(walk, out, start, n, result);
        else if (walk.streams) walk.kernels->stream(result, to, n * itemsize(walk.dtype[out]));
    }
}

void run_part(const Walk &walk, int64_t start, int64_t end) {
    Buffers buffers;
    if (!walk.has_long_runs()) run_blocks(walk, start, end, buffers);
    else if (walk.streams && is_direct(walk)) stream_rows(walk, start, end, buffers.raw);
    else if (is_streamed_gather(walk)) stream_gathered(walk, start, end);
    else if (is_direct(walk) && walk.inner_stride(walk.operands - 1) == 1) run_direct(walk, start, end);
    else run_rows(walk, start, end, buffers);
    if (walk.streams) walk.kernels->finish_streams();
}

}  // namespace

void iterate(const Dims &shape, const Operand *inputs, int input_count, const Operand &out, Kernel kernel,
             const void *context, Kernel past) {
    if (element_count(shape) == 0) return;
    Walk walk(shape, inputs, input_count, out, kernel, context);
    walk.past = past;
    walk.streams = (walk.has_long_runs() || walk.linear[input_count]) && walk.is_streamed();
    // Tasks of the same size, so that none is left over for one thread while the others are done.
    const int64_t most =
        walk.streams ? std::clamp(walk.total / streamed_tasks, task_elements, streamed_task_elements) : task_elements;
    const int64_t tasks = (walk.total + most - 1) / most;
    const int64_t each = ((walk.total + tasks - 1) / tasks + 63) & ~int64_t{63};
    if (tasks == 1) return run_part(walk, 0, walk.total);
    parallel_for((walk.total + each - 1) / each,
                 [&](int64_t task) { run_part(walk, task * each, std::min(walk.total, (task + 1) * each)); });
}

void evaluate(const Walk &walk, int64_t start, int64_t end, char *to) {
    Walk part = walk;
    const int out = walk.operands - 1;
    // Where the first element of the whole result would be.
    const auto before = static_cast<uintptr_t>(start * itemsize(walk.dtype[out]));
    part.data[out] = reinterpret_cast<char *>(reinterpret_cast<uintptr_t>(to) - before);
    run_part(part, start, end);
}

}  // namespace needle
