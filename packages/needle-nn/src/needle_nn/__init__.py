"""Modules, losses, initializers, optimizers and checkpoints."""

__version__ = "0.1.0"
