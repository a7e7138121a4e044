"""Decoders that read their contexts ahead, against those that they are made of."""

import pytest
import torch

from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.placement import DECODERS
from seq2seq_cli.models.prepacked import can_prepack, prepacked_decoder
from seq2seq_cli.models.prepacked.readout import ReadAttention

pytestmark = pytest.mark.skipif(not can_prepack(torch.zeros(1, 1)), reason="torch has no oneDNN here")


def steps(decoder, encoded, layers, words=(3, 7, 5)):
    """Return logits and weights of the steps that read some words."""
    memory, state, found = decoder.attention.prepare(encoded), decoder.start(layers), []
    for word in words:
        logits, state, weights = decoder.step(torch.full((len(memory.mask),), word), state, memory)
        found.append((logits, weights))
    return found


@pytest.mark.parametrize(
    "settings",
    [{}, {"input_feeding": True}, {"tied_embeddings": True}, {"cell": "gru"}, {"layers": 2}],
    ids=str,
)
@pytest.mark.parametrize("placement", DECODERS)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_a_prepacked_decoder_takes_the_steps_of_the_decoder(
    make_model, sentences, attention, placement, settings
):
    model = make_model(attention=attention, placement=placement, **settings).float().eval()
    with torch.inference_mode():
        encoded = model.encode(*sentences([4, 6, 2]))
        layers = model.bridge(encoded.final_state)
        expected = steps(model.decoder, encoded, layers)
        found = steps(prepacked_decoder(model.decoder, torch.float32), encoded, layers)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "ahead"),
    [
        ({"attention": "additive"}, True),
        ({"attention": "additive", "placement": "before"}, False),
        ({"attention": "additive", "encoder": "uni"}, False),  # whose memory is narrower than the readout
        ({"attention": "summary"}, False),
        ({"attention": "none"}, False),
    ],
    ids=str,
)
def test_contexts_are_read_ahead_where_the_readout_alone_reads_them(make_model, settings, ahead):
    decoder = make_model(**settings).float().decoder
    twin = prepacked_decoder(decoder, torch.float32)
    assert isinstance(twin.attention, ReadAttention) is ahead
    assert not isinstance(decoder.attention, ReadAttention)
