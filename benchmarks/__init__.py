"""Needle beside its peers, measured by turns: `hatch run bench`, `hatch run bench-peers:bench` with PyTorch and JAX."""
