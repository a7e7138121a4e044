"""Gated convolutions, against loops over words and windows."""

import math

import pytest
import torch
from torch import nn

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.models.encoders.conv import ConvEncoder, GatedConvolution
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.recurrent import Recurrence
from seq2seq_cli.symbols import PAD, UNK

VOCABULARY, EMBEDDING, HIDDEN = 13, 5, 4
RAGGED = [3, 7, 1, 7, 5]

one_or_two_layers = pytest.mark.parametrize("layers", [1, 2], ids=["1-layer", "2-layers"])


def make_encoder(layers=1, dropout=0.0, variational=False, cell="lstm"):
    torch.manual_seed(1)
    recurrence = Recurrence(CELLS[cell], ENGINES["scratch"])
    dropout = Dropout(dropout, variational)
    return ConvEncoder(VOCABULARY, EMBEDDING, HIDDEN, layers, recurrence, dropout).double()


def sentences(lengths, time=7, seed=0):
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(UNK, VOCABULARY, (len(lengths), time), generator=generator)
    lengths = torch.tensor(lengths)
    return tokens.where(mask_of(lengths, time), PAD), lengths


def seen(encoder, tokens, lengths, row):
    """Return all that can be seen of one sentence: its memory and final state, and gradients by name."""
    memory, _, ((hidden, cell),) = encoder(tokens, lengths)
    outputs = (memory[row, : lengths[row]], hidden[row], cell[row])
    loss = sum((part * (k + 1)).sin().sum() for k, part in enumerate(outputs))
    names, parameters = zip(*encoder.named_parameters(), strict=True)
    return outputs, dict(zip(names, torch.autograd.grad(loss, parameters), strict=True))


def assert_same(ours, expected):
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-10)


