"""The tables: figures, ratios, targets and limits, for the terminal and in Markdown."""

import pytest

from benchmarks import report


def times(**medians):
    """Each peer's least time is half of its median."""
    return {peer: {"median": median, "minimum": median / 2} for peer, median in medians.items()}


def case(target=None, against=None, enough=None, of_limit=0.5, **medians):
    return {"times": times(**medians), "target": target, "against": against, "enough": enough, "of_limit": of_limit}


def result(**cases):
    peers = {peer: "1.0" for one in cases.values() for peer in one["times"]}
    about = {"date": "2026-01-02", "commit": "abc", "machine": "any", "threads": 2, "limits": None}
    return {**about, "peers": peers, "cases": cases}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.5, "2.50 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 us"), (1.5e-7, "150 ns"), (0, "0.00 ns")],
)
def test_durations_have_three_digits_and_a_unit(seconds, text):
    assert report.quantity(seconds) == text


def test_two_durations_share_the_unit_of_the_first():
    assert report.quantity(2e-3, 9.5e-4) == "2.00 (0.95) ms"


def test_bytes_are_shown_in_the_unit_that_fits():
    assert report.quantity(3 * 2**20, unit="B") == "3.00 MiB"
    assert report.quantity(1.5 * 2**30, 2**30, unit="B") == "1.50 (1.00) GiB"


def test_the_table_shows_times_ratios_target_and_the_fraction_of_the_limit():
    head, row = report.table(result(add=case(0.5, needle=1e-3, numpy=4e-3, torch=2.5e-3)))
    assert head == ["case", "needle", "numpy", "torch", "ratio", "of least", "target", "met", "of limit"]
    assert row[0:4] == ["add", "1.00 (0.50) ms", "4.00 (2.00) ms", "2.50 (1.25) ms"]
    assert row[4:] == ["0.40", "0.40", "0.50", "yes", "50%"]


def test_a_peer_without_the_case_has_a_dash_and_the_ratio_needs_needle():
    absent = result(one=case(needle=1.0, numpy=1.0), two=case(0.5, numpy=1.0, of_limit=None))
    assert report.table(absent)[2] == ["two", "-", "1.00 (0.50) s", "", "", "0.50", "", ""]


def test_a_target_counts_against_the_fastest_peer_unless_it_names_one():
    assert report.met(case(0.5, needle=1.0, numpy=2.0, jax=4.0)) is True
    assert report.met(case(0.5, needle=1.0, numpy=1.9, jax=4.0)) is False
    assert report.met(case(0.5, "jax", needle=1.0, numpy=1.9, jax=4.0)) is True
    assert report.met(case(0.5, "torch", needle=1.0, numpy=1.9)) is None
    assert report.met(case(None, needle=1.0, numpy=1.9)) is None
    assert report.met(case(0.5, needle=1.0)) is None


def test_enough_of_the_limit_meets_the_target_as_well():
    assert report.met(case(1.0, enough=0.85, of_limit=0.85, needle=2.0, numpy=1.0)) is True
    assert report.met(case(1.0, enough=0.85, of_limit=0.84, needle=2.0, numpy=1.0)) is False
    assert report.met(case(1.0, enough=0.85, of_limit=None, needle=2.0, numpy=1.0)) is False


def test_a_target_is_put_in_words():
    assert report.wanted(case(0.6, "torch")) == "0.60 torch"
    assert report.wanted(case(1.0, enough=0.85)) == "1.00 or 85%"
    assert report.wanted(case()) == ""


def test_the_columns_of_a_terminal_table_are_aligned_under_a_line():
    assert report.align([["case", "x"], ["a", "1.0"]]) == "case    x\n---------\na     1.0"


def test_markdown_has_the_same_cells():
    assert report.markdown([["case", "x"], ["a|b", "1.0"]]) == "| case | x |\n|---|---:|\n| a\\|b | 1.0 |"


def test_the_summary_counts_targets_and_the_cases_in_which_a_peer_is_ahead():
    cases = {
        "met": case(0.5, needle=1.0, numpy=2.0),
        "missed": case(0.5, needle=1.5, numpy=2.0),
        "behind": case(None, needle=3.0, numpy=2.0),
        "alone": case(None, needle=3.0),
    }
    assert report.summary(result(**cases)) == "1 targets met, 1 missed; a peer is ahead in 1 cases."


def test_the_heading_names_date_commit_peers_and_limits():
    measured = {**result(add=case(needle=1.0)), "limits": {"float32": 2e11, "triad": 5e10}}
    assert report.heading(measured) == (
        "2026-01-02, commit abc; needle 1.0; 2 thread(s).\n"
        "Median (least time); ratio: needle's to the best peer's.\n"
        "Limits of any: float32 200 GFLOP/s, triad 50 GB/s."
    )


def test_a_comparison_takes_out_what_numpy_gained_in_the_same_time():
    before, after = result(add=case(needle=1e-3, numpy=2e-3)), result(add=case(needle=3e-3, numpy=4e-3))
    assert report.comparison(before, after)[1] == ["add", "500 us", "1.50 ms", "3.00", "1.50"]


def test_a_comparison_leaves_out_cases_that_only_one_result_has():
    assert len(report.comparison(result(a=case(needle=1.0)), result(b=case(needle=1.0)))) == 1
