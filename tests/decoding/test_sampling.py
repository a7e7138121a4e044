"""Sampling, against the exact distribution."""

from collections import Counter
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.decoding.sampling import Sample
from seq2seq_cli.symbols import EOS, SOS

LOGITS = torch.tensor([1.0, -0.5, 0.3, 2.0, 0.0, 1.5, -1.0, 0.7])
SENTENCES = 8000


class Dice:
    """A model that is indifferent to everything."""

    def __init__(self, logits=LOGITS):
        self.logits = logits

    def start(self, source, lengths):
        return self

    def select(self, rows):
        return self

    def step(self, token, state):
        return SimpleNamespace(logits=self.logits.expand(len(token), -1), state=self, weights=None)


def draw(sampling, sentences=SENTENCES, first=0, logits=LOGITS):
    """Return an output for each of many sentences, in which no two are alike."""
    numbers = torch.arange(first, first + sentences)
    source = torch.stack([3 + numbers % 100, 3 + numbers // 100, torch.full_like(numbers, EOS)], dim=1)
    return sampling(Dice(logits), source, torch.full((sentences,), 3))


def words_of(hypothesis):
    return hypothesis.tokens + (EOS,) * hypothesis.finished


def assert_drawn_from(counts, probabilities, total):
    """The counts are as they are to be expected: Pearson's chi-square, which is worse once in 1,000 times."""
    seen, expected = torch.tensor(counts).double(), probabilities.double() * total
    there = expected > 0
    assert not seen[~there].any()
    if there.sum() == 1:
        return
    statistic = ((seen - expected)[there] ** 2 / expected[there]).sum()
    freedom = int(there.sum()) - 1
    worse = torch.special.gammaincc(torch.tensor(freedom / 2).double(), statistic / 2)
    assert worse > 1e-3


def admitted(logits, temperature, top_k, top_p):
    """Return the exact distribution, in plain Python."""
    weights = {word: float((logit / temperature).exp()) for word, logit in enumerate(logits.double())}
    likeliest = sorted(weights, key=lambda word: -weights[word])[: top_k or len(logits)]
    total, kept, mass = sum(weights[word] for word in likeliest), [], 0.0
    for word in likeliest:
        if mass < top_p:
            kept.append(word)
        mass += weights[word] / total
    share = sum(weights[word] for word in kept)
    return torch.tensor([weights[word] / share * (word in kept) for word in range(len(logits))])


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"temperature": 0.5},
        {"temperature": 3.0},
        {"top_k": 3},
        {"top_k": 50},
        {"top_p": 0.6},
        {"top_p": 0.01},
        {"temperature": 2.0, "top_k": 5, "top_p": 0.8},
    ],
    ids=str,
)
def test_words_come_as_often_as_they_are_likely(chosen):
    expected = admitted(LOGITS, **{"temperature": 1.0, "top_k": None, "top_p": 1.0, **chosen})
    counts = Counter(words_of(found)[0] for (found,) in draw(Sample(1, **chosen)))
    assert_drawn_from([counts[word] for word in range(len(LOGITS))], expected, SENTENCES)


@pytest.mark.parametrize("top_p", [0.02, 0.3, 0.9])
def test_where_many_words_are_likely_all_that_have_the_share_together_are_drawn(top_p):
    logits = 0.5 * torch.randn(400, generator=torch.Generator().manual_seed(4))
    expected = admitted(logits, 1.0, None, top_p)
    counts = Counter(words_of(found)[0] for (found,) in draw(Sample(1, top_p=top_p), logits=logits))
    assert_drawn_from([counts[word] for word in range(400)], expected, SENTENCES)


def test_words_are_independent_of_the_words_before_and_draws_of_the_other_draws():
    likely = LOGITS.softmax(dim=0)
    in_pairs = likely[:, None] * likely
    in_pairs[EOS] = 0
    in_pairs[EOS, EOS] = likely[EOS]  # which ends it
    successive = Counter((*words_of(found), EOS)[:2] for (found,) in draw(Sample(2, seed=5)))
    counts = [successive[a, b] for a in range(len(LOGITS)) for b in range(len(LOGITS))]
    assert_drawn_from(counts, in_pairs.flatten(), SENTENCES)

    both = Counter(
        tuple(words_of(found)[0] for found in of_sentence) for of_sentence in draw(Sample(1, outputs=2))
    )
    alike = sum(count for pair, count in both.items() if len(pair) == 1)
    assert_drawn_from([alike, SENTENCES - alike], torch.stack([p := (likely**2).sum(), 1 - p]), SENTENCES)


def test_one_sentence_gets_its_words_by_the_seed():
    counts = Counter(words_of(draw(Sample(1, seed=seed), 1)[0][0])[0] for seed in range(600))
    assert_drawn_from([counts[word] for word in range(len(LOGITS))], LOGITS.softmax(dim=0), 600)


def test_the_same_seed_and_sentence_give_the_same_output_wherever_it_stands():
    sampling = Sample(6, outputs=3)
    together = draw(sampling, 200)
    assert draw(sampling, 50, first=100) == together[100:150]
    assert draw(sampling, 1, first=7) == [together[7]]
    assert draw(Sample(6, outputs=3, seed=2), 200) != together
    for (one,), three in zip(draw(Sample(6), 200), together, strict=True):
        assert one in three  # the first draw does not depend on how many are wanted


@given(seed=st.integers(0, 10**6), ending=st.floats(-3, 3), block=st.integers(0, 2))
@settings(derandomize=True, deadline=None, max_examples=20)
def test_without_choice_or_warmth_sampling_is_greedy(storyteller, search, seed, ending, block):
    model = storyteller(7, seed, ending)
    expected = search(Greedy(6, block_ngrams=block), model, [3, 4, 5])
    for cold in ({"top_k": 1}, {"top_p": 1e-6}, {"temperature": 1e-4}):
        assert search(Sample(6, seed=seed, block_ngrams=block, **cold), model, [3, 4, 5]) == expected


@given(seed=st.integers(0, 10**6), outputs=st.integers(2, 12))
@settings(derandomize=True, deadline=None, max_examples=20)
def test_draws_are_different_and_the_likeliest_comes_first(storyteller, search, seed, outputs):
    model = storyteller(4, seed, ending=2.0)
    for sentence, found in zip([3, 4], search(Sample(3, outputs=outputs), model, [3, 4]), strict=True):
        assert 1 <= len(found) == len(set(map(words_of, found))) <= outputs
        logs = [hypothesis.log_probability for hypothesis in found]
        assert logs == sorted(logs, reverse=True)
        assert logs == pytest.approx(
            [model.log_probability(sentence, words_of(one)) for one in found], abs=1e-4
        )


def test_a_temperature_changes_what_is_found_but_not_how_probable_it_is(storyteller, search):
    model = storyteller(6, 3)
    for sentence, (found,) in zip([3, 4], search(Sample(4, temperature=5.0), model, [3, 4]), strict=True):
        expected = model.log_probability(sentence, words_of(found))
        assert found.log_probability == pytest.approx(expected, abs=1e-4)
    assert {past[1:] for past in model.rows_read[0]} == {(SOS,)}
