"""Encoders: from a source sentence to its memory and its final state.

Every variant is called with (tokens (batch, time), lengths (batch,)) and says how wide its memory and its
final states are: `memory_size`, and `state_sizes`, one width a layer.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

from torch import Tensor, nn

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.cells import Cell
from seq2seq_cli.models.engines import Engine
from seq2seq_cli.models.recurrent import Bidirectional, Recurrent, RecurrentStack, State
from seq2seq_cli.registry import Registry
from seq2seq_cli.symbols import PAD


class EncoderOutput(NamedTuple):
    """What an encoder makes of a batch of sentences."""

    memory: Tensor  # (batch, time, memory size), zero in the padding
    mask: Tensor  # (batch, time), True where there is a token
    final_state: State  # one a layer, parts (batch, state size), at each sentence's own end


class Encoder(nn.Module, ABC):
    """What the recurrent encoders share: embeddings, and layers above them.

    Args:
        vocabulary_size: number of source words.
        embedding_size: width of a word's embedding.
        hidden_size: width of each direction's state.
        layers: number of recurrent layers.
        cell: the kind of recurrent cell.
        engine: how the cell is unrolled.
        dropout: the share of embeddings, and of outputs between layers, that is dropped in training.
    """

    directions = 1

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        layers: int,
        cell: type[Cell],
        engine: Engine,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.memory_size = self.directions * hidden_size
        self.state_sizes = (self.memory_size,) * layers
        self.embedding = nn.Embedding(vocabulary_size, embedding_size, padding_idx=PAD)
        self.dropout = nn.Dropout(dropout)
        sizes = [embedding_size] + [self.memory_size] * (layers - 1)
        self.recurrent = RecurrentStack(
            [self.layer(cell, engine, size, hidden_size) for size in sizes], dropout
        )

    @abstractmethod
    def layer(
        self, cell: type[Cell], engine: Engine, input_size: int, hidden_size: int
    ) -> Recurrent | Bidirectional:
        """Return one layer of this encoder, `directions` * hidden_size wide."""

    def forward(self, tokens: Tensor, lengths: Tensor) -> EncoderOutput:
        """Encode a batch: tokens (batch, time), lengths (batch,)."""
        embedded = self.dropout(self.embedding(tokens))  # (batch, time, embedding)
        memory, final_state = self.recurrent(embedded, lengths)
        return EncoderOutput(memory, mask_of(lengths, tokens.shape[1]), final_state)


class UniEncoder(Encoder):
    """Reads the sentence once, from left to right (Sutskever, Vinyals & Le 2014, section 2)."""

    def layer(
        self, cell: type[Cell], engine: Engine, input_size: int, hidden_size: int
    ) -> Recurrent | Bidirectional:
        """Return a layer that reads from left to right."""
        return Recurrent(cell(input_size, hidden_size), engine)


class BiEncoder(Encoder):
    """Reads the sentence from left to right and, with weights of its own, from right to left.

    Memory and final states are [forward ; backward]: at every word the one knows what came before, the
    other what follows (Schuster & Paliwal 1997; Bahdanau, Cho & Bengio 2015, section 3.2).
    """

    directions = 2

    def layer(
        self, cell: type[Cell], engine: Engine, input_size: int, hidden_size: int
    ) -> Recurrent | Bidirectional:
        """Return a layer that reads in both directions."""
        return Bidirectional(
            Recurrent(cell(input_size, hidden_size), engine),
            Recurrent(cell(input_size, hidden_size), engine, backward_in_time=True),
        )


ENCODERS: Registry[type[Encoder]] = Registry("encoder", {"uni": UniEncoder, "bi": BiEncoder})
