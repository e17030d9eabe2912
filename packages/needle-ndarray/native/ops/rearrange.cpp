#include "ops/rearrange.h"
#include "core/parallel.h"
#include "cpu/iterate.h"
#include "ops/copy.h"
#include <algorithm>
#include <cstring>
#include <type_traits>

namespace needle {

namespace {

// Runs work(first, last) over [0, rows) in tasks of about the size that pays, for rows of `row_elements` each.
template <class F> void over_rows(int64_t rows, int64_t row_elements, F &&work) {
    int64_t per_task = std::max<int64_t>(1, task_elements / std::max<int64_t>(1, row_elements));
    int64_t tasks = (rows + per_task - 1) / per_task;
    auto run = [&](int64_t task) { work(task * per_task, std::min(rows, (task + 1) * per_task)); };
    if (tasks <= 1) run(0);
    else parallel_for(tasks, run);
}

// `count` copies of the `bytes` at `from`, one after the other; returns where they end.
template <class T> char *put_copies(const char *from, char *to, int64_t count) {
    T value;
    memcpy(&value, from, sizeof(T));
    for (int64_t i = 0; i < count; ++i, to += sizeof(T)) memcpy(to, &value, sizeof(T));
    return to;
}

char *put_copies(const char *from, char *to, int64_t count, int64_t bytes) {
    switch (bytes) {
    case 1:
        return put_copies<uint8_t>(from, to, count);
    case 2:
        return put_copies<uint16_t>(from, to, count);
    case 4:
        return put_copies<uint32_t>(from, to, count);
    case 8:
        return put_copies<uint64_t>(from, to, count);
    }
    for (int64_t i = 0; i < count; ++i, to += bytes) memcpy(to, from, static_cast<size_t>(bytes));
    return to;
}

// Each of n words `count` times.
template <class T> void repeat_words(const char *from, char *to, int64_t n, int64_t count) {
    auto in = reinterpret_cast<const T *>(from);
    auto out = reinterpret_cast<T *>(to);
    auto repeat = [&](auto times) {
        for (int64_t i = 0; i < n; ++i)
            for (int64_t k = 0; k < times; ++k) *out++ = in[i];
    };
    if (count == 2) repeat(std::integral_constant<int, 2>());
    else if (count == 3) repeat(std::integral_constant<int, 3>());
    else if (count == 4) repeat(std::integral_constant<int, 4>());
    else repeat(count);
}

// False where there is no word of so many bytes.
bool repeat_words(const char *from, char *to, int64_t n, int64_t count, int64_t bytes) {
    switch (bytes) {
    case 1:
        return repeat_words<uint8_t>(from, to, n, count), true;
    case 2:
        return repeat_words<uint16_t>(from, to, n, count), true;
    case 4:
        return repeat_words<uint32_t>(from, to, n, count), true;
    case 8:
        return repeat_words<uint64_t>(from, to, n, count), true;
    }
    return false;
}

// Fills `total` bytes whose first `filled` stand there already with repetitions of them, in steps that double.
void double_up(char *data, int64_t filled, int64_t total) {
    while (filled < total) {
        int64_t more = std::min(filled, total - filled);
        memcpy(data + filled, data, static_cast<size_t>(more));
        filled += more;
    }
}

int64_t product_or_refuse(int64_t a, int64_t b, const char *what) {
    int64_t out;
    if (__builtin_mul_overflow(a, b, &out))
        fail(ErrorKind::Value, std::string(what) + ": the result has more elements than memory can hold");
    return out;
}

}  // namespace

Array repeat(const Array &a, const std::vector<int64_t> &counts, int axis) {
    const int64_t length = a.shape()[axis];
    const bool same = counts.size() == 1;
    std::vector<int64_t> starts;  // where the copies of each element begin, and the end of the last
    int64_t total = 0;
    if (same) total = product_or_refuse(counts[0], length, "repeat");
    else {
        starts.reserve(counts.size() + 1);
        starts.push_back(0);
        for (int64_t count : counts) {
            if (__builtin_add_overflow(total, count, &total)) product_or_refuse(INT64_MAX, 2, "repeat");
            starts.push_back(total);
        }
    }
    Dims shape = a.shape();
    shape[axis] = total;
    Array out = empty(shape, a.dtype, a.device());
    if (out.size() == 0) return out;
    Array source = compact(a);
    int64_t outer = 1, inner = 1;
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < a.ndim(); ++i) inner *= shape[i];
    const int64_t bytes = inner * itemsize(a.dtype), rows = outer * length;
    over_rows(rows, out.size() / rows, [&](int64_t first, int64_t last) {
        int64_t i = first % length, start = same ? i * counts[0] : starts[static_cast<size_t>(i)];
        char *to = out.bytes() + (first / length * total + start) * bytes;
        const char *from = source.bytes() + first * bytes;
        if (same && repeat_words(from, to, last - first, counts[0], bytes)) return;
        for (int64_t row = first; row < last; ++row, from += bytes) {
            to = put_copies(from, to, counts[same ? 0 : static_cast<size_t>(i)], bytes);
            if (++i == length) i = 0;
        }
    });
    return out;
}

