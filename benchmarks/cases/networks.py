"""The fused kernels of deep learning. Backward cases time the backward pass alone, for PyTorch and JAX too."""

from benchmarks.case import Case, Snippet, jax_backward, jitted, torch_backward

N = 10**7
TARGET = {"target": 0.6, "against": "torch"}

ROWS, WIDTH = 4096, 1024
LAYER = {"x": f"normal({ROWS}, {WIDTH})", "w": f"normal({WIDTH})", "b": f"normal({WIDTH})"}
LAYER_BYTES = 4 * ROWS * WIDTH
JAX_LAYER_NORM = """
def layer_norm(x, w, b):
    mean = x.mean(axis=-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(x.var(axis=-1, keepdims=True) + 1e-5) * w + b
"""
IMAGES = {"x": "normal(32, 32, 32, 64)", "w": "normal(64)", "b": "normal(64)"}
IMAGE_BYTES = 4 * 32 * 32 * 32 * 64
TORCH_BATCH_NORM = "F.batch_norm(x.permute(0, 3, 1, 2), None, None, w, b, training=True).permute(0, 2, 3, 1)"
JAX_BATCH_NORM = """
def batch_norm(x, w, b):
    mean, var = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
    return (x - mean) * (w * jax.lax.rsqrt(var + 1e-5)) + b
"""

NORMALIZATION = [
    Case(
        "layer norm 4096x1024 forward",
        LAYER,
        needle="kernels.layer_norm(x, w, b, 1e-5)[0]",
        numpy="(d := x - x.mean(axis=1, keepdims=True)) / np.sqrt((d * d).mean(axis=1, keepdims=True) + 1e-5) * w + b",
        torch="F.layer_norm(x, w.shape, w, b)",
        jax=Snippet(f"{JAX_LAYER_NORM}\nf = jax.jit(layer_norm)", "ready(f(x, w, b))"),
        reads=LAYER_BYTES,
        writes=LAYER_BYTES,
        **TARGET,
    ),
    Case(
        "layer norm 4096x1024 backward",
        {**LAYER, "grad": f"normal({ROWS}, {WIDTH})"},
        needle=Snippet(
            "_, mean, inverse_std = kernels.layer_norm(x, w, b, 1e-5)",
            "kernels.layer_norm_grad(grad, x, w, mean, inverse_std)",
        ),
        torch=torch_backward("x, w, b", "F.layer_norm(x, w.shape, w, b)"),
        jax=jax_backward("x, w, b", "layer_norm(x, w, b)", JAX_LAYER_NORM),
        reads=2 * LAYER_BYTES,
        writes=LAYER_BYTES,
        **TARGET,
    ),
    Case(
        "batch norm 32x32x32x64 forward",
        IMAGES,
        needle="kernels.batch_norm(x, w, b, 1e-5)[0]",
        numpy="(x - x.mean(axis=(0, 1, 2))) * (w / np.sqrt(x.var(axis=(0, 1, 2)) + 1e-5)) + b",
        torch=TORCH_BATCH_NORM,
        jax=Snippet(f"{JAX_BATCH_NORM}\nf = jax.jit(batch_norm)", "ready(f(x, w, b))"),
        reads=IMAGE_BYTES,
        writes=IMAGE_BYTES,
        **TARGET,
    ),
    Case(
        "batch norm 32x32x32x64 backward",
        {**IMAGES, "grad": "normal(32, 32, 32, 64)"},
        needle=Snippet(
            "_, mean, var = kernels.batch_norm(x, w, b, 1e-5)", "kernels.batch_norm_grad(grad, x, w, mean, var, 1e-5)"
        ),
        torch=torch_backward("x, w, b", TORCH_BATCH_NORM),
        jax=jax_backward("x, w, b", "batch_norm(x, w, b)", JAX_BATCH_NORM),
        reads=2 * IMAGE_BYTES,
        writes=IMAGE_BYTES,
        **TARGET,
    ),
]

LOSS_INPUTS = {"logits": "normal(4096, 1000)", "labels": "integers(1000, 4096)"}
LOSS = Case(
    "cross-entropy 4096x1000 with gradient",
    LOSS_INPUTS,
    needle=Snippet(
        """
scale = nd.full(labels.shape, 1 / len(labels), dtype=nd.float32)
def loss():
    losses, log_sums = kernels.cross_entropy(logits, labels)
    return nd.mean(losses), kernels.cross_entropy_grad(scale, logits, labels, log_sums)
""",
        "loss()",
    ),
    numpy=Snippet(
        """
def loss():
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    place = np.arange(len(labels)), labels
    value = -np.log(p[place]).mean()
    p[place] -= 1
    p /= len(labels)
    return value, p
""",
        "loss()",
    ),
    torch=Snippet(
        """
torch.set_grad_enabled(True)
logits = logits.detach().requires_grad_()
def loss():
    value = F.cross_entropy(logits, labels)
    return value, torch.autograd.grad(value, logits)[0]
""",
        "loss()",
    ),
    jax=Snippet(
        """
def loss(logits, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1).mean()
f = jax.jit(jax.value_and_grad(loss))
""",
        "ready(f(logits, labels))",
    ),
    reads=4 * 4096 * 1000,
    writes=4 * 4096 * 1000,
    **TARGET,
)

