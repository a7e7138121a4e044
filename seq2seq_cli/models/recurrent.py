"""A cell unrolled over time: one layer, in one direction or in both."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.cells import Cell, LayerState
from seq2seq_cli.models.engines import Engine, Reader


class Recurrent(nn.Module):
    """One layer in one direction.

    Args:
        cell: the equations and their parameters.
        engine: how they are unrolled.
        backward_in_time: read each sentence from its own last token to its first.
        layer_norm: normalise what the layer puts out, token by token (Ba, Kiros & Hinton 2016):
            y = γ ⊙ (h - mean(h)) / std(h) + β. The state stays as it is, so that every engine can compute it.
    """

    def __init__(
        self, cell: Cell, engine: Engine, *, backward_in_time: bool = False, layer_norm: bool = False
    ) -> None:
        super().__init__()
        self.cell = cell
        self.engine = engine
        self.backward_in_time = backward_in_time
        self.norm = nn.LayerNorm(cell.hidden_size) if layer_norm else None
        self.output_size = cell.hidden_size

    def forward(
        self, inputs: Tensor, lengths: Tensor | None = None, state: LayerState | None = None
    ) -> tuple[Tensor, LayerState]:
        """Read whole sentences.

        Args:
            inputs: (batch, time, input).
            lengths: (batch,) true lengths; None where every sentence fills the time.
            state: the state before the first token; None for zeros.

        Returns:
            The outputs (batch, time, hidden), zero after a sentence's end, output t being that after reading
            token t in this layer's direction; and the state after the last token read.
        """
        ((outputs, final),) = self.engine([self.reader(inputs, state)], inputs, lengths)
        return self.normed(outputs, lengths), final

    def reader(self, inputs: Tensor, state: LayerState | None = None) -> Reader:
        """Return what an engine lets read inputs, (batch, time, input), from a state, or from zeros."""
        if state is None:
            state = self.cell.initial_state(inputs.shape[0])
        return Reader(self.cell, state, self.backward_in_time)

    def normed(self, outputs: Tensor, lengths: Tensor | None) -> Tensor:
        """Return outputs, (batch, time, hidden), normalised if this layer's are, and zero in the padding."""
        if self.norm is None:
            return outputs
        normed: Tensor = self.norm(outputs)
        return normed if lengths is None else normed * mask_of(lengths, normed.shape[1]).unsqueeze(2)

    def step(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Take one step in time: x (batch, input) -> output (batch, hidden), state after the step."""
        state = self.cell.step(x, state)
        return state[0] if self.norm is None else self.norm(state[0]), state


class Bidirectional(nn.Module):
    """One layer that reads in two independent directions (Schuster & Paliwal 1997).

    Args:
        left_to_right: the direction of reading.
        right_to_left: the other one, with parameters of its own, by the same engine.
    """

    def __init__(self, left_to_right: Recurrent, right_to_left: Recurrent) -> None:
        super().__init__()
        self.left_to_right = left_to_right
        self.right_to_left = right_to_left
        self.output_size = left_to_right.output_size + right_to_left.output_size

    def forward(
        self, inputs: Tensor, lengths: Tensor | None = None, state: None = None
    ) -> tuple[Tensor, LayerState]:
        """Read whole sentences, as Recurrent does; outputs and final states are [forward ; backward]."""
        layers = self.left_to_right, self.right_to_left
        read = self.left_to_right.engine([layer.reader(inputs) for layer in layers], inputs, lengths)
        outputs = [layer.normed(each, lengths) for layer, (each, _) in zip(layers, read, strict=True)]
        finals = zip(*(final for _, final in read), strict=True)
        return torch.cat(outputs, dim=2), tuple(torch.cat(parts, dim=1) for parts in finals)


class Recurrence(NamedTuple):
    """How a model's recurrent layers are made."""

    cell: type[Cell]
    engine: Engine
    layer_norm: bool = False

    def layer(self, input_size: int, hidden_size: int, *, backward_in_time: bool = False) -> Recurrent:
        """Return a layer in one direction."""
        return Recurrent(
            self.cell(input_size, hidden_size),
            self.engine,
            backward_in_time=backward_in_time,
            layer_norm=self.layer_norm,
        )

    def both_ways(self, input_size: int, hidden_size: int) -> Bidirectional:
        """Return a layer in two directions, `hidden_size` wide each."""
        return Bidirectional(
            self.layer(input_size, hidden_size),
            self.layer(input_size, hidden_size, backward_in_time=True),
        )
