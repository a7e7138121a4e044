"""The decoder: from a word and a state to the next word's logits."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from seq2seq_cli.models.attention import Attention
from seq2seq_cli.models.cells import Cell
from seq2seq_cli.models.engines import Engine
from seq2seq_cli.models.recurrent import Recurrent, RecurrentStack, State
from seq2seq_cli.symbols import PAD


class DecoderStep(NamedTuple):
    """What one step gives."""

    logits: Tensor  # (batch, vocabulary)
    state: State  # after the step
    weights: Tensor | None  # attention over the source, (batch, source time)


class Decoder(nn.Module):
    """A language model of the target whose first state tells of the source.

        s_t = recurrent(E[y_{t-1}], s_{t-1})
        logits_t = V [s_t ; context_t] + b

    (Sutskever, Vinyals & Le 2014, section 2; the context is empty without attention.)

    Args:
        vocabulary_size: number of target words.
        embedding_size: width of a word's embedding.
        hidden_size: width of the state.
        layers: number of recurrent layers.
        cell: the kind of recurrent cell.
        engine: how the cell is unrolled over a whole target.
        attention: what is taken from the memory.
        dropout: the share of embeddings, outputs between layers and outputs that is dropped in training.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        layers: int,
        cell: type[Cell],
        engine: Engine,
        attention: Attention,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding_size, padding_idx=PAD)
        self.dropout = nn.Dropout(dropout)
        sizes = [embedding_size] + [hidden_size] * (layers - 1)
        self.recurrent = RecurrentStack(
            [Recurrent(cell(size, hidden_size), engine) for size in sizes], dropout
        )
        self.attention = attention
        self.output = nn.Linear(hidden_size + attention.context_size, vocabulary_size)

    def step(self, token: Tensor, state: State, memory: Tensor, mask: Tensor) -> DecoderStep:
        """Take one step.

        Args:
            token: (batch,) the word before.
            state: the state before the step.
            memory: (batch, source time, memory size).
            mask: (batch, source time), True where there is a token.
        """
        embedded = self.dropout(self.embedding(token))  # (batch, embedding)
        hidden, state = self.recurrent.step(embedded, state)
        context, weights = self.attention(hidden, memory, mask)
        return DecoderStep(self._logits(hidden, context), state, weights)

    def forward(self, tokens: Tensor, state: State, memory: Tensor, mask: Tensor) -> Tensor:
        """Take all steps of a known target in one sweep; equal to the steps, only faster.

        Args:
            tokens: (batch, target time), <sos> and then the target without its last word.
            state: the state before the first step.
            memory: (batch, source time, memory size).
            mask: (batch, source time), True where there is a token.

        Returns:
            Logits (batch, target time, vocabulary).
        """
        embedded = self.dropout(self.embedding(tokens))  # (batch, time, embedding)
        hidden, _ = self.recurrent(embedded, state=state)  # (batch, time, hidden)
        context, _ = self.attention(hidden, memory, mask)
        return self._logits(hidden, context)

    def _logits(self, hidden: Tensor, context: Tensor) -> Tensor:
        logits: Tensor = self.output(self.dropout(torch.cat([hidden, context], dim=-1)))
        return logits
