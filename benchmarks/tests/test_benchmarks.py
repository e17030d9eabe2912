"""The benchmarks' own machinery: workers that answer, turns that are taken, limits that bind, the command."""

import json
import sys
from dataclasses import asdict, replace

import pytest

from benchmarks.__main__ import main, start
from benchmarks.case import Case, Snippet
from benchmarks.driver import Peer, PeerError, Plan, Turns, disagreements, measure, repetitions
from benchmarks.limits import Limits, Probe, best

ONCE = Plan(rounds=2, seconds=0.0, budget=10.0, least=2)
LIMITS = Limits(float32=100.0, float64=50.0, triad=10.0, read=20.0, cached=200.0)
MANY = 10**8  # bytes, more than the caches hold


@pytest.fixture
def numpy_peer():
    peer = Peer("numpy", threads=1)
    yield peer
    peer.end()


def sample_of(peer, run, setup="", **arguments):
    return peer.open(numpy_case(run, setup, **arguments))[1]


def numpy_case(run, setup="", **arguments):
    return Case("case", numpy=Snippet(setup, run), **arguments)


def test_times_are_per_operation_and_the_median_is_no_less_than_the_minimum(numpy_peer):
    times, notes = measure(numpy_case("6.0", calls=3, own_clock=True), [numpy_peer], ONCE)
    assert times == {"numpy": {"minimum": 2.0, "median": 2.0}}
    assert notes == []
    times, _ = measure(numpy_case("x.sum()", inputs={"x": "normal(10)"}), [numpy_peer], ONCE)
    assert 0 < times["numpy"]["minimum"] <= times["numpy"]["median"]


def test_a_worker_answers_with_a_sample_of_the_result(numpy_peer):
    assert sample_of(numpy_peer, "x + 1", "x = np.arange(3.0)") == [1.0, 2.0, 3.0]
    assert sample_of(numpy_peer, "np.arange(3) > 1, 5") == [0.0, 0.0, 1.0, 5.0]
    assert sample_of(numpy_peer, "np.arange(10000)")[:3] == [0.0, 39.0, 78.0]
    assert sample_of(numpy_peer, "None") is None


def test_inputs_depend_on_their_names_and_are_shared_by_cases(numpy_peer):
    inputs = {"a": "normal(4)", "b": "normal(4)"}
    a, b, c, d = sample_of(numpy_peer, "a[0], b[0], a[1], b[1]", inputs=inputs)
    assert len({a, b, c, d}) == 4
    numpy_peer.open(numpy_case("a.fill(7)", inputs=inputs))
    assert sample_of(numpy_peer, "a[0], b[0]", inputs=inputs) == [7.0, b]
    assert sample_of(numpy_peer, "(c := own(a)).fill(8), a[0]", inputs=inputs) is None
    assert sample_of(numpy_peer, "a[0]", inputs=inputs) == [7.0]


def test_prints_of_a_snippet_do_not_disturb_the_answers(numpy_peer):
    assert sample_of(numpy_peer, "1", "print('noise')") == [1.0]


def test_a_failing_snippet_becomes_a_note_and_leaves_the_worker_usable(numpy_peer):
    times, notes = measure(numpy_case("1 / 0"), [numpy_peer], ONCE)
    assert times == {}
    assert notes == ["case: numpy: ZeroDivisionError: division by zero"]
    assert sample_of(numpy_peer, "2") == [2.0]


