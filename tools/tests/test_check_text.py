"""The text check finds machine paths and registry hosts, and nothing else."""

import check_text
import pytest


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("data = '/" + "home/ann/data'", "a machine path"),
        ("see /" + "tmp/x", "a machine path"),
        ("https://pypi" + ".org/simple", "a registry host"),
        ("pip install --inde" + "x-url x", "a registry setting"),
    ],
)
def test_a_forbidden_text_is_found_with_file_and_line(tmp_path, text, what):
    file = tmp_path / "note.md"
    file.write_text(f"first line\n{text}\n")
    (fault,) = check_text.faults([file])
    assert fault.startswith(f"{file}:2: {what}: ")


@pytest.mark.parametrize(
    "text",
    [
        "/usr/share/datasets",
        "packages/work/tmp.py",
        "runs/tmp/x",
        "index = 3",
        "{root}/home",
        "a / tmp / b",
        "#!/bin/sh",
    ],
)
def test_relative_paths_system_paths_and_plain_words_pass(tmp_path, text):
    file = tmp_path / "note.md"
    file.write_text(text)
    assert check_text.faults([file]) == []


def test_binary_files_are_passed_over(tmp_path):
    file = tmp_path / "blob"
    file.write_bytes(b"\xff\xfe /" + b"tmp/x")
    assert check_text.faults([file]) == []
