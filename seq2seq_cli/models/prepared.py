"""A model made ready to translate."""

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import torch
from torch import Tensor

from seq2seq_cli.models.encoders import EncoderOutput
from seq2seq_cli.models.prepacked import can_prepack, prepacked, prepacked_decoder
from seq2seq_cli.models.rounding import rounding
from seq2seq_cli.models.seq2seq import SearchState, Seq2Seq

MULTIPLE = 16
"""A batch has a multiple of so many where matrices are prepacked: kernels are made for a number of rows."""


class PreparedState(NamedTuple):
    """A model's state, filled up with sentences that are there already."""

    filled: SearchState
    sentences: int  # that count; they come first
    multiple: int  # of what there are so many, with those that do not count

    def select(self, rows: Tensor) -> "PreparedState":
        """Return the given rows, in that order; see SearchState."""
        stay = rows.dim() == 2 and len(rows) == self.sentences
        rows, sentences = _filled(rows, self.multiple), len(rows)
        filled = self.filled.select(rows) if stay else self.filled.take(rows)
        return self._replace(filled=filled, sentences=sentences)


class PreparedStep(NamedTuple):
    """What one step of a prepared model gives a search."""

    logits: Tensor  # (rows, vocabulary)
    state: PreparedState
    weights: Tensor | None  # (rows, source time)


class PreparedModel:
    """A model as a search sees it, with its parameters laid out for speed.

    Matrices are copies where that is possible, and all else is shared: when the model has learnt on, another
    one is due.

    Args:
        model: in evaluation mode; it stays as it is.
        precision: of products, float32 or bfloat16. On CPUs it is that of factors alone, but inside cells,
            where what comes of them is rounded, too; all else has the model's own type. On other devices it
            is torch.autocast's affair.
    """

    def __init__(self, model: Seq2Seq, precision: torch.dtype = torch.float32) -> None:
        self.model = Seq2Seq(
            model.encoder,
            prepacked(model.bridge),
            prepacked_decoder(model.decoder, precision),
            reverse_source=model.reverse_source,
        )
        self.precision = precision
        self.dtype = model.output.weight.dtype
        self.multiple = MULTIPLE if can_prepack(model.output.weight) else 1

    def start(self, source: Tensor, lengths: Tensor) -> PreparedState:
        """Return the state before the first target word; one row a source sentence."""
        rounds = self.precision != torch.float32
        with torch.autocast(source.device.type, self.precision, enabled=rounds):
            encoded = self.model.encode(source, lengths)
        return self.start_from(encoded)

    def start_from(self, encoded: EncoderOutput) -> PreparedState:
        """Return the same, from what the model's encoder made of the sources."""
        own = self.dtype
        final_state = tuple(tuple(part.to(own) for part in layer) for layer in encoded.final_state)
        encoded = encoded._replace(memory=encoded.memory.to(own), final_state=final_state)
        with self._lower_precision(encoded.memory.device):
            state = self.model.start_from(encoded)
        everyone = torch.arange(len(encoded.memory), device=encoded.memory.device)
        filled = _filled(everyone, self.multiple)
        state = state if len(filled) == len(everyone) else state.take(filled)
        return PreparedState(state, len(everyone), self.multiple)

    def step(self, token: Tensor, state: PreparedState) -> PreparedStep:
        """Read one word a row, (rows,), and return the next word's logits and the state after."""
        rows, more = len(token), len(state.filled.state.fed) - len(token)
        with self._lower_precision(token.device):
            logits, after, weights = self.model.step(_with_first(token, more), state.filled)
        return PreparedStep(
            logits[:rows], state._replace(filled=after), None if weights is None else weights[:rows]
        )

    def _lower_precision(self, device: torch.device) -> AbstractContextManager[None]:
        if self.precision == torch.float32:
            return nullcontext()
        return rounding() if device.type == "cpu" else torch.autocast(device.type, self.precision)


def _filled(sentences: Tensor, multiple: int) -> Tensor:
    """Return rows, (sentences, ...), and the first again until there are a multiple of so many."""
    return _with_first(sentences, -len(sentences) % multiple)


def _with_first(rows: Tensor, more: int) -> Tensor:
    """Return rows, (n, ...), and the first so many times more."""
    return torch.cat([rows, rows[:1].expand(more, *rows.shape[1:])]) if more else rows
