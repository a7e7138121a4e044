"""Engines: two ways to unroll a cell over time, to the same numbers.

An engine takes a cell, inputs (batch, time, input), the true lengths (batch,) or None where all
sentences fill the time, and the first state; it returns the outputs (batch, time, hidden), zero after a
sentence's end, and the state after the token that is read last: each sentence's own last one, or, backward
in time, its first.
"""

from typing import Protocol

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.cells import Cell, LayerState, LSTMCell
from seq2seq_cli.models.packing import Packing
from seq2seq_cli.models.reversing import reverse_sentences
from seq2seq_cli.registry import Registry

_LANES = 16
"""How many inputs hold a state: one would do, but odd widths take kernels off their fast path."""


class Engine(Protocol):
    """A way to unroll a cell over time."""

    def __call__(
        self,
        cell: Cell,
        inputs: Tensor,
        lengths: Tensor | None,
        state: LayerState,
        *,
        backward_in_time: bool = False,
    ) -> tuple[Tensor, LayerState]:
        """Return outputs (batch, time, hidden) and each sentence's state after the token read last."""
        ...


def scratch(
    cell: Cell,
    inputs: Tensor,
    lengths: Tensor | None,
    state: LayerState,
    *,
    backward_in_time: bool = False,
) -> tuple[Tensor, LayerState]:
    """Unroll step by step, with gradients derived by hand: the equations, one after the other.

    Sentences are packed, so that nothing is computed for padding; see Cell.unroll.
    """
    batch, time = inputs.shape[:2]
    if lengths is None:
        lengths = torch.full((batch,), time, device=inputs.device)
    packing = Packing.of(lengths, time, backward_in_time=backward_in_time)
    first = tuple(part.index_select(0, packing.order) for part in state)
    hiddens, final = cell.unroll(packing.pack(inputs), packing.sizes, first)
    return packing.unpack(hiddens), tuple(part.index_select(0, packing.place) for part in final)


def fused(
    cell: Cell,
    inputs: Tensor,
    lengths: Tensor | None,
    state: LayerState,
    *,
    backward_in_time: bool = False,
) -> tuple[Tensor, LayerState]:
    """Unroll by torch's own kernel (oneDNN, cuDNN, Metal), which wants a padded batch to be quick.

    The kernel runs on through the padding and shows the whole state only after the last step. So where a cell
    has more to its state than what it puts out, each step gets more inputs, 1 where there is no token, whose
    weights hold that part as it is; then its last value is also the one at the sentence's own end.
    """
    if backward_in_time:
        outputs, final = fused(cell, reverse_sentences(inputs, lengths), lengths, state)
        return reverse_sentences(outputs, lengths), final
    if lengths is None or bool((lengths == inputs.shape[1]).all()):
        return cell.kernel(inputs, cell.weight_input, state)
    present = mask_of(lengths, inputs.shape[1]).unsqueeze(2)  # (batch, time, 1)
    weight: Tensor = cell.weight_input
    if (holding := cell.holding()) is not None:
        inputs = torch.cat([inputs, (~present).expand(-1, -1, _LANES)], dim=2)  # (batch, time, input + 16)
        first_lane = nn.functional.pad(holding.unsqueeze(1), (0, _LANES - 1))
        weight = torch.cat([weight, first_lane], dim=1)  # (rows, input + 16)
    outputs, (_, *held) = cell.kernel(inputs, weight, state)
    return outputs * present, (at_last_token(outputs, lengths), *held)


def at_last_token(outputs: Tensor, lengths: Tensor) -> Tensor:
    """Return each sentence's output at its own last token: (batch, time, size) -> (batch, size)."""
    rows = torch.arange(len(lengths), device=lengths.device)
    return outputs[rows, lengths - 1]


def auto(
    cell: Cell,
    inputs: Tensor,
    lengths: Tensor | None,
    state: LayerState,
    *,
    backward_in_time: bool = False,
) -> tuple[Tensor, LayerState]:
    """Unroll by the faster engine.

    That is torch's kernel, but on a CPU for LSTMs of narrow layers alone: of other cells it has no kernel
    that is quick there, and with wide layers it loses more on padding than it gains (tests/bench/engines.py).
    In lower precision a model with ragged sentences is quicker by scratch (tests/bench/training.py), though
    a layer by itself is not: torch's kernels are made anew for every shape.
    """
    narrow = isinstance(cell, LSTMCell) and cell.hidden_size < 512
    ragged_and_lower = lengths is not None and torch.is_autocast_enabled("cpu")
    quick = inputs.device.type != "cpu" or (narrow and not ragged_and_lower)
    engine: Engine = fused if quick else scratch
    return engine(cell, inputs, lengths, state, backward_in_time=backward_in_time)


ENGINES: Registry[Engine] = Registry("engine", {"scratch": scratch, "fused": fused, "auto": auto})
