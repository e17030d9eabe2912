"""Builds what would be released and tests it as a user would have it.

Run as `hatch run wheels:check [PACKAGE...]`. Each package becomes an sdist, and its wheel is built from that sdist.
The wheel is installed, with its siblings and from wheels alone, into a fresh environment, where the tests that the
sdist carries run away from any source: what they import is the installed package.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
UV = os.environ.get("HATCH_UV", "uv")
MAX_WHEEL_BYTES = 5_000_000


def run(*command: object, cwd: Path = ROOT) -> None:
    """Runs a command and ends this program with its status when it fails."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, check=False)
    if done.returncode != 0:
        sys.exit(f"wheels: failed with status {done.returncode}: {' '.join(map(str, command))}")


def build(folder: Path) -> tuple[str, Path, Path]:
    """Builds the sdist of a package and the wheel out of it; returns (name, sdist, wheel)."""
    name = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["name"]
    stem = name.replace("-", "_")
    for old in [*DIST.glob(f"{stem}-*.whl"), *DIST.glob(f"{stem}-*.tar.gz")]:
        old.unlink()
    start = time.perf_counter()
    run(UV, "build", "-q", "--python", sys.executable, "--out-dir", DIST, folder)
    (sdist,), (wheel,) = DIST.glob(f"{stem}-*.tar.gz"), DIST.glob(f"{stem}-*.whl")
    size = wheel.stat().st_size
    print(f"wheels: {wheel.name}: {size / 1000:.0f} kB, built in {time.perf_counter() - start:.1f} s", flush=True)
    if size > MAX_WHEEL_BYTES:
        sys.exit(f"wheels: {wheel.name} is larger than {MAX_WHEEL_BYTES} bytes")
    return name, sdist, wheel


def test(name: str, sdist: Path, wheels: dict[str, Path]) -> None:
    """Installs one wheel into a fresh environment and runs the tests of its sdist there."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        python = folder / "venv" / "bin" / "python"
        run(UV, "venv", "-q", "--python", sys.executable, folder / "venv")
        # The siblings are these files and nothing of the same name from anywhere else.
        siblings = folder / "siblings.txt"
        siblings.write_text("".join(f"{other} @ {wheel.as_uri()}\n" for other, wheel in wheels.items()))
        install = [UV, "pip", "install", "-q", "--python", python, "--only-binary", ":all:", "-c", siblings]
        run(*install, f"{name}[test] @ {wheels[name].as_uri()}")

        # The tests and pytest's settings lie to each other as in the repository, but there is no source to import.
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        unpacked = (folder / sdist.name.removesuffix(".tar.gz")).rename(folder / name)
        shutil.rmtree(unpacked / "src")
        shutil.copy(ROOT / "pyproject.toml", folder)
        print(f"wheels: the tests of {name} on {wheels[name].name}", flush=True)
        run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", unpacked / "tests", cwd=folder)


def main(only: list[str]) -> None:
    """Builds all packages and tests those named in `only` (all of them when it is empty)."""
    built = [build(folder) for folder in sorted((ROOT / "packages").glob("needle-*"))]
    wheels = {name: wheel for name, _, wheel in built}
    if unknown := set(only) - set(wheels):
        sys.exit(f"wheels: no such package: {', '.join(sorted(unknown))}; there are {', '.join(wheels)}")
    for name, sdist, _ in built:
        if not only or name in only:
            test(name, sdist, wheels)


if __name__ == "__main__":
    main(sys.argv[1:])
