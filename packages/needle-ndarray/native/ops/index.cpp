#include "ops/index.h"
#include "core/parallel.h"
#include "ops/copy.h"
#include "ops/iterate.h"
#include <algorithm>
#include <cstring>
#include <vector>

namespace needle {

namespace {

// The indices as int64 in [0, length).
std::vector<int64_t> resolve(const Array &indices, int64_t length, int axis, const char *what) {
    if (!is_integer(indices.dtype))
        fail(ErrorKind::Index, std::string(what) + ": an array used as an index must have an integer dtype, not " +
                                   name_of(indices.dtype));
    Array flat = compact(astype(indices, DType::Int64));
    const int64_t *from = flat.data<int64_t>();
    std::vector<int64_t> out(static_cast<size_t>(flat.size()));
    for (size_t i = 0; i < out.size(); ++i) {
        int64_t index = from[i];
        if (index < -length || index >= length)
            fail(ErrorKind::Index, std::string(what) + ": index " + std::to_string(index) +
                                       " is out of range for axis " + std::to_string(axis) + " of size " +
                                       std::to_string(length));
        out[i] = index < 0 ? index + length : index;
    }
    return out;
}

}  // namespace

Array take(const Array &a, const Array &indices, int axis, const char *what) {
    std::vector<int64_t> rows = resolve(indices, a.shape()[axis], axis, what);
    Dims shape(a.ndim() - 1 + indices.ndim(), 1);
    int64_t outer = 1, inner = 1;
    for (int i = 0; i < axis; ++i) outer *= shape[i] = a.shape()[i];
    for (int i = 0; i < indices.ndim(); ++i) shape[axis + i] = indices.shape()[i];
    for (int i = axis + 1; i < a.ndim(); ++i) inner *= shape[indices.ndim() - 1 + i] = a.shape()[i];
    Array out = empty(shape, a.dtype, a.device());
    auto count = static_cast<int64_t>(rows.size());
    if (out.size() == 0) return out;
    Array source = compact(a);
    const int64_t bytes = inner * itemsize(a.dtype), length = a.shape()[axis];
    const int64_t per_task = std::max<int64_t>(1, task_elements / inner),
                  tasks = (outer * count + per_task - 1) / per_task;
    auto move = [&](int64_t task) {
        for (int64_t row = task * per_task, end = std::min(outer * count, row + per_task); row < end; ++row) {
            const char *from = source.bytes() + (row / count * length + rows[static_cast<size_t>(row % count)]) * bytes;
            memcpy(out.bytes() + row * bytes, from, static_cast<size_t>(bytes));
        }
    };
    if (tasks == 1) move(0);
    else parallel_for(tasks, move);
    return out;
}

void index_add(const Array &target, const Array &indices, const Array &source) {
    require_writable(target, "index_add");
    if (target.ndim() == 0) fail(ErrorKind::Shape, "index_add: the target has no axis to index");
    Dims expected(indices.ndim() + target.ndim() - 1, 1);
    for (int i = 0; i < indices.ndim(); ++i) expected[i] = indices.shape()[i];
    for (int i = 1; i < target.ndim(); ++i) expected[indices.ndim() + i - 1] = target.shape()[i];
    if (source.shape() != expected)
        fail(ErrorKind::Shape, "index_add: with a target of shape " + target.shape().text() + " and indices of shape " +
                                   indices.shape().text() + " the source must have shape " + expected.text() +
                                   ", not " + source.shape().text());
    if (source.dtype != target.dtype || target.dtype == DType::Bool)
        fail(ErrorKind::DType, std::string("index_add: target and source must have one numeric dtype, not ") +
                                   name_of(target.dtype) + " and " + name_of(source.dtype));
    std::vector<int64_t> rows = resolve(indices, target.shape()[0], 0, "index_add");
    Array from = compact(source);
    Array to = is_contiguous(target.layout) && !may_overlap(target, source) ? target : copy(target);
    const int64_t inner = rows.empty() ? 0 : from.size() / static_cast<int64_t>(rows.size());
    dispatch(target.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        // Integers wrap around as they do elsewhere, which only unsigned arithmetic may.
        using Sum = std::conditional_t<std::is_integral_v<T>, uint64_t, T>;
        const T *add = from.data<T>();
        T *base = to.data<T>();
        for (int64_t row : rows) {
            T *at = base + row * inner;
            for (int64_t i = 0; i < inner; ++i)
                at[i] = static_cast<T>(static_cast<Sum>(at[i]) + static_cast<Sum>(add[i]));
            add += inner;
        }
    });
    if (to.bytes() != target.bytes()) assign(target, to);
}

}  // namespace needle
