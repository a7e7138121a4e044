"""A cell unrolled over time: one layer, one direction; then layers and directions of them."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.cells import Cell, LayerState
from seq2seq_cli.models.engines import Engine

State = tuple[LayerState, ...]
"""What a stack of layers carries: one LayerState a layer, the lowest first."""


class Recurrent(nn.Module):
    """One layer in one direction.

    Args:
        cell: the equations and their parameters.
        engine: how they are unrolled.
        backward_in_time: read each sentence from its own last token to its first.
    """

    def __init__(self, cell: Cell, engine: Engine, *, backward_in_time: bool = False) -> None:
        super().__init__()
        self.cell = cell
        self.engine = engine
        self.backward_in_time = backward_in_time

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
        if state is None:
            state = self.cell.initial_state(inputs.shape[0])
        if self.backward_in_time:
            inputs = reverse_sentences(inputs, lengths)
        outputs, state = self.engine(self.cell, inputs, lengths, state)
        if self.backward_in_time:
            outputs = reverse_sentences(outputs, lengths)
        if lengths is not None:
            outputs = outputs * mask_of(lengths, outputs.shape[1]).unsqueeze(2)
        return outputs, state

    def step(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Take one step in time: x (batch, input) -> output (batch, hidden), state after the step."""
        state = self.cell.step(x, state)
        return state[0], state


class Bidirectional(nn.Module):
    """One layer that reads in two independent directions (Schuster & Paliwal 1997).

    Args:
        left_to_right: the direction of reading.
        right_to_left: the other one, with parameters of its own.
    """

    def __init__(self, left_to_right: Recurrent, right_to_left: Recurrent) -> None:
        super().__init__()
        self.left_to_right = left_to_right
        self.right_to_left = right_to_left

    def forward(
        self, inputs: Tensor, lengths: Tensor | None = None, state: None = None
    ) -> tuple[Tensor, LayerState]:
        """Read whole sentences, as Recurrent does; outputs and final states are [forward ; backward]."""
        forwards, forwards_final = self.left_to_right(inputs, lengths)
        backwards, backwards_final = self.right_to_left(inputs, lengths)
        final = tuple(
            torch.cat(parts, dim=1) for parts in zip(forwards_final, backwards_final, strict=True)
        )  # each (batch, 2 * hidden)
        return torch.cat([forwards, backwards], dim=2), final


class RecurrentStack(nn.Module):
    """Layers on top of each other: each reads what the one below puts out.

    Args:
        layers: the lowest first.
        dropout: the share of a layer's outputs that is dropped before the next layer.
    """

    def __init__(self, layers: Sequence[Recurrent | Bidirectional], dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, inputs: Tensor, lengths: Tensor | None = None, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Read whole sentences through all layers.

        Args:
            inputs: (batch, time, input).
            lengths: (batch,) true lengths; None where every sentence fills the time.
            state: the first state of each layer; None for zeros.

        Returns:
            The top layer's outputs (batch, time, size); each layer's final state, parts (batch, size).
        """
        finals = []
        for depth, layer in enumerate(self.layers):
            if depth:
                inputs = self.dropout(inputs)
            inputs, final = layer(inputs, lengths, state[depth] if state is not None else None)
            finals.append(final)
        return inputs, tuple(finals)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Take one step in time with every layer, none of which may be bidirectional.

        Args:
            x: (batch, input).
            state: the state of each layer before the step.

        Returns:
            The top layer's output (batch, hidden), and the state of each layer after the step.
        """
        after = []
        for depth, layer in enumerate(self.layers):
            if depth:
                x = self.dropout(x)
            x, layer_state = cast("Recurrent", layer).step(x, state[depth])
            after.append(layer_state)
        return x, tuple(after)


def reverse_sentences(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Reverse each sentence within its own length; padding stays where it is.

    Args:
        x: (batch, time, size).
        lengths: (batch,) true lengths; None where every sentence fills the time.
    """
    if lengths is None:
        return x.flip(1)
    t = torch.arange(x.shape[1], device=x.device)  # (time,)
    mirrored = lengths[:, None] - 1 - t  # (batch, time), negative in the padding
    index = torch.where(mirrored >= 0, mirrored, t)
    return x.gather(1, index.unsqueeze(2).expand_as(x))
