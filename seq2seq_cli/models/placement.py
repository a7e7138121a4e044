"""Where attention stands in a decoder's step: after the recurrent layers or before them."""

import torch
from torch import Tensor

from seq2seq_cli.models.attention import Memory
from seq2seq_cli.models.decoder import Decoder, DecoderState, HalfStep
from seq2seq_cli.registry import Registry


class AttendAfter(Decoder):
    """Attends after the recurrent step, from its new state (Luong, Pham & Manning 2015).

        s_t = recurrent([E y_{t-1} ; õ_{t-1} if fed], s_{t-1})
        c_t = attention(s_t)

    Without input feeding nothing recurrent depends on attention: one sweep serves all steps.
    """

    attends_before = False

    @property
    def sweeps(self) -> bool:
        """Whether the steps of a known target can be taken in one sweep."""
        return not self.fed_size

    def advance(self, embedded: Tensor, state: DecoderState, memory: Memory) -> HalfStep:
        """Take one step from the embedding of the word before, (rows, embedding), up to the readout."""
        inputs = torch.cat([embedded, state.fed], dim=1)
        hidden, layers = self.recurrent.step(inputs, state.layers, state.masks[1:-1])
        context, weights = self.attention(hidden, memory)
        readout: Tensor = self.readout(hidden, context)
        return HalfStep(readout, self.carry(state, layers, readout), weights)

    def sweep(self, embedded: Tensor, state: DecoderState, memory: Memory) -> Tensor:
        """Return all readouts, (batch, time, readout size), from all embeddings."""
        hidden, _ = self.recurrent(embedded, None, state.layers, state.masks[1:-1])  # (batch, time, hidden)
        context, _ = self.attention(hidden, memory)
        readouts: Tensor = self.readout(hidden, context)
        return readouts


class AttendBefore(Decoder):
    """Attends before the recurrent step, from its old state, and hands it what was found.

        c_t = attention(s_{t-1})
        s_t = recurrent([E y_{t-1} ; c_t ; õ_{t-1} if fed], s_{t-1})

    Each step waits for the one before, unless the context is the same at every step (Cho et al. 2014).
    """

    attends_before = True

    @property
    def sweeps(self) -> bool:
        """Whether the steps of a known target can be taken in one sweep."""
        return not self.fed_size and not self.attention.needs_query

    def advance(self, embedded: Tensor, state: DecoderState, memory: Memory) -> HalfStep:
        """Take one step from the embedding of the word before, (rows, embedding), up to the readout."""
        context, weights = self.attention(state.layers[-1][0], memory)
        inputs = torch.cat([embedded, context, state.fed], dim=1)
        hidden, layers = self.recurrent.step(inputs, state.layers, state.masks[1:-1])
        readout: Tensor = self.readout(hidden, context)
        return HalfStep(readout, self.carry(state, layers, readout), weights)

    def sweep(self, embedded: Tensor, state: DecoderState, memory: Memory) -> Tensor:
        """Return all readouts, (batch, time, readout size), from all embeddings."""
        context, _ = self.attention(embedded, memory)  # which looks at the number of steps alone
        inputs = torch.cat([embedded, context], dim=2)
        hidden, _ = self.recurrent(inputs, None, state.layers, state.masks[1:-1])  # (batch, time, hidden)
        readouts: Tensor = self.readout(hidden, context)
        return readouts


DECODERS: Registry[type[Decoder]] = Registry(
    "placement of attention", {"after": AttendAfter, "before": AttendBefore}
)
