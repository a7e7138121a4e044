"""All steps of cells over packed sentences, for autograd."""

from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq_cli.models.cells.trace import LayerState, Trace
from seq2seq_cli.models.precision import product_precision, raised
from seq2seq_cli.models.steps import steps_of


class Unrolled(torch.autograd.Function):
    """All steps of a cell over packed sentences, with the gradients that its trace derives."""

    @staticmethod
    def forward(
        ctx: Any,
        kind: type[Trace],
        sizes: tuple[int, ...],
        precision: torch.dtype,
        cells: int,
        *tensors: Tensor,
    ) -> tuple[Tensor, ...]:
        """Return h' of every token and each sentence's final state: (..., tokens or batch, hidden).

        Several cells go side by side: then that has a dimension before all others, one place a cell.

        Args:
            ctx: carries what the way back needs.
            kind: the cell's trace.
            sizes: how many sentences take each step.
            precision: of the factors of matrix products.
            cells: how many there are.
            tensors: of one cell after the other, its rows, (tokens, input), step after step, the longest
                sentence first; its trace's parameters; and the parts of its first state.
        """
        width = len(tensors) // cells
        of_cells = (tensors[begin : begin + width] for begin in range(0, len(tensors), width))
        same = list(zip(*of_cells, strict=True))
        end = 1 + kind.parameter_count
        known, *parameters = (_stacked(each, precision) for each in same[:end])
        first = tuple(_stacked(each, each[0].dtype) for each in same[end:])
        trace = kind(sizes, first, precision, known, *parameters)
        _there(trace)
        trace.release()
        ctx.kept, ctx.cells = trace, cells
        return trace.hiddens.detach(), *trace.final()  # detached, it is not what the trace holds

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_hiddens: Tensor, *d_final: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients in the arguments of `forward`."""
        trace: Trace = ctx.kept
        trace.turn()
        d_state = tuple(part.clone() for part in d_final)
        _back(trace, d_hiddens, d_state)
        needed = ctx.needs_input_grad[4:]
        d_rows = trace.d_known() if any(needed[:: len(needed) // ctx.cells]) else None
        gradients = d_rows, *trace.d_parameters(), *d_state
        if ctx.cells == 1:
            return None, None, None, None, *gradients
        of_cells = (repeat(None, ctx.cells) if each is None else each.unbind() for each in gradients)
        return None, None, None, None, *chain.from_iterable(zip(*of_cells, strict=True))


@torch.inference_mode()  # spares operations the books that autograd keeps of versions and views
def _there(trace: Trace) -> None:
    """Take all steps."""
    for t in range(len(trace.sizes)):
        trace.forward(t)


@torch.inference_mode()  # as above
def _back(trace: Trace, d_hiddens: Tensor, d_state: LayerState) -> None:
    """Go back over all steps, from the gradients in h' of every token and in the final state.

    The latter become in place those in the first state.
    """
    for t, dh in reversed(list(enumerate(steps_of(d_hiddens, trace.sizes)))):
        d_here = tuple(part.narrow(-2, 0, trace.sizes[t]) for part in d_state)
        d_here[0].add_(dh)
        trace.backward(t, d_here, dh[..., :0])


class Unrolling(NamedTuple):
    """What one cell is to read."""

    rows: Tensor  # (tokens, input), step after step, the longest sentence first
    parameters: tuple[Tensor, ...]  # the trace's
    first: LayerState  # the state before the first step, parts (batch, hidden)


def unrolled(
    kind: type[Trace], sizes: Sequence[int], cells: Sequence[Unrolling]
) -> list[tuple[Tensor, LayerState]]:
    """Return h' of every token, (tokens, hidden), and each sentence's final state, of each cell.

    Args:
        kind: the trace of the cells, which are of one size.
        sizes: how many sentences take each step.
        cells: what they are to read, in one loop for all.
    """
    rows = cells[0].rows
    precision = product_precision(rows)
    tensors = [(*raised(cell.rows), *cell.parameters, *raised(*cell.first)) for cell in cells]
    with torch.autocast(rows.device.type, enabled=False):
        hiddens, *final = Unrolled.apply(  # type: ignore[no-untyped-call]
            kind, tuple(sizes), precision, len(cells), *chain.from_iterable(tensors)
        )
    if len(cells) == 1:
        return [(hiddens, tuple(final))]
    finals = zip(*(part.unbind() for part in final), strict=True)
    return list(zip(hiddens.unbind(), finals, strict=True))


def _stacked(tensors: Sequence[Tensor], precision: torch.dtype) -> Tensor:
    """Return tensors on top of each other, (cells, ...), matrices rounded; but one alone as it is."""
    one, *others = tensors
    if not others:
        return one
    stacked = one.new_empty(len(tensors), *one.shape, dtype=precision if one.dim() > 1 else one.dtype)
    for place, tensor in zip(stacked.unbind(), tensors, strict=True):
        place.copy_(tensor)
    return stacked