Array tile(const Array &a, const Dims &repetitions) {
    Dims shape = a.shape();
    for (int i = 0; i < shape.size(); ++i) shape[i] = product_or_refuse(shape[i], repetitions[i], "tile");
    Array out = empty(shape, a.dtype, a.device());
    if (out.size() == 0) return out;
    // The first tile is put into the corner. Then axis by axis, from the last to the first, what stands there so far is
    // one run of memory for each row of the axes before, and is repeated behind itself.
    Layout corner = out.layout;
    corner.shape = a.shape();
    assign(out.view(corner), a);
    const int64_t size = itemsize(a.dtype);
    for (int axis = a.ndim() - 1; axis >= 0; --axis) {
        if (repetitions[axis] == 1) continue;
        const int64_t tile_bytes = a.shape()[axis] * out.strides()[axis] * size,
                      run_bytes = tile_bytes * repetitions[axis];
        int64_t rows = 1;
        for (int i = 0; i < axis; ++i) rows *= a.shape()[i];
        auto run_at = [&](int64_t row) {
            int64_t position = 0;
            for (int i = axis - 1; i >= 0; --i) {
                position += row % a.shape()[i] * out.strides()[i];
                row /= a.shape()[i];
            }
            return out.bytes() + position * size;
        };
        if (rows == 1 && tile_bytes >= task_elements) {
            char *run = run_at(0);
            parallel_for(repetitions[axis] - 1,
                         [&](int64_t i) { memcpy(run + (i + 1) * tile_bytes, run, static_cast<size_t>(tile_bytes)); });
            continue;
        }
        over_rows(rows, run_bytes / size, [&](int64_t first, int64_t last) {
            for (int64_t row = first; row < last; ++row) double_up(run_at(row), tile_bytes, run_bytes);
        });
    }
    return out;
}

Array roll(const Array &a, const Dims &shifts, const Dims &axes) {
    Array out = empty(a.shape(), a.dtype, a.device());
    if (out.size() == 0) return out;
    Dims moved(a.ndim(), 0);
    for (int i = 0; i < axes.size(); ++i) {
        const int axis = static_cast<int>(axes[i]);
        const int64_t length = a.shape()[axis];
        const int64_t shift = (shifts[i] % length + length) % length;
        moved[axis] = (moved[axis] + shift) % length;
    }
    // Each moved axis is two blocks, what goes around the end and the rest: all combinations of them are copied.
    auto copy_blocks = [&](auto &self, int axis, const Layout &to, const Layout &from) -> void {
        while (axis < a.ndim() && moved[axis] == 0) ++axis;
        if (axis == a.ndim()) return assign(out.view(to), a.view(from));
        const int64_t length = a.shape()[axis], shift = moved[axis];
        self(self, axis + 1, slice(to, axis, 0, 1, shift), slice(from, axis, length - shift, 1, shift));
        self(self, axis + 1, slice(to, axis, shift, 1, length - shift), slice(from, axis, 0, 1, length - shift));
    };
    copy_blocks(copy_blocks, 0, out.layout, a.layout);
    return out;
}

namespace {

// Keeps columns [low(row), high(row)) of each row of a copy, and sets the others to zero, which all dtypes write as
// zero bytes.
template <class Low, class High> Array cut(const Array &a, Low low, High high) {
    Array out = copy(a);
    if (out.size() == 0) return out;
    const int64_t rows = a.shape()[a.ndim() - 2], columns = a.shape()[a.ndim() - 1], size = itemsize(a.dtype);
    over_rows(out.size() / columns, columns, [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
            char *at = out.bytes() + row * columns * size;
            const int64_t from = low(row % rows), to = high(row % rows);
            memset(at, 0, static_cast<size_t>(from * size));
            memset(at + to * size, 0, static_cast<size_t>((columns - to) * size));
        }
    });
    return out;
}

}  // namespace

Array tril(const Array &a, int64_t k) {
    const int64_t rows = a.shape()[a.ndim() - 2], columns = a.shape()[a.ndim() - 1];
    k = std::clamp(k, -rows, columns);
    return cut(
        a, [](int64_t) { return int64_t{0}; },
        [=](int64_t row) { return std::clamp<int64_t>(row + k + 1, 0, columns); });
}

Array triu(const Array &a, int64_t k) {
    const int64_t rows = a.shape()[a.ndim() - 2], columns = a.shape()[a.ndim() - 1];
    k = std::clamp(k, -rows, columns);
    return cut(
        a, [=](int64_t row) { return std::clamp<int64_t>(row + k, 0, columns); }, [=](int64_t) { return columns; });
}

}  // namespace needle
