from xml.etree import ElementTree

import numpy as np
import pytest
from needle.curve import curve_svg, ticks
from needle.run_folder import EpochMetrics

SVG = "{http://www.w3.org/2000/svg}"


def history(n):
    return [EpochMetrics(i, 2 / i, 1 - 0.5 / i, 1.5 / i, 0.98 - 0.5 / i, 0.1) for i in range(1, n + 1)]


def lines_of(text):
    root = ElementTree.fromstring(text)
    lines = root.findall(f".//{SVG}polyline")
    return [np.array([[float(v) for v in point.split(",")] for point in line.get("points").split()]) for line in lines]


def labels_of(panel):
    """The axis labels of a panel: (number, y) of the vertical axis, (number, x) of the horizontal one."""
    texts = panel.findall(f"{SVG}text")
    vertical = [(float(t.text), float(t.get("y")) - 4.5) for t in texts if t.get("text-anchor") == "end"]
    horizontal = [
        (float(t.text), float(t.get("x"))) for t in texts if t.get("text-anchor") == "middle" and t.text != "epoch"
    ]
    return np.array(vertical), np.array(horizontal)


@pytest.mark.parametrize("n", [2, 3, 20, 137])
def test_points_stand_where_the_axis_labels_put_their_values(n):
    """Oracle: linear interpolation between the labels that a reader sees."""
    metrics = history(n)
    text = curve_svg(metrics)
    panels = ElementTree.fromstring(text).findall(f"{SVG}g")
    columns = ["train_loss", "test_loss", "train_accuracy", "test_accuracy"]
    for index, (column, line) in enumerate(zip(columns, lines_of(text), strict=True)):
        vertical, horizontal = labels_of(panels[index // 2])
        slope, start = np.polyfit(vertical[:, 1], vertical[:, 0], 1)
        np.testing.assert_allclose(line[:, 1] * slope + start, [getattr(m, column) for m in metrics], atol=2e-3)
        slope, start = np.polyfit(horizontal[:, 1], horizontal[:, 0], 1)
        np.testing.assert_allclose(line[:, 0] * slope + start, np.arange(1, n + 1), atol=n * 2e-3)


@pytest.mark.parametrize("n", [1, 2, 50])
def test_everything_lies_inside_the_picture(n):
    text = curve_svg(history(n))
    for line in lines_of(text):
        assert np.all((line >= 0) & (line <= [960, 380]))
    assert "nan" not in text


def test_titles_legends_and_axis_names_are_there():
    texts = [t.text for t in ElementTree.fromstring(curve_svg(history(3))).iter(f"{SVG}text")]
    assert texts.count("epoch") == 2
    assert {"loss", "accuracy"} < set(texts)
    assert {"train 0.6667", "test 0.5000", "train 0.8333", "test 0.8133"} < set(texts)


def test_dark_readers_have_their_own_colours():
    assert "prefers-color-scheme: dark" in curve_svg(history(1))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 2.3, [0, 0.5, 1, 1.5, 2, 2.5]),
        (0.95, 1, [0.95, 0.96, 0.97, 0.98, 0.99, 1]),
        (0.71, 1, [0.7, 0.8, 0.9, 1]),
        (0, 1e5, [0, 20000, 40000, 60000, 80000, 100000]),
    ],
)
def test_ticks_are_round_numbers(low, high, expected):
    assert ticks(low, high) == expected


def test_ticks_enclose_any_interval():
    rng = np.random.default_rng(0)
    for _ in range(500):
        low, span = rng.normal() * 10.0 ** rng.integers(-6, 7), abs(rng.normal()) * 10.0 ** rng.integers(-3, 7)
        found = ticks(low, low + span)
        step = found[1] - found[0]
        assert 2 <= len(found) <= 6
        assert found[0] <= low + 1e-6 * step
        assert found[-1] >= low + span - 1e-6 * step
        np.testing.assert_allclose(np.diff(found), step, rtol=1e-3)
    assert len(ticks(0, 0)) >= 2
