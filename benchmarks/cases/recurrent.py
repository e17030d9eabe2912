"""One time step of a recurrent cell with its two matrix products: 16 sequences, 128 inputs, 256 hidden units."""

from benchmarks.case import Case, Snippet, jitted

BATCH, WIDTH, HIDDEN = 16, 128, 256


def cell(name: str, gates: int, states: str, needle: str, formula: str, torch: str) -> Case:
    """A step from x and the states to new ones; `formula` is that of NumPy and JAX, with `xp`, `sigmoid` and `cut`."""
    inputs = {
        "x": f"normal({BATCH}, {WIDTH})",
        **dict.fromkeys(states.split(", "), f"normal({BATCH}, {HIDDEN})"),
        "wx": f"normal({WIDTH}, {gates * HIDDEN})",
        "wh": f"normal({HIDDEN}, {gates * HIDDEN})",
        "b": f"normal({gates * HIDDEN})",
    }
    plain = f"""
def sigmoid(x):
    return 1 / (1 + xp.exp(-x))
def cut(gates):
    return xp.split(gates, {gates}, axis=-1)
def step(x, {states}, wx, wh, b):
{formula}
"""
    arguments = f"x, {states}, wx, wh, b"
    jax = jitted(arguments, f"step({arguments})")
    return Case(
        f"{name} cell 16x128x256",
        inputs,
        needle=needle,
        numpy=Snippet(f"xp = np\n{plain}", f"step({arguments})"),
        torch=Snippet("wx, wh, zero = wx.T.contiguous(), wh.T.contiguous(), torch.zeros_like(b)", torch),
        jax=Snippet(f"xp = jnp\n{plain}\n{jax.setup}", jax.run),
        flops=2 * BATCH * (WIDTH + HIDDEN) * gates * HIDDEN,
    )


CASES = [
    cell(
        "LSTM",
        4,
        "h, c",
        "kernels.lstm_cell(kernels.linear(x, wx, b), h @ wh, c)[:2]",
        """
    i, f, g, o = cut(x @ wx + b + h @ wh)
    c = sigmoid(f) * c + sigmoid(i) * xp.tanh(g)
    return sigmoid(o) * xp.tanh(c), c
""",
        "torch.lstm_cell(x, (h, c), wx, wh, b, zero)",
    ),
    cell(
        "GRU",
        3,
        "h",
        "kernels.gru_cell(kernels.linear(x, wx, b), h @ wh, h)[0]",
        """
    (x_r, x_z, x_n), (u_r, u_z, u_n) = cut(x @ wx + b), cut(h @ wh)
    z, n = sigmoid(x_z + u_z), xp.tanh(x_n + sigmoid(x_r + u_r) * u_n)
    return n + z * (h - n)
""",
        "torch.gru_cell(x, h, wx, wh, b, zero)",
    ),
]
