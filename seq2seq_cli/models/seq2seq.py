"""The whole model: encode / start / step for search, forward for training."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import Batch
from seq2seq_cli.models.attention import Memory
from seq2seq_cli.models.bridge import Bridge
from seq2seq_cli.models.decoder import Decoder, DecoderState
from seq2seq_cli.models.encoders import Encoder, EncoderOutput
from seq2seq_cli.models.recurrent import reverse_sentences
from seq2seq_cli.symbols import SOS


class SearchState(NamedTuple):
    """Everything the next step needs to know, one row a hypothesis."""

    state: DecoderState
    memory: Memory

    def select(self, rows: Tensor) -> "SearchState":
        """Return the given rows, (n,) indices, in that order; a row may come more than once."""
        return SearchState(self.state.select(rows), self.memory.select(rows))


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
        reverse_source: let the encoder read each source from its last word to its first, so that the words
            that are translated first are read last (Sutskever, Vinyals & Le 2014, section 3.3).
    """

    def __init__(
        self, encoder: Encoder, bridge: Bridge, decoder: Decoder, *, reverse_source: bool = False
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.bridge = bridge
        self.decoder = decoder
        self.reverse_source = reverse_source

    def encode(self, source: Tensor, lengths: Tensor) -> EncoderOutput:
        """Encode sources (batch, time), true lengths (batch,); the memory is in the source's order."""
        if not self.reverse_source:
            output: EncoderOutput = self.encoder(source, lengths)
            return output
        words = lengths - 1  # <eos> stays at the end
        output = self.encoder(reverse_sentences(source, words), lengths)
        return output._replace(memory=reverse_sentences(output.memory, words))

    def start(self, source: Tensor, lengths: Tensor) -> SearchState:
        """Return the state before the first target word; one row a source sentence."""
        encoded = self.encode(source, lengths)
        state = self.decoder.start(self.bridge(encoded.final_state))
        return SearchState(state, self.decoder.attention.prepare(encoded))

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
