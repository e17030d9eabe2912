import io
import subprocess
import sys

import pytest
from needle.progress import Progress
from needle.settings import Settings
from needle.training import train


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_shows_loss_and_accuracy_only_on_a_terminal(tmp_path, monkeypatch, capsys, terminal):
    stderr = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    progress = Progress()
    _, history = train(Settings(epochs=1, model="linear"), tmp_path / "run", progress)
    if terminal:
        progress.bar.refresh()
    progress.close()
    shown = stderr.getvalue()
    assert ("accuracy=0." in shown and "loss=" in shown and "46/46" in shown) == terminal
    assert terminal or shown == ""
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "linear (650 parameters) on digits (1,442 training and 355 test images), adam with learning rate"
    )
    assert f"epoch 1/1  train loss {history[0].train_loss:.4f}" in second


def test_tqdm_is_imported_only_for_a_bar():
    code = "import sys, needle.cli; sys.exit('tqdm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
