"""The views of a graph: `explain` in words and `draw` as a picture. They change nothing and hold for any graph."""

import subprocess
import sys
from xml.etree import ElementTree

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import Tensor, TensorOp, learn, ops
from needle_autograd.learn.layout import lay_out

pytestmark = pytest.mark.usefixtures("backend")

SVG = "{http://www.w3.org/2000/svg}"


def network():
    """Return the loss and the parameters of a small network whose second weights are used twice."""
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(4, 3)), requires_grad=False)
    w1, w2 = Tensor(rng.normal(size=(3, 2))), Tensor(rng.normal(size=(2, 2)))
    h = (x @ w1).tanh()
    loss = ops.cross_entropy((h @ w2).relu() + h, Tensor([0, 1, 0, 1])).mean() + (w2 * w2).sum() * 0.1
    return loss, (w1, w2)


def chain(length):
    y = x = Tensor([0.5, 0.25])
    for _ in range(length):
        y = y * 0.999
    return y.sum(), x


def state(loss):
    """Return all that a view must not change."""
    return [(n, n.op, n.inputs, n._grad, n.saved, n.made_at, n.changed_at) for n in ag.find_topo_sort([loss])]


@pytest.mark.parametrize("view", [learn.explain, learn.draw])
def test_views_change_neither_gradients_nor_the_graph(view):
    loss, (w1, w2) = network()
    w1.grad = marker = Tensor(np.zeros((3, 2)))
    before = state(loss)
    view(loss)
    assert state(loss) == before
    assert w1.grad is marker
    assert w2.grad is None
    loss.backward()


def test_explain_gives_the_lengths_of_the_gradients_that_backward_writes():
    loss, parameters = network()
    explanation = learn.explain(loss)
    loss.backward(retain_graph=True)
    order = ag.find_topo_sort([loss])
    for w in parameters:
        report = explanation.nodes[order.index(w)]
        assert report.title == "leaf"
        assert report.grad_norm == pytest.approx(np.linalg.norm(w.grad.numpy()), rel=1e-12)
        assert report.value_norm == pytest.approx(np.linalg.norm(w.numpy()), rel=1e-12)


def test_explain_names_operations_formulas_shapes_and_the_lines_of_the_rules():
    loss, _ = network()
    explanation = learn.explain(loss)
    text = str(explanation)
    matmul = next(report for report in explanation.nodes if report.title == "matmul")
    assert matmul.description == "float64 (4, 2)"
    assert f"{matmul.rule.formula}, where {matmul.letters}" in text
    assert matmul.letters == "a = #0, b = #1"
    assert "15 nodes, 4 of them leaves" in text
    assert "a sum over 3 uses" in text
    line = matmul.rule.line
    with open(matmul.rule.file) as source:
        assert source.readlines()[line - 1].startswith("    def gradient(")
    assert matmul.rule.place == f"needle_autograd/ops/linalg/matmul.py:{line}"
    assert matmul.rule.place in text


def test_explain_counts_only_the_uses_that_send_a_gradient():
    x = Tensor([1.0, -2.0])
    explanation = learn.explain((ops.where(x > 0, x, 0.0) * x.detach()).sum())
    leaf = next(report for report in explanation.nodes if report.requires_grad)
    assert len(leaf.senders) == 1


def test_a_large_graph_is_told_from_both_ends():
    loss, _ = chain(10_000)
    explanation = learn.explain(loss, max_lines=10)
    lines = explanation.text.splitlines()
    assert len(explanation.nodes) == len(explanation.visits) == 10_002
    assert len(lines) < 60
    assert "  ... 9,992 nodes left out: 9,992 mul_scalar" in lines
    assert lines[-1].endswith("is a leaf: backward() writes this into .grad")
    assert "summation" in explanation.text


def test_explain_refuses_a_graph_that_was_dropped():
    loss, _ = network()
    loss.backward()
    with pytest.raises(ag.GraphError, match="retain_graph=True"):
        learn.explain(loss)


def test_explain_knows_operations_of_users_and_tuples():
    class Doubled(TensorOp):
        def __init__(self, table):
            self.table = table

        def compute(self, a):
            return a * 2

        def gradient(self, out_grad, node):
            return out_grad * 2

    first, second = ops.split(Doubled(np.zeros((5, 5)))(Tensor([[1.0, 2.0], [3.0, 4.0]])), 0)
    text = learn.explain((first * second).sum()).text
    assert "Doubled(table=array of shape (5, 5))" in text
    assert "Doubled.compute, where a = #0" in text
    assert "test_learn_views.py:" in text
    assert "(float32 (2,), float32 (2,))" in text


