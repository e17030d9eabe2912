"""Needle beside its peers, measured by turns: `hatch run bench`, or `hatch run bench-torch:bench` with PyTorch."""
