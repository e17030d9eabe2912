"""Proves that no committed file names a path of somebody's machine or the host of a package registry.

Run from the repository's root: `python tools/check_text.py`. What is committed has to work on every machine: paths are
relative or come from the environment, and which registry serves the packages is the installer's own setting.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

FORBIDDEN: dict[str, re.Pattern[str]] = {
    "a machine path": re.compile(r"(?<![\w.*])/(?:work|farm|tmp|root|home|opt|mnt|Users)/(?=\w)|[A-Z]:\\\\?Users"),
    "a registry host": re.compile(
        r"\b(?:pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|deb[.]debian[.]org|conda[.]anaconda[.]org"
        r"|download[.]pytorch[.]org)\b"
    ),
    "a registry setting": re.compile(r"-inde[x](?:-url)?\b|\binde[x]-url\b|\bfind-link[s]\s*="),
}


def faults(files: Iterable[Path]) -> list[str]:
    """Returns one line, with file and line number, for each forbidden text in `files`; binary files are passed over."""
    found = []
    for path in files:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            for what, pattern in FORBIDDEN.items():
                if match := pattern.search(line):
                    found.append(f"{path}:{number}: {what}: {match.group()}")
    return found


def main() -> int:
    """Checks every file that git tracks or would add; returns the exit status."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
        text=True,
    )
    files = [Path(name) for name in listed.stdout.split("\0") if name and Path(name).is_file()]
    found = faults(files)
    for fault in found:
        print(fault)
    if not found:
        print(f"text: {len(files)} files name no machine and no registry")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
