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
    Dims() = default;
    Dims(int count, int64_t fill);
    Dims(std::initializer_list<int64_t> values);
    Dims(const int64_t *values, int count);
    Dims(const Dims &other) : Dims(other.data(), other.count_) {}
    Dims(Dims &&other) noexcept;
    Dims &operator=(const Dims &other);
    Dims &operator=(Dims &&other) noexcept;
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

    friend bool operator==(const Dims &a, const Dims &b);
    friend bool operator!=(const Dims &a, const Dims &b) { return !(a == b); }

    Dims inserted(int at, int64_t value) const;
    Dims erased(int at) const;
    std::string text() const; // "(2, 3)", "(4,)", "()"

  private:
    static constexpr int inline_capacity = 6;
    void resize_uninitialized(int count);
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

// Number of elements; throws Error(Value) where the product does not fit 63 bits.
int64_t element_count(const Dims &shape);
Dims contiguous_strides(const Dims &shape);
bool is_contiguous(const Layout &layout); // row-major and dense; the offset may be anything
bool is_broadcast(const Layout &layout);  // some axis longer than one has stride 0: elements share memory

// Axis in [-ndim, ndim) to [0, ndim); `what` names the operation in the message of Error(Index).
int normalize_axis(int64_t axis, int ndim, const char *what);
Dims normalize_axes(const Dims &axes, int ndim, const char *what); // sorted; repeated axes throw Error(Value)

Dims broadcast_shapes(const Dims &a, const Dims &b, const char *what);
Layout broadcast_to(const Layout &layout, const Dims &shape, const char *what);

Layout permute(const Layout &layout, const Dims &axes);
Layout swap_axes(const Layout &layout, int a, int b);
// A new axis of size 1 at `axis` in [0, ndim]; its stride is never followed.
Layout expand_dims(const Layout &layout, int axis, int64_t stride = 0);
Layout squeeze(const Layout &layout, int axis);
Layout flip(const Layout &layout, const Dims &axes);
// Elements start, start + step, ... along `axis`, `count` of them; the caller has checked the bounds.
Layout slice(const Layout &layout, int axis, int64_t start, int64_t step, int64_t count);
Layout select(const Layout &layout, int axis, int64_t index);

// `shape` with at most one -1 replaced; throws Error(Shape) where the sizes differ.
Dims resolve_shape(const Dims &shape, int64_t count);
// The layout that shows the same elements in the same order with another shape, or nothing where a copy is needed.
std::optional<Layout> reshape(const Layout &layout, const Dims &shape);

// Lowest and highest position that any index reaches (meaningless for an empty layout).
struct Extent {
    int64_t low, high;
};
Extent extent(const Layout &layout);

} // namespace needle
