// The documentation of Layout.
#pragma once

namespace needle::python::docs::layouts {

constexpr const char *layout_class =
    R"(How an index becomes a position in a buffer: offset + sum of index[i] * strides[i].

A layout is an immutable value. Strides and offset count elements.

Args:
    shape: Sizes of the axes.
    strides: Steps along each axis; those of row-major order without gaps by default.
    offset: Position of the first element.

Raises:
    ShapeError: A size is negative, or shape and strides have not equally many entries.
    ValueError: There are more elements, or positions, than 64 bits can count.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3))
    Layout(shape=(2, 3), strides=(3, 1), offset=0)
)";

constexpr const char *shape = R"(Sizes of the axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).shape
    (2, 3)
)";

constexpr const char *strides = R"(Steps along each axis, in elements.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).strides
    (3, 1)
)";

constexpr const char *offset = R"(Position of the first element.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).flip(1).offset
    2
)";

constexpr const char *ndim = R"(Number of axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).ndim
    2
)";

constexpr const char *size = R"(Number of elements.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).size
    6
)";

constexpr const char *is_contiguous = R"(Whether the elements lie in row-major order without gaps.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).is_contiguous(), nd.Layout((2, 3)).permute((1, 0)).is_contiguous()
    (True, False)
)";

constexpr const char *is_broadcast = R"(Whether an axis longer than one has stride 0, so that elements share a place.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((3,)).broadcast_to((2, 3)).is_broadcast()
    True
)";

constexpr const char *is_overlapping =
    R"(Whether two indices reach the same position, as in broadcast views and in sliding windows.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((3, 2), (1, 1)).is_overlapping()
    True
)";

constexpr const char *extent = R"(Lowest and highest position that an index reaches; without elements they mean nothing.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).slice(1, 2, -2, 2).extent()
    (0, 5)
)";

constexpr const char *permute = R"(Orders the axes anew.

Args:
    axes: Axis i of the result is axis axes[i].

Raises:
    ValueError: The axes are not each axis once.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).permute((1, 0))
    Layout(shape=(3, 2), strides=(1, 3), offset=0)
)";

constexpr const char *reshape = R"(Shows the same elements in the same order with another shape.

Args:
    shape: With the same number of elements; one size may be -1 and is found.

Returns:
    The layout, or None where no strides can show it, so that the elements have to be copied.

Raises:
    ShapeError: The numbers of elements differ.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 6)).reshape((3, -1))
    Layout(shape=(3, 4), strides=(4, 1), offset=0)
    >>> nd.Layout((2, 6)).permute((1, 0)).reshape((12,)) is None
    True
)";

constexpr const char *broadcast_to = R"(Repeats axes of size 1, and new leading ones, with stride 0.

Args:
    shape: Of the result.

Raises:
    ShapeError: The layout does not broadcast to that shape.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((3, 1)).broadcast_to((2, 3, 4))
    Layout(shape=(2, 3, 4), strides=(0, 1, 0), offset=0)
)";

constexpr const char *slice = R"(Takes elements of an axis at equal distances.

Args:
    axis: The axis.
    start: The first index.
    step: The distance from one index to the next, which may be negative.
    count: How many.

Raises:
    IndexError: There is no such axis, or not all indices are on it.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 10)).slice(1, 8, -3, 3)
    Layout(shape=(2, 3), strides=(10, -3), offset=8)
)";

constexpr const char *select = R"(Takes one index of an axis, which is gone from the result.

Args:
    axis: The axis.
    index: From 0 to its size - 1.

Raises:
    IndexError: There is no such axis or index.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).select(0, 1)
    Layout(shape=(3,), strides=(1,), offset=3)
)";

constexpr const char *flip = R"(Reverses the order along axes.

Args:
    axes: One or several; all by default.

Raises:
    IndexError: There is no such axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).flip()
    Layout(shape=(2, 3), strides=(-3, -1), offset=5)
)";

constexpr const char *squeeze = R"(Leaves out an axis of size 1.

Args:
    axis: The axis.

Raises:
    IndexError: There is no such axis.
    ValueError: Its size is not 1.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 1, 3)).squeeze(1)
    Layout(shape=(2, 3), strides=(3, 1), offset=0)
)";

constexpr const char *expand_dims = R"(Inserts an axis of size 1.

Args:
    axis: Its number in the result.

Raises:
    IndexError: There is no such axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Layout((2, 3)).expand_dims(1).shape
    (2, 1, 3)
)";

constexpr const char *explain = R"(Explains how an index becomes a position in the buffer.

The text shows the formula, a table of indices with their positions (and, of an array's layout, values), whether the
elements are contiguous and why not, and what is behind: the storage, who owns it, and how many arrays share it.

Args:
    index: One index to follow, an int or a tuple with one for each axis; the table without it.

Returns:
    A str that the interpreter and notebooks show as it is.

Raises:
    IndexError: The index is out of range.
    ShapeError: It has not one entry for each axis.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.arange(6).reshape(2, 3)
    >>> x[:, ::-2].layout.explain()
    Layout(shape=(2, 2), strides=(3, -2), offset=2)
    position of [i, j]
        = offset + i*strides[0] + j*strides[1]
        = 2 + i*3 + j*(-2)
    <BLANKLINE>
     index  position  value
    (0, 0)         2      2
    (0, 1)         0      0
    (1, 0)         5      5
    (1, 1)         3      3
    <BLANKLINE>
    Not contiguous: row-major order without gaps has strides (2, 1), other than here on axes 0, 1.
    Axis 1 has a negative stride: it runs through the buffer backwards.
    The view reaches positions 0 to 5 of a storage with room for 6 elements.
    Storage: 48 bytes on cpu(), Needle's own; int64, 8 bytes an element.
    1 other array shares the storage: a write may show there.
    Writable.
    >>> print(nd.Layout((3, 4)).explain((2, -1)).splitlines()[6])
        position = 0 + 2*4 + 3*1 = 11
)";

}  // namespace needle::python::docs::layouts
