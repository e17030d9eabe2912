#include "ops/index.h"
#include "core/parallel.h"
#include "cpu/iterate.h"
#include "ops/copy.h"
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
        bool wrapped = index < 0 && kind_of(indices.dtype) == Kind::Unsigned;
        if (index < -length || index >= length || wrapped)
            fail(ErrorKind::Index,
                 std::string(what) + ": index " +
                     (wrapped ? std::to_string(static_cast<uint64_t>(index)) : std::to_string(index)) +
                     " is out of range for axis " + std::to_string(axis) + " of size " + std::to_string(length));
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

void index_add(const Array &target, const Array &indices, const Array &values, int axis) {
    require_writable(target, "index_add");
    Dims expected(indices.ndim() + target.ndim() - 1, 1);
    for (int i = 0; i < axis; ++i) expected[i] = target.shape()[i];
    for (int i = 0; i < indices.ndim(); ++i) expected[axis + i] = indices.shape()[i];
    for (int i = axis + 1; i < target.ndim(); ++i) expected[indices.ndim() + i - 1] = target.shape()[i];
    if (values.shape() != expected)
        fail(ErrorKind::Shape, "index_add: with a target of shape " + target.shape().text() + ", indices of shape " +
                                   indices.shape().text() + " and axis " + std::to_string(axis) +
                                   " the values must have shape " + expected.text() + ", not " + values.shape().text());
    if (values.dtype != target.dtype || target.dtype == DType::Bool)
        fail(ErrorKind::DType, std::string("index_add: target and values must have one numeric dtype, not ") +
                                   name_of(target.dtype) + " and " + name_of(values.dtype));
    std::vector<int64_t> rows = resolve(indices, target.shape()[axis], axis, "index_add");
    if (values.size() == 0) return;
    // Seen with `axis` in front, both are rows; what is not dense that way is added to in a copy.
    Dims target_axes(target.ndim(), 0), value_axes(values.ndim(), 0);
    for (int i = 0, next = 0; i < target.ndim(); ++i) target_axes[i == axis ? 0 : ++next] = i;
    for (int i = 0, front = 0, rest = indices.ndim(); i < values.ndim(); ++i)
        value_axes[i >= axis && i < axis + indices.ndim() ? front++ : rest++] = i;
    Array rows_of_target = target.view(permute(target.layout, target_axes));
    Array from = compact(values.view(permute(values.layout, value_axes)));
    // Sums of dtypes that are only stored are rounded when all is added.
    const DType dtype = arithmetic(target.dtype);
    from = astype(from, dtype);
    bool direct = is_contiguous(rows_of_target.layout) && !may_overlap(target, values) && dtype == target.dtype;
    Array to = direct                     ? rows_of_target
               : is_storage(target.dtype) ? astype(rows_of_target, dtype)
                                          : copy(rows_of_target);
    const int64_t inner = from.size() / static_cast<int64_t>(rows.size());
    dispatch(dtype, [&](auto tag) {
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
    if (!direct) assign(rows_of_target, to);
}

}  // namespace needle
