"""What every encoder has to fulfil."""

import pytest
import torch

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.symbols import PAD

VOCABULARY = 13
RAGGED = [3, 7, 1, 7, 5]
TWENTY = [1 + (7 * k) % 9 for k in range(20)]

every_encoder = pytest.mark.parametrize("name", ENCODERS)
every_cell = pytest.mark.parametrize("cell", CELLS)
every_engine = pytest.mark.parametrize("engine", ["scratch", "fused"])  # auto is one of them
one_or_two_layers = pytest.mark.parametrize("layers", [1, 2], ids=["1-layer", "2-layers"])
with_and_without_norm = pytest.mark.parametrize("layer_norm", [False, True], ids=["plain", "normalised"])


def row_of(output, row, length):
    """Return what an encoder made of one sentence: its memory, then all parts of its final state."""
    return [output.memory[row, :length], *(part[row] for layer in output.final_state for part in layer)]


def gradients(encoder, tokens, lengths, row):
    """Return the gradient of one sentence's outputs, a parameter a name."""
    encoder.zero_grad()
    sum(part.sin().sum() for part in row_of(encoder(tokens, lengths), row, None)).backward()
    return {name: parameter.grad.clone() for name, parameter in encoder.named_parameters()}


@every_encoder
@every_cell
@every_engine
@one_or_two_layers
def test_outputs_are_as_wide_as_the_encoder_says(make_encoder, sentences, name, cell, engine, layers):
    encoder = make_encoder(name, cell, engine, layers)
    memory, mask, final_state = encoder(*sentences(RAGGED, extra_padding=2))
    assert memory.shape == (5, 9, encoder.memory_size)
    assert mask.tolist() == [[t < length for t in range(9)] for length in RAGGED]
    widths = [[part.shape for part in layer] for layer in final_state]
    assert widths == [[(5, size)] * len(CELLS[cell].state_parts) for size in encoder.state_sizes]


@every_encoder
@every_cell
@every_engine
@one_or_two_layers
def test_a_sentence_is_encoded_the_same_alone_in_a_batch_and_with_more_padding(
    make_encoder, sentences, assert_same, name, cell, engine, layers
):
    encoder = make_encoder(name, cell, engine, layers)
    tokens, lengths = sentences(TWENTY)
    together = encoder(tokens, lengths)
    padded = encoder(torch.nn.functional.pad(tokens, (0, 5), value=PAD), lengths)
    for row, length in enumerate(TWENTY):
        alone = encoder(tokens[row : row + 1, :length], lengths[row : row + 1])
        assert_same(row_of(together, row, length), row_of(alone, 0, length))
        assert_same(row_of(padded, row, length), row_of(alone, 0, length))


@every_encoder
@every_cell
@every_engine
@one_or_two_layers
def test_a_sentence_has_the_same_gradients_alone_in_a_batch_and_with_more_padding(
    make_encoder, sentences, assert_same, name, cell, engine, layers
):
    encoder = make_encoder(name, cell, engine, layers)
    tokens, lengths = sentences(TWENTY)
    padded = torch.nn.functional.pad(tokens, (0, 5), value=PAD)
    for row in (0, 1, 19):
        length = TWENTY[row]
        alone = gradients(encoder, tokens[row : row + 1, :length], lengths[row : row + 1], 0)
        assert_same(gradients(encoder, tokens, lengths, row), alone)
        assert_same(gradients(encoder, padded, lengths, row), alone)


@every_encoder
@every_cell
@every_engine
@with_and_without_norm
def test_memory_is_zero_in_the_padding(make_encoder, sentences, name, cell, engine, layer_norm):
    encoder = make_encoder(name, cell, engine, layer_norm=layer_norm)
    memory, mask, _ = encoder(*sentences(RAGGED, extra_padding=2))
    assert not memory[~mask].any()
    assert memory[mask].all()


