"""The decoder's sweep over a whole target against its own steps, and what a step may see."""

import pytest
import torch

from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.symbols import PAD, SOS

VOCABULARY = 13
BATCH, TIME, SOURCE_TIME, MEMORY = 4, 6, 5, 8
MASK = torch.arange(SOURCE_TIME) < torch.tensor([[5], [3], [1], [4]])

every_cell = pytest.mark.parametrize("cell", CELLS)
every_engine = pytest.mark.parametrize("engine", ENGINES)
every_attention = pytest.mark.parametrize("attention", ATTENTIONS)
one_or_two_layers = pytest.mark.parametrize("layers", [1, 2], ids=["1-layer", "2-layers"])


def inputs_of(decoder):
    """Return a target with <sos> before it, a first state, a memory and its mask."""
    tokens = torch.randint(3, VOCABULARY, (BATCH, TIME))
    tokens[:, 0] = SOS
    tokens[1, 4:] = PAD
    state = tuple(
        tuple(torch.randn_like(part) for part in layer.cell.initial_state(BATCH))
        for layer in decoder.recurrent.layers
    )
    return tokens, state, torch.randn(BATCH, SOURCE_TIME, MEMORY).double() * MASK.unsqueeze(2), MASK


def assert_same(ours, expected):
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-10)


@every_cell
@every_engine
@every_attention
@one_or_two_layers
def test_the_sweep_equals_the_steps(make_decoder, cell, engine, attention, layers):
    decoder = make_decoder(cell, engine, attention, layers)
    tokens, state, memory, mask = inputs_of(decoder)
    logits = decoder(tokens, state, memory, mask)
    assert logits.shape == (BATCH, TIME, VOCABULARY)
    for t in range(TIME):
        step = decoder.step(tokens[:, t], state, memory, mask)
        assert_same(step.logits, logits[:, t])
        state = step.state


@every_cell
@every_engine
@every_attention
def test_the_sweep_has_the_gradients_of_the_steps(make_decoder, cell, engine, attention):
    decoder = make_decoder(cell, engine, attention, layers=2)
    tokens, state, memory, mask = inputs_of(decoder)
    parameters = list(decoder.parameters())
    swept = torch.autograd.grad(decoder(tokens, state, memory, mask).sin().sum(), parameters)
    loss = 0
    for t in range(TIME):
        logits, state, _ = decoder.step(tokens[:, t], state, memory, mask)
        loss = loss + logits.sin().sum()
    assert_same(torch.autograd.grad(loss, parameters), swept)
    assert all(gradient.any() for gradient in swept)


@every_engine
@every_attention
def test_a_position_knows_nothing_of_what_follows(make_decoder, engine, attention):
    decoder = make_decoder(engine=engine, attention=attention, layers=2)
    tokens, *rest = inputs_of(decoder)
    other = tokens.clone()
    other[:, 3] = (other[:, 3] + 1) % VOCABULARY
    logits, changed = decoder(tokens, *rest), decoder(other, *rest)
    assert torch.equal(logits[:, :3], changed[:, :3])
    assert (logits[:, 3:] != changed[:, 3:]).all()


@every_attention
def test_the_padding_of_the_memory_does_not_matter(make_decoder, attention):
    decoder = make_decoder(attention=attention)
    tokens, state, memory, mask = inputs_of(decoder)
    noisy = torch.cat([memory + 9 * ~mask.unsqueeze(2), torch.randn(BATCH, 3, MEMORY).double()], dim=1)
    longer = torch.nn.functional.pad(mask, (0, 3), value=False)
    assert_same(decoder(tokens, state, noisy, longer), decoder(tokens, state, memory, mask))


@every_cell
@every_attention
def test_the_rows_of_a_batch_do_not_see_each_other(make_decoder, cell, attention):
    decoder = make_decoder(cell, attention=attention)
    tokens, state, memory, mask = inputs_of(decoder)
    logits = decoder(tokens, state, memory, mask)
    for row in range(BATCH):
        own = slice(row, row + 1)
        own_state = tuple(tuple(part[own] for part in layer) for layer in state)
        assert_same(decoder(tokens[own], own_state, memory[own], mask[own]), logits[own])


@every_cell
def test_a_step_leaves_the_state_before_it_alone(make_decoder, cell):
    decoder = make_decoder(cell, layers=2)
    tokens, state, memory, mask = inputs_of(decoder)
    before = [part.clone() for layer in state for part in layer]
    first = decoder.step(tokens[:, 0], state, memory, mask)
    assert all(map(torch.equal, before, (part for layer in state for part in layer)))
    assert torch.equal(first.logits, decoder.step(tokens[:, 0], state, memory, mask).logits)


@one_or_two_layers
def test_without_attention_the_logits_are_a_linear_map_of_the_hidden_state(make_decoder, layers):
    decoder = make_decoder(layers=layers)
    tokens, state, memory, mask = inputs_of(decoder)
    step = decoder.step(tokens[:, 0], state, memory, mask)
    hidden = step.state[-1][0]
    expected = torch.einsum("vh,bh->bv", decoder.output.weight, hidden) + decoder.output.bias
    torch.testing.assert_close(step.logits, expected, rtol=0, atol=1e-12)
    assert step.weights is None


def test_padding_has_an_embedding_of_zeros_that_does_not_learn(make_decoder):
    decoder = make_decoder()
    tokens, *rest = inputs_of(decoder)
    decoder(tokens, *rest).sin().sum().backward()
    assert not decoder.embedding.weight[PAD].any()
    assert not decoder.embedding.weight.grad[PAD].any()


@every_engine
def test_dropout_is_for_training_alone(make_decoder, engine):
    decoder, plain = make_decoder(engine=engine, layers=2, dropout=0.5), make_decoder(engine=engine, layers=2)
    plain.load_state_dict(decoder.state_dict())
    inputs = inputs_of(decoder)
    assert not torch.equal(decoder(*inputs), decoder(*inputs))
    decoder.eval()
    assert torch.equal(decoder(*inputs), plain(*inputs))


def test_dropout_falls_on_embeddings_and_on_outputs(make_decoder):
    decoder, queries = make_decoder(dropout=1.0), []
    decoder.attention.register_forward_pre_hook(lambda _, inputs: queries.append(inputs[0]))
    tokens, state, memory, mask = inputs_of(decoder)
    nothing = torch.full_like(tokens, PAD)
    swept, stepped = (
        decoder(tokens, state, memory, mask),
        decoder.step(tokens[:, 0], state, memory, mask).logits,
    )
    decoder(nothing, state, memory, mask)
    decoder.step(nothing[:, 0], state, memory, mask)
    assert_same(queries[:2], queries[2:])
    for logits in (swept, stepped):
        assert torch.equal(logits, decoder.output.bias.expand_as(logits))
