"""Proves that imports only go down the layers, and that importing a package does nothing but define names.

Run from the repository's root: `python tools/check_layers.py`. It reads every source (imports inside functions, under
TYPE_CHECKING and through `importlib.import_module("...")` count too), then imports each package in a fresh process.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

# What each package may import of its siblings. The order of the keys is that of the layers, from the bottom.
LAYERS: dict[str, frozenset[str]] = {
    "needle_ndarray": frozenset(),
    "needle_autograd": frozenset({"needle_ndarray"}),
    "needle_nn": frozenset({"needle_ndarray", "needle_autograd"}),
    "needle_data": frozenset({"needle_ndarray", "needle_autograd"}),
    "needle": frozenset({"needle_ndarray", "needle_autograd", "needle_nn", "needle_data"}),
}
# The compatibility with the course's code is a matter of the facade alone.
COURSE = re.compile(r"(?<![a-z])course", re.IGNORECASE)
COURSE_PACKAGE = "needle"
# Modules that a package loads only when they are needed, although its users may have them.
LAZY = frozenset({"numpy", "safetensors"})

PROBE = """
import json, os, sys, threading
def state():
    tasks = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else threading.active_count()
    return set(sys.modules), tasks
modules, threads = state()
__import__(sys.argv[1])
loaded, now = state()
report = {"modules": sorted({m.partition(".")[0] for m in loaded - modules}), "threads": now - threads}
with open(sys.argv[2], "w") as file:
    json.dump(report, file)
"""


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yields (line, module name) for each absolute import in a syntax tree; a relative one stays inside its package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if function in {"import_module", "__import__"} and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


def package_folders(root: Path) -> dict[str, Path]:
    """The import packages of the workspace that exist: import name to the folder packages/needle-*."""
    found = {}
    for folder in sorted((root / "packages").glob("needle-*")):
        for source in sorted((folder / "src").glob("*/__init__.py")):
            found[source.parent.name] = folder
    return found


def source_faults(root: Path) -> list[str]:
    """Reads the sources below `root` and returns one line for each import that goes up and each foreign word."""
    faults = []
    for package, folder in package_folders(root).items():
        if package not in LAYERS:
            faults.append(f"{folder.relative_to(root)}: {package} is in no layer; add it to tools/check_layers.py")
            continue
        allowed = LAYERS[package] | {package}
        for path in sorted([*(folder / "src").rglob("*"), *(folder / "native").rglob("*")]):
            if not path.is_file() or path.suffix in {".so", ".pyc"}:
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            where = path.relative_to(root)
            if path.suffix in {".py", ".pyi"}:
                for line, module in imported_modules(ast.parse(text, str(path))):
                    sibling = module.partition(".")[0]
                    if sibling in LAYERS and sibling not in allowed:
                        faults.append(f"{where}:{line}: {package} imports {module}, which is not below it")
            if package != COURSE_PACKAGE:
                for line, content in enumerate(text.splitlines(), 1):
                    if COURSE.search(content):
                        faults.append(f'{where}:{line}: the word "course" belongs to the package needle alone')
    return faults


def import_faults(package: str, report: Path, flags: Sequence[str] = (), path: Sequence[Path] = ()) -> list[str]:
    """Imports `package` in a fresh process and returns one line for each thing that the import should not have done.

    Args:
        package: Import name.
        report: File that the process may write its findings to.
        flags: Options of the interpreter, such as `-S` (without site-packages).
        path: Folders put before the module search path.
    """
    # One thread for NumPy's BLAS, which otherwise starts its own at import: what is counted here is ours.
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(map(str, path))}
    done = subprocess.run(
        [sys.executable, *flags, "-c", PROBE, package, str(report)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return [f"import {package} fails:\n{done.stderr.strip()}"]
    found = json.loads(report.read_text())
    faults = [f"import {package} prints {text.strip()!r}" for text in (done.stdout, done.stderr) if text]
    forbidden = (set(LAYERS) - LAYERS[package] - {package}) | LAZY
    faults += [f"import {package} loads {module}" for module in found["modules"] if module in forbidden]
    if found["threads"]:
        faults.append(f"import {package} starts {found['threads']} thread(s)")
    return faults


def main(root: Path) -> int:
    """Checks the workspace at `root` and prints what is wrong; returns the exit status."""
    faults = source_faults(root)
    packages = package_folders(root)
    with tempfile.TemporaryDirectory() as folder:
        for package in LAYERS:
            if package not in packages:
                faults.append(f"{package}: no such package in {root / 'packages'}")
            else:
                faults += import_faults(package, Path(folder) / "report.json")
    for fault in faults:
        print(fault)
    if not faults:
        print(f"layers: {len(LAYERS)} packages, imports go down only and do nothing else")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1]))
