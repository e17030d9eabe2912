"""Switches for programs that expect other conventions than this package's own; all are off unless set.

Set them before the first tensor is made, as in `switches.keep_python_floats = True`.
"""

from __future__ import annotations


class Switches:
    """The conventions that can be changed, for the whole process.

    Attributes:
        keep_python_floats: with the NumPy backend, Python floats become float64, as NumPy itself has it.
        narrow_on_device: float64 input that is given with a device and without a dtype becomes float32.
        integer_gradients: tensors of integers and booleans require gradients by default, like any other.
        gradients_everywhere: `backward()` writes `.grad` on intermediate nodes too, with a graph of its own, and
            retains the graph that it passes.
        always_true: the truth value of a tensor of any size is True.
    """

    __slots__ = ("always_true", "gradients_everywhere", "integer_gradients", "keep_python_floats", "narrow_on_device")

    def __init__(self) -> None:
        self.keep_python_floats = False
        self.narrow_on_device = False
        self.integer_gradients = False
        self.gradients_everywhere = False
        self.always_true = False


switches = Switches()
