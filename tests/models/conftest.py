"""What the tests of the models share: random sentences, and small models built from the registries."""

import gc

import pytest
import torch

from seq2seq_cli.batch import Batch, mask_of
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.bridge import BRIDGES
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.placement import DECODERS
from seq2seq_cli.models.recurrent import Recurrence
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.symbols import EOS, PAD, UNK

VOCABULARY, EMBEDDING, ENCODER_HIDDEN = 13, 6, 4
OTHER_WIDTH = 5
"""Of a decoder whose width is not that of any encoder's memory or state."""


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(1)


@pytest.fixture
def _nan_where_nothing_was_written():
    """Let new memory hold NaN before it is written to."""
    torch.use_deterministic_algorithms(True)
    assert torch.utils.deterministic.fill_uninitialized_memory
    assert torch.zeros(()).new_empty(3).isnan().all()
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def _without_garbage_collector():
    """Let what is in a reference cycle stay."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def assert_same():
    """Return a check that two nests of tensors hold the same numbers."""

    def check(ours, expected, tolerance=1e-10):
        torch.testing.assert_close(ours, expected, rtol=0, atol=tolerance)

    return check


@pytest.fixture(scope="session")
def sentences():
    """Return a maker of sentences: words and <eos> in each one's true length, then padding."""

    def make(lengths, extra_padding=0, seed=0):
        time = max(lengths) + extra_padding
        generator = torch.Generator().manual_seed(seed)
        tokens = torch.randint(UNK, VOCABULARY, (len(lengths), time), generator=generator)
        lengths = torch.tensor(lengths)
        tokens[torch.arange(len(lengths)), lengths - 1] = EOS
        return tokens.where(mask_of(lengths, time), PAD), lengths

    return make


@pytest.fixture(scope="session")
def make_batch(sentences):
    """Return a maker of batches of random sentence pairs."""

    def make(source_lengths, target_lengths, seed=0, extra_padding=0):
        source = sentences(source_lengths, extra_padding, seed)
        return Batch(*source, *sentences(target_lengths, extra_padding, seed + 1))

    return make


@pytest.fixture(scope="session")
def only():
    """Return one pair of a batch, without padding."""

    def cut(batch, row):
        own, source, target = slice(row, row + 1), batch.source_lengths[row], batch.target_lengths[row]
        return Batch(
            batch.source[own, :source],
            batch.source_lengths[own],
            batch.target[own, :target],
            batch.target_lengths[own],
        )

    return cut


@pytest.fixture(scope="session")
def make_encoder():
    """Return a maker of small encoders in float64."""

    def make(
        encoder="bi",
        cell="lstm",
        engine="scratch",
        layers=1,
        hidden=ENCODER_HIDDEN,
        dropout=0.0,
        variational=False,
        layer_norm=False,
    ):
        recurrence = Recurrence(CELLS[cell], ENGINES[engine], layer_norm)
        drop = Dropout(dropout, variational)
        return ENCODERS[encoder](VOCABULARY, EMBEDDING, hidden, layers, recurrence, drop).double()

    return make


@pytest.fixture(scope="session")
def make_decoder():
    """Return a maker of small decoders in float64; `memory` and `state` are the encoder's widths."""

    def make(
        cell="lstm",
        engine="scratch",
        attention="none",
        placement="after",
        layers=1,
        hidden=8,
        memory=8,
        state=3,
        dropout=0.0,
        variational=False,
        layer_norm=False,
        **switches,
    ):
        recurrence = Recurrence(CELLS[cell], ENGINES[engine], layer_norm)
        return DECODERS[placement](
            VOCABULARY,
            EMBEDDING,
            hidden,
            layers,
            recurrence,
            ATTENTIONS[attention](hidden, memory, state),
            Dropout(dropout, variational),
            **switches,
        ).double()

    return make


@pytest.fixture(scope="session")
def make_model(make_encoder, make_decoder):
    """Return a maker of small models in float64, whose decoders match their encoders only where they must."""

    def make(
        encoder="bi",
        cell="lstm",
        engine="scratch",
        bridge="linear",
        attention="none",
        placement="after",
        layers=1,
        decoder_layers=None,
        *,
        dropout=0.0,
        variational=False,
        layer_norm=False,
        reverse_source=False,
        **switches,
    ):
        shared = {"dropout": dropout, "variational": variational, "layer_norm": layer_norm}
        decoder_layers = decoder_layers or layers
        encoder = make_encoder(encoder, cell, engine, layers, **shared)
        hidden = OTHER_WIDTH
        if attention == "dot":
            hidden = encoder.memory_size
        if bridge == "copy":
            hidden = encoder.state_sizes[-1]
        bridge = BRIDGES[bridge](encoder.state_sizes, hidden, decoder_layers, CELLS[cell].state_parts)
        widths = {"hidden": hidden, "memory": encoder.memory_size, "state": encoder.state_sizes[-1]}
        decoder = make_decoder(
            cell, engine, attention, placement, decoder_layers, **widths, **shared, **switches
        )
        return Seq2Seq(encoder, bridge, decoder, reverse_source=reverse_source).double()

    return make
