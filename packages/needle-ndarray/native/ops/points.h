// Places in an array that integer arrays select.
#pragma once
#include "core/array.h"
#include <optional>
#include <vector>

namespace needle {

// How many points are looked up at a time.
constexpr int64_t point_block = 512;

// The places that an index selects: one for each element of `shape`, as a distance in elements from the array's first
// one. Each place is a sum of terms, which broadcast against each other.
class Points {
  public:
    Dims shape;

    // Indices of any integer dtype along an axis of `size` elements that are `stride` apart; negative ones count from
    // the end. `axis` names it in errors.
    void add_indices(const Array &indices, int64_t size, int64_t stride, int axis);
    // Distances themselves (int64), as a mask gives them.
    void add_offsets(const Array &offsets);
    // Strides along the last axes of `shape`.
    void add_strides(const Dims &strides);
    // Broadcasts the terms to `shape`, which only a shape that holds all of them may replace later; call it last.
    void finish();

    int64_t count() const { return element_count(shape); }
    // Throws Error(Index) where an index is out of range; `origin` is the shape of the array that is named.
    void check(const char *what, const Dims &origin) const;
    // What to throw when fill has said false.
    [[noreturn]] void refuse(const char *what, const Dims &origin) const;
    // The distances of points start .. start + n, n <= point_block; false where an index is out of range.
    bool fill(int64_t start, int64_t n, int64_t *out) const;
    // How far each point is from the one before, where that is the same for all.
    std::optional<int64_t> even_step() const;
    // Indices that share memory with `target` are copied, so that writing there does not change them.
    void keep_apart_from(const Array &target);

  private:
    struct Term {
        enum class Kind { Indices, Offsets, Strides } kind;
        Array values;  // int64, dense; none for strides
        Dims strides;  // of `values`, or of the array itself, along the axes of `shape`
        int64_t low, size, step;
        int axis;
        Dims steps = {};  // as strides, along the merged axes
    };
    std::vector<Term> terms_;
    Dims axes_;  // sizes of the axes of `shape`, those that step as one merged
};

}  // namespace needle
