"""A model that is no longer one is not looked into."""

import math

import pytest
import torch

from seq2seq_cli.errors import CheckpointError
from seq2seq_cli.inspection.attention import align
from seq2seq_cli.inspection.latent import latent
from seq2seq_cli.inspection.loading import load_sound_model
from seq2seq_cli.inspection.neighbors import nearest_words
from seq2seq_cli.inspection.trace import trace

TEXT = "you re not sure"
LOOKS = {
    "trace": lambda run: trace(run, TEXT),
    "attention": lambda run: align(run, [TEXT]),
    "neighbors": lambda run: nearest_words(run, "you"),
    "latent": lambda run: latent(run, TEXT),
}


def test_a_sound_model_is_the_runs(tiny_run):
    ours = dict(load_sound_model(tiny_run).named_parameters())
    expected = dict(tiny_run.load_model().named_parameters())
    assert ours.keys() == expected.keys()
    assert all(torch.equal(ours[name], expected[name]) for name in ours)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_model_with_a_parameter_that_is_no_number_cannot_be_looked_into(tiny_run, monkeypatch, look, value):
    model = tiny_run.load_model()
    with torch.no_grad():
        model.decoder.output.bias[5] = value
    monkeypatch.setattr(tiny_run, "load_model", lambda *_: model)
    with pytest.raises(CheckpointError, match=r"decoder\.output\.bias of the run tiny, checkpoint best"):
        look(tiny_run)
