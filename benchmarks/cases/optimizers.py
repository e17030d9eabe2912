"""One optimizer step over four million parameters, in place."""

from benchmarks.case import Case, Snippet

N = 4 * 10**6
OPTIONS = "step = 0\nlr, beta1, beta2, eps, momentum = 1e-3, 0.9, 0.999, 1e-8, 0.9\n"


def step(name: str, states: str, needle: str, numpy: str, torch: str, jax: str, reads: int, writes: int) -> Case:
    """A step on param, given grad and the optimizer's states, which begin as zeros.

    `torch` makes the optimizer; `jax` computes the new param and states from the old, which it may overwrite.
    """
    inputs = {"param": f"normal({N})", "grad": f"normal({N})"}
    names = states.split()
    copies = f"{OPTIONS}param = own(param)\n" + "".join(f"{state} = own(param) * 0\n" for state in names)
    function = f"def update():\n    global step, param, {', '.join(names)}\n    step += 1\n"
    everything = ", ".join(["param", *names])
    jax_setup = f"""
{copies}
def new(param, grad, {", ".join(names)}, step):
{jax}
f = jax.jit(new, donate_argnums=(0, {", ".join(str(2 + i) for i in range(len(names)))}))
{function}    {everything} = ready(f(param, grad, {", ".join(names)}, step))
    return param
"""
    return Case(
        f"{name} step 4e6",
        inputs,
        needle=Snippet(f"{copies}{function}    {needle}\n    return param", "update()"),
        numpy=Snippet(f"{copies}{function}{numpy}\n    return param", "update()"),
        torch=Snippet(
            f"{OPTIONS}param = own(param).requires_grad_()\nparam.grad = grad\noptimizer = {torch}",
            "(optimizer.step(), param)[1]",
        ),
        jax=Snippet(jax_setup, "update()"),
        reads=reads,
        writes=writes,
        target=0.6,
        against="torch",
    )


CASES = [
    step(
        "Adam",
        "m v",
        "kernels.adam_step(param, grad, m, v, lr=lr, beta1=beta1, beta2=beta2, eps=eps, step=step)",
        """
    m *= np.float32(beta1)
    m += np.float32(1 - beta1) * grad
    v *= np.float32(beta2)
    v += np.float32(1 - beta2) * (grad * grad)
    param -= np.float32(lr / (1 - beta1**step)) * m / (np.sqrt(v * np.float32(1 / (1 - beta2**step))) + np.float32(eps))
""",
        "torch.optim.Adam([param], lr=lr, betas=(beta1, beta2), eps=eps, fused=True)",
        """
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad * grad
    return param - lr / (1 - beta1**step) * m / (jnp.sqrt(v / (1 - beta2**step)) + eps), m, v
""",
        16 * N,
        12 * N,
    ),
    step(
        "SGD with momentum",
        "buffer",
        "kernels.sgd_step(param, grad, buffer, lr=lr, momentum=momentum)",
        """
    buffer *= np.float32(momentum)
    buffer += grad
    param -= np.float32(lr) * buffer
""",
        "torch.optim.SGD([param], lr=lr, momentum=momentum, fused=True)",
        """
    buffer = momentum * buffer + grad
    return param - lr * buffer, buffer
""",
        12 * N,
        8 * N,
    ),
]
