"""One optimizer step, in place: over four million parameters, and over the six small arrays of a network for digits."""

from benchmarks.case import Case, Snippet

LARGE = ("4e6", (4 * 10**6,))
SMALL = ("of 6 small arrays", (64 * 64, 64, 64 * 64, 64, 64 * 10, 10))
OPTIONS = "step = 0\nlr, beta1, beta2, eps, momentum = 1e-3, 0.9, 0.999, 1e-8, 0.9\n"


def step(name: str, parameters: tuple[str, tuple[int, ...]], states: str, needle: str, numpy: str, torch: str) -> Case:
    """A step on each `param`, given its `grad` and the optimizer's states, which begin as zeros.

    `needle` and `numpy` update one parameter, and JAX compiles what NumPy does; `torch` makes the optimizer.
    """
    label, sizes = parameters
    setup = f"{OPTIONS}params, grads = [own(x[:n]) for n in {sizes}], [own(y[:n]) for n in {sizes}]\n"
    arrays = f"param, grad, {states}"
    made = setup + f"states = [[{', '.join('own(param) * 0' for _ in states.split())}] for param in params]\n"

    def update(body: str) -> str:
        return f"""{made}
def update():
    global step
    step += 1
    for param, grad, ({states},) in zip(params, grads, states):
        {body}
    return params
"""

    jax = f"""{made}
def new({arrays}, step):
    {numpy.replace(" " * 8, " " * 4)}
    return param, [{states}]
def all_new(params, grads, states, step):
    return zip(*(new(param, grad, *state, step) for param, grad, state in zip(params, grads, states)))
f = jax.jit(lambda *arguments: tuple(map(list, all_new(*arguments))), donate_argnums=(0, 2))
def update():
    global step, params, states
    step += 1
    params, states = ready(f(params, grads, states, step))
    return params
"""
    array_bytes, count = 4 * sum(sizes), len(states.split(", "))
    return Case(
        f"{name} step {label}",
        {"x": f"normal({max(sizes)})", "y": f"normal({max(sizes)})"},
        needle=Snippet(update(needle), "update()"),
        numpy=Snippet(update(numpy), "update()"),
        torch=Snippet(
            f"{setup}for param, grad in zip(params, grads):\n    param.grad = grad\noptimizer = {torch}",
            "(optimizer.step(), params)[1]",
        ),
        jax=Snippet(jax, "update()"),
        reads=(2 + count) * array_bytes,
        writes=(1 + count) * array_bytes,
        target=0.6,
        against="torch",
    )


def adam(parameters: tuple[str, tuple[int, ...]]) -> Case:
    numpy = """
        m *= beta1
        m += (1 - beta1) * grad
        v *= beta2
        v += (1 - beta2) * (grad * grad)
        param -= lr / (1 - beta1**step) * m / ((v / (1 - beta2**step)) ** 0.5 + eps)
"""
    return step(
        "Adam",
        parameters,
        "m, v",
        "kernels.adam_step(param, grad, m, v, lr=lr, beta1=beta1, beta2=beta2, eps=eps, step=step)",
        numpy.strip(),
        "torch.optim.Adam(params, lr=lr, betas=(beta1, beta2), eps=eps, fused=True)",
    )


def sgd(parameters: tuple[str, tuple[int, ...]]) -> Case:
    numpy = """
        buffer *= momentum
        buffer += grad
        param -= lr * buffer
"""
    return step(
        "SGD with momentum",
        parameters,
        "buffer",
        "kernels.sgd_step(param, grad, buffer, lr=lr, momentum=momentum)",
        numpy.strip(),
        "torch.optim.SGD(params, lr=lr, momentum=momentum, fused=True)",
    )


CASES = [adam(LARGE), sgd(LARGE), adam(SMALL), sgd(SMALL)]
