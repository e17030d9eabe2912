// parallel_for runs task(ctx, 0) ... task(ctx, count - 1), each once, on the threads of the pool; the caller takes
// part. How work is cut into tasks depends on shapes only, never on the number of threads, so that results do not
// either.
#pragma once
#include <cstdint>
#include <type_traits>

namespace needle {

using Task = void (*)(void *ctx, int64_t index);
using ParallelFor = void (*)(int64_t count, Task task, void *ctx);

void parallel_for(int64_t count, Task task, void *ctx);

// For a callable f(int64_t index). It must not throw: no exception crosses a task.
template <class F> void parallel_for(int64_t count, F &&f) {
    using Callable = std::remove_reference_t<F>;
    parallel_for(
        count, [](void *ctx, int64_t index) { (*static_cast<Callable *>(ctx))(index); },
        const_cast<void *>(static_cast<const void *>(&f)));
}

int num_threads();
void set_num_threads(int count);  // throws Error(Value) below 1

}  // namespace needle
