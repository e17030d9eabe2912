"""Datasets, samplers, data loaders and transforms."""

__version__ = "0.1.0"
