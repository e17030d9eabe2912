"""Scaled dot-product attention, with a fused gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import dtype_kind, dtype_name, kernels
from ...errors import DTypeError, ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp, TensorTupleOp
from ...value import Value
from ..arguments import number_argument, require_tensors
from ..broadcasting import Shape, broadcast_shapes, constant_like, same_device, tensor_like, unbroadcast
from ..elementwise.selection import where
from .probability import softmax
from .regularization import dropout

if TYPE_CHECKING:
    from ...tensor import Tensor, TensorTuple

INF = float("inf")


class AttentionArguments:
    """The arguments of attention and of its gradient.

    Args:
        causal: whether query i attends to the keys 0 to i only.
        scale: what the products of queries and keys are multiplied by; None for 1 / sqrt(D).
        masked: whether the last operand is a mask.
    """

    def __init__(self, causal: bool = False, scale: float | None = None, masked: bool = False) -> None:
        self.causal = causal
        self.scale = None if scale is None else number_argument("scaled_dot_product_attention", "scale", scale)
        self.masked = masked

    def options(self, mask: tuple[Array, ...]) -> dict[str, Any]:
        """Return what a kernel is called with."""
        return {"mask": mask[0] if mask else None, "causal": self.causal, "scale": self.scale}

    def factor(self, q: Tensor) -> float:
        """Return what the products are multiplied by."""
        return max(q.shape[-1], 1) ** -0.5 if self.scale is None else self.scale


class Attention(AttentionArguments, TensorOp):
    """Each query's mean of the values, weighted by softmax of its products with the keys.

    Args:
        causal: whether query i attends to the keys 0 to i only.
        scale: what the products of queries and keys are multiplied by; None for 1 / sqrt(D).
        masked: whether the fourth operand is a mask.
    """

    name = "scaled_dot_product_attention"
    formula = "p @ v, p = softmax(scale * q @ transpose(k) + mask)"
    gradient_formula = (
        "dq = scale * ds @ k; dk = scale * transpose(ds) @ q; dv = transpose(p) @ dc; "
        "ds = p * (dp - sum(p * dp)), dp = dc @ transpose(v)"
    )

    @property
    def needs(self) -> tuple[int | str, ...]:  # type: ignore[override]
        """All operands and the result; the mask where there is one."""
        return (0, 1, 2, 3, "out") if self.masked else (0, 1, 2, "out")

    def compute(self, q: Array, k: Array, v: Array, *mask: Array) -> Array:
        """Attend."""
        return self.compute_saving(q, k, v, *mask)[0]

    def compute_saving(self, q: Array, k: Array, v: Array, *mask: Array) -> tuple[Array, Array]:
        """Keep the logarithm of what each row's softmax divides by."""
        check_operands(q, k, v, *mask)
        out, log_sums = kernels(q).attention(q, k, v, **self.options(mask))
        return out, log_sums

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, ...]:
        """One fused step, which computes the probabilities again; the mask gets none."""
        q, k, v, *mask = node.inputs
        log_sums = Value.tensor_type.make_const(node.saved)
        grads = AttentionGrad(self.causal, self.scale, self.masked)(out_grad, q, k, v, node.detach(), log_sums, *mask)
        return (*grads, *[None for _ in mask])

    def infer(self, q: Spec, k: Spec, v: Spec, *mask: Spec) -> Spec:
        """Queries and keys are equally long, and there are as many keys as values."""
        lead = check_operands(q, k, v, *mask)
        return Spec((*lead, q.shape[-2], v.shape[-1]), q.dtype, same_device(self.name, q, k, v, *mask))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Heads that share keys, masks of both kinds, a query that attends to nothing, no key, one element."""

        def reference(q: Any, k: Any, v: Any, mask: Any = None, **arguments: Any) -> Any:
            return probabilities(q, k, mask, **arguments)[0] @ v

        return [
            Sample(
                inputs=[q, k, v, *mask],
                kwargs=arguments,
                reference=reference,
                differentiable=(0, 1, 2),
                label=label,
            )
            for label, ((q, k, v, *mask), arguments) in cases().items()
        ]


class AttentionGrad(AttentionArguments, TensorTupleOp):
    """The gradients of attention for queries, keys and values.

    Of the operands, the attention's result and the logarithms of what its softmax divides by are functions of the
    others, and count as such in the gradient.

    Args:
        causal: whether query i attends to the keys 0 to i only.
        scale: what the products of queries and keys are multiplied by; None for 1 / sqrt(D).
        masked: whether the last operand is a mask.
    """

    name = "attention_grad"
    formula = (
        "(scale * ds @ k, scale * transpose(ds) @ q, transpose(p) @ dc), p = softmax(scale * q @ transpose(k) + mask), "
        "ds = p * (dp - sum(p * dp)), dp = dc @ transpose(v)"
    )
    gradient_formula = (
        "ddc = y @ v + p @ dv'; dq = scale * (z @ k + ds @ dk'); "
        "dk = scale * (transpose(z) @ q + transpose(ds) @ dq'); dv = transpose(y) @ dc; "
        "w = scale * (dq' @ transpose(k) + q @ transpose(dk')), y = p * (w - sum(w * p)), "
        "z = p * (x - sum(p * x)), x = w * (dp - sum(p * dp)) - sum(w * p) * dp + dc @ transpose(dv'); "
        "dq', dk' and dv' are what arrives"
    )

    @property
    def needs(self) -> tuple[int | str, ...]:  # type: ignore[override]
        """All operands but the result and the logarithms; the mask where there is one."""
        return (0, 1, 2, 3, 6) if self.masked else (0, 1, 2, 3)

    def compute(
        self, out_grad: Array, q: Array, k: Array, v: Array, out: Array, log_sums: Array, *mask: Array
    ) -> tuple[Array, ...]:
        """Compute the three gradients."""
        grads: tuple[Array, ...] = kernels(q).attention_grad(out_grad, q, k, v, out, log_sums, **self.options(mask))
        return grads

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> tuple[Tensor | None, ...]:
        """Written in public operations, from the probabilities."""
        grad, q, k, v, _, _, *mask = node.inputs
        q_arrived, k_arrived, v_arrived = out_grad
        scale = self.factor(q)
        p = weights(q, k, *mask, causal=self.causal, scale=scale)

        def sums(value: Tensor) -> Tensor:
            return value.sum(-1, keepdims=True)

        dp = grad @ v.transpose()
        centred = dp - sums(p * dp)
        ds = p * centred
        w = (q_arrived @ k.transpose() + q @ k_arrived.transpose()) * scale
        pull = sums(w * p)
        y = p * (w - pull)
        x = w * centred - pull * dp + grad @ v_arrived.transpose()
        z = p * (x - sums(p * x))
        operands = (
            (grad, y @ v + p @ v_arrived),
            (q, (z @ k + ds @ k_arrived) * scale),
            (k, (z.transpose() @ q + ds.transpose() @ q_arrived) * scale),
            (v, y.transpose() @ grad),
        )
        return (*[unbroadcast(value, operand) for operand, value in operands], *[None for _ in node.inputs[4:]])

    def infer(
        self, out_grad: Spec, q: Spec, k: Spec, v: Spec, out: Spec, log_sums: Spec, *mask: Spec
    ) -> tuple[Spec, ...]:
        """One gradient for each operand."""
        return q, k, v

    @classmethod
    def samples(cls) -> list[Sample]:
        """Those of the forward operation."""

        def call(grad: Any, q: Any, k: Any, v: Any, *mask: Any, **arguments: Any) -> Any:
            arrays = [operand.realize_cached_data() for operand in (q, k, v, *mask)]
            kept = map(Value.tensor_type.make_const, Attention(**arguments).compute_saving(*arrays))
            return cls(**arguments)(grad, q, k, v, *kept, *mask)

        def reference(grad: Any, q: Any, k: Any, v: Any, mask: Any = None, **arguments: Any) -> Any:
            p, scale = probabilities(q, k, mask, **arguments)
            dp = grad @ np.swapaxes(v, -1, -2)
            ds = p * (dp - (p * dp).sum(-1, keepdims=True)) * scale
            found = (ds @ k, np.swapaxes(ds, -1, -2) @ q, np.swapaxes(p, -1, -2) @ grad)
            return tuple(summed(part, whole.shape) for part, whole in zip(found, (q, k, v), strict=True))

        def summed(value: Any, shape: Shape) -> Any:
            value = value.sum(tuple(range(value.ndim - len(shape))))
            return value.sum(tuple(axis for axis, size in enumerate(shape) if size != value.shape[axis]), keepdims=True)

        return [
            Sample(
                inputs=[(*broadcast_shapes("", q[:-2], k[:-2], v[:-2]), q[-2], v[-1]), q, k, v, *mask],
                kwargs=arguments,
                call=call,
                reference=reference,
                differentiable=(0, 1, 2, 3),
                label=label,
            )
            for label, ((q, k, v, *mask), arguments) in cases().items()
        ]


def cases() -> dict[str, tuple[list[Any], dict[str, Any]]]:
    """Return shapes of queries, keys and values with masks and arguments, for samples."""
    some = np.array([[True, False, True], [False, False, False], [True, True, True], [False, True, False]])
    added = np.linspace(-1.0, 1.0, 12).reshape(4, 3)
    return {
        "one head": ([(4, 2), (3, 2), (3, 2)], {}),
        "shared keys": ([(2, 3, 2), (1, 4, 2), (2, 1, 4, 3)], {"scale": 0.5}),
        "causal": ([(2, 4, 3), (2, 3, 3), (2, 3, 1)], {"causal": True}),
        "mask": ([(2, 4, 2), (2, 3, 2), (2, 3, 2), some], {"masked": True}),
        "added mask": ([(4, 2), (3, 2), (3, 2), np.where(added > 0.9, -INF, added)], {"masked": True, "causal": True}),
        "no key": ([(2, 3), (0, 3), (0, 2)], {}),
        "one element": ([(1, 1), (1, 1), (1, 1)], {}),
    }


def probabilities(
    q: Any, k: Any, mask: Any = None, causal: bool = False, scale: float | None = None, masked: bool = False
) -> tuple[Any, float]:
    """Return the probabilities of attention in NumPy, and the scale, for samples."""
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    powers = scale * np.einsum("...td,...sd->...ts", q, k)
    if masked:
        powers = np.where(mask, powers, -INF) if mask.dtype == bool else powers + mask
    if causal:
        powers = np.where(np.tri(*powers.shape[-2:]) == 1, powers, -INF)
    seen = np.exp(powers - np.max(powers, -1, keepdims=True, initial=-100.0))
    return seen / np.maximum(seen.sum(-1, keepdims=True), 1e-300), scale


def check_operands(q: Any, k: Any, v: Any, mask: Any = None) -> Shape:
    """Refuse operands of attention that don't fit, and return the leading axes of the result.

    Args:
        q: the queries, an array or a spec, like the following.
        k: the keys.
        v: the values.
        mask: the mask, or None.

    Raises:
        ShapeError: the sizes differ; the text names the axis.
        DTypeError: queries, keys and values are not of one dtype, or the mask holds integers.
    """
    name, queries, keys, values = "scaled_dot_product_attention", q.shape, k.shape, v.shape
    if min(len(queries), len(keys), len(values)) < 2:
        raise ShapeError(
            f"{name}: q {queries}, k {keys} and v {values}: expected two axes at least of each, q (..., T, D), "
            "k (..., S, D), v (..., S, E)"
        )
    if queries[-1] != keys[-1]:
        raise ShapeError(
            f"{name}: q {queries}, k {keys} and v {values}: along axis -1, the features, q has size {queries[-1]} and "
            f"k {keys[-1]}, expected equal sizes"
        )
    if keys[-2] != values[-2]:
        raise ShapeError(
            f"{name}: q {queries}, k {keys} and v {values}: along axis -2, the keys, k has size {keys[-2]} and "
            f"v {values[-2]}, expected equal sizes"
        )
    lead: Shape = queries[:-2]
    if not lead == keys[:-2] == values[:-2]:
        lead = broadcast_shapes(name, lead, keys[:-2], values[:-2])
    if not q.dtype == k.dtype == v.dtype or dtype_kind(q.dtype) != "f":
        raise DTypeError(
            f"{name}: q, k and v are {dtype_name(q.dtype)}, {dtype_name(k.dtype)} and {dtype_name(v.dtype)}; expected "
            "one floating-point dtype; write k.astype(q.dtype)"
        )
    if mask is not None:
        scores = (*lead, queries[-2], keys[-2])
        if dtype_kind(mask.dtype) not in "bf":
            raise DTypeError(
                f"{name}: the mask is {dtype_name(mask.dtype)}; expected booleans, True where a query may attend to a "
                "key, or floats that are added to the scores; write mask.astype('bool')"
            )
        if broadcast_shapes(name, mask.shape, scores) != scores:
            raise ShapeError(f"{name}: the mask has shape {mask.shape}; expected one that broadcasts to {scores}")
    return lead


def weights(q: Tensor, k: Tensor, mask: Tensor | None = None, *, causal: bool, scale: float) -> Tensor:
    """Return the probabilities (..., T, S) of attention in public operations; a query without keys has zeros."""
    scores = (q @ k.transpose()) * scale
    if 0 in scores.shape:
        return scores
    if mask is not None:
        scores = where(mask, scores, -INF) if dtype_kind(mask.dtype) == "b" else scores + mask
    if causal:
        scores = where(constant_like(np.tri(scores.shape[-2], scores.shape[-1]) == 1, q), scores, -INF)
    elif mask is None:
        return softmax(scores, -1)
    nothing = scores.detach().max(-1, keepdims=True).eq(-INF)
    return where(nothing, 0.0, softmax(where(nothing, 0.0, scores), -1))


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    generator: Any = None,
) -> Tensor:
    """Give each query the mean of the values, weighted by softmax of its products with the keys.

    In one formula: softmax(scale * query @ transpose(key) + attn_mask) @ value, with the softmax over the keys. Without
    dropout, and where the mask requires no gradient, an array of all scores is never made.

    Args:
        query: (..., T, D), floating point.
        key: (..., S, D), of the same dtype. The axes before the last two of all three broadcast, so that heads of
            queries may share keys and values.
        value: (..., S, E), of the same dtype.
        attn_mask: broadcast to (..., T, S): booleans, True where the query may attend to the key, or floats that are
            added to the scores; None for no mask.
        dropout_p: the probability with which a weight is replaced by 0; whoever evaluates a model passes 0.
        is_causal: whether query i attends to the keys 0 to i only, also where T and S differ; it goes with a mask.
        scale: what the products are multiplied by; None for 1 / sqrt(D).
        generator: what dropout draws from; None for the default generator of `needle_autograd.random`.

    Returns:
        (..., T, E). A query that may attend to no key has a row of zeros.

    Raises:
        ShapeError: the shapes do not fit; the text names the axis and the sizes.
        DTypeError: the dtypes differ, or the mask holds integers.
        ValueError: dropout_p is outside [0, 1].

    Source: Vaswani et al., "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762.
    """
    require_tensors("scaled_dot_product_attention", query=query, key=key, value=value)
    mask = None if attn_mask is None else tensor_like(attn_mask, query)
    if dropout_p or (mask is not None and mask.requires_grad and dtype_kind(mask.dtype) == "f"):
        check_operands(query, key, value, mask)
        p = weights(query, key, mask, causal=is_causal, scale=Attention(scale=scale).factor(query))
        return dropout(p, dropout_p, generator=generator) @ value
    if mask is None:
        return Attention(is_causal, scale)(query, key, value)
    return Attention(is_causal, scale, masked=True)(query, key, value, mask)
