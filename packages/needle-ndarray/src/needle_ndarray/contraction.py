"""Sums of products in Einstein's notation.

A label is one letter, or, for an axis that an ellipsis stands for, a negative number that counts from the last of them.
"""

from __future__ import annotations

from ._core import asarray, diagonal, matmul, multiply, permute_dims, reshape, result_type, squeeze, sum, vecdot
from .errors import ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from ._core import ArrayLike, DType, NDArray

    Label: TypeAlias = str | int
    Product: TypeAlias = Callable[[NDArray, NDArray], NDArray]
    Plan: TypeAlias = tuple[Product, bool, list[int], list[int], list[int], list[tuple[int, int]]]  # see _plan
    Labels: TypeAlias = list[Label]
    Term: TypeAlias = tuple[NDArray, Labels]  # an array and what each of its axes is called

# Bool has no sums, and the half-precision floats lose too much in them.
WIDER = {"bool": "int64", "float16": "float32", "bfloat16": "float32"}


def einsum(subscripts: str, /, *operands: ArrayLike, optimize: bool = True) -> NDArray:
    """Sums of products of elements, written with one letter for each axis.

    ``einsum("ij,jk->ik", a, b)`` is ``out[i, k] = sum over j of a[i, j] * b[j, k]``: labels that the output does not
    name are summed over.

    Args:
        subscripts: The labels of each operand's axes, separated by commas, and after ``->`` those of the output.
            Without ``->`` the output has the labels that occur once, in alphabetical order. A label that occurs twice
            in one operand takes its diagonal. ``...`` stands for any further axes, which broadcast and come first in an
            output that is not written. Spaces count for nothing.
        operands: One array for each group of labels; axes with the same label have the same size, or size 1.
        optimize: Whether more than two operands are multiplied in the order that looks cheapest, instead of from left
            to right.

    Returns:
        An array of the promoted dtype. Integers wrap around, bool gives whether any product is True, float16 and
        bfloat16 are added in float32. A view where one operand is given and nothing is summed.

    Raises:
        ValueError: The subscripts cannot be read, or do not name as many operands as are given.
        ShapeError: An operand's labels do not fit its shape, or a label has two sizes.

    Example:
        >>> import needle_ndarray as nd
        >>> a, b = nd.arange(6.0).reshape(2, 3), nd.ones((3, 4))
        >>> nd.einsum("ij,jk->ik", a, b)
        array([[ 3.,  3.,  3.,  3.],
               [12., 12., 12., 12.]])
        >>> nd.einsum("ii->i", nd.eye(3)), nd.einsum("ij->", a)
        (array([1., 1., 1.]), array(15.))
    """
    arrays = [asarray(operand) for operand in operands]
    groups, output, plan = _labels(subscripts, arrays)
    if plan is not None and (product := _one_product(plan, *arrays)) is not None:
        return product
    terms = list(zip(arrays, groups, strict=True))
    if len(terms) == 1 and set(terms[0][1]) == set(output):
        return _ordered(_without_diagonals(terms[0], 0), output)
    dtype = _promoted(operands, arrays)
    compute = WIDER.get(dtype.name, dtype.name)
    if dtype.name != compute or any(array.dtype != dtype for array in arrays):
        terms = [(array.astype(compute, copy=False), labels) for array, labels in terms]
    terms = [_without_diagonals(term, number) for number, term in enumerate(terms)]
    result = _contract(_without_ones(terms), output, optimize)
    return (result != 0) if dtype.name == "bool" else result.astype(dtype, copy=False)


def _promoted(operands: Sequence[ArrayLike], arrays: Sequence[NDArray]) -> DType:
    """The dtype of the result; Python's numbers are weak where there is an array beside them."""
    if all(array is operand for array, operand in zip(arrays, operands, strict=True)):
        return result_type(*arrays)
    weak = [isinstance(operand, (bool, int, float)) for operand in operands]
    if all(weak):
        return result_type(*arrays)
    return result_type(*(operands[i] if weak[i] else arrays[i] for i in range(len(arrays))))


# ---- Reading the subscripts


