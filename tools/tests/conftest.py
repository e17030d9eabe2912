"""Puts the tools themselves on the module search path: they are scripts, not an installed package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
