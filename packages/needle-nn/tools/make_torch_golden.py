"""Write tests/torch_golden.npz: what PyTorch computes for the modules, losses and optimizers of this package.

Run it where PyTorch is installed: `python packages/needle-nn/tools/make_torch_golden.py`. Tests only read the file.
All values are float64. Weights of linear layers are stored as (in, out).
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

TARGET = Path(__file__).parents[1] / "tests" / "torch_golden.npz"

OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.1}),
    "sgd_momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "sgd_decay": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.5, "weight_decay": 0.1}),
    "adam": (torch.optim.Adam, {"lr": 0.01}),
    "adam_options": (torch.optim.Adam, {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.01}),
    "rmsprop_options": (
        torch.optim.RMSprop,
        {"lr": 0.05, "alpha": 0.8, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.9},
    ),
}


def randomize(module: nn.Module) -> nn.Module:
    """Give every parameter random values, so that none is at a special point."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return module


def record_module(golden: dict, name: str, module: nn.Module, x: torch.Tensor) -> None:
    """Store input, parameters and output, and the gradients for a random gradient of the output."""
    x = x.clone().requires_grad_()
    module.zero_grad()
    out = module(x)
    out_grad = torch.randn_like(out)
    out.backward(out_grad)
    golden.update({f"{name}/x": x, f"{name}/out": out, f"{name}/out_grad": out_grad, f"{name}/grad/x": x.grad})
    for path, parameter in module.named_parameters():
        matrix = parameter.ndim == 2
        golden[f"{name}/{path}"] = parameter.T if matrix else parameter
        golden[f"{name}/grad/{path}"] = parameter.grad.T.clone() if matrix else parameter.grad.clone()


def record_loss(golden: dict, name: str, loss: nn.Module, prediction: torch.Tensor, target: torch.Tensor) -> None:
    """Store prediction, target, loss, and the gradient of the loss's sum."""
    prediction = prediction.clone().requires_grad_()
    out = loss(prediction, target)
    out.sum().backward()
    golden.update(
        {f"{name}/x": prediction, f"{name}/target": target, f"{name}/out": out, f"{name}/grad/x": prediction.grad}
    )


def record_optimizer(golden: dict, name: str) -> None:
    """Store a start, five gradients, and the parameter after each step."""
    kind, options = OPTIMIZERS[name]
    parameter = torch.randn(4, 3).requires_grad_()
    golden[f"{name}/start"] = parameter.clone()
    grads = torch.randn(5, 4, 3)
    optimizer = kind([parameter], **options)
    steps = []
    for grad in grads:
        parameter.grad = grad.clone()
        optimizer.step()
        steps.append(parameter.detach().clone())
    golden.update({f"{name}/grads": grads, f"{name}/steps": torch.stack(steps)})


def main() -> None:
    """Compute all values and write the file."""
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    golden: dict = {}
    record_module(golden, "linear", randomize(nn.Linear(5, 3)), torch.randn(4, 5))
    record_module(golden, "linear_3d", randomize(nn.Linear(5, 3)), torch.randn(2, 4, 5))
    record_module(golden, "relu", nn.ReLU(), torch.randn(4, 5))
    record_module(golden, "sigmoid", nn.Sigmoid(), 4 * torch.randn(4, 5))
    record_module(golden, "tanh", nn.Tanh(), torch.randn(4, 5))
    record_module(golden, "layer_norm", randomize(nn.LayerNorm(6, eps=1e-3)), 3 + torch.randn(4, 6))
    batch_norm = randomize(nn.BatchNorm1d(6, eps=1e-3, momentum=0.2))
    record_module(golden, "batch_norm", batch_norm, 3 + torch.randn(4, 6))
    for buffer in ("running_mean", "running_var"):
        golden[f"batch_norm/{buffer}"] = getattr(batch_norm, buffer).clone()
    record_module(golden, "batch_norm_eval", batch_norm.eval(), 3 + torch.randn(4, 6))
    for reduction in ("mean", "sum", "none"):
        labels = torch.tensor([3, 0, 2, 2, 1])
        record_loss(
            golden, f"cross_entropy_{reduction}", nn.CrossEntropyLoss(reduction=reduction), torch.randn(5, 4), labels
        )
        record_loss(golden, f"mse_{reduction}", nn.MSELoss(reduction=reduction), torch.randn(3, 4), torch.randn(3, 4))
    for name in OPTIMIZERS:
        record_optimizer(golden, name)
    np.savez_compressed(
        TARGET, **{name: np.asarray(value.detach().numpy(), order="C") for name, value in golden.items()}
    )
    print(f"wrote {len(golden)} arrays to {TARGET}")


if __name__ == "__main__":
    main()
