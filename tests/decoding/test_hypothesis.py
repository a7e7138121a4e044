"""Rows of words become outputs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.decoding.hypothesis import NOTHING, Hypothesis
from seq2seq_cli.symbols import EOS, PAD, SOS, UNK

WORDS = st.lists(st.integers(0, 9).filter(lambda word: word != EOS), max_size=8)
MODEST = settings(derandomize=True, deadline=None, max_examples=50)


@given(WORDS, st.lists(st.integers(NOTHING, 9), max_size=4))
@MODEST
def test_a_row_is_read_up_to_its_end(words, rest):
    hypothesis = Hypothesis.of([*words, EOS, *rest], -1.5)
    assert hypothesis == Hypothesis(tuple(words), -1.5, finished=True)


@given(WORDS, st.integers(0, 4))
@MODEST
def test_a_row_without_an_end_was_cut_off(words, places_left):
    hypothesis = Hypothesis.of([*words, *[NOTHING] * places_left], -1.5)
    assert hypothesis == Hypothesis(tuple(words), -1.5, finished=False)


def test_an_end_beyond_the_cut_does_not_count():
    assert Hypothesis.of([5, NOTHING, EOS], -1.0) == Hypothesis((5,), -1.0, finished=False)


def test_other_special_symbols_are_words_like_any_other():
    assert Hypothesis.of([PAD, SOS, UNK, EOS], -1.0).tokens == (PAD, SOS, UNK)


@pytest.mark.parametrize(
    ("tokens", "finished", "penalty", "expected"),
    [
        ((5, 6, 7), True, 0.0, -8.0),
        ((5, 6, 7), True, 1.0, -2.0),
        ((5, 6, 7), True, 0.5, -4.0),
        ((5, 6, 7, 8), False, 1.0, -2.0),
        ((), True, 1.0, -8.0),
    ],
)
def test_the_score_is_log_p_by_a_power_of_the_length_with_the_end_counted(
    tokens, finished, penalty, expected
):
    assert Hypothesis(tokens, -8.0, finished).score(penalty) == pytest.approx(expected)


@given(WORDS, st.booleans(), st.floats(-50, -0.1))
@MODEST
def test_without_penalty_the_score_is_log_p(words, finished, log_probability):
    assert Hypothesis(tuple(words), log_probability, finished).score(0.0) == log_probability
