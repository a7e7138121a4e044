"""Greedy search, against a plain loop over one sentence."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.batch import Batch
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.symbols import EOS, SOS


def by_hand(model, sentence, max_length):
    """Return the likeliest word after the likeliest word, up to <eos> or the greatest length."""
    words = []
    while len(words) < max_length and EOS not in words:
        logits = model.logits((sentence, SOS, *words))
        words.append(logits.index(max(logits)))
    return words


@given(
    seed=st.integers(0, 10**6),
    vocabulary=st.integers(4, 9),
    max_length=st.integers(1, 8),
    ending=st.floats(-4, 4),
    sentences=st.lists(st.integers(3, 12), min_size=1, max_size=6),
)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_greedy_takes_the_likeliest_word_again_and_again(
    storyteller, search, seed, vocabulary, max_length, ending, sentences
):
    model = storyteller(vocabulary, seed, ending)
    for sentence, found in zip(sentences, search(Greedy(max_length), model, sentences), strict=True):
        expected = by_hand(model, sentence, max_length)
        (hypothesis,) = found
        assert [*hypothesis.tokens, *[EOS] * hypothesis.finished] == expected


def test_greedy_is_what_an_unforced_model_guesses(real_model):
    model = real_model()
    source, lengths = torch.randint(3, 20, (16, 4)), torch.full((16,), 4)
    source[:, -1] = EOS
    target = torch.full((16, 8), 5)
    with torch.inference_mode():
        logits = model(Batch(source, lengths, target, torch.full((16,), 8)), target.bool() & False)
    guessed = logits.argmax(dim=1).view(16, 8).tolist()
    for guesses, (hypothesis,) in zip(guessed, Greedy(8)(model, source, lengths), strict=True):
        said = [*hypothesis.tokens, *[EOS] * hypothesis.finished]
        assert said == guesses[: len(said)]


@pytest.mark.parametrize("forbidden", [(), range(9)], ids=["", "nothing has a probability"])
def test_without_probabilities_the_words_are_the_same(storyteller, search, forbidden):
    model, sentences = storyteller(9, 5, -1, forbidden), [3, 4, 5]
    found = search(Greedy(6), model, sentences, probabilities=False)
    for (bare,), (scored,) in zip(found, search(Greedy(6), model, sentences), strict=True):
        assert (bare.tokens, bare.finished) == (scored.tokens, scored.finished)
        assert bare.token_log_probabilities == ()
        assert bare.log_probability == -math.inf if forbidden else math.isnan(bare.log_probability)
