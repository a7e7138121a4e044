"""Several runs that translate together, if they treat text alike."""

import shutil
from pathlib import Path

import pytest
import torch

from seq2seq_cli.errors import RunError
from seq2seq_cli.runs import Run
from seq2seq_cli.runs.tensors import load_tensors, save_tensors
from seq2seq_cli.translation import Translator

LINES = ["you re not sure", "we re not satisfied with the price", "he s allergic to milk", ""]


@pytest.fixture
def other(tiny_run):
    """Return a run like tiny, with other parameters."""
    shutil.copytree(tiny_run.path, "runs/other")
    torch.manual_seed(1)
    for path in Path("runs/other/checkpoints").glob("step-*[0-9].safetensors"):
        save_tensors(path, {k: v + 0.3 * torch.randn_like(v) for k, v in load_tensors(path).items()})
    return Run(Path("runs/other"))


def outputs(runs):
    return [one.outputs[0] for one in Translator.of(runs, device="cpu").translations(LINES)]


def test_a_run_with_itself_translates_as_alone(tiny_run):
    for together, alone in zip(outputs([tiny_run, tiny_run]), outputs(tiny_run), strict=True):
        assert together.text == alone.text
        assert together.log_probability == pytest.approx(alone.log_probability, abs=1e-4)


def test_each_member_has_its_say(tiny_run, other):
    together, first, second = (outputs(runs) for runs in ([tiny_run, other], tiny_run, other))
    assert [one.log_probability for one in first] != [one.log_probability for one in second]
    assert [one.log_probability for one in together] not in (
        [one.log_probability for one in first],
        [one.log_probability for one in second],
    )
    assert together[3].text == ""


def edit(file, change):
    path = Path("runs/other") / file
    path.write_text(change(path.read_text()))


def without_its_last_word(text):
    return "".join(text.splitlines(keepends=True)[:-1])


def with_another_word(text):
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:9], "zzyzx\t1\n", *lines[10:]])


@pytest.mark.parametrize(
    ("file", "change", "mentions"),
    [
        ("target.vocab", without_its_last_word, "its target vocabulary has"),
        ("source.vocab", with_another_word, "its source vocabulary has 'zzyzx' at index 9, not "),
        (
            "config.yaml",
            lambda text: text.replace("normalizer: tutorial", "normalizer: lower"),
            "its data.normalizer is lower, not tutorial",
        ),
        (
            "config.yaml",
            lambda text: text.replace("tokenizer: word", "tokenizer: char"),
            "its data.tokenizer is char, not word",
        ),
    ],
)
def test_a_run_that_differs_is_an_error_that_says_in_what(tiny_run, other, file, change, mentions):
    edit(file, change)
    with pytest.raises(RunError) as caught:
        Translator.of([tiny_run, tiny_run, Run(other.path)], device="cpu")
    assert caught.value.message.startswith("other cannot translate together with tiny: ")
    assert mentions in caught.value.message
    assert "same prepared data" in caught.value.hint
