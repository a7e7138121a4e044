"""What the tests of the models share: random sentences, and small models built from the registries."""

import pytest
import torch

from seq2seq_cli.batch import Batch, mask_of
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.bridge import BRIDGES
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.decoder import Decoder
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.symbols import EOS, PAD, UNK

VOCABULARY = 13


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(1)


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

    def make(source_lengths, target_lengths, seed=0):
        return Batch(*sentences(source_lengths, seed=seed), *sentences(target_lengths, seed=seed + 1))

    return make


@pytest.fixture(scope="session")
def make_decoder():
    """Return a maker of small decoders in float64."""

    def make(cell="lstm", engine="scratch", attention="none", layers=1, hidden=6, memory=8, dropout=0.0):
        attention = ATTENTIONS[attention](hidden, memory)
        decoder = Decoder(VOCABULARY, 5, hidden, layers, CELLS[cell], ENGINES[engine], attention, dropout)
        return decoder.double()

    return make


@pytest.fixture(scope="session")
def make_encoder():
    """Return a maker of small encoders in float64."""

    def make(encoder="bi", cell="lstm", engine="scratch", layers=1, hidden=4, dropout=0.0):
        kind = ENCODERS[encoder]
        return kind(VOCABULARY, 5, hidden, layers, CELLS[cell], ENGINES[engine], dropout).double()

    return make


@pytest.fixture(scope="session")
def make_model(make_encoder, make_decoder):
    """Return a maker of small models in float64."""

    def make(
        encoder="bi",
        cell="lstm",
        engine="scratch",
        bridge="linear",
        attention="none",
        layers=1,
        decoder_layers=1,
        decoder_hidden=6,
    ):
        encoder = make_encoder(encoder, cell, engine, layers)
        parts = CELLS[cell].state_parts
        bridge = BRIDGES[bridge](encoder.state_sizes, decoder_hidden, decoder_layers, parts)
        memory = encoder.memory_size
        decoder = make_decoder(cell, engine, attention, decoder_layers, decoder_hidden, memory)
        return Seq2Seq(encoder, bridge, decoder).double()

    return make
