"""Errors of needle_nn, each derived from the builtin that fits."""


class StateDictError(ValueError):
    """A state dict does not fit the module: entries are missing, unexpected, or of another shape or dtype."""


class CheckpointError(ValueError):
    """A checkpoint file is damaged or is no safetensors file."""