# What _read and _plan gave by subscripts and numbers of axes: reading takes longer than a small product.
_known: dict[tuple[object, ...], tuple[list[Labels], Labels, Plan | None]] = {}


def _labels(subscripts: str, arrays: Sequence[NDArray]) -> tuple[list[Labels], Labels, Plan | None]:
    """The labels of each operand's axes and of the output's, and the plan where it is one product."""
    key = (subscripts, *(array.ndim for array in arrays))
    found = _known.get(key) if isinstance(subscripts, str) else None
    if found is None:
        groups, output = _read(subscripts, arrays)
        found = groups, output, _plan(groups, output)
        if len(_known) > 1000:
            _known.clear()
        _known[key] = found
    return found


def _read(subscripts: str, arrays: Sequence[NDArray]) -> tuple[list[Labels], Labels]:
    if not isinstance(subscripts, str):
        raise TypeError(f"einsum: the subscripts must be a str such as 'ij,jk->ik', not {subscripts!r}")
    left, arrow, right = "".join(subscripts.split()).partition("->")
    parts = left.split(",")
    if len(parts) != len(arrays):
        raise ValueError(f"einsum: {subscripts!r} names {len(parts)} operands, but {len(arrays)} are given")
    groups = [
        _axes_of(part, array, number, subscripts)
        for number, (part, array) in enumerate(zip(parts, arrays, strict=True))
    ]
    rest: Labels = [label for label in range(-64, 0) if any(label in labels for labels in groups)]
    if arrow:
        output = [label for part in _split(right, subscripts) for label in (rest if part == "..." else [part])]
        if rest and "..." not in right:
            raise ValueError(
                f"einsum: the output of {subscripts!r} has no '...', but that of the operands stands for {len(rest)} "
                f"axes; sum over them by naming them"
            )
        for label in output:
            if output.count(label) > 1:
                raise ValueError(f"einsum: the output of {subscripts!r} names label '{label}' twice")
            if not any(label in labels for labels in groups):
                raise ValueError(f"einsum: label '{label}' of the output of {subscripts!r} is in no operand")
        return groups, output
    names = [label for labels in groups for label in labels if isinstance(label, str)]
    return groups, [*rest, *sorted(label for label in names if names.count(label) == 1)]


def _split(group: str, subscripts: str) -> list[str]:
    """Letters, and '...' once at most."""
    before, dots, after = group.partition("...")
    for character in before + after:
        if not (character.isascii() and character.isalpha()):
            raise ValueError(
                f"einsum: {character!r} in {subscripts!r} is no label; expected letters, ',', '->' and one '...' for "
                f"each operand"
            )
    return [*before, *([dots] if dots else []), *after]


def _axes_of(group: str, array: NDArray, number: int, subscripts: str) -> Labels:
    parts = _split(group, subscripts)
    further = array.ndim - len(parts) + ("..." in parts)
    if further < 0 or (further > 0 and "..." not in parts):
        named = len(parts) - ("..." in parts)
        raise ShapeError(
            f"einsum: '{group}' names {named} axes, but operand {number} has shape {array.shape}"
            + ("; write '...' for axes without labels" if further > 0 else "")
        )
    return [label for part in parts for label in (range(-further, 0) if part == "..." else [part])]


# ---- Bringing operands into form


def _without_diagonals(term: Term, number: int) -> Term:
    """A label that occurs twice in one operand becomes one axis: the diagonal of both."""
    array, labels = term
    while len(set(labels)) < len(labels):
        label = next(label for label in labels if labels.count(label) > 1)
        first = labels.index(label)
        second = labels.index(label, first + 1)
        if array.shape[first] != array.shape[second]:
            raise ShapeError(
                f"einsum: label '{label}' has sizes {array.shape[first]} and {array.shape[second]} in operand "
                f"{number}; a diagonal needs equal ones"
            )
        array = diagonal(array, 0, first, second)
        labels = [*(other for axis, other in enumerate(labels) if axis not in (first, second)), label]
    return array, labels


