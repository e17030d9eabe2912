"""Sums of products of tensors in Einstein's notation.

Repeated labels become diagonals, labels that nobody needs any more are summed over, and then two operands at a time are
multiplied, as matrices where they share a label that goes. Everything is done by other operations, which bring their
gradients with them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...value import Value
from ..arguments import shown
from ..broadcasting import tensor_like
from ..shapes.reshaping import permute, reshape, squeeze
from .contractions import vecdot
from .diagonals import diagonal
from .matmul import matmul
from .notation import Label, Labels, read, sizes_of

if TYPE_CHECKING:
    from ...tensor import Tensor

Term = tuple["Tensor", Labels]
"""A tensor, and what its axes are called."""


def einsum(subscripts: str, *operands: Any) -> Tensor:
    """Add up products of elements, written with one letter for each axis.

    `einsum("ij,jk->ik", a, b)` is out[i, k] = sum over j of a[i, j] * b[j, k]: labels that the result does not name are
    summed over. Of more than two operands, those are multiplied first whose product is smallest.

    Args:
        subscripts: the labels of each operand's axes, separated by commas, and after "->" those of the result. Without
            "->" the result has the labels that occur once, in alphabetical order. A label that occurs twice in one
            operand takes its diagonal. "..." stands for any further axes, which broadcast and come first in a result
            that is not written. Spaces do not count.
        *operands: one tensor for each group of labels, or one sequence of them; axes of the same label have the same
            size, or size 1.

    Raises:
        ValueError: the subscripts cannot be read, or name another number of operands.
        ShapeError: an operand's labels do not fit its shape, or a label has two sizes.

    Example:
        >>> from needle_autograd import Tensor, ops
        >>> a = Tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> ops.einsum("ij,kj->ik", a, a)
        needle.Tensor([[ 5. 11.]
         [11. 25.]])
        >>> ops.einsum("ii", a)
        needle.Tensor(5.0)
    """
    if not isinstance(subscripts, str):
        raise TypeError(f"einsum: subscripts is {shown(subscripts)}; expected a string such as 'ij,jk->ik'")
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    like = next((operand for operand in operands if isinstance(operand, Value)), None)
    tensors = [tensor_like(operand, like) for operand in operands]
    groups, output = read(subscripts, tuple(tensor.ndim for tensor in tensors))
    sizes = sizes_of(groups, [tensor.shape for tensor in tensors])
    terms = [_simple(tensor, labels, sizes) for tensor, labels in zip(tensors, groups, strict=True)]
    terms = [_summed(term, _needed(output, terms, (number,))) for number, term in enumerate(terms)]
    while len(terms) > 1:
        i, j = _cheapest_pair(terms, output, sizes)
        product = _product(terms[i], terms[j], _needed(output, terms, (i, j)), output)
        terms = [*(term for number, term in enumerate(terms) if number not in (i, j)), product]
    tensor, labels = terms[0]
    return tensor if labels == output else permute(tensor, [labels.index(label) for label in output])


def _simple(tensor: Tensor, labels: Labels, sizes: dict[Label, int]) -> Term:
    """Take diagonals, and drop axes of size 1 along which the product will broadcast: every label is there once."""
    while len(set(labels)) < len(labels):
        label = next(label for label in labels if labels.count(label) > 1)
        first = labels.index(label)
        second = labels.index(label, first + 1)
        tensor = diagonal(tensor, 0, first, second)
        labels = (*(other for axis, other in enumerate(labels) if axis not in (first, second)), label)
    ones = tuple(axis for axis, label in enumerate(labels) if tensor.shape[axis] == 1 and sizes[label] != 1)
    if ones:
        tensor = squeeze(tensor, ones)
        labels = tuple(label for axis, label in enumerate(labels) if axis not in ones)
    return tensor, labels


def _needed(output: Labels, terms: list[Term], without: tuple[int, ...]) -> set[Label]:
    """Return the labels of the result and of the other terms."""
    needed = set(output)
    for number, (_, labels) in enumerate(terms):
        if number not in without:
            needed.update(labels)
    return needed


def _summed(term: Term, needed: set[Label]) -> Term:
    """Add up along the axes whose labels only this term has."""
    tensor, labels = term
    axes = tuple(axis for axis, label in enumerate(labels) if label not in needed)
    return (tensor.sum(axes), tuple(label for label in labels if label in needed)) if axes else term


def _cheapest_pair(terms: list[Term], output: Labels, sizes: dict[Label, int]) -> tuple[int, int]:
    """Return the pair whose product takes the least memory beyond what it frees, then the fewest multiplications."""

    def cost(pair: tuple[int, int]) -> tuple[int, int]:
        i, j = pair
        labels = {*terms[i][1], *terms[j][1]}
        left = math.prod(sizes[label] for label in labels & _needed(output, terms, pair))
        return left - terms[i][0].size - terms[j][0].size, math.prod(sizes[label] for label in labels)

    return min(((i, j) for j in range(1, len(terms)) for i in range(j)), key=cost)


def _product(first: Term, second: Term, needed: set[Label], output: Labels) -> Term:
    """Multiply two terms, and add up along the labels that both have and nobody needs."""
    (a, of_a), (b, of_b) = first, second
    summed = tuple(label for label in of_a if label in of_b and label not in needed)
    if not summed:
        return _outer(first, second, output)
    if output and output[-1] in of_a and output[-1] not in of_b:  # so that the last axis of the result is the fastest
        (a, of_a), (b, of_b) = second, first
    batch = tuple(label for label in of_a if label in of_b and label in needed)
    rows = tuple(label for label in of_a if label not in of_b)
    columns = tuple(label for label in of_b if label not in of_a)
    if not rows and not columns:
        return vecdot(_grouped(a, of_a, batch, summed), _grouped(b, of_b, batch, summed)), batch
    product = matmul(_grouped(a, of_a, batch, rows, summed), _grouped(b, of_b, batch, summed, columns))
    labels = (*batch, *rows, *columns)
    shape = dict(zip(of_a, a.shape, strict=True)) | dict(zip(of_b, b.shape, strict=True))
    return reshape(product, [shape[label] for label in labels]), labels


def _grouped(tensor: Tensor, labels: Labels, batch: Labels, *groups: Labels) -> Tensor:
    """Put the labels of the batch first, each an axis of its own, and then make one axis of each group."""
    order = [labels.index(label) for label in batch]
    shape = [tensor.shape[axis] for axis in order]
    for group in groups:
        axes = [labels.index(label) for label in group]
        order += axes
        shape.append(math.prod(tensor.shape[axis] for axis in axes))
    tensor = permute(tensor, order)
    return tensor if tensor.shape == tuple(shape) else reshape(tensor, shape)


def _outer(first: Term, second: Term, output: Labels) -> Term:
    """Multiply without adding up, with the axes in the order of the result as far as it names them."""
    labels = list(dict.fromkeys([*first[1], *second[1]]))
    labels.sort(key=lambda label: output.index(label) if label in output else -1)
    spread = []
    for tensor, own in (first, second):
        ordered = permute(tensor, [own.index(label) for label in labels if label in own])
        sizes = iter(ordered.shape)
        spread.append(reshape(ordered, [next(sizes) if label in own else 1 for label in labels]))
    return spread[0] * spread[1], tuple(labels)
