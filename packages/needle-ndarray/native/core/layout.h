// Layout: how an index (i, j, ...) becomes a position in a buffer: offset + i * strides[0] + j * strides[1] + ...
// Everything here is arithmetic on immutable values; no function sees memory. Strides and offset count elements.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

namespace needle {

constexpr int max_ndim = 64;

// A short list of sizes or strides; up to six stand inside the object, so that usual arrays allocate nothing for it.
class Dims {
  public:
    Dims() noexcept {}  // = default would clear the room for the sizes, too
    Dims(int count, int64_t fill) {
        resize_uninitialized(count);
        for (int i = 0; i < count; ++i) data()[i] = fill;
    }
    Dims(std::initializer_list<int64_t> values) : Dims(values.begin(), static_cast<int>(values.size())) {}
    Dims(const int64_t *values, int count) {
        resize_uninitialized(count);
        copy_from(values);
    }
    Dims(const Dims &other) : Dims(other.data(), other.count_) {}
    Dims(Dims &&other) noexcept : count_(other.count_) { steal(other); }
    Dims &operator=(const Dims &other) {
        if (this != &other) *this = Dims(other);
        return *this;
    }
    Dims &operator=(Dims &&other) noexcept {
        if (this == &other) return *this;
        if (count_ > inline_capacity) delete[] heap_;
        count_ = other.count_;
        steal(other);
        return *this;
    }
    ~Dims() {
        if (count_ > inline_capacity) delete[] heap_;
    }

    int size() const { return count_; }
    bool empty() const { return count_ == 0; }
    int64_t *data() { return count_ > inline_capacity ? heap_ : inline_; }
    const int64_t *data() const { return count_ > inline_capacity ? heap_ : inline_; }
    int64_t operator[](int i) const { return data()[i]; }
    int64_t &operator[](int i) { return data()[i]; }
    const int64_t *begin() const { return data(); }
    const int64_t *end() const { return data() + count_; }

    friend bool operator==(const Dims &a, const Dims &b) {
        if (a.count_ != b.count_) return false;
        for (int i = 0; i < a.count_; ++i)
            if (a[i] != b[i]) return false;
        return true;
    }
    friend bool operator!=(const Dims &a, const Dims &b) { return !(a == b); }

    Dims inserted(int at, int64_t value) const;
    Dims erased(int at) const;
    std::string text() const;  // "(2, 3)", "(4,)", "()"

  private:
    static constexpr int inline_capacity = 6;
    void resize_uninitialized(int count) {
        if (count > inline_capacity) allocate(count);
        count_ = count;
    }
    void allocate(int count);  // throws Error(Value) above max_ndim
    void copy_from(const int64_t *values) {
        int64_t *to = data();
        for (int i = 0; i < count_; ++i) to[i] = values[i];
    }
    void steal(Dims &other) noexcept {
        if (count_ > inline_capacity) {
            heap_ = other.heap_;
            other.count_ = 0;
        } else copy_from(other.inline_);
    }
    int32_t count_ = 0;
    union {
        int64_t inline_[inline_capacity];
        int64_t *heap_;
    };
};

struct Layout {
    Dims shape;
    Dims strides;
    int64_t offset = 0;

    int ndim() const { return shape.size(); }
    static Layout contiguous(const Dims &shape);
};

// For strides that may never be followed, because their axis has one element at most.
inline int64_t wrapping_product(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
inline int64_t wrapping_sum(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

// Number of elements; throws Error(Value) where the product of the sizes other than 0 does not fit 63 bits.
[[noreturn]] void refuse_shape(const Dims &shape);
inline int64_t element_count(const Dims &shape) {
    int64_t count = 1;
    bool overflow = false, none = false;
    for (int64_t size : shape) {
        none |= size == 0;
        overflow |= __builtin_mul_overflow(count, size == 0 ? 1 : size, &count);
    }
    if (overflow) refuse_shape(shape);
    return none ? 0 : count;
}

inline Dims contiguous_strides(const Dims &shape) {
    Dims strides(shape.size(), 1);
    int64_t step = 1;
    for (int i = shape.size() - 1; i >= 0; --i) {
        strides[i] = step;
        if (shape[i] > 1) step *= shape[i];
    }
    return strides;
}

// Row-major and dense, as everything without elements is; the offset may be anything.
inline bool is_contiguous(const Layout &layout) {
    int64_t expected = 1;
    bool dense = true;
    for (int i = layout.ndim() - 1; i >= 0; --i) {
        int64_t size = layout.shape[i];
        if (size == 0) return true;
        if (size == 1) continue;
        dense &= layout.strides[i] == expected;
        expected *= size;
    }
    return dense;
}

bool is_broadcast(const Layout &layout);  // some axis longer than one has stride 0: elements share memory
// Whether two indices reach the same position. Exact for one and two axes, and for all views but those of as_strided;
// of others, layouts that would take long to tell count as overlapping.
bool is_overlapping(const Layout &layout);

// Axis in [-ndim, ndim) to [0, ndim); `what` names the operation in the message of Error(Index).
int normalize_axis(int64_t axis, int ndim, const char *what);
Dims normalize_axes(const Dims &axes, int ndim, const char *what);  // sorted; repeated axes throw Error(Value)

Dims broadcast_shapes(const Dims &a, const Dims &b, const char *what);
// The same of any number; what does not fit is told with all of them.
Dims broadcast_shapes(const Dims *shapes, int count, const char *what);
Layout broadcast_to(const Layout &layout, const Dims &shape, const char *what);

Layout permute(const Layout &layout, const Dims &axes, const char *what = "permute_dims");
// Axis sources[i] becomes axis destinations[i] of the result; the others keep their order.
Layout move_axes(const Layout &layout, const Dims &sources, const Dims &destinations);
Layout reverse_axes(const Layout &layout);
Layout swap_axes(const Layout &layout, int a, int b);
// A new axis of size 1 at `axis` in [0, ndim]; its stride is never followed.
Layout expand_dims(const Layout &layout, int axis, int64_t stride = 0);
Layout squeeze(const Layout &layout, int axis);
// Without the axes of size 1 in front that are more than `ndim`.
Layout without_leading_ones(const Layout &layout, int ndim);
Layout flip(const Layout &layout, const Dims &axes);
// Elements start, start + step, ... along `axis`, `count` of them; the caller has checked the bounds.
Layout slice(const Layout &layout, int axis, int64_t start, int64_t step, int64_t count);
Layout select(const Layout &layout, int axis, int64_t index);
// Elements (i, i + diagonal) of the matrices along two different axes, which give way to a last one.
Layout diagonal(const Layout &layout, int64_t diagonal, int row_axis, int column_axis);

// `shape` with at most one -1 replaced; throws Error(Shape) where the sizes differ.
Dims resolve_shape(const Dims &shape, int64_t count);
// The layout that shows the same elements in the same order with another shape, or nothing where a copy is needed.
std::optional<Layout> reshape(const Layout &layout, const Dims &shape);

// Lowest and highest position that any index reaches (meaningless for an empty layout); throws Error(Value) where they
// do not fit 64 bits.
struct Extent {
    int64_t low, high;
};
Extent extent(const Layout &layout);

}  // namespace needle
