"""The whole model: encode / start / step for search, forward for training."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import Batch
from seq2seq_cli.models.attention import Memory
from seq2seq_cli.models.bridge import Bridge
from seq2seq_cli.models.decoder import Decoder, DecoderState
from seq2seq_cli.models.encoders import Encoder, EncoderOutput
from seq2seq_cli.models.evaluating import evaluating
from seq2seq_cli.models.prepacked import FEW, columnwise, prepacked
from seq2seq_cli.models.reversing import reverse_sentences
from seq2seq_cli.symbols import SOS


class SearchState(NamedTuple):
    """Everything the next step needs to know.

    Where each sentence has as many hypotheses as the others, next to each other, the memory keeps a row a
    sentence: it is not copied for each hypothesis, and stays where it is when they change places.
    """

    state: DecoderState  # a row a hypothesis
    memory: Memory  # a row a sentence

    def select(self, rows: Tensor) -> "SearchState":
        """Return the given rows, in that order.

        Args:
            rows: (n,) indices, which become sentences of their own; one may come more than once. Or
                (sentences, width): each line those of one sentence, the sentences in their order.
        """
        if rows.dim() == 2 and len(rows) == len(self.memory.mask):
            return SearchState(self.state.select(rows.flatten()), self.memory)
        return self.take(rows)

    def take(self, rows: Tensor) -> "SearchState":
        """Return the same, where lines may also be those of sentences in another order, or come again."""
        first = rows[:, 0] if rows.dim() == 2 else rows
        width = len(self.state.fed) // len(self.memory.mask)
        return SearchState(self.state.select(rows.flatten()), self.memory.select(first // width))


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
        return self.start_from(self.encode(source, lengths))

    def start_from(self, encoded: EncoderOutput) -> SearchState:
        """Return the state before the first target word, from what the encoder made of the sources."""
        state = self.decoder.start(self.bridge(encoded.final_state))
        return SearchState(state, self.decoder.attention.prepare(encoded))

    def step(self, token: Tensor, state: SearchState) -> ModelStep:
        """Read one word a row, (rows,), and return the next word's logits and the state after."""
        logits, after, weights = self.decoder.step(token, *state)
        return ModelStep(logits, state._replace(state=after), weights)

    def forward(self, batch: Batch, forced: Tensor | None = None) -> Tensor:
        """Return the logits of the targets' words, (target tokens, vocabulary), sentence after sentence.

        Args:
            batch: sources and the targets they should become.
            forced: see readouts.
        """
        logits: Tensor = self.output(self.readouts(batch, forced))
        return logits

    def readouts(self, batch: Batch, forced: Tensor | None = None) -> Tensor:
        """Return what the output layer reads for every word of the targets, (target tokens, readout size).

        Args:
            batch: sources and the targets they should become.
            forced: (batch, target time), True where the decoder is given the target's word before t, False
                where it is given its own best guess of it; None means True everywhere. At t = 0 it is given
                <sos> in either case.
        """
        return self.readouts_from(self.start(batch.source, batch.source_lengths), batch, forced)

    def readouts_from(self, start: SearchState, batch: Batch, forced: Tensor | None = None) -> Tensor:
        """Return the same for sources that have been read already.

        Args:
            start: what `start` returned for them.
            batch: sources and the targets they should become.
            forced: see readouts.
        """
        sos = torch.full_like(batch.target[:, :1], SOS)
        given = torch.cat([sos, batch.target[:, :-1]], dim=1)  # (batch, time)
        if forced is not None:
            given = self._guessed(given, forced, start)
        readouts: Tensor = self.decoder(given, batch.target_lengths, *start)
        return readouts

    @property
    def output(self) -> nn.Linear:
        """The last layer, from readouts to logits."""
        return self.decoder.output

    def _guessed(self, given: Tensor, forced: Tensor, state: SearchState) -> Tensor:
        """Return what the decoder is given, (batch, time), with its own guesses where it is not forced.

        No gradient flows through a guess (Bengio et al. 2015, section 2.4), so the guesses are made first and
        without gradients; then the decoder is given words that are known, all at once. They are made without
        dropout, as they are when it translates.
        """
        given = given.clone()
        undropped = state.state._replace(masks=(None,) * len(state.state.masks))
        state = state._replace(state=undropped)
        lowered = torch.is_autocast_enabled(given.device.type)
        with evaluating(self.decoder), torch.inference_mode():
            decoder = self.decoder
            if not lowered:  # parameters have changed since the last batch
                decoder = columnwise(decoder) if len(given) <= FEW else prepacked(decoder)
            for t in range(given.shape[1] - 1):
                logits, after, _ = decoder.step(given[:, t], *state)
                state = state._replace(state=after)
                guess = logits.max(dim=1).indices  # as argmax, whose kernel for CPUs is slow
                given[:, t + 1] = torch.where(forced[:, t + 1], given[:, t + 1], guess)
        torch.clear_autocast_cache()  # torch before 2.11 takes weights from there, gradients or not
        return given
