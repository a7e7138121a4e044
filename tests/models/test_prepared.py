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
