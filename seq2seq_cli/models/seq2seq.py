"""The whole model: encode / start / step for search, forward for training."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import Batch
from seq2seq_cli.models.bridge import Bridge
from seq2seq_cli.models.decoder import Decoder
from seq2seq_cli.models.encoders import Encoder, EncoderOutput
from seq2seq_cli.models.recurrent import State
from seq2seq_cli.symbols import SOS


class SearchState(NamedTuple):
    """Everything the next step needs to know, one row a hypothesis."""

    state: State  # the decoder's, parts (rows, hidden)
    memory: Tensor  # (rows, source time, memory size)
    mask: Tensor  # (rows, source time)

    def select(self, rows: Tensor) -> "SearchState":
        """Return the given rows, (n,) indices, in that order; a row may come more than once."""
        state = tuple(tuple(part[rows] for part in layer) for layer in self.state)
        return SearchState(state, self.memory[rows], self.mask[rows])


class ModelStep(NamedTuple):
    """What one step of the whole model gives a search."""

    logits: Tensor  # (rows, vocabulary)
    state: SearchState
    weights: Tensor | None  # (rows, source time)


class Seq2Seq(nn.Module):
    """Encoder, bridge and decoder.

    Args:
        encoder: source sentences -> memory and final state.
        bridge: the encoder's final state -> the decoder's first.
        decoder: the next word's logits, step by step.
    """

    def __init__(self, encoder: Encoder, bridge: Bridge, decoder: Decoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.bridge = bridge
        self.decoder = decoder

    def encode(self, source: Tensor, lengths: Tensor) -> EncoderOutput:
        """Encode sources (batch, time) with true lengths (batch,)."""
        output: EncoderOutput = self.encoder(source, lengths)
        return output

    def start(self, source: Tensor, lengths: Tensor) -> SearchState:
        """Return the state before the first target word; one row a source sentence."""
        encoded = self.encode(source, lengths)
        return SearchState(self.bridge(encoded.final_state), encoded.memory, encoded.mask)

    def step(self, token: Tensor, state: SearchState) -> ModelStep:
        """Read one word a row, (rows,), and return the next word's logits and the state after."""
        logits, after, weights = self.decoder.step(token, *state)
        return ModelStep(logits, state._replace(state=after), weights)

    def forward(self, batch: Batch, forced: Tensor | None = None) -> Tensor:
        """Return the logits of every target position, (batch, target time, vocabulary).

        Args:
            batch: sources and the targets they should become.
            forced: (batch, target time), True where the decoder is given the target's word before t, False
                where it is given its own best guess of it; None means True everywhere. At t = 0 it is given
                <sos> in either case.
        """
        start = self.start(batch.source, batch.source_lengths)
        sos = torch.full_like(batch.target[:, :1], SOS)
        given = torch.cat([sos, batch.target[:, :-1]], dim=1)  # (batch, time)
        if forced is None:
            logits: Tensor = self.decoder(given, *start)
            return logits
        steps: list[Tensor] = []
        state, token = start, given[:, 0]
        for t in range(given.shape[1]):
            if t > 0:
                token = torch.where(forced[:, t], given[:, t], steps[-1].argmax(dim=1))
            logits, state, _ = self.step(token, state)
            steps.append(logits)
        return torch.stack(steps, dim=1)
