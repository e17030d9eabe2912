#include "ops/places.h"
#include "core/parallel.h"
#include "cpu/iterate.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include <algorithm>
#include <atomic>
#include <cstring>
#include <type_traits>

namespace needle {

namespace {

// The axes around the points, those that step as one on both sides merged.
struct Block {
    int ndim = 0;
    int64_t elements = 1;
    int64_t shape[max_ndim], to[max_ndim], from[max_ndim];
    bool streams = false;  // writes go past the caches

    Block(const Layout &to_layout, const Layout &from_layout) {
        for (int axis = 0; axis < to_layout.ndim(); ++axis) {
            const int64_t size = to_layout.shape[axis];
            elements *= size;
            if (size == 1) continue;
            const int64_t to_stride = to_layout.strides[axis], from_stride = from_layout.strides[axis];
            if (ndim > 0 && to[ndim - 1] == wrapping_product(to_stride, size) &&
                from[ndim - 1] == wrapping_product(from_stride, size))
                shape[ndim - 1] *= size;
            else shape[ndim++] = size;
            to[ndim - 1] = to_stride;
            from[ndim - 1] = from_stride;
        }
    }
    // Makes axes of `count` equal parts of a row, one on this side of the points and one on the other.
    void take_parts(Block &row, int64_t count) {
        row.shape[0] /= count;
        row.elements /= count;
        shape[ndim] = count;
        to[ndim] = from[ndim] = row.elements;
        elements *= count;
        ++ndim;
    }
    bool is_row() const { return ndim == 1 && to[0] == 1 && from[0] == 1; }
    void offsets(int64_t index, int64_t &to_at, int64_t &from_at) const {
        for (int axis = ndim - 1; axis >= 0; --axis) {
            const int64_t i = axis == 0 ? index : index % shape[axis];
            if (axis > 0) index /= shape[axis];
            to_at += i * to[axis];
            from_at += i * from[axis];
        }
    }
};

// Writes wait for their cache lines in order, so these are asked for ahead.
constexpr int64_t written_ahead = 32;

template <class Word>
void copy_elements(char *to_, const int64_t *to_at, const char *from_, const int64_t *from_at, int64_t n) {
    auto to = reinterpret_cast<Word *>(to_);
    auto from = reinterpret_cast<const Word *>(from_);
    int64_t i = 0;
    for (; i + written_ahead < n; ++i) {
        __builtin_prefetch(to + to_at[i + written_ahead], 1);
        to[to_at[i]] = from[from_at[i]];
    }
    for (; i < n; ++i) to[to_at[i]] = from[from_at[i]];
}

template <class Word> void write_elements(char *to_, const int64_t *to_at, const char *from_, int64_t n) {
    auto to = reinterpret_cast<Word *>(to_);
    auto from = reinterpret_cast<const Word *>(from_);
    int64_t i = 0;
    for (; i + written_ahead < n; ++i) {
        __builtin_prefetch(to + to_at[i + written_ahead], 1);
        to[to_at[i]] = from[i];
    }
    for (; i < n; ++i) to[to_at[i]] = from[i];
}

template <class Word> void read_elements(char *to_, const char *from_, const int64_t *from_at, int64_t n) {
    auto to = reinterpret_cast<Word *>(to_);
    auto from = reinterpret_cast<const Word *>(from_);
    for (int64_t i = 0; i < n; ++i) to[i] = from[from_at[i]];
}

template <class Word> constexpr int log2_of = __builtin_ctz(static_cast<unsigned>(sizeof(Word)));

// Calls f with the offsets of each innermost run on both sides.
template <class F> void for_each_run(const Block &block, F &&f) {
    int64_t index[max_ndim] = {}, to = 0, from = 0;
    while (true) {
        f(to, from);
        int axis = block.ndim - 2;
        for (; axis >= 0; --axis) {
            to += block.to[axis];
            from += block.from[axis];
            if (++index[axis] < block.shape[axis]) break;
            to -= block.to[axis] * block.shape[axis];
            from -= block.from[axis] * block.shape[axis];
            index[axis] = 0;
        }
        if (axis < 0) return;
    }
}

template <class Word> void copy_block(const Block &block, char *to_, const char *from_) {
    const int last = block.ndim - 1;
    const int64_t length = block.shape[last], to_stride = block.to[last], from_stride = block.from[last];
    const cpu::FillLoop fill = cpu::kernels().elementwise->fill[log2_of<Word>];
    for_each_run(block, [&](int64_t to_at, int64_t from_at) {
        auto to = reinterpret_cast<Word *>(to_) + to_at;
        auto from = reinterpret_cast<const Word *>(from_) + from_at;
        if (to_stride == 1 && from_stride == 1) memcpy(to, from, static_cast<size_t>(length) * sizeof(Word));
        else if (to_stride == 1 && from_stride == 0) fill(from, to, length);
        else
            for (int64_t i = 0; i < length; ++i) to[i * to_stride] = from[i * from_stride];
    });
}

// Rows lie anywhere, so that no processor knows the next ones: their first lines are asked for while others are copied.
constexpr int64_t rows_ahead = 4;
inline void fetch_ahead(const char *row, size_t bytes) {
    for (size_t at = 0; at < std::min<size_t>(bytes, 1024); at += 64) __builtin_prefetch(row + at);
}

template <class Word>
void copy_points(const Block &inner, char *to, const int64_t *to_at, const char *from, const int64_t *from_at,
                 int64_t n) {
    constexpr int size = sizeof(Word);
    if (inner.ndim == 0) return copy_elements<Word>(to, to_at, from, from_at, n);
    if (inner.is_row())
        return cpu::kernels().elementwise->copy_rows(
            {from, from_at, to, to_at, n, inner.elements * size, size, inner.streams});
    for (int64_t i = 0; i < n; ++i) copy_block<Word>(inner, to + to_at[i] * size, from + from_at[i] * size);
}

template <class T>
void add_points(const Block &inner, char *to_, const int64_t *to_at, const char *from_, const int64_t *from_at,
                int64_t n) {
    // Integers wrap around as they do elsewhere, which only unsigned arithmetic may.
    using Sum = std::conditional_t<std::is_integral_v<T>, uint64_t, T>;
    auto add = [](T &to, T from) { to = static_cast<T>(static_cast<Sum>(to) + static_cast<Sum>(from)); };
    const BinaryOp sum = std::is_same_v<T, bool> ? BinaryOp::logical_or : BinaryOp::add;
    const cpu::BinaryLoop add_row = cpu::kernels().elementwise->binary[static_cast<int>(sum)][index_of(dtype_of<T>)];
    const int last = inner.ndim - 1;
    const auto size = static_cast<int64_t>(sizeof(T)), bytes = inner.elements * size;
    const bool is_row = inner.ndim == 0 || inner.is_row();
    constexpr int64_t short_row = 256;
    if (is_row && bytes <= short_row)
        return cpu::kernels().elementwise->add_rows[index_of(dtype_of<T>)](to_, to_at, from_, from_at, n,
                                                                           inner.elements);
    for (int64_t i = 0; i < n; ++i) {
        if (is_row && i + rows_ahead < n) {
            fetch_ahead(to_ + to_at[i + rows_ahead] * size, static_cast<size_t>(bytes));
            fetch_ahead(from_ + from_at[i + rows_ahead] * size, static_cast<size_t>(bytes));
        }
        T *to = reinterpret_cast<T *>(to_) + to_at[i];
        const T *from = reinterpret_cast<const T *>(from_) + from_at[i];
        if (is_row) add_row(to, 1, from, 1, to, inner.elements);
        else
            for_each_run(inner, [&](int64_t to_run, int64_t from_run) {
                for (int64_t j = 0; j < inner.shape[last]; ++j)
                    add(to[to_run + j * inner.to[last]], from[from_run + j * inner.from[last]]);
            });
    }
}

using ReadElements = void (*)(char *, const char *, const int64_t *, int64_t);
using WriteElements = void (*)(char *, const int64_t *, const char *, int64_t);
using CombinePoints = void (*)(const Block &, char *, const int64_t *, const char *, const int64_t *, int64_t);

CombinePoints copy_points_of(DType dtype) {
    constexpr CombinePoints by_size[] = {copy_points<uint8_t>, copy_points<uint16_t>, copy_points<uint32_t>,
                                         copy_points<uint64_t>};
    return by_size[log2_itemsize(dtype)];
}

WriteElements write_elements_of(DType dtype) {
    constexpr WriteElements by_size[] = {write_elements<uint8_t>, write_elements<uint16_t>, write_elements<uint32_t>,
                                         write_elements<uint64_t>};
    return by_size[log2_itemsize(dtype)];
}

ReadElements read_elements_of(DType dtype) {
    constexpr ReadElements by_size[] = {read_elements<uint8_t>, read_elements<uint16_t>, read_elements<uint32_t>,
                                        read_elements<uint64_t>};
    return by_size[log2_itemsize(dtype)];
}

// Few points with many elements each: every one is a copy that itself runs in parallel.
bool copy_large(const Places &to, const Places &from, const Block &outer) {
    int64_t to_at = 0, from_at = 0;
    for (int64_t p = 0, count = to.points->count(); p < count; ++p) {
        if (!to.points->fill(p, 1, &to_at) || !from.points->fill(p, 1, &from_at)) return false;
        for (int64_t o = 0; o < outer.elements; ++o) {
            int64_t to_base = to.array.layout.offset + to_at, from_base = from.array.layout.offset + from_at;
            outer.offsets(o, to_base, from_base);
            assign(to.array.view({to.inner.shape, to.inner.strides, to_base}),
                   from.array.view({from.inner.shape, from.inner.strides, from_base}));
        }
    }
    return true;
}

// Deals rows out among tasks by where they are written, so that equal places belong to one task, which goes through its
// own in order. The result is that of one task for all, whatever the number of tasks, which may follow the threads.
struct Owners {
    static constexpr int64_t fewest_points = 256, shortest_row = 16;

