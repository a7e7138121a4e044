"""What every recurrent cell can do, and what it carries."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from seq2seq_cli.models.cells.trace import LayerState, Trace
from seq2seq_cli.models.cells.unrolled import Unrolling, unrolled
from seq2seq_cli.models.precision import product_precision


class Cell(nn.Module, ABC):
    """One step of a recurrent layer; what engines, layers, bridges and decoders know of it.

    The part of a step that needs no state, `project`, is apart from the part that does, `advance`, so
    that the first can be taken for all steps of a sentence at once. The gates' matrices lie on top of each
    other, in the order of torch.nn, so that one product serves them all.

    Args:
        input_size: width of x.
        hidden_size: width of each part of the state.
    """

    state_parts: ClassVar[tuple[str, ...]]
    """Names of the state's parts; the first is what the layer puts out."""

    gate_count: ClassVar[int]
    """How many matrices lie on top of each other."""

    trace: ClassVar[type[Trace]]
    """What takes the steps of whole sentences, and goes back over them."""

    torchs_kernel: Callable[..., tuple[Tensor, ...]]
    """What computes whole sentences in torch, by the same equations."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        rows, bound = self.gate_count * hidden_size, 1 / math.sqrt(hidden_size)
        self.weight_input = nn.Parameter(torch.empty(rows, input_size).uniform_(-bound, bound))  # W
        self.weight_hidden = nn.Parameter(torch.empty(rows, hidden_size).uniform_(-bound, bound))  # U
        self.bias = nn.Parameter(torch.zeros(rows))  # b

    def project(self, inputs: Tensor) -> Tensor:
        """Return W x + b, (..., input) -> (..., gates * hidden), which needs no state."""
        return nn.functional.linear(inputs, self.weight_input, self.bias)

    def meet(self, hidden: Tensor) -> Tensor:
        """Return U h, (batch, gates * hidden), of the first part of the state, (batch, hidden)."""
        return nn.functional.linear(hidden, self.weight_hidden)

    def advance(self, projected: Tensor, state: LayerState) -> LayerState:
        """Return the state after a step, from W x + b, (batch, gates * hidden), and the state before."""
        return self.combine(projected, self.meet(state[0]), state)

    @abstractmethod
    def combine(self, projected: Tensor, met: Tensor, state: LayerState) -> LayerState:
        """Return the state after a step.

        Args:
            projected: W x + b, (batch, gates * hidden).
            met: U h, (batch, gates * hidden).
            state: the state before, parts (batch, hidden).
        """

    def gates(self, projected: Tensor, state: LayerState) -> tuple[Tensor, ...]:
        """Return the gates of a step after their nonlinearities, (batch, hidden) each, as a named tuple.

        A cell that has no gates returns ().
        """
        return ()

    def trace_parameters(self) -> tuple[Tensor, ...]:
        """Return what a trace takes: W, b, U and what else there is."""
        return self.weight_input, self.bias, self.weight_hidden

    def unroll(self, rows: Tensor, sizes: Sequence[int], state: LayerState) -> tuple[Tensor, LayerState]:
        """Take all steps of packed sentences (see packing.py), with a backward pass derived by hand.

        Args:
            rows: (tokens, input), step after step, the longest sentence first.
            sizes: how many sentences take each step.
            state: the state before the first step, parts (batch, hidden), sentences in the same order.

        Returns:
            The first part of the state after every token, (tokens, hidden), and each sentence's final state.
        """
        ((hiddens, final),) = unrolled(self.trace, sizes, [Unrolling(rows, self.trace_parameters(), state)])
        return hiddens, final

    def holding(self) -> Tensor | None:
        """Return what to add to W x + b, (rows,), so that a step keeps all parts but the first.

        None where there is no other part to keep.
        """
        return None

    def second_bias(self) -> Tensor:
        """Return the bias that torch's kernels have beside U h, (rows,): zeros, for b is enough."""
        return torch.zeros_like(self.bias)

    def kernel(self, inputs: Tensor, weight_input: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Take all steps by torch's own kernel, with another matrix in the place of `weight_input`.

        Args:
            inputs: (batch, time, width of weight_input).
            weight_input: (rows, width).
            state: the state before the first step.

        Returns:
            The first part of the state at each step, (batch, time, hidden), and the state after the last.
        """
        parameters = weight_input, self.weight_hidden, self.bias, self.second_bias()
        precision = product_precision(inputs)
        inputs, *tensors = (tensor.to(precision) for tensor in (inputs, *parameters, *state))
        first = tuple(part.unsqueeze(0) for part in tensors[len(parameters) :])
        # torch's autocast would have cuDNN compute in float16, whatever is asked for.
        with torch.autocast(inputs.device.type, enabled=False):
            outputs, *last = self.torchs_kernel(
                inputs,
                first if len(first) > 1 else first[0],
                tensors[: len(parameters)],
                has_biases=True,
                num_layers=1,
                dropout=0.0,
                train=self.training,
                bidirectional=False,
                batch_first=True,
            )
        return outputs, tuple(part.squeeze(0) for part in last)

    def initial_state(self, batch: int) -> LayerState:
        """Return the state before the first word: zeros."""
        zeros = self.weight_input.new_zeros(batch, self.hidden_size)
        return (zeros,) * len(self.state_parts)

    def step(self, x: Tensor, state: LayerState) -> LayerState:
        """Return the state after reading x, (batch, input)."""
        return self.advance(self.project(x), state)


def unroll_side_by_side(
    cells: Sequence[Cell], rows: Sequence[Tensor], sizes: Sequence[int], states: Sequence[LayerState]
) -> list[tuple[Tensor, LayerState]]:
    """Return what `Cell.unroll` gives of each cell, in one loop for all of them.

    Args:
        cells: of one kind and size.
        rows: of each, (tokens, input).
        sizes: how many sentences take each step, the same for all.
        states: of each, the state before the first step, parts (batch, hidden).
    """
    given = zip(cells, rows, states, strict=True)
    unrollings = [Unrolling(each, cell.trace_parameters(), state) for cell, each, state in given]
    return unrolled(cells[0].trace, sizes, unrollings)
