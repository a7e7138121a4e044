"""All steps of a decoder in which each waits for the one before, with gradients derived by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from seq2seq_cli.models.attention import Attention, AttentionTrace, Memory
from seq2seq_cli.models.cells.trace import LayerState, Trace
from seq2seq_cli.models.precision import product_precision, raised
from seq2seq_cli.models.projecting import ProjectionTrace
from seq2seq_cli.models.readout import Readout, ReadoutTrace
from seq2seq_cli.models.recurrent import Recurrent
from seq2seq_cli.models.stack import Masks, RecurrentStack, State
from seq2seq_cli.models.steps import steps_of


@dataclass(frozen=True)
class Plan:
    """How a decoder's parts are put together; what of a pass is no tensor that is learnt."""

    sizes: tuple[int, ...]  # how many sentences take each step
    precision: torch.dtype  # of the factors of matrix products
    cells: tuple[type[Trace], ...]  # of each layer, the lowest first
    gaps: tuple[tuple[Tensor, ...] | None, ...]  # dropout between layers: factors of each step
    attention: type[AttentionTrace]
    projects_query: bool  # attention has a query_weight
    attention_count: int  # how many other parameters of attention take part in every step
    context_size: int  # the width of what attention gives: that of readouts, where they are read ahead
    attends_before: bool  # the recurrent step, or after it
    feeds: bool  # a step is given the readout of the one before
    has_readout: bool  # not the state itself
    source_mask: Tensor  # (batch, source time), True where there is a token


class Pass:
    """A decoder's steps over packed targets, and back-propagation through them.

    Forward, a step is what AttendAfter and AttendBefore write down. On the way back, from the last step to
    the first,

        δõ        comes from above and, with input feeding, from the input of the next step
        δs and δc come through õ = tanh(W_r [s ; c] + b_r); where attention comes after, c is read out already
        δs       += what attention makes of δc (after), and what the next step hands back
        δinput    of the lowest layer goes to the embedding, to c (before) and to õ of the step before

    The loops run in inference mode: what outlives them is made before or after.

    Args:
        plan: how the parts are put together.
        tensors: what Stepwise.forward lists.
    """

    def __init__(self, plan: Plan, tensors: Sequence[Tensor]) -> None:
        self.plan = plan
        given = iter(tensors)
        embedded, values, keys = (next(given) for _ in range(3))
        self.layers: list[Trace] = []
        for depth, cell in enumerate(plan.cells):
            known = embedded[:, :0] if depth else embedded
            parameters = [next(given) for _ in range(cell.parameter_count)]
            first = tuple(next(given) for _ in range(cell.state_parts))
            self.layers.append(cell(plan.sizes, first, plan.precision, known, *parameters))
        query_weight = next(given) if plan.projects_query else None
        memory = Memory(values, keys, plan.source_mask)
        self.attention = plan.attention(
            memory, plan.sizes, *(next(given) for _ in range(plan.attention_count))
        )
        self.top = self.layers[-1]
        reading, bias = (next(given), next(given)) if plan.has_readout else (None, None)
        projected = partial(ProjectionTrace, plan.sizes, plan.precision, self.top.hiddens)
        of_state = [[query_weight], [reading]] if plan.attends_before else [[query_weight, reading]]
        self.projections = [projected(matrices) for matrices in of_state]
        self.read_out = ReadoutTrace(plan.sizes, self.top.hiddens, bias)
        # What the lowest layer finds on the way: [c where attention comes before ; õ of the step before].
        self.of_context = slice(0, plan.context_size * plan.attends_before)
        self.of_fed = slice(self.of_context.stop, None)

    @torch.inference_mode()  # spares operations the books that autograd keeps of versions and views
    def forward(self) -> Tensor:
        """Return the readout of every token, (tokens, readout size)."""
        plan, (bottom, *others) = self.plan, self.layers
        for t, n in enumerate(plan.sizes):
            if plan.attends_before:
                (query,) = self.projections[0].forward(t, self.top.before(t)[0])
                context = self.attention.forward(t, query)
                bottom.found(t)[:, self.of_context] = context
            if plan.feeds:
                fed = bottom.found(t)[:, self.of_fed]
                fed.copy_(self.read_out.steps[t - 1][:n]) if t else fed.zero_()
            hidden = bottom.forward(t)
            for layer, gap in zip(others, plan.gaps, strict=True):
                layer.found(t).copy_(hidden if gap is None else hidden * gap[t])
                hidden = layer.forward(t)
            if plan.attends_before:
                (a,) = self.projections[1].forward(t, hidden, context)
            else:
                query, a = self.projections[0].forward(t, hidden)
                context = self.attention.forward(t, query)
                a = a + context if plan.context_size else a
            self.read_out.forward(t, a)
        for layer in self.layers:
            layer.release()
        return self.read_out.readouts

    def backward(self, d_readouts: Tensor) -> tuple[Tensor, ...]:
        """Return the gradients in the tensors that the pass was made of, for those in the readouts."""
        d_readouts = d_readouts.clone()  # the feeding adds to it
        d_states = [tuple(torch.zeros_like(part) for part in layer.first) for layer in self.layers]
        self.attention.turn()
        for projection in self.projections:
            projection.turn()
        for layer in self.layers:
            layer.turn()
        self._back(d_readouts, d_states)
        layers = zip(self.layers, d_states, strict=True)
        matrices = iter([d for projection in self.projections for d in projection.d_matrices()])
        d_query_weight = [next(matrices)] if self.plan.projects_query else []
        d_readout = [next(matrices), d_readouts.sum(0)] if self.plan.has_readout else []
        return (
            self.layers[0].d_known(),
            *self.attention.d_memory(),
            *(gradient for layer, d_state in layers for gradient in (*layer.d_parameters(), *d_state)),
            *d_query_weight,
            *self.attention.d_parameters(),
            *d_readout,
        )

    @torch.inference_mode()  # as above
    def _back(self, d_readouts: Tensor, d_states: Sequence[LayerState]) -> None:
        """Go back over all steps.

        Args:
            d_readouts: gradients in the readouts, (tokens, readout size), which become in place those in a,
                from which they are read out.
            d_states: of each layer, gradients in its state after each sentence's last step, parts (batch,
                hidden), which become in place those in its first state.
        """
        plan, (bottom, *others) = self.plan, self.layers
        d_steps = steps_of(d_readouts, plan.sizes)
        for t, n in reversed(list(enumerate(plan.sizes))):
            d_here = [tuple(part[:n] for part in d_state) for d_state in d_states]
            d_hidden, d_a = d_here[-1][0], self.read_out.backward(t, d_steps[t])
            if plan.attends_before:
                d_context = d_a.new_zeros(n, plan.context_size)
                self.projections[1].backward(t, [d_a], d_hidden, d_context)
            else:
                d_query = self.attention.backward(t, d_a[:, : plan.context_size])
                self.projections[0].backward(t, [d_query, d_a], d_hidden)
            for depth in range(len(others), 0, -1):
                layer, gap = self.layers[depth], plan.gaps[depth - 1]
                d_below = torch.empty_like(layer.found(t), dtype=d_readouts.dtype)
                layer.backward(t, d_here[depth], d_below)
                d_here[depth - 1][0].add_(d_below if gap is None else d_below.mul_(gap[t]))
            d_found = torch.empty_like(bottom.found(t), dtype=d_readouts.dtype)
            bottom.backward(t, d_here[0], d_found)
            if plan.feeds and t:
                d_steps[t - 1][:n].add_(d_found[:, self.of_fed])
            if plan.attends_before:
                d_query = self.attention.backward(t, d_context + d_found[:, self.of_context])
                self.projections[0].backward(t, [d_query], d_hidden)


