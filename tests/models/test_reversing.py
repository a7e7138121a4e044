"""Sentences from their ends to their beginnings, against plain lists."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.models.reversing import reverse_sentences


@st.composite
def padded_sentences(draw):
    lengths = draw(st.lists(st.integers(0, 7), min_size=1, max_size=6))
    time = max(lengths) + draw(st.integers(1, 3))
    size = draw(st.integers(1, 3))
    x = torch.arange(len(lengths) * time * size).view(len(lengths), time, size)
    return x, torch.tensor(lengths)


MODEST = settings(derandomize=True, deadline=None, max_examples=60)


@given(padded_sentences())
@MODEST
def test_reversal_is_its_own_inverse(case):
    x, lengths = case
    assert torch.equal(reverse_sentences(reverse_sentences(x, lengths), lengths), x)
    assert torch.equal(reverse_sentences(reverse_sentences(x, None), None), x)


@given(padded_sentences())
@MODEST
def test_reversal_turns_each_sentence_and_leaves_its_padding(case):
    x, lengths = case
    expected = [
        row[:length][::-1] + row[length:] for row, length in zip(x.tolist(), lengths.tolist(), strict=True)
    ]
    assert reverse_sentences(x, lengths).tolist() == expected


@given(padded_sentences())
@MODEST
def test_reversal_without_lengths_turns_the_whole_time(case):
    x, _ = case
    assert reverse_sentences(x, None).tolist() == [row[::-1] for row in x.tolist()]
    assert torch.equal(
        reverse_sentences(x, None), reverse_sentences(x, torch.full((x.shape[0],), x.shape[1]))
    )
