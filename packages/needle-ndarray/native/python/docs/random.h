// The documentation of Generator; the examples run as doctests.
#pragma once

namespace needle::python::docs::generators {

constexpr const char *generator_class = R"(A source of random numbers: Philox 4x32-10.

The generator is counter-based: its numbers depend on the seed and on what was drawn before, never on the number of
threads. Threads may share one; each draw then takes its own part of the stream.

Args:
    seed: From 0 to 2**64 - 1; None takes one from the system's entropy.

Example:
    >>> import needle_ndarray as nd
    >>> generator = nd.random.Generator(seed=0)
    >>> generator.integers(0, 10, (2, 3)).shape
    (2, 3)
)";

constexpr const char *uniform = R"(Draws numbers from the uniform distribution on [low, high).

Args:
    shape: Of the result.
    low: The lowest number.
    high: The bound above, which is not drawn itself unless it equals `low`.
    dtype: float32 or float64.
    device: Where the result is made.

Returns:
    An array of this shape and dtype.

Raises:
    DTypeError: Another dtype.
    ValueError: `low` is above `high`, or one of them or their difference is not finite in the dtype.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.random.Generator(0).uniform((100,), -1.0, 1.0)
    >>> bool((x >= -1).all() & (x < 1).all())
    True
)";

constexpr const char *normal = R"(Draws normally distributed numbers, by the method of Box and Muller.

Args:
    shape: Of the result.
    mean: The mean of the distribution.
    std: Its standard deviation, not negative.
    dtype: float32 or float64.
    device: Where the result is made.

Returns:
    An array of this shape and dtype.

Raises:
    DTypeError: Another dtype.
    ValueError: `mean` or `std` is not finite, or `std` negative.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.random.Generator(0).normal((1000,), mean=5.0, std=0.1)
    >>> 4.9 < float(x.mean()) < 5.1
    True
)";

constexpr const char *bernoulli = R"(Draws True with probability p, else False.

Args:
    shape: Of the result.
    p: The probability, from 0 to 1; used to a precision of 2**-32.
    dtype: Any; 1 and 0 where it is not bool.
    device: Where the result is made.

Returns:
    An array of this shape and dtype.

Raises:
    ValueError: `p` is no probability.

Example:
    >>> import needle_ndarray as nd
    >>> nd.random.Generator(0).bernoulli((3,), 1.0)
    array([ True,  True,  True])
)";

constexpr const char *integers = R"(Draws integers from low to high - 1, each exactly as likely as the other.

Args:
    low: The lowest integer.
    high: The bound above, drawn itself only with `endpoint`.
    shape: Of the result.
    dtype: An integer dtype that holds the integers; the numbers do not depend on it.
    endpoint: Whether `high` is drawn too.
    device: Where the result is made.

Returns:
    An array of this shape and dtype.

Raises:
    DTypeError: The dtype is no integer dtype.
    OverflowError: The dtype does not hold the integers.
    ValueError: There is no integer in the range.

Example:
    >>> import needle_ndarray as nd
    >>> dice = nd.random.Generator(0).integers(1, 6, (1000,), dtype="uint8", endpoint=True)
    >>> int(dice.min()), int(dice.max())
    (1, 6)
)";

constexpr const char *permutation = R"(Puts the numbers 0 to x - 1, or the elements of an array, in random order.

Args:
    x: A number, or an array with at least one axis.
    axis: The axis of an array whose entries change places; they stay whole.
    device: Where the numbers are made.

Returns:
    int64 of shape (x,), or a shuffled copy of the array.

Raises:
    IndexError: The array has no such axis.
    ShapeError: The array has no axis at all.
    ValueError: The number is negative.

Example:
    >>> import needle_ndarray as nd
    >>> generator = nd.random.Generator(0)
    >>> int(generator.permutation(10).sum())
    45
    >>> generator.permutation(nd.zeros((4, 3)), axis=1).shape
    (4, 3)
)";

constexpr const char *shuffle = R"(Puts the entries of an array along an axis in random order, in place.

Args:
    x: An array with at least one axis, not read-only.
    axis: The axis whose entries change places; they stay whole.

Raises:
    IndexError: The array has no such axis.
    TypeError: `x` is no NDArray.
    ValueError: The array is read-only or a broadcast view.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.arange(10)
    >>> nd.random.Generator(0).shuffle(x)
    >>> int(x.sum())
    45
)";

constexpr const char *choice = R"(Chooses among the numbers 0 to a - 1, or among the entries of an array.

Args:
    a: A number, or an array with at least one axis.
    shape: How many are chosen, and in which shape.
    replace: Whether an entry may be chosen more than once.
    p: The probability of each entry, which sum to 1; all are equally likely without it.
    axis: The axis of an array whose entries are chosen.
    device: Where the numbers are made.

Returns:
    int64 numbers of this shape, or an array of the dtype of `a` with `shape` in the place of `axis`.

Raises:
    ShapeError: `p` has not one probability for each entry, or the array has no axis.
    ValueError: There are too few entries to choose from, or `p` are no probabilities.

Example:
    >>> import needle_ndarray as nd
    >>> generator = nd.random.Generator(0)
    >>> generator.choice(5, (3,), replace=False).shape
    (3,)
    >>> generator.choice(nd.asarray([1.0, 2.0, 3.0]), (2, 2), p=[0.0, 1.0, 0.0])
    array([[2., 2.],
           [2., 2.]])
)";

constexpr const char *spawn = R"(Makes generators whose numbers have nothing to do with each other's or with this one's.

Each worker of a data loader, or each part of a program, gets one: what one part draws then changes nothing for
the others. The children depend on the state of this generator, which moves on.

Args:
    n: How many.

Returns:
    A list of n generators.

Raises:
    ValueError: The number is negative.

Example:
    >>> import needle_ndarray as nd
    >>> first, second = nd.random.Generator(0).spawn(2)
    >>> bool((first.uniform(4) == second.uniform(4)).any())
    False
)";

constexpr const char *get_state = R"(Returns what `set_state` needs to go on from here.

Returns:
    Numbers and a name, nothing else: it can be written to any file.

Example:
    >>> import needle_ndarray as nd
    >>> nd.random.Generator(7).get_state()
    {'kind': 'philox4x32-10', 'key': 7, 'stream': 0, 'position': 0}
)";

constexpr const char *set_state = R"(Goes on from a state that `get_state` returned.

Args:
    state: That dictionary.

Raises:
    ValueError: An entry is missing or has no sense, or the state is of another kind of generator.

Example:
    >>> import needle_ndarray as nd
    >>> generator = nd.random.Generator(0)
    >>> state = generator.get_state()
    >>> first = generator.uniform(3)
    >>> generator.set_state(state)
    >>> bool((generator.uniform(3) == first).all())
    True
)";

}  // namespace needle::python::docs::generators
