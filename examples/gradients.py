"""Only needle_autograd: tensors, gradients, gradients of gradients, and an operation of one's own."""

import numpy as np
from needle_autograd import Tensor, TensorOp, ops

# A tensor requires a gradient unless it is told otherwise; backward() writes .grad of what an expression was made from.
x = Tensor([1.0, 2.0, 3.0])
y = (x**2 + 3 * x).sum()
y.backward()
print("d(x^2 + 3x)/dx =", x.grad)  # 2x + 3

# With create_graph=True the gradient is itself an expression, and can be differentiated again.
x = Tensor([1.0, 2.0, 3.0])
(x**3).sum().backward(create_graph=True)
x.grad.sum().backward()
print("d2(x^3)/dx2    =", x.grad)  # 6x


class Softplus(TensorOp):
    """log(1 + exp(a)): what it computes on arrays, and its gradient in operations on tensors."""

    def compute(self, a):
        """Compute the value with the functions of the array's own library, whichever it is."""
        xp = a.__array_namespace__()
        return xp.log1p(xp.exp(a))

    def gradient(self, out_grad, node):
        """Multiply what arrives by the derivative, which is the sigmoid."""
        return out_grad * ops.sigmoid(node.inputs[0])


x = Tensor(np.array([-1.0, 0.0, 1.0]))
Softplus()(x).sum().backward()
print("d softplus/dx  =", x.grad)  # 1 / (1 + exp(-x))

# Least squares by gradient descent: recover 2 and -1 from noisy points on a line.
rng = np.random.default_rng(0)
inputs = rng.uniform(-1, 1, (100, 1))
targets = Tensor(2 * inputs - 1 + 0.01 * rng.normal(size=(100, 1)), requires_grad=False)
slope, start = Tensor(np.zeros((1, 1))), Tensor(np.zeros(1))
for _ in range(200):
    error = Tensor(inputs, requires_grad=False) @ slope + start.broadcast_to((100, 1)) - targets
    ((error * error).sum() / 100).backward()
    for parameter in (slope, start):
        parameter.data = parameter.data - 0.5 * parameter.grad
print(f"line: {slope.item():.2f} x {start.item():+.2f}")
