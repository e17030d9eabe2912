"""Tensors on another device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..backends import array_namespace, check_device
from ..numpy_on_demand import is_numpy
from ..op import Array, Sample, Spec, TensorOp

if TYPE_CHECKING:
    from ..tensor import Tensor


class ToDevice(TensorOp):
    """A tensor copied to another device.

    Args:
        device: a device, such as `cpu()` or `cuda()`.
    """

    name = "to_device"
    formula = "a on device"
    gradient_formula = "da = dc on the device of a"
    needs = ()

    def __init__(self, device: Any) -> None:
        self.device = device

    def compute(self, a: Array) -> Array:
        """Copy the array."""
        namespace = array_namespace(a)
        check_device(self.device, namespace)
        return a if is_numpy(namespace) else a.to_device(self.device)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Copy the gradient back."""
        return to_device(out_grad, node.inputs[0].device)

    def infer(self, a: Spec) -> Spec:
        """Only the device changes."""
        return Spec(a.shape, a.dtype, self.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """To the device on which it is."""

        def call(a: Tensor) -> Tensor:
            return cls(a.device)(a)

        return [Sample(inputs=[shape], call=call, reference=lambda a: a, exact=True) for shape in ((2, 3), (0, 3))]


def to_device(a: Tensor, device: Any) -> Tensor:
    """Copy a tensor to another device; the gradient is copied back.

    Args:
        a: the tensor; it is returned itself if it is there.
        device: a device, such as `cpu()` or `cuda()`.

    Raises:
        DeviceError: the tensor is of NumPy, whose arrays live on the CPU.
        TypeError: it is no device.
        BackendUnavailable: the device cannot be used; the text says why.
    """
    return a if a.device == device else ToDevice(device)(a)
