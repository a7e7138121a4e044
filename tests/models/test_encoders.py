"""What every encoder has to fulfil, and what sets them apart."""

import pytest
import torch

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.symbols import PAD

VOCABULARY = 13
RAGGED = [3, 7, 1, 7, 5]
SIXTY_FOUR = [1 + (7 * k) % 9 for k in range(64)]

every_encoder = pytest.mark.parametrize("name", ENCODERS)
every_cell = pytest.mark.parametrize("cell", CELLS)
every_engine = pytest.mark.parametrize("engine", ENGINES)
one_or_two_layers = pytest.mark.parametrize("layers", [1, 2], ids=["1-layer", "2-layers"])


def row_of(output, row, length):
    """Return what an encoder made of one sentence: its memory, then all parts of its final state."""
    return [output.memory[row, :length], *(part[row] for layer in output.final_state for part in layer)]


def gradients(encoder, tokens, lengths, row):
    """Return the gradient of one sentence's outputs, a parameter a name."""
    encoder.zero_grad()
    sum(part.sin().sum() for part in row_of(encoder(tokens, lengths), row, None)).backward()
    return {name: parameter.grad.clone() for name, parameter in encoder.named_parameters()}


def assert_same(ours, expected):
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-10)


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
    assert len(final_state) == layers


@every_encoder
@every_cell
@every_engine
@one_or_two_layers
def test_a_sentence_is_encoded_the_same_alone_in_a_batch_and_with_more_padding(
    make_encoder, sentences, name, cell, engine, layers
):
    encoder = make_encoder(name, cell, engine, layers)
    tokens, lengths = sentences(SIXTY_FOUR)
    together = encoder(tokens, lengths)
    padded = encoder(torch.nn.functional.pad(tokens, (0, 5), value=PAD), lengths)
    for row, length in enumerate(SIXTY_FOUR):
        alone = encoder(tokens[row : row + 1, :length], lengths[row : row + 1])
        assert_same(row_of(together, row, length), row_of(alone, 0, length))
        assert_same(row_of(padded, row, length), row_of(alone, 0, length))


@every_encoder
@every_cell
@every_engine
@one_or_two_layers
def test_a_sentence_has_the_same_gradients_alone_in_a_batch_and_with_more_padding(
    make_encoder, sentences, name, cell, engine, layers
):
    encoder = make_encoder(name, cell, engine, layers)
    tokens, lengths = sentences(SIXTY_FOUR)
    padded = torch.nn.functional.pad(tokens, (0, 5), value=PAD)
    for row in (0, 1, 2, 63):
        length = SIXTY_FOUR[row]
        alone = gradients(encoder, tokens[row : row + 1, :length], lengths[row : row + 1], 0)
        assert_same(gradients(encoder, tokens, lengths, row), alone)
        assert_same(gradients(encoder, padded, lengths, row), alone)


@every_encoder
@every_cell
@every_engine
def test_memory_is_zero_in_the_padding(make_encoder, sentences, name, cell, engine):
    memory, mask, _ = make_encoder(name, cell, engine)(*sentences(RAGGED, extra_padding=2))
    assert not memory[~mask].any()
    assert memory[mask].all()


@every_encoder
@every_engine
def test_it_does_not_matter_what_stands_in_the_padding(make_encoder, sentences, name, engine):
    encoder = make_encoder(name, engine=engine, layers=2)
    tokens, lengths = sentences(RAGGED)
    noise = torch.randint_like(tokens, 3, VOCABULARY)
    noisy = tokens.where(mask_of(lengths, tokens.shape[1]), noise)
    assert not torch.equal(noisy, tokens)
    assert_same(encoder(noisy, lengths), encoder(tokens, lengths))


@every_encoder
@every_engine
def test_the_order_of_a_batch_does_not_matter(make_encoder, sentences, name, engine):
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
def test_dropout_is_for_training_alone(make_encoder, sentences, name):
    encoder = make_encoder(name, dropout=0.5)
    batch = sentences(RAGGED)
    assert not torch.equal(encoder(*batch).memory, encoder(*batch).memory)
    encoder.eval()
    assert torch.equal(encoder(*batch).memory, encoder(*batch).memory)
    plain = make_encoder(name)
    plain.load_state_dict(encoder.state_dict())
    assert torch.equal(encoder(*batch).memory, plain(*batch).memory)


@every_encoder
def test_dropout_falls_on_embeddings(make_encoder, sentences, name):
    encoder = make_encoder(name, dropout=1.0)
    tokens, lengths = sentences(RAGGED)
    assert_same(encoder(tokens, lengths), encoder(torch.full_like(tokens, PAD), lengths))