def _without_ones(terms: list[Term]) -> list[Term]:
    """Drops axes of size 1 whose label is longer elsewhere: the product broadcasts along them."""
    sizes: dict[Label, tuple[int, int]] = {}
    for number, (array, labels) in enumerate(terms):
        for label, size in zip(labels, array.shape, strict=True):
            known, where = sizes.setdefault(label, (size, number))
            if known == 1:
                sizes[label] = size, number
            elif size not in (1, known):
                name = f"axis {label} of '...'" if isinstance(label, int) else f"label '{label}'"
                raise ShapeError(
                    f"einsum: {name} has size {known} in operand {where} and {size} in operand {number}; the sizes of "
                    f"a label must be equal, or one of them 1"
                )
    if all(size == sizes[label][0] for array, labels in terms for label, size in zip(labels, array.shape, strict=True)):
        return terms
    out = []
    for array, labels in terms:
        ones = [
            axis
            for axis, (label, size) in enumerate(zip(labels, array.shape, strict=True))
            if size == 1 and sizes[label][0] != 1
        ]
        out.append((squeeze(array, ones), [label for axis, label in enumerate(labels) if axis not in ones]))
    return out


def _ordered(term: Term, output: Labels) -> NDArray:
    array, labels = term
    return array if labels == output else permute_dims(array, [labels.index(label) for label in output])


# ---- One product of matrices or of vectors: two operands that need no more than axes in another order


def _plan(groups: list[Labels], output: Labels) -> Plan | None:
    """What multiplies, whether the operands change places, the order of axes for both and for the output, and the axes
    that they share."""
    if len(groups) != 2 or any(len(set(labels)) < len(labels) for labels in groups):
        return None
    of_a, of_b = groups
    summed = [label for label in of_a if label in of_b and label not in output]
    batch = [label for label in of_a if label in of_b and label in output]
    rows, columns = [label for label in of_a if label not in of_b], [label for label in of_b if label not in of_a]
    if not len(rows) == len(columns) <= len(summed) == 1 or {*batch, *rows, *columns} != set(output):
        return None
    if not rows and len(batch) > 1:
        return None  # their order in the result is that in memory
    # So that the last axis of the result is the fastest.
    swap = bool(rows) and output.index(columns[0]) < output.index(rows[0])
    if swap:
        of_a, of_b, rows, columns = of_b, of_a, columns, rows
    product = [*batch, *rows, *columns]
    left = [of_a.index(label) for label in (*batch, *rows, *summed)]
    right = [of_b.index(label) for label in (*batch, *summed, *columns)]
    shared = [(of_a.index(label), of_b.index(label)) for label in (*batch, *summed)]
    order = [product.index(label) for label in output]
    return matmul if rows else vecdot, swap, left, right, order, shared


def _one_product(plan: Plan, a: NDArray, b: NDArray) -> NDArray | None:
    """The result, or nothing where the operands have different dtypes or have to be broadcast first."""
    multiplied, swap, left, right, order, shared = plan
    if swap:
        a, b = b, a
    if a.dtype != b.dtype or a.dtype.name in WIDER:
        return None
    of_a, of_b = a.shape, b.shape
    for i, j in shared:
        if of_a[i] != of_b[j]:
            return None
    return multiplied(a.permute(left), b.permute(right)).permute(order)


# ---- Multiplying


def _contract(terms: list[Term], output: Labels, optimize: bool) -> NDArray:
    terms = [_summed(term, _needed(output, terms, [number])) for number, term in enumerate(terms)]
    while len(terms) > 1:
        i, j = _cheapest_pair(terms, output) if optimize and len(terms) > 2 else (0, 1)
        product = _multiply(terms[i], terms[j], _needed(output, terms, [i, j]), output)
        terms = [*(term for number, term in enumerate(terms) if number not in (i, j)), product]
        if not optimize:
            terms = [terms[-1], *terms[:-1]]
    return _ordered(terms[0], output)


def _needed(output: Labels, terms: list[Term], without: list[int]) -> set[Label]:
    """The labels of the output and of the other terms."""
    needed = set(output)
    for number, (_, labels) in enumerate(terms):
        if number not in without:
            needed.update(labels)
    return needed


