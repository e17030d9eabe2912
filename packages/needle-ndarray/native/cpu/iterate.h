// How an elementwise loop walks over operands of any layout: axes that step as one are merged, the rest are counted
// like an odometer, and the innermost run goes to the kernel. Operands that are neither contiguous nor constant along
// that run, or have another dtype than the kernel computes in, pass through small buffers that stay in the first-level
// cache.
#pragma once
#include "core/array.h"

namespace needle {

constexpr int max_inputs = 16;

// One operand: where its first element is, and how it steps along each axis of the common shape (in elements).
struct Operand {
    char *data;
    DType dtype;           // of the elements in memory
    DType compute_dtype;   // of the elements the kernel sees
    const Layout *layout;  // already broadcast to the common shape; its offset is contained in `data`
};

// Called with n elements: inputs[i] steps by steps[i] elements (0 or 1), `out` is contiguous.
using Kernel = void (*)(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n);

// Runs `kernel` over all elements; without one, copies the one input. Input and output may be the same memory with the
// same layout, but not overlap otherwise. Results larger than the caches pass through a block in the first-level cache
// on their way to memory; a kernel that stores them past the caches by itself is given as `past`.
void iterate(const Dims &shape, const Operand *inputs, int input_count, const Operand &out, Kernel kernel,
             const void *context, Kernel past = nullptr);

// Elements [start, end) of a walk, counted row-major, one after the other at `to`, whatever its output is. For parts
// that a task makes and uses up by itself.
struct Walk;
void evaluate(const Walk &walk, int64_t start, int64_t end, char *to);

// Elements of one buffer: four of 8 bytes each fill a first-level cache of 32 KiB.
constexpr int64_t buffer_elements = 1024;
// Elements of one block on the way from memory through a kernel and back. So few that the processor, which looks some
// hundreds of instructions ahead, has asked for the next block's elements before this one is done: blocks of 1024 cost
// a third more, and with several loops in each up to twice as much.
constexpr int64_t streamed_elements = 256;
// Elements of one parallel task of a memory-bound loop.
constexpr int64_t task_elements = 32768;
// The same at the most where results go past the caches, and how many such tasks there are before they grow: each
// prepares its loops and waits for its stores at the end, which cost a program of four steps a twentieth of its time
// where all tasks were small.
constexpr int64_t streamed_task_elements = 8 * task_elements, streamed_tasks = 32;

}  // namespace needle
