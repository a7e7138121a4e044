"""Engines: two ways to unroll cells over time, to the same numbers.

An engine takes readers, which read the same sentences: inputs (batch, time, input), with their true lengths
(batch,), or None where all sentences fill the time. Of each reader it returns the outputs (batch, time,
hidden), zero after a sentence's end, and the state after the token that is read last: each sentence's own
last one, or, backward in time, its first.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.cells import Cell, LayerState, LSTMCell, unroll_side_by_side
from seq2seq_cli.models.packing import Packing
from seq2seq_cli.models.reversing import reverse_sentences
from seq2seq_cli.registry import Registry

_LANES = 16
"""How many inputs hold a state: one would do, but odd widths take kernels off their fast path."""


class Reader(NamedTuple):
    """A cell that is about to read."""

    cell: Cell
    state: LayerState  # before its first token, parts (batch, hidden)
    backward_in_time: bool = False


class Engine(Protocol):
    """A way to unroll cells over time."""

    def __call__(
        self, readers: Sequence[Reader], inputs: Tensor, lengths: Tensor | None
    ) -> list[tuple[Tensor, LayerState]]:
        """Return each reader's outputs (batch, time, hidden) and the states after the tokens read last.

        Args:
            readers: one, or several whose cells are of one kind and size.
            inputs: (batch, time, input).
            lengths: (batch,) true lengths; None where every sentence fills the time.
        """
        ...


def scratch(
    readers: Sequence[Reader], inputs: Tensor, lengths: Tensor | None
) -> list[tuple[Tensor, LayerState]]:
    """Unroll step by step, with gradients derived by hand: the equations, one after the other.

    Sentences are packed, so that nothing is computed for padding; see Cell.unroll. All readers take a step
    together.
    """
    batch, time = inputs.shape[:2]
    if lengths is None:
        lengths = torch.full((batch,), time, device=inputs.device)
    first = Packing.of(lengths, time)
    packings = [first.from_their_ends() if reader.backward_in_time else first for reader in readers]
    unrolled = unroll_side_by_side(
        [reader.cell for reader in readers],
        [packing.pack(inputs) for packing in packings],
        first.sizes,
        [tuple(map(first.sorted, reader.state)) for reader in readers],
    )
    return [
        (packing.unpack(hiddens), tuple(map(first.restored, final)))
        for packing, (hiddens, final) in zip(packings, unrolled, strict=True)
    ]


def fused(
    readers: Sequence[Reader], inputs: Tensor, lengths: Tensor | None
) -> list[tuple[Tensor, LayerState]]:
    """Unroll by torch's own kernel (oneDNN, cuDNN, Metal), which wants a padded batch to be quick."""
    return [_fused(reader, inputs, lengths) for reader in readers]


def _fused(reader: Reader, inputs: Tensor, lengths: Tensor | None) -> tuple[Tensor, LayerState]:
    """Let one reader read.

    The kernel runs on through the padding and shows the whole state only after the last step. So where a cell
    has more to its state than what it puts out, each step gets more inputs, 1 where there is no token, whose
    weights hold that part as it is; then its last value is also the one at the sentence's own end.
    """
    cell, state, backward_in_time = reader
    if backward_in_time:
        outputs, final = _fused(Reader(cell, state), reverse_sentences(inputs, lengths), lengths)
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
    readers: Sequence[Reader], inputs: Tensor, lengths: Tensor | None
) -> list[tuple[Tensor, LayerState]]:
    """Unroll by the faster engine.

    That is torch's kernel, but on a CPU for LSTMs of narrow layers alone: of other cells it has no kernel
    that is quick there, and with wide layers it loses more on padding than it gains (tests/bench/engines.py).
    In lower precision a model with ragged sentences is quicker by scratch (tests/bench/training.py), though
    a layer by itself is not: torch's kernels are made anew for every shape.
    """
    cell = readers[0].cell
    narrow = isinstance(cell, LSTMCell) and cell.hidden_size < 512
    ragged_and_lower = lengths is not None and torch.is_autocast_enabled("cpu")
    quick = inputs.device.type != "cpu" or (narrow and not (ragged_and_lower and torch.is_grad_enabled()))
    engine: Engine = fused if quick else scratch
    return engine(readers, inputs, lengths)


ENGINES: Registry[Engine] = Registry("engine", {"scratch": scratch, "fused": fused, "auto": auto})
