"""Every attention's looks step after step, and the way back over them, against autograd."""

import pytest
import torch

from seq2seq_cli.models.attention import ATTENTIONS, Memory
from seq2seq_cli.models.encoders import EncoderOutput

SIZE, STATE, SIZES = 4, 3, (3, 3, 2, 1)
MASK = torch.arange(5) < torch.tensor([[2], [5], [1]])

every_attention = pytest.mark.parametrize("name", ATTENTIONS)


def make(name, dtype=torch.float64):
    """Return an attention, its memory of three sentences, and queries of every step, all of them leaves."""
    attention = ATTENTIONS[name](SIZE, SIZE, STATE).to(dtype)
    words = torch.randn(3, 5, SIZE, dtype=dtype) * MASK.unsqueeze(2)
    memory = attention.prepare(EncoderOutput(words, MASK, ((torch.randn(3, STATE, dtype=dtype),),)))
    values, keys = (tensor.detach().clone().requires_grad_() for tensor in memory[:2])
    queries = [torch.randn(n, SIZE, dtype=dtype, requires_grad=True) for n in SIZES]
    return attention, Memory(values, keys, memory.mask), queries


def by_autograd(attention, memory, queries, d_contexts):
    """Return the contexts of all steps, and the gradients in queries, values, keys and parameters."""
    contexts = [
        attention(query, Memory(*(tensor[: len(query)] for tensor in memory)))[0] for query in queries
    ]
    loss = sum((context * d).sum() for context, d in zip(contexts, d_contexts, strict=True))
    inputs = [*queries, memory.values, memory.keys, *attention.trace_parameters()]
    gradients = torch.autograd.grad(
        loss + sum(tensor.sum() * 0 for tensor in inputs), inputs
    )  # some take no part
    return contexts, gradients


def way_back(trace, d_contexts, d_queries):
    trace.turn()
    for t in reversed(range(len(SIZES))):
        trace.backward(t, d_contexts[t], d_queries[t])
    return (*d_queries, *trace.d_memory(), *trace.d_parameters())


def by_trace(attention, memory, queries, d_contexts, precision):
    """Return the same by a trace."""
    with torch.no_grad():
        trace = attention.trace(memory, SIZES, precision, *attention.trace_parameters())
        contexts = [trace.forward(t, query) for t, query in enumerate(queries)]
        once = way_back(trace, d_contexts, [torch.zeros_like(query) for query in queries])
        once = [tensor.clone() for tensor in once]
        again = way_back(trace, d_contexts, [torch.zeros_like(query) for query in queries])
    assert all(map(torch.equal, once, again)), "the way back can be gone again"
    return contexts, once


@every_attention
def test_contexts_and_every_gradient_are_autograds(assert_same, name):
    attention, memory, queries = make(name)
    d_contexts = [torch.randn(n, attention.context_size).double() for n in SIZES]
    contexts, gradients = by_trace(attention, memory, queries, d_contexts, torch.float64)
    expected, expected_gradients = by_autograd(attention, memory, queries, d_contexts)
    assert_same(contexts, expected)
    assert_same(gradients, list(expected_gradients))


@every_attention
def test_in_bfloat16_they_are_near(name):
    attention, memory, queries = make(name, torch.float32)
    d_contexts = [torch.randn(n, attention.context_size) for n in SIZES]
    contexts, gradients = by_trace(attention, memory, queries, d_contexts, torch.bfloat16)
    expected, expected_gradients = by_autograd(attention, memory, queries, d_contexts)
    for ours, exact in zip((*contexts, *gradients), (*expected, *expected_gradients), strict=True):
        assert ours.dtype == torch.float32
        assert (ours - exact).norm() <= 0.02 * exact.norm() + 1e-6


@every_attention
def test_what_is_there_of_the_queries_gradients_stays(assert_same, name):
    attention, memory, queries = make(name)
    d_contexts = [torch.randn(n, attention.context_size).double() for n in SIZES]
    trace = attention.trace(memory, SIZES, torch.float64, *attention.trace_parameters())
    with torch.no_grad():
        for t, query in enumerate(queries):
            trace.forward(t, query)
        from_zero = way_back(trace, d_contexts, [torch.zeros_like(query) for query in queries])
        from_one = way_back(trace, d_contexts, [torch.ones_like(query) for query in queries])
    for t in range(len(SIZES)):
        assert_same(from_one[t], from_zero[t] + 1)


@every_attention
def test_padding_of_the_source_has_no_gradient(name):
    attention, memory, queries = make(name)
    if not attention.needs_query:
        return  # it sees no words
    d_contexts = [torch.randn(n, attention.context_size).double() for n in SIZES]
    _, gradients = by_trace(attention, memory, queries, d_contexts, torch.float64)
    d_values, d_keys = gradients[len(SIZES) : len(SIZES) + 2]
    for gradient in (d_values, d_keys):
        assert not gradient[~MASK].any()
        assert gradient[1].any()
