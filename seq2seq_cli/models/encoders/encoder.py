"""What every encoder fulfils: from source sentences to a memory and a final state."""

from abc import ABC, abstractmethod
from typing import NamedTuple

from torch import Tensor, nn

from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.recurrent import Recurrence
from seq2seq_cli.models.stack import State
from seq2seq_cli.symbols import PAD


class EncoderOutput(NamedTuple):
    """What an encoder makes of a batch of sentences."""

    memory: Tensor  # (batch, time, memory size), zero in the padding
    mask: Tensor  # (batch, time), True where there is a token
    final_state: State  # one a layer, parts (batch, state size), at each sentence's own end


class Encoder(nn.Module, ABC):
    """Words become embeddings; what is made of them is the variants' affair.

    Args:
        vocabulary_size: number of source words.
        embedding_size: width of a word's embedding.
        hidden_size: width of a layer, of each direction where there are two.
        layers: number of layers.
        recurrence: how recurrent layers are made.
        dropout: what falls on embeddings and between layers.
    """

    memory_size: int
    """Width of the memory."""

    state_sizes: tuple[int, ...]
    """Width of the final state, one a layer."""

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        layers: int,
        recurrence: Recurrence,
        dropout: Dropout,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding_size, padding_idx=PAD)
        self.dropout = dropout
        self.state_parts = len(recurrence.cell.state_parts)

    @abstractmethod
    def forward(self, tokens: Tensor, lengths: Tensor) -> EncoderOutput:
        """Encode a batch: tokens (batch, time), lengths (batch,)."""

    def embed(self, tokens: Tensor) -> Tensor:
        """Return embeddings, some dropped in training: (batch, time) -> (batch, time, embedding)."""
        embedded: Tensor = self.dropout(self.embedding(tokens))
        return embedded

    def summarised(self, memory: Tensor, mask: Tensor) -> EncoderOutput:
        """Return what an encoder without a state gives: every part of its final state is its memory's mean.

        Args:
            memory: (batch, time, size), whatever in the padding.
            mask: (batch, time), True where there is a token.
        """
        memory = memory * mask.unsqueeze(2)
        mean = memory.sum(1) / mask.sum(1, keepdim=True)  # (batch, size)
        return EncoderOutput(memory, mask, ((mean,) * self.state_parts,))
