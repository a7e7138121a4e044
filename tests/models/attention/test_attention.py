"""Every attention, against its formula in plain Python loops."""

import math
from contextlib import nullcontext

import pytest
import torch

from seq2seq_cli.errors import ConfigError
from seq2seq_cli.models.attention import ATTENTIONS, Memory
from seq2seq_cli.models.encoders import EncoderOutput
from seq2seq_cli.models.rounding import rounding

SIZE, STATE = 6, 3
LENGTHS = [5, 3, 1]
MASK = torch.arange(5) < torch.tensor(LENGTHS)[:, None]
SCORED = [name for name in ATTENTIONS if name not in ("none", "summary")]

every_attention = pytest.mark.parametrize("name", ATTENTIONS)
scored_attentions = pytest.mark.parametrize("name", SCORED)


@pytest.fixture
def encoded():
    memory = torch.randn(3, 5, SIZE).double() * MASK.unsqueeze(2)
    bottom, top = (tuple(torch.randn(3, STATE).double() for _ in range(2)) for _ in range(2))
    return EncoderOutput(memory, MASK, (bottom, top))


def make(name, query=SIZE, memory=SIZE):
    return ATTENTIONS[name](query, memory, STATE).double()


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def times(matrix, vector):
    return [dot(row, vector) for row in matrix.tolist()]


def score_by_hand(name, attention, query, word):
    """Return how well a query goes with a word of the memory, both lists of plain floats."""
    if name == "dot":
        return dot(query, word)
    if name == "general":
        return dot(query, times(attention.key.weight, word))
    assert name == "additive"
    ws, uh = times(attention.query.weight, query), times(attention.key.weight, word)
    terms = zip(ws, uh, attention.key.bias.tolist(), strict=True)
    return dot(attention.score.weight[0].tolist(), [math.tanh(sum(three)) for three in terms])


@pytest.mark.parametrize("around", [nullcontext, rounding], ids=["", "rounding"])
@scored_attentions
def test_weights_and_contexts_are_what_the_formulas_say(encoded, name, around):
    attention = make(name)
    queries = torch.randn(3, 4, SIZE).double()
    with around():
        contexts, weights = attention(queries, attention.prepare(encoded))
    for row, length in enumerate(LENGTHS):
        words = encoded.memory[row, :length].tolist()
        for t in range(4):
            query = queries[row, t].tolist()
            e = [math.exp(score_by_hand(name, attention, query, word)) for word in words]
            shares = [value / sum(e) for value in e]
            context = [
                sum(share * word[k] for share, word in zip(shares, words, strict=True)) for k in range(SIZE)
            ]
            assert weights[row, t].tolist() == pytest.approx(shares + [0] * (5 - length), abs=1e-12)
            assert contexts[row, t].tolist() == pytest.approx(context, abs=1e-12)


@scored_attentions
@pytest.mark.parametrize("rows", [1, 2, 5, 6])
def test_while_rounding_a_few_means_are_exact(name, rows):
    memory = torch.randn(40, 9, 64)
    encoded = EncoderOutput(memory, torch.ones(40, 9, dtype=torch.bool), ())
    attention = ATTENTIONS[name](64, 64, STATE)
    with torch.no_grad(), rounding():
        contexts, weights = attention(torch.randn(40 * rows, 64), attention.prepare(encoded))
    of_each = memory.double().repeat_interleave(rows, 0)
    expected = (weights.double().unsqueeze(2) * of_each).sum(1)
    far = (contexts - expected).abs().max()
    assert far < (1e-5 if rows <= 5 else 0.05)  # of more at a time, a product is taken


@scored_attentions
def test_weights_are_shares_of_the_words_and_of_nothing_else(encoded, name):
    attention = make(name)
    _, weights = attention(30 * torch.randn(3, 4, SIZE).double(), attention.prepare(encoded))
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(3, 4).double())
    assert (weights >= 0).all()
    assert not weights.transpose(1, 2)[~MASK].any()


def test_none_takes_nothing_from_the_memory(encoded):
    attention = make("none")
    memory = attention.prepare(encoded)
    assert not any(tensor.numel() for tensor in memory)
    for shape in [(3,), (3, 4)]:
        context, weights = attention(torch.randn(*shape, SIZE), memory)
        assert context.shape == (*shape, 0)
        assert weights is None
    assert not list(attention.parameters())


def test_summary_takes_the_top_layers_final_hidden_state_at_every_step(encoded):
    attention = make("summary")
    memory = attention.prepare(encoded)
    hidden = encoded.final_state[1][0]
    context, weights = attention(torch.randn(3, SIZE).double(), memory)
    assert torch.equal(context, hidden)
    contexts, sweep_weights = attention(torch.randn(3, 4, SIZE).double(), memory)
    assert torch.equal(contexts, torch.stack([hidden] * 4, dim=1))
    assert weights is None
    assert sweep_weights is None


