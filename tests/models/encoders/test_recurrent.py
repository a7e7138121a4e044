"""Recurrent encoders: one direction, both, and both with a deep stack above."""

import pytest
import torch

from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.engines import ENGINES

VOCABULARY = 13
RAGGED = [3, 7, 1, 7, 5]

every_cell = pytest.mark.parametrize("cell", CELLS)
every_engine = pytest.mark.parametrize("engine", ENGINES)
one_or_two_layers = pytest.mark.parametrize("layers", [1, 2], ids=["1-layer", "2-layers"])


# One direction


@every_engine
def test_uni_ends_where_its_memory_ends(make_encoder, sentences, assert_same, engine):
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
    make_encoder, sentences, assert_same, engine
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
def test_the_backward_direction_of_bi_reads_each_sentence_from_its_own_end(
    make_encoder, sentences, assert_same, engine
):
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


# Both directions and a deep stack


def test_deep_reads_in_both_directions_and_then_from_left_to_right(make_encoder):
    encoder = make_encoder("deep", layers=4)
    assert encoder.state_sizes == (8, 4, 4, 4)
    assert encoder.memory_size == 4
    assert [name for name, _ in encoder.recurrent.layers[0].named_children()] == [
        "left_to_right",
        "right_to_left",
    ]
    assert not any(layer.backward_in_time for layer in encoder.recurrent.layers[1:])


def test_deep_of_one_layer_is_bi(make_encoder, sentences, assert_same):
    deep, bi, batch = make_encoder("deep"), make_encoder("bi"), sentences(RAGGED)
    deep.load_state_dict(bi.state_dict())
    assert_same(deep(*batch), bi(*batch))


@every_cell
@every_engine
def test_each_layer_of_deep_from_the_third_on_adds_to_what_it_has_read(
    make_encoder, sentences, assert_same, cell, engine
):
    encoder = make_encoder("deep", cell, engine, layers=4)
    tokens, lengths = sentences(RAGGED, extra_padding=2)
    first, second, third, fourth = encoder.recurrent.layers
    below, _ = second(first(encoder.embedding(tokens), lengths)[0], lengths)
    x = below + third(below, lengths)[0]
    outputs, final = fourth(x, lengths)
    memory, _, final_state = encoder(tokens, lengths)
    assert_same(memory, x + outputs)
    assert_same(final_state[-1], final)


@pytest.mark.parametrize("encoder", ["uni", "bi"])
def test_uni_and_bi_add_nothing(make_encoder, sentences, assert_same, encoder):
    encoder = make_encoder(encoder, layers=3)
    tokens, lengths = sentences(RAGGED)
    x = encoder.embedding(tokens)
    for layer in encoder.recurrent.layers:
        x, _ = layer(x, lengths)
    assert_same(encoder(tokens, lengths).memory, x)


@every_engine
def test_a_norm_falls_on_the_memory_and_not_on_the_final_state(make_encoder, sentences, assert_same, engine):
    plain, normed = make_encoder("uni", engine=engine), make_encoder("uni", engine=engine, layer_norm=True)
    normed.load_state_dict(plain.state_dict(), strict=False)
    batch = sentences(RAGGED)
    (memory, mask, final), (normed_memory, _, normed_final) = plain(*batch), normed(*batch)
    assert_same(normed_final, final)
    assert not torch.isclose(normed_memory, memory)[mask].all()
    assert_same(normed_memory[mask].mean(1), torch.zeros(sum(RAGGED)).double())