# One direction


@every_engine
def test_uni_ends_where_its_memory_ends(make_encoder, sentences, engine):
    memory, _, final_state = make_encoder("uni", engine=engine, layers=2)(*sentences(RAGGED, extra_padding=2))
    last = torch.stack([memory[row, length - 1] for row, length in enumerate(RAGGED)])
    assert_same(final_state[-1][0], last)


@every_engine
def test_uni_knows_nothing_of_what_follows(make_encoder, sentences, engine):
    encoder = make_encoder("uni", engine=engine, layers=2)
    tokens, lengths = sentences([7, 7])
    other = tokens.clone()
    other[:, 4] = (other[:, 4] + 1) % VOCABULARY
    memory, changed = encoder(tokens, lengths).memory, encoder(other, lengths).memory
    assert torch.equal(memory[:, :4], changed[:, :4])
    assert (memory[:, 4:] != changed[:, 4:]).all()


# Two directions


@every_engine
def test_bi_ends_at_the_last_word_in_one_direction_and_at_the_first_in_the_other(
    make_encoder, sentences, engine
):
    encoder = make_encoder("bi", engine=engine, layers=2, hidden=4)
    memory, _, final_state = encoder(*sentences(RAGGED, extra_padding=2))
    last = torch.stack([memory[row, length - 1, :4] for row, length in enumerate(RAGGED)])
    assert_same(final_state[-1][0], torch.cat([last, memory[:, 0, 4:]], dim=1))


@every_engine
def test_each_direction_of_bi_knows_its_own_side_of_the_sentence(make_encoder, sentences, engine):
    encoder = make_encoder("bi", engine=engine, hidden=4)
    tokens, lengths = sentences([7, 7])
    other = tokens.clone()
    other[:, 3] = (other[:, 3] + 1) % VOCABULARY
    differs = (encoder(tokens, lengths).memory != encoder(other, lengths).memory).transpose(1, 2)
    assert differs[:, :4].tolist() == [[[False] * 3 + [True] * 4] * 4] * 2
    assert differs[:, 4:].tolist() == [[[True] * 4 + [False] * 3] * 4] * 2


@every_engine
def test_the_backward_direction_of_bi_reads_each_sentence_from_its_own_end(make_encoder, sentences, engine):
    bi, uni = make_encoder("bi", engine=engine, hidden=4), make_encoder("uni", engine=engine, hidden=4)
    uni.embedding = bi.embedding
    uni.recurrent.layers[0].cell = bi.recurrent.layers[0].right_to_left.cell
    tokens, lengths = sentences(RAGGED)
    memory, _, final_state = bi(tokens, lengths)
    for row, length in enumerate(RAGGED):
        expected = uni(tokens[row : row + 1, :length].flip(1), lengths[row : row + 1])
        assert_same(memory[row, :length, 4:], expected.memory[0].flip(0))
        assert_same([part[row, 4:] for part in final_state[0]], [part[0] for part in expected.final_state[0]])


@one_or_two_layers
def test_no_two_directions_or_layers_share_storage(make_encoder, layers):
    parameters = list(make_encoder("bi", layers=layers).recurrent.parameters())
    assert len(parameters) == 2 * 3 * layers
    assert len({parameter.untyped_storage().data_ptr() for parameter in parameters}) == len(parameters)


@every_cell
@pytest.mark.parametrize("changed", ["left_to_right", "right_to_left"])
def test_changing_one_direction_leaves_the_other_alone(make_encoder, sentences, cell, changed):
    encoder = make_encoder("bi", cell, hidden=4)
    batch = sentences(RAGGED)
    before = encoder(*batch)
    with torch.no_grad():
        for parameter in getattr(encoder.recurrent.layers[0], changed).parameters():
            parameter.add_(1)
    after = encoder(*batch)
    touched, untouched = (slice(4), slice(4, 8)) if changed == "left_to_right" else (slice(4, 8), slice(4))
    assert torch.equal(before.memory[..., untouched], after.memory[..., untouched])
    assert (before.memory[..., touched] != after.memory[..., touched])[after.mask].all()
    for part, part_after in zip(before.final_state[0], after.final_state[0], strict=True):
        assert torch.equal(part[:, untouched], part_after[:, untouched])
        assert (part[:, touched] != part_after[:, touched]).all()


@every_engine
@one_or_two_layers
def test_the_cell_of_a_final_state_is_not_its_hidden(make_encoder, sentences, engine, layers):
    for hidden, cell in make_encoder("bi", "lstm", engine, layers)(*sentences(RAGGED)).final_state:
        assert not torch.isclose(hidden, cell).any()
