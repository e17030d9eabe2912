"""The repository's examples print what is mathematically so."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are in the repository only")


def lines_of(name):
    return subprocess.run(
        [sys.executable, EXAMPLES / name], capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_gradients_script_finds_the_derivatives_and_the_line():
    """Oracle: 2x + 3 and 6x at 1, 2, 3; the sigmoid at -1, 0, 1; the line that the points were drawn from."""
    *derivatives, line = lines_of("gradients.py")
    assert [text.partition("=")[2].strip() for text in derivatives] == [
        "[5. 7. 9.]",
        "[ 6. 12. 18.]",
        "[0.26894142 0.5        0.73105858]",
    ]
    assert line == "line: 2.00 x -1.00"


def test_arrays_script_estimates_pi():
    assert abs(float(lines_of("arrays.py")[-1].rpartition(" ")[2]) - 3.14159) < 0.02
