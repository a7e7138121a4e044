"""What every attention has to fulfil."""

import pytest
import torch

from seq2seq_cli.models.attention import ATTENTIONS

QUERY, MEMORY = 6, 8
MASK = torch.tensor([[True] * 5, [True] * 3 + [False] * 2, [True] + [False] * 4])

every_attention = pytest.mark.parametrize("name", ATTENTIONS)


@pytest.fixture
def memory():
    return torch.randn(3, 5, MEMORY).double() * MASK.unsqueeze(2)


def make(name):
    return ATTENTIONS[name](QUERY, MEMORY).double()


@every_attention
def test_the_context_is_as_wide_as_the_attention_says(name, memory):
    attention = make(name)
    for shape in [(3,), (3, 4)]:
        context, weights = attention(torch.randn(*shape, QUERY).double(), memory, MASK)
        assert context.shape == (*shape, attention.context_size)
        assert weights is None or weights.shape == (*shape, 5)


@every_attention
def test_weights_are_shares_of_the_words_and_of_nothing_else(name, memory):
    attention = make(name)
    context, weights = attention(torch.randn(3, QUERY).double(), memory, MASK)
    if weights is None:
        assert not context.numel()
        return
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(3).double())
    assert (weights >= 0).all()
    assert not weights[~MASK].any()


@every_attention
def test_a_whole_target_is_attended_as_its_steps_are(name, memory):
    attention = make(name)
    queries = torch.randn(3, 4, QUERY).double()
    contexts, weights = attention(queries, memory, MASK)
    for t in range(4):
        context, step_weights = attention(queries[:, t], memory, MASK)
        torch.testing.assert_close(context, contexts[:, t], rtol=0, atol=1e-12)
        if weights is not None:
            torch.testing.assert_close(step_weights, weights[:, t], rtol=0, atol=1e-12)


@every_attention
def test_it_does_not_matter_what_stands_in_the_padding_or_how_much_there_is(name, memory):
    attention = make(name)
    query = torch.randn(3, QUERY).double()
    context, _ = attention(query, memory, MASK)
    noisy = torch.cat([memory + 9 * ~MASK.unsqueeze(2), torch.randn(3, 2, MEMORY).double()], dim=1)
    with_noise, _ = attention(query, noisy, torch.nn.functional.pad(MASK, (0, 2), value=False))
    torch.testing.assert_close(with_noise, context, rtol=0, atol=1e-12)


def test_none_takes_nothing_from_the_memory(memory):
    attention = make("none")
    context, weights = attention(torch.randn(3, QUERY), memory, MASK)
    assert context.shape == (3, 0)
    assert weights is None
    assert not list(attention.parameters())
