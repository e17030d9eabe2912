#include "ops/search.h"
#include "cpu/axes.h"
#include "cpu/kernels.h"
#include "cpu/keys.h"
#include "cpu/search_kernels.h"
#include "ops/copy.h"
#include "ops/reduce.h"
#include "ops/sort.h"
#include <algorithm>
#include <cstring>

namespace needle {

namespace {

// The bits of an element that all are zero where it is: a float's sign is none of them.
uint64_t value_bits(DType dtype) {
    const int bits = 8 * itemsize(dtype) - is_float(dtype);
    return ~uint64_t{0} >> (64 - bits);
}

int64_t chunks_of(int64_t count) { return (count + task_elements - 1) / task_elements; }

// How many elements of each chunk of a dense array are not zero.
std::vector<int64_t> count_chunks(const Array &a) {
    auto count = cpu::kernels().reduce->count[log2_itemsize(a.dtype)];
    const uint64_t mask = value_bits(a.dtype);
    const int64_t total = a.size();
    std::vector<int64_t> counts(static_cast<size_t>(chunks_of(total)));
    cpu::run_tasks(chunks_of(total), total, [&](int64_t chunk) {
        const int64_t start = chunk * task_elements;
        counts[static_cast<size_t>(chunk)] =
            count(a.bytes() + start * itemsize(a.dtype), mask, std::min(task_elements, total - start));
    });
    return counts;
}

// The positions of those of in[0, n) that are not zero, counted from `first`, to `out`; returns how many they are,
// which is `limit` at most: another thread may write to the array after its elements were counted.
int64_t positions(const char *in, DType dtype, int64_t n, int64_t first, int64_t limit, int64_t *out) {
    constexpr int64_t block = 512;
    const cpu::PositionsLoop find = cpu::kernels().reduce->positions[log2_itemsize(dtype)];
    int64_t buffer[block + 8], total = 0;
    for (int64_t start = 0; start < n; start += block) {
        int64_t found =
            find(in + start * itemsize(dtype), value_bits(dtype), std::min(block, n - start), first + start, buffer);
        found = std::min(found, limit - total);
        std::copy_n(buffer, found, out + total);
        total += found;
    }
    return total;
}

// How many elements of a sorted row are numbers; NaNs come after them.
template <class T> int64_t numbers_of(const Array &sorted) {
    const T *in = sorted.data<T>();
    return std::partition_point(in, in + sorted.size(), [](T x) { return x == x; }) - in;
}

// The levels above the first `length` >= 1 elements of a sorted row, which `kept` keeps.
template <class T> cpu::SearchTree build_tree(const Array &sorted, int64_t length, std::vector<Array> &kept) {
    constexpr int64_t node = cpu::SearchTree::node;
    cpu::SearchTree tree;
    auto add = [&](const Array &level, int64_t size) {
        tree.elements[tree.levels] = level.bytes();
        tree.size[tree.levels++] = size;
        kept.push_back(level);
    };
    Array level = sorted;
    int64_t size = length;
    for (; size > node; size /= node) {
        add(level, size);
        level = compact(level.view({Dims{size / node}, Dims{node}, level.layout.offset + node - 1}));
    }
    Array top = empty(Dims{node}, sorted.dtype, sorted.device());
    const T *in = level.data<T>();
    for (int64_t i = 0; i < node; ++i) top.data<T>()[i] = in[std::min(i, size - 1)];
    add(top, node);
    return tree;
}

// Whether no tree is worth building for so many values.
bool is_few(int64_t values, int64_t length) { return values < length / 64; }

// The same bounds of few values. Several searches go step by step together: each waits for memory while the others
// compute.
template <class T>
void halve(const T *in, const cpu::SearchTree &row, const T *wanted, int64_t count, bool right, int64_t *out) {
    constexpr int64_t together = 16;
    for (int64_t first = 0; first < count; first += together) {
        const int64_t n = std::min(together, count - first);
        int64_t *found = out + first;
        std::fill_n(found, n, 0);
        auto is_below = [&](int64_t at, T value) { return right ? in[at] <= value : in[at] < value; };
        int64_t left = row.length;
        for (; left > 1; left -= left / 2)
            for (int64_t i = 0; i < n; ++i)
                found[i] += is_below(found[i] + left / 2 - 1, wanted[first + i]) ? left / 2 : 0;
        for (int64_t i = 0; i < n; ++i) {
            const T value = wanted[first + i];
            if (left == 1) found[i] += is_below(found[i], value);
            if (value != value) found[i] = row.nan_place;
        }
    }
}

// Calls f(results, first, n) with the lower (upper) bounds of values first, first + 1, ... of a part of them.
template <class T, class F> void search(const Array &sorted, const Array &values, bool right, F &&f) {
    constexpr int64_t per_task = 2048, block = 256;
    const int64_t length = numbers_of<T>(sorted), count = values.size();
    const bool few = length == 0 || is_few(count, length);
    std::vector<Array> levels;
    cpu::SearchTree tree;
    if (!few) tree = build_tree<T>(sorted, length, levels);
    tree.length = length;
    tree.nan_place = right ? sorted.size() : length;
    const cpu::SearchKernels &kernels = *cpu::kernels().search;
    const cpu::SearchLoop descend = (right ? kernels.upper : kernels.lower)[index_of(sorted.dtype)];
    cpu::run_tasks((count + per_task - 1) / per_task, 8 * count, [&](int64_t part) {
        int64_t found[block];
        for (int64_t first = part * per_task, end = std::min(count, first + per_task); first < end; first += block) {
            const int64_t n = std::min(block, end - first);
            const T *wanted = values.data<T>() + first;
            if (few) halve(sorted.data<T>(), tree, wanted, n, right, found);
            else descend(tree, wanted, n, found);
            f(found, first, n);
        }
    });
}

// An operand in a dtype, dense.
Array dense(const Value &value, DType dtype) {
    if (value.array) return compact(truth_values(astype(*value.array, dtype)));
    return full(Dims{}, value.scalar, dtype, Device{});
}

// Integers of a small range are looked up in a table of that range.
template <class T> bool look_up(const Array &a, const Array &b, bool invert, const Array &out) {
    const int64_t count_a = a.size(), count_b = b.size();
    const T *wanted = a.data<T>(), *known = b.data<T>();
    const auto [low, high] = std::minmax_element(known, known + count_b);
    const T least = *low;
    const uint64_t range = static_cast<uint64_t>(*high) - static_cast<uint64_t>(least);
    if (range > 65535 && range / 16 > static_cast<uint64_t>(count_a + count_b)) return false;
    Array table = full(Dims{static_cast<int64_t>(range) + 1}, Scalar{Kind::Bool, invert, 0.0}, DType::Bool, Device{});
    bool *in_table = table.data<bool>(), *to = out.data<bool>();
    for (int64_t i = 0; i < count_b; ++i) {
        const uint64_t place = static_cast<uint64_t>(known[i]) - static_cast<uint64_t>(least);
        if (place <= range) in_table[place] = !invert;  // another thread may have written to the array meanwhile
    }
    cpu::run_tasks(chunks_of(count_a), count_a, [&](int64_t chunk) {
        for (int64_t i = chunk * task_elements, end = std::min(count_a, i + task_elements); i < end; ++i) {
            const uint64_t place = static_cast<uint64_t>(wanted[i]) - static_cast<uint64_t>(least);
            to[i] = place <= range ? in_table[place] : invert;
        }
    });
    return true;
}

// Few values in a row of a dtype that is only stored, which is not converted for them: ranks are ordered as the numbers
// are, those of NaN the last.
template <class O>
void search_ranks(const O &order, const Array &sorted, const Array &values, bool right, int64_t *out) {
    using K = typename O::Key;
    const K *const in = sorted.data<K>(), *const wanted = values.data<K>();
    for (int64_t i = 0, count = values.size(); i < count; ++i) {
        const K rank = order.rank(wanted[i]);
        auto is_below = [&](K element) { return right ? order.rank(element) <= rank : order.rank(element) < rank; };
        out[i] = std::partition_point(in, in + sorted.size(), is_below) - in;
    }
}

}  // namespace

std::vector<Array> nonzero(const Array &a) {
    require_cpu(a, "nonzero");
    const Array in = compact(a);
    std::vector<int64_t> starts = count_chunks(in);
    int64_t total = 0;
    for (int64_t &start : starts) {
        total += start;
        start = total - start;
    }
    starts.push_back(total);
    const int ndim = a.ndim();
    std::vector<Array> out;
    for (int axis = 0; axis < ndim; ++axis) out.push_back(empty(Dims{total}, DType::Int64, a.device()));
    if (total == 0) return out;
    const int64_t run = a.shape()[ndim - 1], count = in.size();
    cpu::run_tasks(chunks_of(count), count, [&](int64_t chunk) {
        int64_t at = starts[static_cast<size_t>(chunk)];
        const int64_t stop = starts[static_cast<size_t>(chunk + 1)];
        for (int64_t i = chunk * task_elements, end = std::min(count, i + task_elements); i < end;) {
            // The rest of a row: its elements differ in the last index only.
            const int64_t in_row = i % run, n = std::min(end - i, run - in_row);
            const int64_t found = positions(in.bytes() + i * itemsize(a.dtype), a.dtype, n, in_row, stop - at,
                                            out.back().data<int64_t>() + at);
            int64_t row = i / run;
            for (int axis = ndim - 2; axis >= 0; --axis) {
                std::fill_n(out[static_cast<size_t>(axis)].data<int64_t>() + at, found, row % a.shape()[axis]);
                row /= a.shape()[axis];
            }
            at += found;
            i += n;
        }
        for (Array &indices : out) std::fill(indices.data<int64_t>() + at, indices.data<int64_t>() + stop, 0);
    });
    return out;
}

Array count_nonzero(const Array &a, const Dims &axes, bool keepdims) {
    require_cpu(a, "count_nonzero");
    if (axes.size() < a.ndim()) return reduce(ReduceOp::sum, astype(a, DType::Bool), axes, keepdims);
    const Array in = is_contiguous(a.layout) ? a : astype(a, DType::Bool);
    Array out = empty(keepdims ? Dims(a.ndim(), 1) : Dims{}, DType::Int64, a.device());
    int64_t total = 0;
    for (int64_t count : count_chunks(compact(in))) total += count;
    *out.data<int64_t>() = total;
    return out;
}

Array searchsorted(const Array &sorted, const Value &values, bool right) {
    require_cpu(sorted, "searchsorted");
    const DType common = result_type(sorted, values), dtype = arithmetic(common);
    if (is_storage(common) && common == sorted.dtype &&
        is_few(values.array ? values.array->size() : 1, sorted.size())) {
        const Array wanted = values.array ? compact(astype(*values.array, common))
                                          : full(Dims{}, values.scalar, common, sorted.device());
        Array out = empty(wanted.shape(), DType::Int64, sorted.device());
        cpu::with_order(common, false,
                        [&](auto order) { search_ranks(order, compact(sorted), wanted, right, out.data<int64_t>()); });
        return out;
    }
    const Array in = dense(sorted, dtype), wanted = dense(values, dtype);
    Array out = empty(wanted.shape(), DType::Int64, sorted.device());
    dispatch(dtype, [&](auto tag) {
        search<typename decltype(tag)::type>(in, wanted, right, [&](const int64_t *found, int64_t first, int64_t n) {
            std::copy_n(found, n, out.data<int64_t>() + first);
        });
    });
    return out;
}

Array isin(const Value &a, const Value &b, bool invert) {
    const DType dtype = arithmetic(result_type(a, b));
    const Array in = dense(a, dtype), among = flattened(dense(b, dtype));
    require_cpu(in, "isin");
    Array out = empty(in.shape(), DType::Bool, in.device());
    if (among.size() == 0) {
        fill(out, Scalar{Kind::Bool, invert, 0.0});
        return out;
    }
    dispatch(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_integral_v<T>)
            if (look_up<T>(in, among, invert, out)) return;
        const Array sorted = sort(among, 0, false);
        const T *known = sorted.data<T>(), *wanted = in.data<T>();
        const int64_t last = sorted.size() - 1;
        search<T>(sorted, in, false, [&](const int64_t *found, int64_t first, int64_t n) {
            for (int64_t i = 0; i < n; ++i) {
                const T nearest = known[std::min(found[i], last)];
                out.data<bool>()[first + i] = (nearest == wanted[first + i]) != invert;
            }
        });
    });
    return out;
}

}  // namespace needle