@every_encoder
@every_engine
def test_it_does_not_matter_what_stands_in_the_padding(make_encoder, sentences, assert_same, name, engine):
    encoder = make_encoder(name, engine=engine, layers=2)
    tokens, lengths = sentences(RAGGED)
    noise = torch.randint_like(tokens, 3, VOCABULARY)
    noisy = tokens.where(mask_of(lengths, tokens.shape[1]), noise)
    assert not torch.equal(noisy, tokens)
    assert_same(encoder(noisy, lengths), encoder(tokens, lengths))


@every_encoder
@every_engine
def test_the_order_of_a_batch_does_not_matter(make_encoder, sentences, assert_same, name, engine):
    encoder = make_encoder(name, engine=engine, layers=2)
    tokens, lengths = sentences(RAGGED)
    order = torch.tensor([4, 2, 0, 3, 1])
    straight, turned = encoder(tokens, lengths), encoder(tokens[order], lengths[order])
    for row, from_row in enumerate(order.tolist()):
        assert_same(row_of(turned, row, None), row_of(straight, from_row, None))


@every_encoder
@every_cell
@every_engine
@one_or_two_layers
def test_every_parameter_receives_a_gradient(make_encoder, sentences, name, cell, engine, layers):
    for parameter, gradient in gradients(
        make_encoder(name, cell, engine, layers), *sentences(RAGGED), 1
    ).items():
        assert gradient.any(), parameter


@every_encoder
@pytest.mark.parametrize("variational", [False, True], ids=["plain", "variational"])
def test_dropout_is_for_training_alone(make_encoder, sentences, name, variational):
    encoder = make_encoder(name, layers=2, dropout=0.5, variational=variational)
    batch = sentences(RAGGED)
    assert not torch.equal(encoder(*batch).memory, encoder(*batch).memory)
    encoder.eval()
    assert torch.equal(encoder(*batch).memory, encoder(*batch).memory)
    plain = make_encoder(name, layers=2)
    plain.load_state_dict(encoder.state_dict())
    assert torch.equal(encoder(*batch).memory, plain(*batch).memory)


@every_encoder
def test_dropout_falls_on_embeddings(make_encoder, sentences, assert_same, name):
    encoder = make_encoder(name, dropout=1.0)
    tokens, lengths = sentences(RAGGED)
    assert_same(encoder(tokens, lengths), encoder(torch.full_like(tokens, PAD), lengths))


@every_encoder
def test_padding_has_an_embedding_of_zeros_that_does_not_learn(make_encoder, sentences, name):
    encoder = make_encoder(name)
    learnt = gradients(encoder, *sentences(RAGGED, extra_padding=2), 0)["embedding.weight"]
    assert not encoder.embedding.weight[PAD].any()
    assert not learnt[PAD].any()


@every_encoder
def test_variational_dropout_drops_the_same_numbers_of_all_of_a_sentences_words(
    make_encoder, sentences, name
):
    encoder = make_encoder(name, dropout=0.5, variational=True)
    tokens, _ = sentences([9] * 8)
    fallen = encoder.embed(tokens) == 0  # (8, 9, embedding)
    assert torch.equal(fallen, fallen[:, :1].expand_as(fallen))
    assert len({tuple(sentence[0].tolist()) for sentence in fallen}) > 1


@every_encoder
@every_cell
@every_engine
def test_in_bfloat16_the_memory_is_near_that_of_float32(make_encoder, sentences, name, cell, engine):
    encoder = make_encoder(name, cell, engine, layers=2).float()
    batch = sentences(RAGGED)
    exact, learnt = encoder(*batch), gradients(encoder, *batch, 1)
    with torch.autocast("cpu", torch.bfloat16):
        rounded, rounded_learnt = encoder(*batch), gradients(encoder, *batch, 1)
    assert (rounded.memory - exact.memory).abs().max() < 0.05 * exact.memory.abs().max()
    for parameter, gradient in learnt.items():
        assert (rounded_learnt[parameter] - gradient).abs().max() < 0.1 * gradient.abs().max().clamp(min=1), (
            parameter
        )
