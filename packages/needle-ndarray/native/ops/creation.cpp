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

// out[i] = value(i), where value takes an int64_t and gives a double or the element itself.
template <class T, class F> void generate(const Array &out, F &&value) {
    T *to = out.data<T>();
    const int64_t count = out.size();
    auto task = [&](int64_t index) {
        const int64_t last = std::min(count, (index + 1) * task_elements);
        for (int64_t i = index * task_elements; i < last; ++i) to[i] = scalar::convert<T>(value(i));
    };
    if (count <= task_elements) task(0);
    else parallel_for((count + task_elements - 1) / task_elements, task);
}

}  // namespace

Array arange(const Steps &steps, int64_t count, DType dtype, Device device) {
    Array out = empty(Dims{count}, dtype, device);
    dispatch_stored(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (kind_of(dtype_of<T>) == Kind::Float) {
            generate<T>(out, [start = steps.start, step = steps.step](int64_t i) {
                return start + static_cast<double>(i) * step;
            });
        } else {
            const auto start = static_cast<uint64_t>(steps.integer_start);
            const auto step = static_cast<uint64_t>(steps.integer_step);
            generate<T>(out, [=](int64_t i) { return start + static_cast<uint64_t>(i) * step; });
        }
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
            generate<T>(out, [=](int64_t i) { return start + static_cast<double>(i) * step; });
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
