"""TensorBoard's files, read back by TensorBoard's own reader; and what happens without the package."""

import sys
from pathlib import Path

import pytest

from seq2seq_cli.cli.tensorboard import TensorBoard
from seq2seq_cli.errors import OutputError
from seq2seq_cli.runs import Store
from seq2seq_cli.training.events import Sample, Step, Validated

ON = ("--set", "training.tensorboard=true")


@pytest.fixture
def contents():
    """Return TensorBoard's reader: folder -> what is in it."""
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

    def read(folder):
        found = reader.EventAccumulator(str(folder), {"scalars": 0, "tensors": 0})
        found.Reload()
        return found

    return read


def scalars(found, tag):
    return [(event.step, event.value) for event in found.Scalars(tag)]


def close(pairs):
    return [(step, pytest.approx(value, rel=1e-6)) for step, value in pairs]


def test_every_event_of_a_training_is_written(workplace, succeeds, tiny, contents):
    succeeds("train", *tiny, *ON, "--set", "training.max_steps=20", "--run", "new")
    run = Store().find("new")
    found = contents(run.path / "tensorboard")
    steps = [event for event in run.events() if event["event"] == "step"]
    valid = [event for event in run.events() if event["event"] == "valid"]
    assert len(steps) == 20
    assert len(valid) == 2
    for name in ("loss", "learning_rate", "gradient_norm"):
        assert scalars(found, f"train/{name}") == close((event["step"], event[name]) for event in steps)
    for name in ("loss", "perplexity", "bleu", "bleu_any", "exact_match"):
        assert scalars(found, f"valid/{name}") == close((event["step"], event[name]) for event in valid)
    assert [step for step, _ in scalars(found, "train/tokens_per_second")] == list(range(2, 21))
    text = found.Tensors("sample/1/text_summary")[-1].tensor_proto.string_val[0].decode()
    for side, said in valid[-1]["samples"][0].items():
        assert f"    {side:<11}{said}" in text.splitlines()


def test_after_resume_it_goes_on_and_what_was_ahead_is_forgotten(workplace, succeeds, tiny, contents):
    succeeds("train", *tiny, *ON, "--set", "training.max_steps=14", "--run", "new")
    run = Store().find("new")
    with TensorBoard(run.path / "tensorboard", done_steps=14) as ahead:  # of a process that was killed
        for number in (15, 16, 17):
            ahead.show(Step(number, 1, 99.0, 0.1, 1.0, 10 * number, float(number)))
    succeeds("train", "--resume", "--run", "new", "--set", "training.max_steps=16")
    losses = scalars(contents(run.path / "tensorboard"), "train/loss")
    assert [step for step, _ in losses] == list(range(1, 17))
    assert all(loss < 20 for _, loss in losses)


def test_only_who_asks_for_it_has_it(workplace, succeeds, tiny):
    succeeds("train", *tiny, "--set", "training.max_steps=1", "--run", "new")
    assert not (Store().find("new").path / "tensorboard").exists()


def test_samples_are_shown_as_they_are(tmp_path, contents):
    sample = Sample("# not a title", "<b>not bold</b>", "*not* | a table")
    with TensorBoard(tmp_path) as board:
        board.show(Validated(7, 1, 1.0, 2.7, 1.0, 2.0, 3.0, 1.0, best=True, samples=(sample,)))
    (event,) = contents(tmp_path).Tensors("sample/1/text_summary")
    assert event.step == 7
    assert event.tensor_proto.string_val[0].decode().splitlines() == [
        "    source     # not a title",
        "    reference  <b>not bold</b>",
        "    output     *not* | a table",
    ]


def test_a_folder_that_cannot_be_written(tmp_path, contents):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"Cannot write .*file"):
        TensorBoard(tmp_path / "file")


@pytest.mark.parametrize("module", ["torch.utils.tensorboard", "tensorboard"])
def test_without_the_package_training_does_not_begin(workplace, fails, tiny, monkeypatch, module):
    for name in [name for name in sys.modules if name.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    mentions = ["training.tensorboard", "seq2seq-cli[tensorboard]"]
    fails("train", *tiny, *ON, "--run", "new", mentions=mentions)
    assert not Path("runs/new").exists()
