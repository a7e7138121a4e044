"""A prepared model, against the one that it was."""

import copy

import pytest
import torch

from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.placement import DECODERS
from seq2seq_cli.models.prepared import PreparedModel

SOURCE = [3, 5, 2]


def logits_of(model, source, lengths, words=(1, 4, 2)):
    """Return the logits after each of some words, (steps, batch, vocabulary)."""
    with torch.inference_mode():
        state, found = model.start(source, lengths), []
        for word in words:
            step = model.step(torch.full_like(lengths, word), state)
            state = step.state
            found.append(step.logits)
    return torch.stack(found)


@pytest.mark.parametrize("encoder", ["bi", "self_attention"])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("placement", DECODERS)
@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize(
    ("precision", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.05)], ids=["float32", "bfloat16"]
)
def test_a_prepared_model_gives_the_logits_of_the_model(
    make_model, sentences, encoder, cell, placement, attention, precision, tolerance
):
    model = make_model(
        encoder=encoder, cell=cell, placement=placement, attention=attention, input_feeding=True, layers=2
    ).float()
    model.eval()
    source, lengths = sentences(SOURCE)
    expected = logits_of(copy.deepcopy(model), source, lengths)
    found = logits_of(PreparedModel(model, precision), source, lengths)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    "picks", [[[2], [0]], [[[0, 0], [1, 1], [2, 2]]], [[[0, 0], [2, 2]], [[3, 2]]]], ids=str
)
def test_rows_are_chosen_as_of_the_model_itself(make_model, sentences, picks):
    model = make_model(attention="additive", input_feeding=True).float().eval()
    source, lengths = sentences(SOURCE)

    def logits(model):
        with torch.inference_mode():
            step = model.step(torch.full_like(lengths, 1), model.start(source, lengths))
            for rows in picks:
                state = step.state.select(torch.tensor(rows))
                step = model.step(torch.arange(torch.tensor(rows).numel()) + 3, state)
            return step.logits, step.weights

    torch.testing.assert_close(logits(PreparedModel(model)), logits(model), rtol=1e-5, atol=1e-5)


def test_the_model_stays_as_it_is_and_can_learn(make_model, sentences):
    model = make_model(attention="additive").float().eval()
    before = {name: id(value) for name, value in model.state_dict(keep_vars=True).items()}
    PreparedModel(model).start(*sentences(SOURCE))
    assert {name: id(value) for name, value in model.state_dict(keep_vars=True).items()} == before
    assert all(parameter.requires_grad for parameter in model.parameters())