def _summed(term: Term, needed: set[Label]) -> Term:
    array, labels = term
    axes = [axis for axis, label in enumerate(labels) if label not in needed]
    if not axes:
        return term
    return sum(array, axis=axes, dtype=array.dtype), [label for label in labels if label in needed]


def _cheapest_pair(terms: list[Term], output: Labels) -> tuple[int, int]:
    """The pair whose product takes the least memory beyond what it frees, and then the fewest multiplications."""
    best, best_cost = (0, 1), None
    for j in range(1, len(terms)):
        for i in range(j):
            needed = _needed(output, terms, [i, j])
            sizes: dict[Label, int] = {}
            for array, labels in (terms[i], terms[j]):
                sizes.update(zip(labels, array.shape, strict=True))
            work = left = 1
            for label, size in sizes.items():
                work *= size
                left *= size if label in needed else 1
            cost = left - terms[i][0].size - terms[j][0].size, work
            if best_cost is None or cost < best_cost:
                best, best_cost = (i, j), cost
    return best


def _multiply(first: Term, second: Term, needed: set[Label], output: Labels) -> Term:
    """The product of two terms, summed over the labels that both have and nobody needs."""
    (a, of_a), (b, of_b) = first, second
    summed = [label for label in of_a if label in of_b and label not in needed]
    if not summed:
        return _outer(first, second, output)
    batch = [label for label in of_a if label in of_b and label in needed]
    rows = [label for label in of_a if label not in of_b]
    columns = [label for label in of_b if label not in of_a]
    if _position(output, columns) < _position(output, rows):  # so that the last axis of the result is the fastest
        (a, of_a), (b, of_b) = second, first
        rows, columns = columns, rows
    # The order in which the axes of the larger operand lie in memory needs no copy of it.
    large, of_large = (a, of_a) if a.size >= b.size else (b, of_b)
    batch = _by_stride(batch, a, of_a)
    rows, columns = _by_stride(rows, a, of_a), _by_stride(columns, b, of_b)
    summed = _by_stride(summed, large, of_large)
    left = _grouped(a, of_a, batch, rows, summed)
    if not rows and not columns:
        right = _grouped(b, of_b, batch, rows, summed)
        return vecdot(squeeze(left, -2), squeeze(right, -2)), batch
    right = _grouped(b, of_b, batch, summed, columns)
    product = matmul(left, right)
    shape = [*product.shape[: len(batch)]]
    shape += [a.shape[of_a.index(label)] for label in rows] + [b.shape[of_b.index(label)] for label in columns]
    return reshape(product, shape), [*batch, *rows, *columns]


def _by_stride(labels: Labels, array: NDArray, own: Labels) -> Labels:
    """The labels from the axis with the largest steps to the one with the smallest."""
    if len(labels) < 2:
        return labels
    strides = array.strides
    return sorted(labels, key=lambda label: -abs(strides[own.index(label)]))


def _position(output: Labels, labels: Labels) -> int:
    """Where the last of the labels stands in the output."""
    return max([output.index(label) for label in labels if label in output], default=-1)


def _grouped(array: NDArray, labels: Labels, batch: Labels, rows: Labels, columns: Labels) -> NDArray:
    """Axes for each label of the batch, one for all rows and one for all columns; a view where strides allow it."""
    array = permute_dims(array, [labels.index(label) for label in (*batch, *rows, *columns)])
    if len(rows) == len(columns) == 1:
        return array
    shape = [*array.shape[: len(batch)], 1, 1]
    for axis in range(len(batch), array.ndim):
        shape[len(batch) + (axis >= len(batch) + len(rows))] *= array.shape[axis]
    return reshape(array, shape)


def _outer(first: Term, second: Term, output: Labels) -> Term:
    """The product without a sum, in the order of the output as far as it names the labels."""
    labels = list(dict.fromkeys([*first[1], *second[1]]))
    labels.sort(key=lambda label: output.index(label) if label in output else -1)
    spread = []
    for array, own in (first, second):
        ordered = permute_dims(array, [own.index(label) for label in labels if label in own])
        spread.append(ordered[tuple([slice(None) if label in own else None for label in labels])])
    return multiply(*spread), labels
