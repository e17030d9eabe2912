"""The cases: named once, written in Python for each peer, and the same computation for Needle as for NumPy."""

import pytest

from benchmarks.case import PEERS, Case, Snippet, jitted
from benchmarks.cases import CASES, FAMILIES
from benchmarks.driver import disagreements
from benchmarks.worker import Worker

SHRINK = 16


@pytest.fixture(scope="module")
def workers():
    return {peer: Worker(peer, threads=1, shrink=SHRINK) for peer in ("needle", "numpy")}


def test_the_names_of_the_cases_are_unique():
    assert len({case.name for case in CASES}) == len(CASES) == sum(map(len, FAMILIES.values()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_snippet_is_python_and_each_case_measures_needle(case):
    assert case.needle is not None
    for peer in PEERS:
        if snippet := case.snippet(peer):
            compile(snippet.setup, case.name, "exec")
            compile(snippet.run, case.name, "eval")


def test_a_snippet_of_what_is_timed_alone_has_no_setup():
    assert Case("case", numpy="a + b").snippet("numpy") == Snippet("", "a + b")
    assert Case("case").snippet("numpy") is None


def test_jax_compiles_the_formula_and_waits_for_its_result():
    assert jitted("a, b", "a @ b") == Snippet("f = jax.jit(lambda a, b: a @ b)", "ready(f(a, b))")


# The next two run in this process what a worker would run, a sixteenth in size.


@pytest.mark.parametrize("case", [case for case in CASES if not case.own_clock], ids=lambda case: case.name)
def test_needle_computes_what_numpy_computes(case, workers):
    samples = {}
    for peer, worker in workers.items():
        if snippet := case.snippet(peer):
            samples[peer] = worker.open(case.inputs, snippet.setup, snippet.run, own_clock=False, wide=case.wide)[
                "sample"
            ]
            assert worker.time(1) > 0
    assert not case.comparable or disagreements(case.name, samples) == []


@pytest.mark.parametrize("case", [case for case in CASES if case.name == "import arrays"], ids=lambda case: case.name)
def test_a_case_with_its_own_clock_returns_seconds(case, workers):
    snippet = case.snippet("needle")
    assert (
        workers["needle"].open(case.inputs, snippet.setup, snippet.run, own_clock=True, wide=case.wide)["seconds"] > 0
    )
    assert workers["needle"].time(1) > 0