@pytest.mark.parametrize("peer", ["torch", "jax"])
def test_a_peer_that_is_not_installed_says_so(peer, monkeypatch, tmp_path):
    (tmp_path / f"{peer}.py").write_text(f"raise ImportError('there is no {peer}')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PeerError, match=f"{peer}: there is no {peer}"):
        Peer(peer, threads=1)


def test_peers_that_are_not_installed_are_left_out(monkeypatch, tmp_path, capsys):
    for peer in ("torch", "jax"):
        (tmp_path / f"{peer}.py").write_text(f"raise ImportError('there is no {peer}')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    peers = start(1, {})
    for peer in peers:
        peer.end()
    assert [peer.name for peer in peers] == ["needle", "numpy"]
    assert "left out: jax: there is no jax" in capsys.readouterr().err


class Clock:
    """A peer whose runs take a millisecond each."""

    def time(self, number):
        return number * 0.001


def test_a_turn_has_as_many_runs_as_reach_the_wanted_time():
    assert 0.05 <= repetitions(Clock(), 0.05, first=0.1) * 0.001 <= 0.1


def test_a_case_whose_first_run_is_slow_needs_no_others_to_find_that_out():
    assert repetitions(None, 0.05, first=2.0) == 1


def test_a_peer_whose_time_is_used_up_gets_no_turn_beyond_the_least():
    plan = Plan(rounds=9, seconds=0.0, budget=0.01, least=2)
    assert Turns(Clock(), 1, [0.02]).may(plan)
    assert not Turns(Clock(), 1, [0.02, 0.02]).may(plan)
    assert not Turns(Clock(), 1, [0.3]).may(plan)
    assert Turns(Clock(), 1, [0.002, 0.002]).may(plan)


def test_peers_that_compute_something_else_are_named():
    assert disagreements("case", {"needle": [1.0, 2.0], "numpy": [1.0001, 2.0]}) == []
    differing = disagreements("case", {"needle": [3.0, 1.0], "numpy": [3.0, 2.0]})
    assert differing == ["case: numpy computes 2 where needle computes 1"]
    assert len(disagreements("case", {"needle": [1.0], "numpy": [float("nan")]})) == 1
    other_size = disagreements("case", {"needle": [1.0], "numpy": [1.0, 1.0]})
    assert other_size == ["case: the result of numpy has another size than that of needle"]


def test_the_limit_that_binds_counts():
    assert LIMITS.fraction(Case("flops", flops=50, reads=20), 4.0) == 0.125
    assert LIMITS.fraction(Case("wide", flops=50, wide=True), 4.0) == 0.25
    assert LIMITS.fraction(Case("nothing known"), 4.0) is None


def test_traffic_is_held_against_memory_or_cache_by_its_size_and_kind():
    assert LIMITS.bandwidth(Case("both", reads=MANY, writes=MANY)) == LIMITS.triad
    assert LIMITS.bandwidth(Case("few writes", reads=MANY, writes=MANY // 1000)) == LIMITS.read
    assert LIMITS.bandwidth(Case("small", reads=1000, writes=1000)) == LIMITS.cached


def test_what_disturbed_one_measurement_is_not_the_limit():
    other = Limits(float32=50.0, float64=60.0, triad=20.0, read=10.0, cached=100.0)
    assert best(LIMITS, other) == Limits(float32=100.0, float64=60.0, triad=20.0, read=20.0, cached=200.0)
    assert best(None, other) == other


def test_limits_are_measured_again_only_after_some_time(tmp_path):
    program = tmp_path / "program"
    program.write_text(
        f"""#!{sys.executable}
open({str(tmp_path / "calls")!r}, "a").write("called with " + __import__("sys").argv[1])
for name in ("float32", "float64", "triad", "read", "cached"):
    print(name, 5.0)
"""
    )
    program.chmod(0o755)
    probe = Probe(program, threads=3)
    probe.measure_again()
    probe.measure_again()
    assert (tmp_path / "calls").read_text() == "called with 3"
    assert probe.known == Limits(5.0, 5.0, 5.0, 5.0, 5.0)


def test_an_unknown_case_is_refused(capsys):
    assert main(["--only", "no such case", "nor this"]) == 2
    assert "'no such case' or 'nor this'" in capsys.readouterr().out


def test_only_matches_families_and_names(capsys):
    assert main(["--list", "--only", "imports", "gemm 64"]) == 0
    assert capsys.readouterr().out.split("\n")[:2] == ["linalg: gemm 64", "linalg: gemm 64x8192 @ 8192x64"]


def stored(path, name, limit=None):
    """A file with the result of one case, in which Needle takes 2 ms and NumPy 4 ms."""
    case = {
        "times": {"needle": {"minimum": 1e-3, "median": 2e-3}, "numpy": {"minimum": 2e-3, "median": 4e-3}},
        "target": 0.5,
        "against": None,
        "enough": None,
        "of_limit": None,
    }
    result = {
        "date": "2026-01-02",
        "commit": "abc",
        "machine": "any",
        "threads": 1,
        "limits": asdict(limit) if limit else None,
        "peers": {"needle": "1", "numpy": "2"},
        "cases": {name: case},
    }
    path.write_text(json.dumps(result))
    return str(path)


def test_a_stored_result_is_shown_again_in_markdown(tmp_path, capsys):
    assert main(["--show", stored(tmp_path / "result.json", "c"), "--markdown"]) == 0
    shown = capsys.readouterr().out
    assert "| c | 2.00 (1.00) ms | 4.00 (2.00) ms | 0.50 | 0.50 | 0.50 | yes |  |" in shown
    assert "1 targets met, 0 missed; a peer is ahead in 0 cases." in shown


def test_stored_parts_are_shown_as_one_table_under_the_highest_limits(tmp_path, capsys):
    low = stored(tmp_path / "a.json", "add 1e7", replace(LIMITS, triad=12e9))
    high = stored(tmp_path / "b.json", "gemm 64", replace(LIMITS, triad=60e9))
    assert main(["--show", high, low]) == 0
    rows = {line[:7]: line.split()[-1] for line in capsys.readouterr().out.splitlines() if line}
    assert list(rows).index("add 1e7") < list(rows).index("gemm 64")
    assert rows["add 1e7"] == "100%"  # 120 MB in 2 ms
    assert rows["gemm 64"] == "262144000%"  # 2 * 64^3 operations in 2 ms, where 100 a second are the limit


def test_the_worker_runs_in_the_given_interpreter():
    peer = Peer("numpy", 1, sys.executable)
    try:
        assert sample_of(peer, "len(sys.executable)", "import sys") == [len(sys.executable)]
    finally:
        peer.end()
