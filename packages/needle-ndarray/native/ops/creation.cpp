#include "ops/creation.h"
#include "core/parallel.h"
#include "cpu/iterate.h"
#include "ops/copy.h"
#include "scalar/convert.h"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace needle {

namespace {

// f(begin, end) for the elements of every task.
template <class F> void for_tasks(int64_t count, F &&f) {
    auto task = [&](int64_t index) { f(index * task_elements, std::min(count, (index + 1) * task_elements)); };
    if (count <= task_elements) task(0);
    else parallel_for((count + task_elements - 1) / task_elements, task);
}

// out[i] = value(i), where value takes an int64_t and gives a double or the element itself.
template <class T, class F> void generate(const Array &out, F &&value) {
    T *to = out.data<T>();
    for_tasks(out.size(), [&](int64_t i, int64_t end) {
        for (; i < end; ++i) to[i] = scalar::convert<T>(value(i));
    });
}

// out[i] = start + i * step. Blocks of a size that is known and numbers that fit 32 bits make vectors of it.
constexpr int block = 32;
template <class T> void generate_evenly(const Array &out, double start, double step) {
    T *to = out.data<T>();
    for_tasks(out.size(), [&](int64_t i, int64_t end) {
        for (; i + block <= end; i += block) {
            const auto first = static_cast<double>(i);
            for (int j = 0; j < block; ++j) to[i + j] = scalar::convert<T>(start + (first + j) * step);
        }
        for (; i < end; ++i) to[i] = scalar::convert<T>(start + static_cast<double>(i) * step);
    });
}
// The same for integers, whose bits T stands for: it is unsigned.
template <class T> void generate_wrapping(const Array &out, uint64_t start, uint64_t step) {
    T *to = out.data<T>();
    T steps[block];
    for (int j = 0; j < std::min<int64_t>(block, out.size()); ++j)
        steps[j] = static_cast<T>(static_cast<uint64_t>(j) * step);
    for_tasks(out.size(), [&](int64_t i, int64_t end) {
        T first = static_cast<T>(start + static_cast<uint64_t>(i) * step);
        const T next = static_cast<T>(block * step);
        for (; i + block <= end; i += block, first = static_cast<T>(first + next))
            for (int j = 0; j < block; ++j) to[i + j] = static_cast<T>(first + steps[j]);
        for (int j = 0; i < end; ++i, ++j) to[i] = static_cast<T>(first + steps[j]);
    });
}

}  // namespace

Array arange(const Steps &steps, int64_t count, DType dtype, Device device) {
    Array out = empty(Dims{count}, dtype, device);
    const auto start = static_cast<uint64_t>(steps.integer_start), step = static_cast<uint64_t>(steps.integer_step);
    if (dtype == DType::Bool) generate<bool>(out, [=](int64_t i) { return start + static_cast<uint64_t>(i) * step; });
    else if (!is_float(dtype))
        dispatch_bits(dtype, [&](auto bits) { generate_wrapping<decltype(bits)>(out, start, step); });
    else
        dispatch_stored(dtype, [&](auto tag) {
            using T = typename decltype(tag)::type;
            if constexpr (kind_of(dtype_of<T>) == Kind::Float) generate_evenly<T>(out, steps.start, steps.step);
        });
    return out;
}

Array linspace(double start, double stop, int64_t count, bool endpoint, DType dtype, Device device) {
    Array out = empty(Dims{count}, dtype, device);
    const int64_t parts = endpoint ? count - 1 : count;
    const double distance = stop - start, all = static_cast<double>(std::max<int64_t>(parts, 1));
    const bool far = std::isinf(distance) && std::isfinite(start) && std::isfinite(stop);
    // A step that is lost below the smallest number would lose the distance with it.
    const double step = distance / all;
    const bool tiny = step == 0;
    dispatch_stored(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        constexpr bool is_float = kind_of(dtype_of<T>) == Kind::Float;
        if (is_float && !far && !tiny && std::isfinite(step)) {
            generate_evenly<T>(out, start, step);
            if (count > 0) out.data<T>()[0] = scalar::convert<T>(start);  // which may be -0
            if (endpoint && parts > 0) out.data<T>()[parts] = scalar::convert<T>(stop);
            return;
        }
        generate<T>(out, [&](int64_t i) {
            const auto at = static_cast<double>(i);
            double value = start + at * step;
            if (far) value = start * ((all - at) / all) + stop * (at / all);
            else if (tiny) value = start + at / all * distance;
            if (i == 0) value = start;
            if (endpoint && i == parts && parts > 0) value = stop;
            return is_float ? value : std::floor(value);
        });
    });
    return out;
}

Array linspace(__int128 start, __int128 stop, int64_t count, bool endpoint, DType dtype, Device device) {
    Array out = empty(Dims{count}, dtype, device);
    const __int128 parts = std::max<int64_t>(endpoint ? count - 1 : count, 1), distance = stop - start;
    dispatch_stored(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        generate<T>(out, [&](int64_t i) {
            __int128 moved = distance * i, quotient = moved / parts;
            if (quotient * parts > moved) --quotient;
            return static_cast<uint64_t>(start + quotient);
        });
    });
    return out;
}

Array eye(int64_t rows, int64_t columns, int64_t diagonal, DType dtype, Device device) {
    Array out = full(Dims{rows, columns}, Scalar{Kind::Signed, 0, 0.0}, dtype, device);
    diagonal = std::clamp(diagonal, -rows, columns);
    fill(out.view(needle::diagonal(out.layout, diagonal, 0, 1)), Scalar{Kind::Signed, 1, 1.0});
    return out;
}

}  // namespace needle