def loops(encoder, tokens, lengths):
    """Return each sentence's memory, a list of words, made one window at a time and without padding."""
    memories = []
    for words, length in zip(tokens.tolist(), lengths.tolist(), strict=True):
        x = []
        for t, word in enumerate(words[:length]):
            angles = [t / 10000 ** (2 * (column // 2) / EMBEDDING) for column in range(EMBEDDING)]
            place = [
                math.cos(angle) if column % 2 else math.sin(angle) for column, angle in enumerate(angles)
            ]
            placed = encoder.embedding.weight[word] + torch.tensor(place, dtype=torch.float64)
            x.append(encoder.resize.weight @ placed + encoder.resize.bias)
        for convolution in encoder.convolutions:
            weight, bias = convolution.window.weight, convolution.window.bias
            before = x
            x = []
            for t in range(length):
                both = bias
                for offset in (-1, 0, 1):
                    if 0 <= t + offset < length:
                        columns = slice((offset + 1) * HIDDEN, (offset + 2) * HIDDEN)
                        both = both + weight[:, columns] @ before[t + offset]
                gate = 1 / (1 + (-both[HIDDEN:]).exp())
                x.append((before[t] + both[:HIDDEN] * gate) / 2**0.5)
        memories.append(x)
    return memories


def test_conv_is_in_the_table():
    assert ENCODERS["conv"] is ConvEncoder


def test_a_gated_convolution_is_torchs_convolution_and_glu():
    torch.manual_seed(1)
    ours, conv = GatedConvolution(HIDDEN).double(), nn.Conv1d(HIDDEN, 2 * HIDDEN, 3, padding=1).double()
    with torch.no_grad():
        conv.weight.copy_(ours.window.weight.unflatten(1, (3, HIDDEN)).transpose(1, 2))
        conv.bias.copy_(ours.window.bias)
    x = torch.randn(3, 6, HIDDEN).double()
    assert_same(ours(x), nn.functional.glu(conv(x.transpose(1, 2)), dim=1).transpose(1, 2))


@one_or_two_layers
def test_memory_state_and_gradients_are_those_of_loops_over_windows(layers):
    encoder = make_encoder(layers)
    tokens, lengths = sentences(RAGGED, time=9)
    expected = [torch.stack(words) for words in loops(encoder, tokens, lengths)]
    for row, length in enumerate(RAGGED):
        outputs, gradients = seen(encoder, tokens, lengths, row)
        mean = sum(expected[row]) / length
        by_hand = (expected[row], mean, mean)
        assert_same(outputs, by_hand)
        loss = sum((part * (k + 1)).sin().sum() for k, part in enumerate(by_hand))
        by_loops = torch.autograd.grad(loss, list(encoder.parameters()), retain_graph=True)
        assert_same(list(gradients.values()), list(by_loops))


@one_or_two_layers
@pytest.mark.parametrize("row", range(len(RAGGED)))
def test_neither_padding_nor_other_sentences_are_seen(layers, row):
    encoder = make_encoder(layers)
    tokens, lengths = sentences(RAGGED)
    alone = seen(encoder, tokens[row : row + 1, : RAGGED[row]], lengths[row : row + 1], 0)
    more_padding = nn.functional.pad(tokens, (0, 4), value=PAD)
    noise = torch.randint(UNK, VOCABULARY, more_padding.shape)
    noisy = more_padding.where(mask_of(lengths, 11), noise)
    others, other_lengths = sentences([6, 2, 7, 4, 7], seed=5)
    others[row], other_lengths[row] = tokens[row], lengths[row]
    assert_same(seen(encoder, tokens, lengths, row), alone)
    assert_same(seen(encoder, more_padding, lengths, row), alone)
    assert_same(seen(encoder, noisy, lengths, row), alone)
    assert_same(seen(encoder, others, other_lengths, row), alone)


@one_or_two_layers
def test_memory_is_zero_in_the_padding_and_as_wide_as_the_encoder_says(layers):
    encoder = make_encoder(layers)
    memory, mask, ((hidden, cell),) = encoder(*sentences(RAGGED, time=9))
    assert encoder.memory_size == HIDDEN
    assert encoder.state_sizes == (HIDDEN,)
    assert memory.shape == (5, 9, HIDDEN)
    assert hidden.shape == cell.shape == (5, HIDDEN)
    assert mask.tolist() == [[t < length for t in range(9)] for length in RAGGED]
    assert not memory[~mask].any()
    assert memory[mask].all()


def test_a_state_has_as_many_parts_as_the_decoders_cell():
    _, _, final_state = make_encoder(layers=2, cell="gru")(*sentences(RAGGED))
    assert [len(layer) for layer in final_state] == [1]


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_word_is_seen_with_as_many_words_on_either_side_as_there_are_layers(layers):
    encoder = make_encoder(layers)
    tokens, lengths = sentences([9], time=9)
    other = tokens.clone()
    other[0, 4] = (other[0, 4] + 1 - UNK) % (VOCABULARY - UNK) + UNK
    changed = (encoder(tokens, lengths).memory != encoder(other, lengths).memory).any(dim=2)
    assert changed.tolist() == [[abs(t - 4) <= layers for t in range(9)]]


def test_the_same_word_is_not_the_same_at_every_place():
    memory = make_encoder()(torch.full((1, 7), UNK), torch.tensor([7])).memory
    assert len(memory[0].unique(dim=0)) == 7


@one_or_two_layers
def test_every_parameter_receives_a_gradient(layers):
    encoder = make_encoder(layers)
    _, gradients = seen(encoder, *sentences(RAGGED), 1)
    assert len(gradients) == 3 + 2 * layers
    for name, gradient in gradients.items():
        assert gradient.any(), name


def test_dropout_is_for_training_alone():
    encoder, plain = make_encoder(2, dropout=0.5), make_encoder(2)
    batch = sentences(RAGGED)
    assert not torch.equal(encoder(*batch).memory, encoder(*batch).memory)
    assert torch.equal(encoder.eval()(*batch).memory, plain(*batch).memory)


def test_with_every_embedding_dropped_words_are_alike():
    encoder = make_encoder(2, dropout=1.0)
    tokens, lengths = sentences(RAGGED)
    assert_same(encoder(tokens, lengths), encoder(torch.full_like(tokens, PAD), lengths))


@pytest.mark.parametrize("variational", [False, True])
def test_dropout_falls_on_what_each_convolution_reads(variational):
    encoder = make_encoder(3, dropout=0.5, variational=variational)
    read = []
    for convolution in encoder.convolutions:
        convolution.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0] == 0))
    tokens, lengths = sentences([7] * 30)
    encoder(tokens, lengths)
    assert len(read) == 3
    for dropped in read:
        assert 0.3 < dropped.double().mean() < 0.7
        for_all_words = dropped.all(dim=1) | ~dropped.any(dim=1)  # (batch, hidden)
        assert for_all_words.all() == variational


@one_or_two_layers
def test_bfloat16_autocast_is_near_float32(layers):
    encoder = make_encoder(layers).float()
    batch = sentences(RAGGED)
    exact = encoder(*batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert encoder.resize(torch.ones(EMBEDDING)).dtype == torch.bfloat16
        rounded = encoder(*batch)
    torch.testing.assert_close(rounded.memory.float(), exact.memory, rtol=0, atol=0.03)
    torch.testing.assert_close(rounded.final_state[0][0].float(), exact.final_state[0][0], rtol=0, atol=0.03)
    rounded.memory.float().sin().sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad.isfinite().all(), name
