"""Packing, against torch's own."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence

from seq2seq_cli.models.packing import Packing

MODEST = settings(derandomize=True, deadline=None, max_examples=100)


@st.composite
def padded_sentences(draw):
    """Return numbers (batch, time, size), none of them zero and no two the same, and true lengths."""
    lengths = draw(st.lists(st.integers(1, 7), min_size=1, max_size=7))
    time = max(lengths) + draw(st.integers(0, 3))
    size = draw(st.integers(1, 3))
    return torch.arange(1, len(lengths) * time * size + 1).view(len(lengths), time, size), lengths


def packed(lengths, time, backward_in_time):
    """Return a packing in one direction."""
    packing = Packing.of(lengths, time)
    return packing.from_their_ends() if backward_in_time else packing


@given(padded_sentences())
@MODEST
def test_rows_sizes_and_order_are_torchs(case):
    padded, lengths = case
    packing = Packing.of(torch.tensor(lengths), padded.shape[1])
    # torch's own sorting may turn sentences of one length around, ours may not: it is given them sorted.
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    expected = pack_padded_sequence(padded[order], sorted(lengths, reverse=True), batch_first=True)
    assert packing.order.tolist() == order
    assert packing.sizes == tuple(expected.batch_sizes.tolist())
    assert torch.equal(packing.pack(padded), expected.data)


@given(padded_sentences())
@MODEST
def test_what_is_packed_comes_back_with_zeros_for_its_padding(case):
    padded, lengths = case
    packing = Packing.of(torch.tensor(lengths), padded.shape[1])
    unpacked = packing.unpack(packing.pack(padded))
    for ours, sentence, length in zip(unpacked, padded, lengths, strict=True):
        assert torch.equal(ours[:length], sentence[:length])
        assert not ours[length:].any()


@given(padded_sentences())
@MODEST
def test_backward_in_time_each_sentence_is_packed_from_its_own_end(case):
    padded, lengths = case
    time = padded.shape[1]
    turned = padded.clone()
    for row, length in enumerate(lengths):
        turned[row, :length] = padded[row, :length].flip(0)
    forward = Packing.of(torch.tensor(lengths), time)
    backward = forward.from_their_ends()
    assert backward.sizes == forward.sizes
    assert torch.equal(backward.pack(padded), forward.pack(turned))
    assert torch.equal(backward.unpack(backward.pack(padded)), forward.unpack(forward.pack(padded)))


@given(padded_sentences())
@MODEST
def test_a_sentence_is_found_again_at_its_place(case):
    _, lengths = case
    packing = Packing.of(torch.tensor(lengths), max(lengths))
    assert packing.order[packing.place].tolist() == list(range(len(lengths)))


@given(padded_sentences())
@MODEST
def test_sentences_are_sorted_and_restored(case):
    padded, lengths = case
    packing = Packing.of(torch.tensor(lengths), padded.shape[1])
    ordered = packing.sorted(padded)
    assert torch.equal(ordered, padded[packing.order])
    assert torch.equal(packing.restored(ordered), padded)


@given(padded_sentences())
@MODEST
def test_packed_rows_are_lined_up_sentence_after_sentence(case):
    padded, lengths = case
    packing = Packing.of(torch.tensor(lengths), padded.shape[1])
    expected = torch.cat([sentence[:length] for sentence, length in zip(padded, lengths, strict=True)])
    assert torch.equal(packing.by_sentence(packing.pack(padded)), expected)


@pytest.mark.parametrize("lengths", [[2, 1, 3], [3, 3, 3]], ids=["ragged", "full"])
def test_a_gradient_finds_its_way_to_the_row_it_belongs_to(lengths):
    packing = Packing.of(torch.tensor(lengths), 3)
    weights = torch.randn(3, 2).double(), torch.randn(sum(lengths), 2).double()
    rows, tokens = (torch.randn(n, 2).double().requires_grad_() for n in (3, sum(lengths)))

    def moved(rows, tokens):
        ordered = packing.sorted(rows).sin() * weights[0]
        return packing.restored(ordered), packing.by_sentence(tokens).sin() * weights[1]

    assert torch.autograd.gradcheck(moved, (rows, tokens))
    assert torch.autograd.gradgradcheck(moved, (rows, tokens))


def test_the_drawing_in_the_docstring():
    a, b, c, d, e, f, nothing = range(1, 8)
    padded = torch.tensor([[d, e, nothing], [f, nothing, nothing], [a, b, c]]).unsqueeze(2)
    packing = Packing.of(torch.tensor([2, 1, 3]), 3)
    assert packing.sizes == (3, 2, 1)
    assert packing.pack(padded).flatten().tolist() == [a, d, f, b, e, c]


def test_sentences_of_one_length_keep_their_order():
    assert Packing.of(torch.full((500,), 3), 4).order.tolist() == list(range(500))


@pytest.mark.parametrize("backward_in_time", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("lengths", [[2, 1, 3], [4, 4, 4]], ids=["ragged", "full"])
def test_a_gradient_finds_its_way_through_both_ways(lengths, backward_in_time):
    packing = packed(torch.tensor(lengths), 4, backward_in_time)
    padded = torch.randn(3, 4, 2).double().requires_grad_()
    weights = torch.randn(sum(lengths), 2).double()  # so that a row in another's place is seen
    assert torch.autograd.gradcheck(lambda x: packing.unpack((packing.pack(x) * weights).sin()), padded)


@given(st.integers(1, 6), st.integers(1, 6), st.booleans())
@MODEST
def test_without_padding_rows_come_and_go_as_with_it(batch, time, backward_in_time):
    padded, lengths = torch.randn(batch, time, 2), torch.full((batch,), time)
    full = packed(lengths, time, backward_in_time)
    wide = packed(lengths, time + 1, backward_in_time)
    more = torch.nn.functional.pad(padded, (0, 0, 0, 1))
    assert full.full
    assert not wide.full
    rows = full.pack(padded)
    assert torch.equal(rows, wide.pack(more))
    assert torch.equal(full.unpack(rows), wide.unpack(rows)[:, :time])
    assert torch.equal(full.by_sentence(rows), wide.by_sentence(rows))
    assert torch.equal(full.sorted(padded), wide.sorted(padded))
    assert torch.equal(full.restored(padded), wide.restored(padded))