# What every attention has to fulfil


@every_attention
@pytest.mark.parametrize("shape", [(3,), (3, 4)], ids=["step", "sweep"])
def test_the_context_is_as_wide_as_the_attention_says(encoded, name, shape):
    attention = make(name)
    context, weights = attention(torch.randn(*shape, SIZE).double(), attention.prepare(encoded))
    assert context.shape == (*shape, attention.context_size)
    assert weights is None or weights.shape == (*shape, 5)


@every_attention
def test_a_whole_target_is_attended_as_its_steps_are(encoded, assert_same, name):
    attention = make(name)
    memory, queries = attention.prepare(encoded), torch.randn(3, 4, SIZE).double()
    contexts, weights = attention(queries, memory)
    for t in range(4):
        context, step_weights = attention(queries[:, t], memory)
        assert_same(context, contexts[:, t])
        if weights is not None:
            assert_same(step_weights, weights[:, t])


@every_attention
def test_only_where_it_says_so_does_the_context_depend_on_the_query(encoded, name):
    attention = make(name)
    memory = attention.prepare(encoded)
    contexts = [attention(torch.randn(3, SIZE).double(), memory)[0] for _ in range(2)]
    assert torch.equal(*contexts) != attention.needs_query


@every_attention
def test_it_does_not_matter_what_stands_in_the_padding_or_how_much_there_is(encoded, assert_same, name):
    attention = make(name)
    query = torch.randn(3, SIZE).double()
    context, _ = attention(query, attention.prepare(encoded))
    noise = 9 * ~MASK.unsqueeze(2), torch.randn(3, 2, SIZE).double()
    noisy = encoded._replace(
        memory=torch.cat([encoded.memory + noise[0], noise[1]], dim=1),
        mask=torch.nn.functional.pad(MASK, (0, 2), value=False),
    )
    with_noise, _ = attention(query, attention.prepare(noisy))
    assert_same(with_noise, context)


@every_attention
def test_what_does_not_depend_on_the_query_is_computed_by_prepare_and_never_again(encoded, name):
    attention, calls = make(name), []
    if hasattr(attention, "key"):
        attention.key.register_forward_hook(lambda *_: calls.append("key"))
    memory = attention.prepare(encoded)
    prepared = list(calls)
    assert prepared == ["key"] * hasattr(attention, "key")
    for _ in range(3):
        attention(torch.randn(3, SIZE).double(), memory)
    attention(torch.randn(3, 4, SIZE).double(), memory)
    assert calls == prepared


@every_attention
def test_rows_of_a_memory_can_be_selected_repeated_and_turned(encoded, assert_same, name):
    attention = make(name)
    memory, query = attention.prepare(encoded), torch.randn(3, SIZE).double()
    rows = torch.tensor([2, 0, 2, 1])
    chosen = memory.select(rows)
    assert isinstance(chosen, Memory)
    for tensor, chosen_tensor in zip(memory, chosen, strict=True):
        assert torch.equal(chosen_tensor, tensor[rows])
    context, weights = attention(query, memory)
    assert_same(attention(query[rows], chosen), (context[rows], None if weights is None else weights[rows]))


@every_attention
def test_several_rows_of_a_sentence_look_at_the_same_memory(encoded, assert_same, name):
    attention = make(name)
    memory, query = attention.prepare(encoded), torch.randn(6, SIZE).double()
    each = memory.select(torch.arange(3).repeat_interleave(2))
    assert_same(attention(query, memory), attention(query, each))


@every_attention
def test_every_parameter_receives_a_gradient(encoded, name):
    attention = make(name)
    queries = torch.randn(3, 4, SIZE, dtype=torch.float64, requires_grad=True)
    context, _ = attention(queries, attention.prepare(encoded))
    (context.sin().sum() + queries.sum()).backward()
    for parameter_name, parameter in attention.named_parameters():
        assert parameter.grad.any(), parameter_name


@pytest.mark.parametrize("name", ["none", "summary", "general", "additive"])
@pytest.mark.parametrize("memory_size", [2, 9])
def test_other_attentions_than_dot_compare_any_widths(name, memory_size):
    attention = make(name, 6, memory_size)
    state = (torch.randn(3, STATE).double(),)
    encoded = EncoderOutput(torch.randn(3, 5, memory_size).double(), MASK, (state,))
    context, _ = attention(torch.randn(3, 6).double(), attention.prepare(encoded))
    assert context.shape == (3, attention.context_size)


def test_dot_says_which_widths_do_not_match_and_which_keys_to_set():
    with pytest.raises(ConfigError) as error:
        make("dot", query=6, memory=9)
    assert "model.attention dot" in error.value.message
    assert "6" in error.value.message
    assert "9" in error.value.message
    assert "model.decoder_hidden_size to 9" in error.value.hint
    assert "model.attention to general" in error.value.hint
