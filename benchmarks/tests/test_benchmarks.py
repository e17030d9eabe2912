"""The benchmarks' own machinery: well formed cases, workers that answer, figures that are put together rightly."""

import sys

import pytest

from benchmarks import report
from benchmarks.__main__ import main
from benchmarks.case import PEERS, Case, Snippet
from benchmarks.cases import CASES
from benchmarks.driver import Peer, PeerError, Plan, disagreements, measure, repetitions
from benchmarks.limits import Limits, best

ONCE = Plan(rounds=2, seconds=0.0)


@pytest.fixture
def numpy_peer():
    peer = Peer("numpy", threads=1)
    yield peer
    peer.stop()


def test_the_names_of_the_cases_are_unique():
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_snippet_is_python_and_each_case_measures_needle(case):
    assert case.needle is not None
    for peer in PEERS:
        if snippet := case.snippet(peer):
            compile(snippet.setup, case.name, "exec")
            compile(snippet.run, case.name, "eval")


def test_times_are_per_operation_and_the_median_is_no_less_than_the_minimum(numpy_peer):
    case = Case("own", numpy=Snippet("", "6.0"), calls=3, own_clock=True)
    times, notes = measure(case, [numpy_peer], ONCE)
    assert times == {"numpy": {"minimum": 2.0, "median": 2.0}}
    assert notes == []
    times, _ = measure(Case("sum", numpy=Snippet("x = normal(10)", "x.sum()")), [numpy_peer], ONCE)
    assert 0 < times["numpy"]["minimum"] <= times["numpy"]["median"]


def test_a_worker_answers_with_the_sum_of_the_result(numpy_peer):
    assert numpy_peer.open(Snippet("x = np.arange(5.0)", "x + 1"), own_clock=False) == 15.0
    assert numpy_peer.open(Snippet("", "None"), own_clock=False) is None


def test_prints_of_a_snippet_do_not_disturb_the_answers(numpy_peer):
    assert numpy_peer.open(Snippet("print('noise')", "1"), own_clock=False) == 1.0


def test_a_failing_snippet_becomes_a_note_and_leaves_the_worker_usable(numpy_peer):
    times, notes = measure(Case("bad", numpy=Snippet("", "1 / 0")), [numpy_peer], ONCE)
    assert times == {}
    assert notes == ["bad: numpy: ZeroDivisionError: division by zero"]
    assert numpy_peer.open(Snippet("", "2"), own_clock=False) == 2.0


def test_a_peer_that_is_not_installed_says_so(monkeypatch, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('there is no torch')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PeerError, match="torch: there is no torch"):
        Peer("torch", threads=1)


def test_repetitions_reach_the_wanted_time():
    class Clock:
        def time(self, number):
            return number * 0.001

    assert 0.05 <= repetitions(Clock(), 0.05) * 0.001 <= 0.1


def test_peers_that_compute_something_else_are_named():
    assert disagreements("case", {"needle": 1.0, "numpy": 1.0001}) == []
    assert disagreements("case", {"needle": 1.0, "numpy": 2.0}) == ["case: numpy computes 2 where needle computes 1"]
    assert len(disagreements("case", {"needle": 1.0, "numpy": float("nan")})) == 1


def test_the_limit_that_binds_counts():
    limits = Limits(flops=100.0, bandwidth=10.0)
    assert limits.fraction(Case("a", flops=50, traffic=20), 4.0) == 0.5
    assert limits.fraction(Case("b"), 4.0) is None
    assert best(limits, None, Limits(flops=50.0, bandwidth=20.0)) == Limits(flops=100.0, bandwidth=20.0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.5, "2.50 s "), (0.0123, "12.3 ms"), (4.56e-6, "4.56 us"), (1.5e-7, "150 ns"), (0, "0.00 ns")],
)
def test_durations_have_three_digits_and_a_unit(seconds, text):
    assert report.duration(seconds) == text


def result(needle, numpy):
    times = {name: {"minimum": t, "median": t} for name, t in (("needle", needle), ("numpy", numpy)) if t}
    peers = dict.fromkeys(times, "1.0")
    return {"peers": peers, "cases": {"add": {"times": times, "of_limit": 0.5}}}


def test_the_table_shows_times_ratios_and_the_fraction_of_the_limit():
    head, line, row = report.table(result(1e-3, 2e-3)).splitlines()
    assert head.split() == ["case", "needle", "numpy", "/numpy", "/best", "of", "limit"]
    assert set(line) == {"-"}
    assert row.split()[-3:] == ["0.50", "0.50", "50%"]


def test_a_comparison_takes_out_what_numpy_gained_in_the_same_time():
    *_, row = report.comparison(result(1e-3, 2e-3), result(3e-3, 4e-3)).splitlines()
    assert row.split() == ["add", "1.00", "ms", "3.00", "ms", "3.00", "1.50"]


def test_an_unknown_case_is_refused_with_the_list_of_names(capsys):
    assert main(["--only", "no such case"]) == 2
    assert "gemm 64" in capsys.readouterr().out


def test_the_worker_runs_in_the_given_interpreter():
    peer = Peer("numpy", 1, sys.executable)
    try:
        assert peer.open(Snippet("import sys", "len(sys.executable)"), own_clock=False) == len(sys.executable)
    finally:
        peer.stop()
