"""The chapter on the backward pass: its code runs, its quotations are in the sources, its pictures are those drawn."""

import doctest
import re
from pathlib import Path

import needle_autograd as ag
import pytest

FOLDER = Path(__file__).parents[3] / "docs" / "learn"
CHAPTER = FOLDER / "what-backward-does.md"

pytestmark = pytest.mark.skipif(not CHAPTER.exists(), reason="the documentation is not beside the package")


def test_its_code_runs_and_its_pictures_are_those_committed(backend, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = doctest.IGNORE_EXCEPTION_DETAIL | doctest.ELLIPSIS
    failures, count = doctest.testfile(str(CHAPTER), module_relative=False, optionflags=options)
    assert failures == 0
    assert count > 40
    drawn = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert drawn == sorted(path.name for path in FOLDER.glob("*.svg"))
    for name in drawn:
        assert f"]({name})" in CHAPTER.read_text(), "a picture is shown"
        assert (tmp_path / name).read_text() == (FOLDER / name).read_text(), f"draw {name} anew"


def test_its_quotations_are_in_the_sources():
    quotations = re.findall(
        r"^<!-- source: (\S+) -->\n```python\n(.*?)^```", CHAPTER.read_text(), re.DOTALL | re.MULTILINE
    )
    assert len(quotations) == 4
    for place, text in quotations:
        source = (Path(ag.__file__).parents[1] / place).read_text()
        assert text in source, f"{place} no longer has the lines quoted"


def test_every_block_of_code_is_run_or_quoted():
    text = CHAPTER.read_text()
    blocks = re.findall(r"(<!-- source: \S+ -->\n)?```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    for source, block in blocks:
        assert source or block.startswith(">>> ")
