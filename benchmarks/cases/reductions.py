"""Sums, extremes and softmax of matrices."""

from benchmarks.case import Case, jitted

N = 4096


def matrix(rows: int = N, columns: int = N, dtype: str = "float32") -> dict[str, str]:
    if dtype == "int32":
        return {"x": f"integers(100, {rows}, {columns}, dtype='int32')"}  # JAX's sum has to fit into 32 bits
    return {"x": f"normal({rows}, {columns}, dtype='{dtype}')"}


def reduction(function: str, axis: int | None, target: float | None, dtype: str = "float32") -> Case:
    place = "all" if axis is None else f"axis {axis}"
    method = "amax" if function == "max" else function  # of torch; its `max` along an axis also finds the places
    keyword = "" if axis is None else f", axis={axis}"
    return Case(
        f"{function} {place} 4096^2" if dtype == "float32" else f"{function} {dtype} {place} 4096^2",
        matrix(dtype=dtype),
        needle=f"nd.{function}(x{keyword})",
        numpy=f"np.{function}(x{keyword})",
        torch=f"torch.{method}(x{keyword})",
        jax=jitted("x", f"jnp.{function}(x{keyword})"),
        reads=(8 if dtype == "float64" else 4) * N * N,
        wide=dtype == "float64",
        target=target,
    )


NUMPY_SOFTMAX = "(e := np.exp(x - x.max(axis=1, keepdims=True))).__itruediv__(e.sum(axis=1, keepdims=True))"
NUMPY_LOGSUMEXP = "(m := x.max(axis=1, keepdims=True))[:, 0] + np.log(np.exp(x - m).sum(axis=1))"
NUMPY_LOG_SOFTMAX = "(y := x - x.max(axis=1, keepdims=True)) - np.log(np.exp(y).sum(axis=1, keepdims=True))"


def by_rows(
    function: str, numpy: str, jax: str, target: float | None, rows: int = N, columns: int = N, dtype: str = "float32"
) -> Case:
    """Softmax or one of its relatives, of each row."""
    size = f"{rows}^2" if rows == columns else f"{rows}x{columns}"
    bytes_read = (8 if dtype == "float64" else 4) * rows * columns
    return Case(
        f"{function} rows {size}" if dtype == "float32" else f"{function} rows {dtype} {size}",
        matrix(rows, columns, dtype),
        needle=f"nd.{function}(x, axis=1)",
        numpy=numpy,
        torch=f"torch.{function}(x, 1)",
        jax=jitted("x", jax),
        reads=bytes_read,
        writes=0 if function == "logsumexp" else bytes_read,
        wide=dtype == "float64",
        target=target,
    )


CASES = [
    reduction("sum", None, 1.0),
    reduction("mean", None, 1.0),
    reduction("sum", 1, 1.0),
    reduction("mean", 1, 1.0),
    reduction("sum", 0, 0.45),
    reduction("mean", 0, 0.45),
    reduction("max", 0, 0.5),
    reduction("max", 1, 0.9),
    reduction("argmax", 1, 0.65),
    reduction("sum", None, None, "float64"),
    reduction("sum", None, None, "int32"),
    by_rows("softmax", NUMPY_SOFTMAX, "jax.nn.softmax(x, axis=1)", 0.22),
    by_rows("softmax", NUMPY_SOFTMAX, "jax.nn.softmax(x, axis=1)", 0.8, 64, 32768),
    by_rows("log_softmax", NUMPY_LOG_SOFTMAX, "jax.nn.log_softmax(x, axis=1)", 0.22),
    by_rows("logsumexp", NUMPY_LOGSUMEXP, "jax.nn.logsumexp(x, axis=1)", 0.5),
    by_rows("softmax", NUMPY_SOFTMAX, "jax.nn.softmax(x, axis=1)", None, 2048, 2048, "float64"),
]