DROPOUT = Case(
    "dropout 1e7, drawing the mask",
    {"x": f"normal({N})"},
    needle=Snippet("generator = nd.random.Generator(0)", "kernels.dropout(x, generator.uniform(x.shape) >= 0.1, 0.1)"),
    numpy=Snippet(
        "generator = np.random.default_rng(0)",
        "np.where(generator.random(x.shape, dtype=np.float32) >= 0.1, x * np.float32(1 / 0.9), np.float32(0))",
    ),
    torch="F.dropout(x, 0.1, training=True)",
    jax=Snippet(
        """
key = jax.random.key(0)
f = jax.jit(lambda key, x: jnp.where(jax.random.bernoulli(key, 0.9, x.shape), x / 0.9, 0.0))
""",
        "ready(f(key, x))",
    ),
    reads=4 * N,
    writes=4 * N,
    comparable=False,
    **TARGET,
)

EMBEDDING = Case(
    "embedding gradient 4096 of 10k x 256",
    {"tokens": "integers(10000, 4096)", "grad": "normal(4096, 256)"},
    needle=Snippet(
        "shape = (size(10000), grad.shape[1])", "kernels.index_add(nd.zeros(shape, dtype=nd.float32), tokens, grad)"
    ),
    numpy=Snippet(
        """
def embedding_gradient():
    y = np.zeros((size(10000), grad.shape[1]), np.float32)
    np.add.at(y, tokens, grad)
    return y
""",
        "embedding_gradient()",
    ),
    torch=Snippet(
        """
torch.set_grad_enabled(True)
w = torch.zeros(size(10000), grad.shape[1], requires_grad=True)
y = F.embedding(tokens, w)
""",
        "torch.autograd.grad(y, w, grad, retain_graph=True)[0]",
    ),
    jax=Snippet(
        """
shape = (size(10000), grad.shape[1])
f = jax.jit(lambda tokens, grad: jnp.zeros(shape).at[tokens].add(grad))
""",
        "ready(f(tokens, grad))",
    ),
    reads=4 * 4096 * 256,
    writes=4 * 10000 * 256,
    **TARGET,
)


def attention(batch: int, heads: int, time: int, width: int) -> list[Case]:
    """Causal scaled-dot-product attention; half of the scores are not needed."""
    shape = (batch, heads, time, width)
    inputs = dict.fromkeys("qkv", f"normal(*{shape})")
    forward_flops = 2 * batch * heads * time * time * width  # two products, of half the scores
    torch = "F.scaled_dot_product_attention(q, k, v, is_causal=True)"
    transposed = ", ".join(f"{name}.swapaxes(1, 2)" for name in "qkv")  # JAX has the heads behind the time
    jax = f"jax.nn.dot_product_attention({transposed}, is_causal=True).swapaxes(1, 2)"
    label = f"attention {batch}x{heads}x{time}x{width}"
    return [
        Case(
            f"{label} forward",
            inputs,
            needle="kernels.attention(q, k, v, causal=True)[0]",
            torch=torch,
            jax=jitted("q, k, v", jax),
            flops=forward_flops,
            **TARGET,
        ),
        Case(
            f"{label} backward",
            {**inputs, "grad": f"normal(*{shape})"},
            needle=Snippet(
                "out, log_sums = kernels.attention(q, k, v, causal=True)",
                "kernels.attention_grad(grad, q, k, v, out, log_sums, causal=True)",
            ),
            torch=torch_backward("q, k, v", torch),
            jax=jax_backward("q, k, v", jax),
            flops=5 * forward_flops // 2,
            **TARGET,
        ),
    ]


def decoding(batch: int, heads: int, keys: int, width: int) -> Case:
    """Attention of one new token to a cache of keys and values, which are read once."""
    cached = f"normal({batch}, {heads}, {keys}, {width})"
    transposed = ", ".join(f"{name}.swapaxes(1, 2)" for name in "qkv")
    return Case(
        f"attention decoding {batch}x{heads}x1 of {keys} keys x {width} forward",
        {"q": f"normal({batch}, {heads}, 1, {width})", "k": cached, "v": cached},
        needle="kernels.attention(q, k, v)[0]",
        torch="F.scaled_dot_product_attention(q, k, v)",
        jax=jitted("q, k, v", f"jax.nn.dot_product_attention({transposed}).swapaxes(1, 2)"),
        reads=2 * 4 * batch * heads * keys * width,
        **TARGET,
    )


CASES = [
    *NORMALIZATION,
    LOSS,
    DROPOUT,
    EMBEDDING,
    *attention(8, 4, 128, 32),
    *attention(2, 8, 1024, 64),
    decoding(1, 16, 2048, 64),
]
