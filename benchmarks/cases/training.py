"""One epoch of a small network on data of the digits' shape (1,797 images of 64 pixels), batches of 32, SGD."""

from benchmarks.case import Case, Snippet

INPUTS = {"images": "normal(1797, 64)", "labels": "integers(10, 1797)"}

NEEDLE = """
images, labels = np.asarray(images), np.asarray(labels)
loader = ndl.data.DataLoader(ndl.data.ArrayDataset(images, labels), batch_size=32, shuffle=True)
width = images.shape[1]
model = ndl.nn.Sequential(
    ndl.nn.Linear(width, 64), ndl.nn.ReLU(), ndl.nn.Linear(64, 64), ndl.nn.ReLU(), ndl.nn.Linear(64, 10)
)
loss_function = ndl.nn.SoftmaxLoss()
optimizer = ndl.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
def epoch():
    for x, y in loader:
        optimizer.reset_grad()
        loss_function(model(x), y).backward()
        optimizer.step()
"""

NUMPY = """
normal = np.random.default_rng(0).standard_normal
sizes = (images.shape[1], 64, 64, 10)
weights = [normal(shape, dtype=np.float32) * np.float32(shape[0] ** -0.5) for shape in zip(sizes, sizes[1:])]
biases = [np.zeros(size, np.float32) for size in sizes[1:]]
velocities = [np.zeros_like(p) for p in weights + biases]
def epoch(lr=np.float32(0.01), momentum=np.float32(0.9)):
    order = np.random.permutation(len(images))
    for start in range(0, len(images), 32):
        batch = order[start : start + 32]
        inputs = [images[batch]]
        for w, b in zip(weights[:-1], biases):
            inputs.append(np.maximum(inputs[-1] @ w + b, 0))
        logits = inputs[-1] @ weights[-1] + biases[-1]
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(batch)), labels[batch]] -= 1
        grad = p / np.float32(len(batch))
        weight_grads, bias_grads = [], []
        for x, w in zip(reversed(inputs), reversed(weights)):
            weight_grads.append(x.T @ grad)
            bias_grads.append(grad.sum(axis=0))
            grad = (grad @ w.T) * (x > 0)
        for p, v, g in zip(weights + biases, velocities, weight_grads[::-1] + bias_grads[::-1]):
            v *= momentum
            v += (1 - momentum) * g
            p -= lr * v
"""

TORCH = """
torch.set_grad_enabled(True)
width = images.shape[1]
model = torch.nn.Sequential(
    torch.nn.Linear(width, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, dampening=0.9)
def epoch():
    for batch in torch.randperm(len(images)).split(32):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
"""

CASES = [
    Case(
        "epoch of digits",
        INPUTS,
        needle=Snippet(NEEDLE, "epoch()"),
        numpy=Snippet(NUMPY, "epoch()"),
        torch=Snippet(TORCH, "epoch()"),
    )
]
