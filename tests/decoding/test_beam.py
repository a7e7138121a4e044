"""Beam search, against brute force and against a plain beam over one sentence."""

from itertools import product
from math import inf, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.decoding.beam import Beam
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.symbols import EOS, PAD, SOS

MODEST = settings(derandomize=True, deadline=None, max_examples=40)
PENALTIES = st.sampled_from([0.0, 0.6, 1.0, 2.0])


def all_outputs(vocabulary, max_length):
    """Return every sequence of words that ends in <eos>, or is cut off at the greatest length."""
    words = [word for word in range(vocabulary) if word != EOS]
    ended = [(*output, EOS) for length in range(max_length) for output in product(words, repeat=length)]
    return ended + list(product(words, repeat=max_length))


def score(model, sentence, words, penalty):
    return model.log_probability(sentence, words) / len(words) ** penalty


def plain_beam(model, sentence, max_length, width, penalty):
    """Return what a beam finds, the best first: all extensions of all beginnings, sorted; nothing clever."""
    beginnings, ended = [()], []
    for _ in range(max_length):
        extended = [(*words, word) for words in beginnings for word in range(model.vocabulary)]
        extended.sort(key=lambda words: -model.log_probability(sentence, words))
        kept = extended[: width - len(ended)]
        ended += [words for words in kept if words[-1] == EOS]
        beginnings = [words for words in kept if words[-1] != EOS]
    return sorted(ended + beginnings, key=lambda words: -score(model, sentence, words, penalty))


def words_of(found):
    return [hypothesis.tokens + (EOS,) * hypothesis.finished for hypothesis in found]


@given(
    seed=st.integers(0, 10**6),
    max_length=st.integers(1, 5),
    width=st.integers(1, 7),
    penalty=PENALTIES,
    ending=st.floats(-2, 3),
    sentences=st.lists(st.integers(3, 9), min_size=1, max_size=3),
)
@MODEST
def test_a_beam_keeps_the_likeliest_of_all_extensions(
    storyteller, search, seed, max_length, width, penalty, ending, sentences
):
    model = storyteller(5, seed, ending)
    together = search(Beam(max_length, width, penalty), model, sentences)
    for sentence, found in zip(sentences, together, strict=True):
        assert words_of(found) == plain_beam(model, sentence, max_length, width, penalty)


@given(seed=st.integers(0, 10**6), max_length=st.integers(1, 3), ending=st.floats(-3, 3))
@settings(derandomize=True, deadline=None, max_examples=15)
def test_a_beam_as_wide_as_the_world_is_brute_force(storyteller, search, seed, max_length, ending):
    model, sentences = storyteller(4, seed, ending), [3, 4]
    everything = all_outputs(4, max_length)
    beam = Beam(max_length, beam_size=len(everything), length_penalty=0.0)
    for sentence, found in zip(sentences, search(beam, model, sentences), strict=True):
        expected = sorted(everything, key=lambda words: -score(model, sentence, words, 0.0))
        assert words_of(found) == expected
        assert [hypothesis.log_probability for hypothesis in found] == pytest.approx(
            [model.log_probability(sentence, words) for words in expected], abs=1e-4
        )


@given(seed=st.integers(0, 10**6), max_length=st.integers(1, 7), penalty=PENALTIES, ending=st.floats(-3, 3))
@MODEST
def test_a_beam_of_one_is_greedy(storyteller, search, seed, max_length, penalty, ending):
    model, sentences = storyteller(6, seed, ending), [3, 4, 5]
    narrow = search(Beam(max_length, 1, penalty), model, sentences)
    greedy = search(Greedy(max_length), model, sentences)
    for (found,), (expected,) in zip(narrow, greedy, strict=True):
        assert (found.tokens, found.finished) == (expected.tokens, expected.finished)
        assert found.log_probability == pytest.approx(expected.log_probability, abs=1e-4)


@given(seed=st.integers(0, 10**6), width=st.integers(1, 6), penalty=PENALTIES, ending=st.floats(-3, 3))
@MODEST
def test_a_beam_gives_as_many_different_outputs_as_it_is_wide_the_best_first(
    storyteller, search, seed, width, penalty, ending
):
    for found in search(Beam(5, width, penalty), storyteller(6, seed, ending), [3, 4, 5]):
        assert len(found) == len(set(words_of(found))) == width
        scores = [hypothesis.score(penalty) for hypothesis in found]
        assert scores == sorted(scores, reverse=True)


def test_a_wider_beam_finds_what_a_greedy_eye_overlooks(storyteller, search):
    class Trap(storyteller):
        def logits(self, past):
            """The likelier first word, 3, leads nowhere in particular; the other one leads to the end."""
            end, three, four = {(): (-9.0, 0.1, 0.0), (3,): (0.0, 0.0, 0.0), (4,): (9.0, 0.0, 0.0)}[past[2:]]
            return [-9.0, -9.0, end, three, four]

    assert search(Greedy(2), Trap(5), [3])[0][0].tokens[0] == 3
    assert words_of(search(Beam(2, 2, 0.0), Trap(5), [3])[0])[0] == (4, EOS)


def test_the_penalty_decides_between_short_and_long(storyteller, search):
    class Choice(storyteller):
        def logits(self, past):
            """Ends at once with p = 0.4; else says 3 four times, and ends with p = 0.5."""
            end = {2: 0.4, 6: 0.5}.get(len(past), 1e-9)
            return [-99.0, -99.0, log(end), log(1 - end)]

    short, long = (EOS,), (3, 3, 3, 3, EOS)
    by_penalty = {
        penalty: words_of(search(Beam(6, 2, penalty), Choice(4), [3])[0])[0] for penalty in (0.0, 1.0)
    }
    assert by_penalty == {0.0: short, 1.0: long}


def test_where_there_is_but_one_output_a_wide_beam_gives_one(storyteller, search):
    class Sure(storyteller):
        def logits(self, past):
            only = 3 if len(past) < 4 else EOS
            return [0.0 if word == only else -inf for word in range(4)]

    (found,) = search(Beam(8, 5), Sure(4), [3])
    assert words_of(found) == [(3, 3, EOS)]
    assert found[0].log_probability == 0


@given(seed=st.integers(0, 10**6), width=st.integers(1, 6))
@MODEST
def test_what_has_no_probability_is_never_found(storyteller, search, seed, width):
    model = storyteller(6, seed, forbidden=[PAD, SOS, 3])
    for found in search(Beam(3, width), model, [3, 4]):
        assert found
        for hypothesis in found:
            assert set(hypothesis.tokens) <= {4, 5}
            assert -100 < hypothesis.log_probability < 0


def test_a_beam_may_be_wider_than_the_vocabulary(storyteller, search):
    (found,) = search(Beam(2, 50, 0.0), storyteller(4), [3])
    assert sorted(words_of(found)) == sorted(all_outputs(4, 2))
