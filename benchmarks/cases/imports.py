"""How long an import takes in a fresh process, without the interpreter's own start.

needle_autograd is to take less than 60 ms, and loads NumPy only when it is used.
"""

from benchmarks.case import Case, Snippet


def imports(name: str, **modules: str) -> Case:
    snippets = {peer: Snippet("", f"import_seconds({module!r})") for peer, module in modules.items()}
    return Case(name, own_clock=True, **snippets)


CASES = [
    imports("import arrays", needle="needle_ndarray", numpy="numpy", jax="jax.numpy"),
    imports("import autograd", needle="needle_autograd", numpy="numpy", torch="torch"),
    imports("import all", needle="needle", numpy="numpy", torch="torch", jax="jax"),
]
