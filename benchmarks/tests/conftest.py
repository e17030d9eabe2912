"""Puts the repository's root on the module search path: the benchmarks run from there and are not installed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
