"""Copies the native module's generated stub beside the sources, where type checkers and editors look for it."""

import importlib.util
import shutil
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "packages/needle-ndarray/src/needle_ndarray/_core.pyi"


def main() -> None:
    """Finds the installed module and copies the stub that lies beside it."""
    spec = importlib.util.find_spec("needle_ndarray._core")
    assert spec is not None
    assert spec.origin is not None
    shutil.copyfile(Path(spec.origin).with_name("_core.pyi"), TARGET)


if __name__ == "__main__":
    main()