    int64_t count;

    // No more than there are threads, as each owner looks at every point.
    explicit Owners(int64_t points) : count(std::clamp<int64_t>(points / fewest_points, 1, num_threads())) {}

    // Scrambled, so that rows beside each other and rows that are used more than others come to different owners.
    int64_t of(int64_t place) const {
        const uint64_t scrambled = (static_cast<uint64_t>(place) * 0x9e3779b97f4a7c15) >> 32;
        return static_cast<int64_t>((scrambled * static_cast<uint64_t>(count)) >> 32);
    }
};

// The distances of some points at a time. Those of points that lie evenly are the same from block to block, behind
// another start.
class PointBlock {
  public:
    explicit PointBlock(const Points &points) : points_(points), step_(points.even_step()) {}

    // Points first .. first + n, n <= point_block; false where an index is out of range.
    bool fill(int64_t first, int64_t n) {
        if (!step_) return points_.fill(first, n, at);
        start = first * *step_;
        for (; filled_ < n; ++filled_) at[filled_] = filled_ * *step_;
        return true;
    }
    bool is_dense() const { return step_ == 1; }

    int64_t start = 0;  // comes to each of `at`
    int64_t at[point_block];

  private:
    const Points &points_;
    const std::optional<int64_t> step_;
    int64_t filled_ = 0;
};

bool walk_by_owners(const Places &to, const Places &from, const Block &inner, CombinePoints combine) {
    const int64_t count = to.points->count();
    const Owners owners(count);
    std::atomic<bool> good{true};
    parallel_for(owners.count, [&](int64_t owner) {
        PointBlock to_points(*to.points), from_points(*from.points);
        int64_t to_at[point_block], from_at[point_block];
        for (int64_t p = 0; p < count && good.load(std::memory_order_relaxed); p += point_block) {
            const int64_t n = std::min(point_block, count - p);
            if (!to_points.fill(p, n) || !from_points.fill(p, n)) {
                good = false;
                return;
            }
            int64_t own = 0;
            for (int64_t i = 0; i < n; ++i) {
                to_at[own] = to_points.start + to_points.at[i];
                from_at[own] = from_points.start + from_points.at[i];
                own += owners.of(to_at[own]) == owner;
            }
            combine(inner, to.array.bytes(), to_at, from.array.bytes(), from_at, own);
        }
    });
    return good;
}

// Runs `combine` over all places; `read` and `write`, where they are given, over single elements that are written, or
// read, one after the other.
bool walk_places(const Places &to, const Places &from, Block outer, Block inner, int64_t ordered, CombinePoints combine,
                 ReadElements read, WriteElements write) {
    const int64_t count = to.points->count(), size = itemsize(to.array.dtype);
    if (count == 0 || outer.elements == 0 || inner.elements == 0) return true;
    // Places that must be written in order: several threads share them, or where they are few and long, the rows.
    if (ordered == count && count > 1 && outer.elements == 1 && inner.is_row() &&
        count * inner.elements > task_elements) {
        if (count >= Owners::fewest_points && inner.elements >= Owners::shortest_row)
            return walk_by_owners(to, from, inner, combine);
        for (int64_t parts : {4, 3, 2})
            if (inner.is_row() && inner.elements % parts == 0 && inner.elements / parts >= 64 && outer.elements == 1)
                outer.take_parts(inner, parts);
    }
    // Not in order, since only then nothing is written twice.
    inner.streams = ordered == 1 && 2 * count * outer.elements * inner.elements * size > 4 * cpu::streamed_bytes;
    const int64_t of_task = inner.streams ? streamed_task_elements : task_elements;
    // A task: some blocks of points, and some of the outer elements for each of them. What has to be written in order
    // is one task's.
    constexpr int64_t fewest_points = 16;
    const int64_t wanted = std::max(std::min(fewest_points, count), of_task / inner.elements),
                  points = (wanted + ordered - 1) / ordered * ordered,
                  outers = std::max<int64_t>(1, of_task / (std::min(points, count) * inner.elements)),
                  point_tasks = (count + points - 1) / points, outer_tasks = (outer.elements + outers - 1) / outers;
    std::atomic<bool> good{true};
    char *to_start = to.array.bytes();
    const char *from_start = from.array.bytes();
    auto run = [&](int64_t task) {
        const int64_t first = task % point_tasks * points, end = std::min(count, first + points),
                      outer_first = task / point_tasks * outers,
                      outer_end = std::min(outer.elements, outer_first + outers);
        PointBlock to_points(*to.points), from_points(*from.points);
        const bool reads = read && inner.ndim == 0 && to_points.is_dense(),
                   writes = write && !reads && inner.ndim == 0 && from_points.is_dense();
        for (int64_t p = first; p < end && good.load(std::memory_order_relaxed); p += point_block) {
            const int64_t n = std::min(point_block, end - p);
            if (!to_points.fill(p, n) || !from_points.fill(p, n)) {
                good = false;
                return;
            }
            for (int64_t o = outer_first; o < outer_end; ++o) {
                int64_t to_base = to_points.start, from_base = from_points.start;
                outer.offsets(o, to_base, from_base);
                char *target = to_start + to_base * size;
                const char *source = from_start + from_base * size;
                if (reads) read(target, source, from_points.at, n);
                else if (writes) write(target, to_points.at, source, n);
                else combine(inner, target, to_points.at, source, from_points.at, n);
            }
        }
    };
    if (point_tasks * outer_tasks == 1) run(0);
    else parallel_for(point_tasks * outer_tasks, run);
    return good;
}

}  // namespace

bool copy_places(const Places &to, const Places &from, int64_t ordered) {
    const Block outer(to.outer, from.outer), inner(to.inner, from.inner);
    if (inner.elements >= task_elements) return copy_large(to, from, outer);
    return walk_places(to, from, outer, inner, ordered, copy_points_of(to.array.dtype),
                       read_elements_of(to.array.dtype), write_elements_of(to.array.dtype));
}

bool add_places(const Places &to, const Places &from) {
    return dispatch(to.array.dtype, [&](auto tag) {
        return walk_places(to, from, Block(to.outer, from.outer), Block(to.inner, from.inner), to.points->count(),
                           add_points<typename decltype(tag)::type>, nullptr, nullptr);
    });
}

}  // namespace needle
