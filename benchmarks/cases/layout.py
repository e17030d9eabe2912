"""Copies that change the layout of a 4096 x 4096 array, writes through views, and broadcasting."""

from benchmarks.case import Case, Snippet, jitted

N = 4096
SQUARE = {"x": f"normal({N}, {N})"}
BYTES = 4 * N * N


def copy(name: str, view: str, read: float, written: float, target: float) -> Case:
    """A contiguous copy of a view of x; how much of x has to be read, whole cache lines counting, and written."""
    return Case(
        name,
        SQUARE,
        needle=f"{view}.compact()",
        numpy=f"{view}.copy()",
        torch=f"{view}.contiguous()",
        jax=jitted("x", view),
        reads=int(read * BYTES),
        writes=int(written * BYTES),
        target=target,
    )


def assignment(place: str, read: float, written: float) -> Case:
    """Write x to a part of y; JAX gives y away and gets a new one, which it makes in place."""
    setup = f"y = own(x)\nx = own(x{place})\n"
    assign = f"def assign():\n    y{place} = x\n    return y"
    jax = f"""
f = jax.jit(lambda y, x: y.at{place}.set(x), donate_argnums=0)
state = [y]
def assign():
    state[0] = ready(f(state[0], x))
    return state[0]
"""
    plain = Snippet(setup + assign, "assign()")
    return Case(
        f"assign y{place} = x",
        SQUARE,
        needle=plain,
        numpy=plain,
        torch=plain,
        jax=Snippet(setup + jax, "assign()"),
        reads=int(read * BYTES),
        writes=int(written * BYTES),
        target=0.8,
    )


CASES = [
    copy("transpose copy 4096^2", "x.T", 1.0, 1.0, 0.12),
    copy("copy x[::2, ::2] of 4096^2", "x[::2, ::2]", 0.5, 0.25, 0.8),
    copy("copy x[1:-1, 1:-1] of 4096^2", "x[1:-1, 1:-1]", 1.0, 1.0, 0.8),
    assignment("[:, ::2]", 1.5, 1.0),
    assignment("[1:-1, 1:-1]", 1.0, 1.0),
    *(
        Case(
            f"add (4096, 4096) + {shape}",
            {**SQUARE, "b": f"normal{shape}"},
            needle="x + b",
            numpy="x + b",
            torch="x + b",
            jax=jitted("x, b", "x + b"),
            reads=BYTES,
            writes=BYTES,
            target=0.25,
        )
        for shape in ("(4096,)", "(4096, 1)")
    ),
]
