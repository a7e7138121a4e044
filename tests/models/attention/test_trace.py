"""Every attention's looks step after step, and the way back over them, against autograd."""

import pytest
import torch

from seq2seq_cli.models.attention import ATTENTIONS, Memory
from seq2seq_cli.models.encoders import EncoderOutput

SIZE, STATE, SIZES = 4, 3, (3, 3, 2, 1)
MASK = torch.arange(5) < torch.tensor([[2], [5], [1]])

every_attention = pytest.mark.parametrize("name", ATTENTIONS)


def make(name, dtype=torch.float64):
    """Return an attention, its memory of three sentences, and queries of every step, all of them leaves.

    Where states are multiplied before they are compared, it is by the identity: they are queries as they are.
    """
    attention = ATTENTIONS[name](SIZE, SIZE, STATE).to(dtype)
    if attention.query_weight is not None:
        attention.query_weight.data.copy_(torch.eye(SIZE))
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


def way_back(trace, d_contexts, queries):
    trace.turn()
    back = [trace.backward(t, d_contexts[t]) for t in reversed(range(len(SIZES)))][::-1]
    d_queries = [torch.zeros_like(query) if d is None else d for d, query in zip(back, queries, strict=True)]
    return (*d_queries, *trace.d_memory(), *trace.d_parameters())


def by_trace(attention, memory, queries, d_contexts):
    """Return the same by a trace."""
    with torch.no_grad():
        trace = attention.trace(memory, SIZES, *attention.trace_parameters())
        contexts = [trace.forward(t, query) for t, query in enumerate(queries)]
        once = [tensor.clone() for tensor in way_back(trace, d_contexts, queries)]
        again = way_back(trace, d_contexts, queries)
    assert all(map(torch.equal, once, again)), "the way back can be gone again"
    return contexts, once


@every_attention
def test_contexts_and_every_gradient_are_autograds(assert_same, name):
    attention, memory, queries = make(name)
    d_contexts = [torch.randn(n, attention.context_size).double() for n in SIZES]
    contexts, gradients = by_trace(attention, memory, queries, d_contexts)
    expected, expected_gradients = by_autograd(attention, memory, queries, d_contexts)
    assert_same(contexts, expected)
    assert_same(gradients, list(expected_gradients))


@pytest.mark.parametrize("name", ["additive"])
def test_a_query_is_what_the_state_is_multiplied_to(assert_same, name):
    attention, memory, states = make(name)
    with torch.no_grad():
        attention.query_weight.normal_()
        queries = [state @ attention.query_weight.t() for state in states]
        trace = attention.trace(memory, SIZES, *attention.trace_parameters())
        for t, state in enumerate(states):
            expected, _ = attention(state, Memory(*(tensor[: len(state)] for tensor in memory)))
            assert_same(trace.forward(t, queries[t]), expected)


@pytest.mark.parametrize("name", [name for name, kind in ATTENTIONS.items() if kind.needs_query])
def test_padding_of_the_source_has_no_gradient(name):
    attention, memory, queries = make(name)
    d_contexts = [torch.randn(n, attention.context_size).double() for n in SIZES]
    _, gradients = by_trace(attention, memory, queries, d_contexts)
    d_values, d_keys = gradients[len(SIZES) : len(SIZES) + 2]
    for gradient in (d_values, d_keys):
        assert not gradient[~MASK].any()
        assert gradient[1].any()
