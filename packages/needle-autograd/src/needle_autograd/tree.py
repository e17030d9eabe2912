"""Nested tuples, lists and dicts of tensors: taking them apart, putting them together, and walking several at once.

A tree is a tuple, named tuple, list or dict of trees; whatever else it holds is a leaf, except None, which holds no
leaf and stays where it is. Dicts keep the order of their keys, and two dicts match when they have the same keys. A
`TensorTuple` counts as a tuple and comes back as one, and so does a subclass of list or dict as a list or dict.

`ravel` joins all leaves in one flat tensor, as optimizers of other libraries want them, and gives the way back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from . import ops
from .backends.selection import array_namespace, dtype_kind, dtype_name, dtype_namespace, is_array
from .construction import array_like
from .errors import DTypeError, ShapeError, StructureError
from .numpy_on_demand import np
from .op import Array, Spec, TensorTupleOp
from .tensor import Tensor, TensorTuple

__all__ = ["Structure", "Unravel", "flatten", "leaves", "map", "paths", "ravel", "structure", "unflatten"]


class Structure:
    """What is left of a tree without its leaves.

    Attributes:
        kind: the type of the container; None for a leaf, NoneType for a None.
        keys: for each child its key, index or field name.
        children: the structures of the children.
        count: the number of leaves below.
    """

    __slots__ = ("children", "count", "keys", "kind")

    def __init__(
        self,
        kind: type | None,
        keys: tuple[Any, ...] = (),
        children: tuple[Structure, ...] = (),
        count: int = 0,
    ) -> None:
        self.kind = kind
        self.keys = keys
        self.children = children
        self.count = count

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Structure):
            return NotImplemented
        if self.kind is not other.kind or len(self.keys) != len(other.keys):
            return False
        by_key = dict(zip(other.keys, other.children, strict=True))
        return all(by_key.get(key) == child for key, child in zip(self.keys, self.children, strict=True))

    def __hash__(self) -> int:
        return hash((self.kind, frozenset(self.keys), self.count))

    def __repr__(self) -> str:
        return f"Structure({unflatten(self, [_Star()] * self.count)!r})"


class _Star:
    """What stands for a leaf in the text of a structure."""

    def __repr__(self) -> str:
        return "*"


LEAF = Structure(None, count=1)


def _children(tree: Any) -> tuple[type, tuple[Any, ...], tuple[Any, ...]] | None:
    """Return the kind, keys and children of a container, or None for a leaf."""
    if isinstance(tree, tuple):
        fields = getattr(type(tree), "_fields", None)
        return (tuple, tuple(range(len(tree))), tree) if fields is None else (type(tree), fields, tree)
    if isinstance(tree, list):
        return list, tuple(range(len(tree))), tuple(tree)
    if isinstance(tree, dict):
        return OrderedDict if isinstance(tree, OrderedDict) else dict, tuple(tree), tuple(tree.values())
    if isinstance(tree, TensorTuple):
        return tuple, tuple(range(len(tree))), tuple(tree)
    if tree is None:
        return type(None), (), ()
    return None


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """Take a tree apart.

    Args:
        tree: nested tuples, lists and dicts.

    Returns:
        The leaves from left to right, and the structure, which `unflatten` needs to put them together again.

    Example:
        >>> from needle_autograd import tree
        >>> tree.flatten({"w": 1.0, "layers": [2.0, (3.0, None)]})
        ([1.0, 2.0, 3.0], Structure({'w': *, 'layers': [*, (*, None)]}))
    """
    found: list[Any] = []
    return found, _walk(tree, found)


def _walk(tree: Any, found: list[Any]) -> Structure:
    """Append the leaves of a tree to a list and return its structure."""
    parts = _children(tree)
    if parts is None:
        found.append(tree)
        return LEAF
    kind, keys, children = parts
    before = len(found)
    below = tuple(_walk(child, found) for child in children)
    return Structure(kind, keys, below, len(found) - before)


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """Put a tree together.

    Args:
        structure: what `flatten` or `structure` returned.
        leaves: as many leaves as the structure has, from left to right.

    Raises:
        StructureError: there are more or fewer.
    """
    leaves = list(leaves)
    if len(leaves) != structure.count:
        raise StructureError(f"a tree of {structure.count} leaves was given {len(leaves)}; expected one for each leaf")
    return _build(structure, iter(leaves))


def _build(structure: Structure, leaves: Iterator[Any]) -> Any:
    kind: Any = structure.kind
    if kind is None:
        return next(leaves)
    if kind is type(None):
        return None
    children = [_build(child, leaves) for child in structure.children]
    if issubclass(kind, dict):
        return kind(zip(structure.keys, children, strict=True))
    return kind(*children) if hasattr(kind, "_fields") else kind(children)


def structure(tree: Any) -> Structure:
    """Return the structure of a tree, without its leaves."""
    return flatten(tree)[1]


def leaves(tree: Any) -> list[Any]:
    """Return the leaves of a tree from left to right."""
    return flatten(tree)[0]


def paths(tree: Any) -> list[str]:
    """Return for each leaf how it is reached, as it is written in Python: `['layers'][0].weight`.

    Args:
        tree: a tree, or the structure of one.
    """
    found: list[str] = []
    _name_leaves(tree if isinstance(tree, Structure) else structure(tree), "", found)
    return found


def _name_leaves(structure: Structure, path: str, found: list[str]) -> None:
    if structure.kind is None:
        found.append(path)
    for key, child in zip(structure.keys, structure.children, strict=True):
        _name_leaves(child, _step(path, structure.kind, key), found)


def _step(path: str, kind: type | None, key: Any) -> str:
    return f"{path}.{key}" if hasattr(kind, "_fields") else f"{path}[{key!r}]"


def map(fn: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """Apply a function to each leaf of a tree, together with the leaves at the same places of further trees.

    Args:
        fn: a function of one leaf of each tree.
        tree: decides the structure.
        *rest: further trees of the same structure.

    Returns:
        A tree of what `fn` returned.

    Raises:
        StructureError: a further tree has another structure; the text names the place.

    Example:
        >>> from needle_autograd import tree
        >>> tree.map(lambda w, g: w - 0.1 * g, {"w": 1.0, "b": [2.0]}, {"w": 5.0, "b": [10.0]})
        {'w': 0.5, 'b': [1.0]}
    """
    first, shape = flatten(tree)
    others = [leaves_like(shape, other, f"tree {i}") for i, other in enumerate(rest, 1)]
    return unflatten(shape, [fn(*together) for together in zip(first, *others, strict=True)])


def leaves_like(structure: Structure, tree: Any, name: str = "tree") -> list[Any]:
    """Return the leaves of a tree in the order of a structure that it has to have.

    Args:
        structure: the structure expected.
        tree: the tree.
        name: what the error text calls the tree.

    Raises:
        StructureError: the tree has another structure; the text names the place.
    """
    found: list[Any] = []
    _collect(structure, tree, name, found)
    return found


def _collect(structure: Structure, tree: Any, path: str, found: list[Any]) -> None:
    if structure.kind is None:
        found.append(tree)  # a container takes the place of a leaf only where the function at hand accepts it
        return
    parts = _children(tree)
    if parts is None or parts[0] is not structure.kind:
        raise StructureError(
            f"trees differ at {path}: expected {_title(structure.kind, structure.keys)}, "
            f"found {'a leaf (' + type(tree).__name__ + ')' if parts is None else _title(*parts[:2])}"
        )
    _, keys, children = parts
    if len(keys) != len(structure.keys) or set(keys) != set(structure.keys):
        missing = [key for key in structure.keys if key not in keys]
        surplus = [key for key in keys if key not in structure.keys]
        difference = [f"{word} {', '.join(_first_few(which))}" for word, which in _named(missing, surplus)]
        raise StructureError(
            f"trees differ at {path}: expected {_title(structure.kind, structure.keys)}, found "
            f"{_title(structure.kind, keys)}: {' and '.join(difference)}"
        )
    by_key = dict(zip(keys, children, strict=True))
    for key, child in zip(structure.keys, structure.children, strict=True):
        _collect(child, by_key[key], _step(path, structure.kind, key), found)


def _first_few(keys: list[Any]) -> Iterator[str]:
    """Yield the texts of a few keys, and how many there are beyond."""
    yield from (repr(key) for key in keys[:5])
    if len(keys) > 5:
        yield f"and {len(keys) - 5} more"


def _named(missing: list[Any], surplus: list[Any]) -> list[tuple[str, list[Any]]]:
    return [(word, which) for word, which in (("it lacks", missing), ("it also has", surplus)) if which]


def _title(kind: type | None, keys: tuple[Any, ...]) -> str:
    if kind is type(None):
        return "None"
    return f"a {kind.__name__ if kind else 'leaf'} of {len(keys)}"


class _Cut(TensorTupleOp):
    """A flat tensor cut into pieces of given shapes, one behind the other."""

    def __init__(self, shapes: tuple[tuple[int, ...], ...]) -> None:
        self.shapes = shapes

    needs = ()

    def compute(self, flat: Array) -> tuple[Array, ...]:
        xp = array_namespace(flat)
        pieces, start = [], 0
        for shape in self.shapes:
            stop = start + _size(shape)
            pieces.append(xp.reshape(flat[start:stop], shape))
            start = stop
        return tuple(pieces)

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> Tensor:
        return ops.concat([ops.reshape(part, (-1,)) for part in out_grad])

    def infer(self, flat: Spec) -> tuple[Spec, ...]:
        return tuple(Spec(shape, flat.dtype, flat.device) for shape in self.shapes)


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


class Unravel:
    """The way back from a flat tensor to a tree; `ravel` returns it.

    Attributes:
        structure: the structure of the tree.
        specs: shape, dtype and device of each leaf.
        size: the number of elements of all leaves together.
    """

    def __init__(self, structure: Structure, specs: tuple[Spec, ...], size: int) -> None:
        self.structure = structure
        self.specs = specs
        self.size = size

    def __call__(self, flat: Any) -> Any:
        """Make a tree of a flat tensor; gradients of its leaves reach the flat tensor.

        Args:
            flat: a tensor or array of shape `(size,)`; of another floating dtype than the leaves if need be.

        Returns:
            A tree of tensors with the shapes and dtypes of those that were raveled.

        Raises:
            ShapeError: `flat` has another shape.
            DTypeError: `flat` is of floating point and a leaf of integers or booleans, which would be rounded.
        """
        if not self.specs:
            return unflatten(self.structure, [])
        if not isinstance(flat, Tensor):
            array = flat if is_array(flat) else np.asarray(flat)
            flat = Tensor.make_const(array_like(array, self.specs[0]))  # of the library and on the device of the leaves
        if flat.shape != (self.size,):
            raise ShapeError(
                f"unravel was given a tensor of shape {flat.shape}; expected ({self.size},), as ravel gave"
            )
        for path, spec in zip(paths(self.structure), self.specs, strict=True):
            if dtype_kind(flat.dtype) == "f" and dtype_kind(spec.dtype) != "f":
                raise DTypeError(
                    f"unravel was given {dtype_name(flat.dtype)}, and the leaf {path} is {dtype_name(spec.dtype)}; "
                    f"round first and write flat.astype({dtype_name(spec.dtype)!r})"
                )
        pieces = _Cut(tuple(spec.shape for spec in self.specs))(flat)
        tensors = [
            piece if piece.dtype == spec.dtype else piece.astype(dtype_name(spec.dtype))
            for piece, spec in zip(pieces, self.specs, strict=True)
        ]
        return unflatten(self.structure, tensors)


def ravel(tree: Any) -> tuple[Tensor, Unravel]:
    """Join all leaves of a tree in one flat tensor.

    Args:
        tree: a tree of tensors, arrays and numbers, all on one device.

    Returns:
        The tensor, of shape `(n,)` and the dtype that the leaves have together, through which gradients reach the
        leaves; and `unravel`, the function that makes such a tree of such a tensor. A tree without leaves gives a
        float32 tensor of no elements.

    Raises:
        DTypeError: the leaves are of different kinds (floats, integers, booleans), which no dtype holds without loss.
        DeviceError: they are on different devices.

    Example:
        >>> from needle_autograd import Tensor, tree
        >>> flat, unravel = tree.ravel({"w": Tensor([[1.0, 2.0]]), "b": Tensor(3.0)})
        >>> flat
        needle.Tensor([1. 2. 3.])
        >>> unravel(flat * 2)
        {'w': needle.Tensor([[2. 4.]]), 'b': needle.Tensor(6.0)}
    """
    found, shape = flatten(tree)
    tensors = [leaf if isinstance(leaf, Tensor) else Tensor(leaf, requires_grad=False) for leaf in found]
    specs = tuple(tensor.known_spec() for tensor in tensors)
    unravel = Unravel(shape, specs, sum(_size(spec.shape) for spec in specs))
    if not tensors:
        return Tensor([], dtype="float32", requires_grad=False), unravel
    dtype = _joined(shape, specs)
    flat = [
        ops.reshape(tensor if tensor.dtype == dtype else tensor.astype(dtype_name(dtype)), (-1,)) for tensor in tensors
    ]
    return (flat[0] if len(flat) == 1 else ops.concat(flat)), unravel


def _joined(structure: Structure, specs: tuple[Spec, ...]) -> Any:
    """Return the dtype that holds the elements of all leaves without loss."""
    places = paths(structure)
    dtype, first = specs[0].dtype, 0
    for position, spec in enumerate(specs):
        if spec.dtype == dtype:
            continue
        # Signed and unsigned integers join; other mixtures of kinds, and uint64 with int64, are open in the standard.
        kinds = {dtype_kind(dtype), dtype_kind(spec.dtype)}
        alike = len(kinds) == 1 or kinds == {"i", "u"}
        joined = dtype_namespace(dtype).result_type(dtype, spec.dtype) if alike else None
        if joined is None or dtype_kind(joined) not in kinds:
            raise DTypeError(
                f"ravel cannot join the leaf {places[first]} of {dtype_name(dtype)} and the leaf {places[position]} of "
                f"{dtype_name(spec.dtype)} without loss; convert one with astype, or ravel the floats alone"
            )
        if joined != dtype:
            dtype, first = joined, position
    return dtype
