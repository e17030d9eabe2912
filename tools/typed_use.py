"""Programs as users write them: `hatch run types` checks that a strict type checker knows every name that they use."""

from typing import assert_type

import needle as ndl
import needle_autograd as ag
import needle_autograd.ops
from needle.autograd import Tensor


def explains(loss: ag.Tensor) -> str:
    """Modules that are loaded at their first use, and attributes that are properties of the module."""
    ag.LAZY_MODE = not ag.LAZY_MODE
    assert_type(ag.TENSOR_COUNTER, int)
    assert_type(ag.learn.explain(loss), ag.learn.Explanation)
    ag.testing.check_gradient(ag.ops.exp, [1.0, 2.0])
    return str(ag.learn.draw(loss))


def computes(x: ag.Tensor) -> ag.Tensor:
    """Operators, methods and functions of tensors."""
    y = (2 * x + 1).exp().sum(axes=1, keepdims=True) / 3
    first, second = needle_autograd.ops.split(y)
    assert_type(-first @ second, ag.Tensor)
    return ag.ops.where(x > 0, x, 0.0)


def trains(x: ndl.Tensor, y: ndl.Tensor) -> Tensor:
    """The whole in one import, and the module that is another one's alias."""
    model = ndl.nn.Sequential(ndl.nn.Linear(2, 3), ndl.nn.ReLU())
    optimizer = ndl.optim.SGD(model.parameters(), lr=0.1)
    loss: Tensor = ndl.nn.SoftmaxLoss()(model(x), y)
    with ndl.autograd.enable_grad():
        loss.backward()
    optimizer.step()
    return loss