def test_html_is_escaped():
    class Odd(TensorOp):
        name = "<b>&"

        def compute(self, a):
            return a * 1

        def gradient(self, out_grad, node):
            return out_grad

    loss = Odd()(Tensor([1.0])).sum()
    assert "&lt;b&gt;&amp;" in learn.explain(loss)._repr_html_()
    texts = [element.text for element in ElementTree.fromstring(learn.draw(loss).svg).iter(f"{SVG}text")]
    assert "#1 <b>&" in texts


def test_a_drawing_is_valid_xml_with_a_box_for_each_node_and_the_same_each_time():
    loss, _ = network()
    drawing = learn.draw(loss)
    root = ElementTree.fromstring(drawing.svg)
    assert root.tag == f"{SVG}svg"
    texts = [element.text for element in root.iter(f"{SVG}text")]
    for number, node in enumerate(ag.find_topo_sort([loss])):
        assert sum(text.startswith(f"#{number} ") for text in texts) == 1
        assert any(f"{node.shape}" in text for text in texts)
    assert drawing.svg == learn.draw(loss).svg == drawing._repr_svg_()
    assert not drawing.note
    for forbidden in ("<script", "<style", "href", "url("):
        assert forbidden not in drawing.svg


def test_a_drawing_shows_the_lengths_of_gradients():
    w = Tensor([3.0, 4.0])
    drawing = learn.draw((w * w).sum())
    assert "gradient 10" in drawing.svg  # the length of (6, 8)
    assert drawing.svg.count(">5</text>") == 2  # each use of w sends back (3, 4)
    assert "= 25" in drawing.svg
    plain = learn.draw((w * w).sum(), gradients=False)
    assert "gradient" not in plain.svg


def test_a_tensor_without_a_graph_is_a_drawing_of_one_box():
    assert len(learn.draw(Tensor([1.0], requires_grad=False)).nodes) == 1


def test_a_large_graph_is_drawn_near_the_result_with_a_note():
    loss, _ = chain(2000)
    drawing = learn.draw(loss, max_nodes=20)
    assert len(drawing.nodes) == 20
    assert drawing.nodes[-1] is loss
    assert drawing.note.startswith("20 of 2,002 nodes")
    assert drawing.note in drawing.svg
    assert "#1981 and its inputs" in drawing.svg
    with pytest.raises(ValueError, match="max_nodes is 0"):
        learn.draw(loss, max_nodes=0)


def test_dot_has_the_same_boxes_and_arrows_with_quotes_escaped():
    class Quote(TensorOp):
        name = 'a "quoted" \\ name'

        def compute(self, a):
            return a * 1

        def gradient(self, out_grad, node):
            return out_grad

    loss = Quote()(Tensor([1.0])) + 1
    dot = learn.draw(loss).dot
    assert dot.startswith("digraph needle {")
    assert r'label="#1 a \"quoted\" \\ name\l' in dot
    assert dot.count("[label=") == 5
    assert dot.count("->") == 2


def test_drawings_are_saved_by_the_ending_of_the_file(tmp_path):
    drawing = learn.draw(chain(2)[0])
    drawing.save(tmp_path / "graph.svg")
    drawing.save(str(tmp_path / "graph.dot"))
    assert (tmp_path / "graph.svg").read_text() == drawing.svg
    assert (tmp_path / "graph.dot").read_text() == drawing.dot
    with pytest.raises(ValueError, match=r"saved as .svg or .dot, not as .png"):
        drawing.save(tmp_path / "graph.png")


@pytest.mark.parametrize("seed", range(20))
def test_no_two_boxes_of_a_layout_overlap_and_every_edge_leads_down(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 40))
    sizes = [(float(w), float(h)) for w, h in rng.uniform(10, 120, (count, 2))]
    edges = [(int(rng.integers(0, end)), end) for end in range(1, count) for _ in range(int(rng.integers(0, 4)))]
    layout = lay_out(sizes, edges)
    frames = [
        (x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (x, y), (w, h) in zip(layout.centres, sizes, strict=True)
    ]
    for i, (left, top, right, bottom) in enumerate(frames):
        assert left >= 0
        assert top >= 0
        assert right <= layout.size[0]
        assert bottom <= layout.size[1]
        for other_left, other_top, other_right, other_bottom in frames[:i]:
            apart = right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top
            assert apart
    for route in layout.routes:
        heights = [y for _, y in route]
        assert heights == sorted(heights)
        assert heights[0] < heights[-1]


@pytest.mark.parametrize("attribute", ["learn.explain", "testing.check_gradient"])
def test_the_package_loads_views_and_checks_when_they_are_asked_for(attribute):
    name = attribute.partition(".")[0]
    program = (
        f"import sys, needle_autograd as ag; name = 'needle_autograd.{name}'; assert name not in sys.modules; "
        f"ag.{attribute}; assert name in sys.modules; assert hasattr(ag, {name!r}); assert not hasattr(ag, 'lern')"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
