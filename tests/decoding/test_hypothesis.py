"""Rows of words become outputs."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.decoding.hypothesis import IMPOSSIBLE, NOTHING, Hypothesis, read_off
from seq2seq_cli.symbols import EOS, PAD, SOS, UNK

WORDS = st.lists(st.integers(0, 9).filter(lambda word: word != EOS), max_size=8)
LOGS = st.lists(st.floats(-50, 0), min_size=9, max_size=9)
MODEST = settings(derandomize=True, deadline=None, max_examples=50)


@given(WORDS, LOGS)
@MODEST
def test_words_with_an_end_are_finished_and_have_its_probability_too(words, logs):
    logs = logs[: len(words) + 1]
    hypothesis = Hypothesis.of([*words, EOS], logs)
    assert hypothesis == Hypothesis(tuple(words), math.fsum(logs), True, tuple(logs))


@given(WORDS, LOGS)
@MODEST
def test_words_without_an_end_were_cut_off(words, logs):
    logs = logs[: len(words)]
    hypothesis = Hypothesis.of(words, logs)
    assert hypothesis == Hypothesis(tuple(words), math.fsum(logs), False, tuple(logs))


def test_other_special_symbols_are_words_like_any_other():
    assert Hypothesis.of([PAD, SOS, UNK, EOS], [-1.0] * 4).tokens == (PAD, SOS, UNK)


@pytest.mark.parametrize("log_p", [math.nan, -math.inf, math.inf])
def test_words_whose_probability_is_no_number_are_no_output(log_p):
    assert Hypothesis.of([5, 6, EOS], [-1.0, log_p, -1.0]) == IMPOSSIBLE
    assert (IMPOSSIBLE.tokens, IMPOSSIBLE.log_probability, IMPOSSIBLE.finished) == ((), -math.inf, False)


def test_rows_are_read_up_to_where_nothing_stands_and_attention_up_to_the_true_length():
    words = torch.tensor([[5, 6, EOS], [7, EOS, NOTHING], [8, 9, 5]])
    logs = -torch.arange(1.0, 10).view(3, 3)
    looks = torch.arange(27.0).view(3, 3, 3)
    found = read_off(words, logs, looks, torch.tensor([3, 2, 1]))
    assert [(one.tokens, one.finished, one.log_probability) for one in found] == [
        ((5, 6), True, -6.0),
        ((7,), True, -9.0),
        ((8, 9, 5), False, -24.0),
    ]
    assert found[0].attention == ((0, 1, 2), (3, 4, 5), (6, 7, 8))
    assert found[1].attention == ((9, 10), (12, 13))
    assert found[2].attention == ((18,), (21,), (24,))
    assert [one.attention for one in read_off(words, logs, None, torch.tensor([3, 2, 1]))] == [None] * 3


@pytest.mark.parametrize("logits", [(math.inf, -math.inf), (1.0, math.nan), (-math.inf, 2.0)], ids=str)
def test_what_a_ruined_model_says_is_impossible_scored_or_not(logits):
    assert Hypothesis.of((5, 6), logits) == Hypothesis.of((5, 6), logits, scored=False) == IMPOSSIBLE
