"""Recurrent cells: one step of time, as the equations say it."""

import math
from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from seq2seq_cli.registry import Registry

LayerState = tuple[Tensor, ...]
"""What one layer carries from step to step: for an LSTM (hidden, cell), each (batch, hidden)."""


class Cell(nn.Module, ABC):
    """One step of a recurrent layer; what engines, layers, bridges and decoders know of it.

    The part of a step that needs no state, `project`, is apart from the part that does, `advance`, so
    that the first can be taken for all steps of a sentence at once.

    Args:
        input_size: width of x.
        hidden_size: width of each part of the state.
    """

    state_parts: ClassVar[tuple[str, ...]]
    """Names of the state's parts; the first is what the layer puts out."""

    weight_input: nn.Parameter  # (rows, input)

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size

    @abstractmethod
    def project(self, inputs: Tensor) -> Tensor:
        """Return what the inputs alone contribute: (..., input) -> (..., rows of weight_input)."""

    @abstractmethod
    def advance(self, projected: Tensor, state: LayerState) -> LayerState:
        """Return the state after a step, from `project` of its input, (batch, rows), and the state before."""

    @abstractmethod
    def holding(self) -> Tensor:
        """Return what to add to `project`, (rows,), so that a step keeps all parts but the first."""

    @abstractmethod
    def kernel(self, inputs: Tensor, weight_input: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Take all steps by torch's own kernel, with another matrix in the place of `weight_input`.

        Args:
            inputs: (batch, time, width of weight_input).
            weight_input: (rows, width).
            state: the state before the first step.

        Returns:
            The first part of the state at each step, (batch, time, hidden), and the state after the last.
        """

    def initial_state(self, batch: int) -> LayerState:
        """Return the state before the first word: zeros."""
        zeros = self.weight_input.new_zeros(batch, self.hidden_size)
        return (zeros,) * len(self.state_parts)

    def step(self, x: Tensor, state: LayerState) -> LayerState:
        """Return the state after reading x, (batch, input)."""
        return self.advance(self.project(x), state)


class LSTMGates(NamedTuple):
    """The gates of one step, after their nonlinearities; each (batch, hidden)."""

    input: Tensor
    forget: Tensor
    candidate: Tensor
    output: Tensor


class LSTMCell(Cell):
    """Long short-term memory with forget gates.

        i = σ(W_i x + U_i h + b_i)         how much of the candidate comes in
        f = σ(W_f x + U_f h + b_f)         how much of the old cell stays
        g = tanh(W_g x + U_g h + b_g)      the candidate
        o = σ(W_o x + U_o h + b_o)         how much of the cell shows
        c' = f ⊙ c + i ⊙ g
        h' = o ⊙ tanh(c')

    Hochreiter & Schmidhuber 1997; the forget gate f is from Gers, Schmidhuber & Cummins 2000, its
    bias of 1 at the start from section 4 there. The four matrices lie on top of each other in the order
    i, f, g, o, as in torch.nn.LSTM, so that one product serves them all.

    Args:
        input_size: width of x.
        hidden_size: width of h and c.
    """

    state_parts = ("hidden", "cell")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_input = nn.Parameter(torch.empty(4 * hidden_size, input_size))  # W
        self.weight_hidden = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))  # U
        self.bias = nn.Parameter(torch.zeros(4 * hidden_size))  # b
        bound = 1 / math.sqrt(hidden_size)
        nn.init.uniform_(self.weight_input, -bound, bound)
        nn.init.uniform_(self.weight_hidden, -bound, bound)
        with torch.no_grad():
            self.bias[hidden_size : 2 * hidden_size] = 1  # remember, until told to forget

    def project(self, inputs: Tensor) -> Tensor:
        """Return W x + b, (..., input) -> (..., 4 * hidden), which needs no state: one product for all."""
        return nn.functional.linear(inputs, self.weight_input, self.bias)

    def gates(self, projected: Tensor, state: LayerState) -> LSTMGates:
        """Return the gates of one step from W x + b, (batch, 4 * hidden), and the state before it."""
        hidden, _ = state
        i, f, g, o = torch.addmm(projected, hidden, self.weight_hidden.t()).chunk(4, dim=1)
        return LSTMGates(i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid())

    def advance(self, projected: Tensor, state: LayerState) -> LayerState:
        """Return the state after one step, from W x + b and the state before it."""
        i, f, g, o = self.gates(projected, state)
        cell = f * state[1] + i * g  # (batch, hidden)
        return o * cell.tanh(), cell

    def holding(self) -> Tensor:
        """Return what to add to W x + b so that a step keeps the cell as it is: f = 1 and i = 0, exactly.

        σ(±10⁴) is 1 or 0 to the last bit in every floating-point type, and so is its gradient 0.
        """
        gain = self.bias.new_zeros(4, self.hidden_size)
        gain[0] = -1e4
        gain[1] = 1e4
        return gain.flatten()  # (4 * hidden,)

    def kernel(self, inputs: Tensor, weight_input: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Take all steps by torch.lstm, which has a second bias that we leave at zero."""
        hidden, cell = (part.unsqueeze(0) for part in state)
        outputs, hidden, cell = torch.lstm(
            inputs,
            (hidden, cell),
            [weight_input, self.weight_hidden, self.bias, torch.zeros_like(self.bias)],
            has_biases=True,
            num_layers=1,
            dropout=0.0,
            train=self.training,
            bidirectional=False,
            batch_first=True,
        )
        return outputs, (hidden.squeeze(0), cell.squeeze(0))


CELLS: Registry[type[Cell]] = Registry("cell", {"lstm": LSTMCell})