class Stepwise(torch.autograd.Function):
    """A decoder's readouts of packed targets, with the gradients that its pass derives."""

    @staticmethod
    def forward(ctx: Any, plan: Plan, *tensors: Tensor) -> Tensor:
        """Return the readout of every token, (tokens, readout size).

        Args:
            ctx: carries what the way back needs.
            plan: how the parts are put together.
            tensors: embeddings of the words before, (tokens, embedding); the memory's values, as they are or
                read out, and its keys; for each layer the parameters of its trace and the first state; those
                of attention that take part in every step, its query_weight first; W and b of the readout, if
                it has any, where values are read out W_s alone.
        """
        steps = Pass(plan, tensors)
        ctx.kept = steps
        return steps.forward().detach()  # detached, it is not what the pass holds

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_readouts: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients in the arguments of `forward`."""
        return None, *ctx.kept.backward(d_readouts)


def stepwise(
    embedded: Tensor,
    sizes: tuple[int, ...],
    stack: RecurrentStack,
    state: State,
    masks: Masks,
    attention: Attention,
    memory: Memory,
    readout: nn.Module,
    *,
    attends_before: bool,
    feeds: bool,
) -> Tensor:
    """Return the readout of every token of packed targets, (tokens, readout size).

    Args:
        embedded: of the words before, (tokens, embedding), step after step, the longest target first.
        sizes: how many sentences take each step.
        stack: the decoder's recurrent layers, which must be plain.
        state: theirs before the first step, parts (batch, hidden), sentences in the same order.
        masks: of variational dropout between them, (tokens, hidden) each.
        attention: the decoder's.
        memory: the source, sentences in the same order.
        readout: the decoder's.
        attends_before: whether attention comes before the recurrent step.
        feeds: whether a step is given the readout of the one before.
    """
    precision, device = product_precision(embedded), embedded.device.type
    cells = [cast("Recurrent", layer).cell for layer in stack.layers]
    readout_parameters: tuple[Tensor, ...] = tuple(readout.parameters())
    context_size = attention.context_size
    if context_size and not attends_before:  # nothing but the readout needs contexts: see of_context
        joined = cast("Readout", readout)
        memory = memory._replace(values=nn.functional.linear(memory.values, joined.of_context))
        readout_parameters = joined.of_hidden, joined.linear.bias
        context_size = memory.values.shape[2]
    weight = attention.query_weight
    query_weight = () if weight is None else (weight,)
    gaps = stack.factors(embedded, masks)
    plan = Plan(
        sizes,
        precision,
        tuple(cell.trace for cell in cells),
        tuple(None if gap is None else steps_of(gap, sizes) for gap in gaps),
        attention.trace,
        len(query_weight) > 0,
        len(attention.trace_parameters()),
        context_size,
        attends_before,
        feeds,
        len(readout_parameters) > 0,
        memory.mask,
    )
    embedded, values, keys = raised(embedded, memory.values, memory.keys)
    layers = [(*cell.trace_parameters(), *raised(*first)) for cell, first in zip(cells, state, strict=True)]
    with torch.autocast(device, enabled=False):
        readouts: Tensor = Stepwise.apply(  # type: ignore[no-untyped-call]
            *(plan, embedded, values, keys, *(tensor for layer in layers for tensor in layer)),
            *(*query_weight, *attention.trace_parameters(), *readout_parameters),
        )
    return readouts
