"""Words by how often training saw them, beside a count with Python's own counters."""

import random
from collections import Counter

import numpy as np
import pytest

from seq2seq_cli.evaluation.frequencies import BOUNDS, by_frequency

COUNTS = {"the": 2000, "sea": 150, "is": 99, "so": 10, "calm": 5, "wide": 4, "deep": 3, "old": 2, "dim": 1}


def frequency_of(word):
    return COUNTS.get(word, 0)


def test_the_words_of_two_sentences_by_hand(made):
    outcome = made(
        [
            ("x", "the sea is the sea", "the the the sea"),
            ("y", "calm unheard sea", "sea calm calm unheard dim"),
        ],
        COUNTS,
        nats=[1, 2, 3, 4, 5, 100, 6, 7, 8, 100],
    )
    found = {each.first: each for each in by_frequency(outcome)}
    the, sea, calm, dim, unknown = (found[first] for first in (1000, 100, 5, 1, 0))
    assert (the.reference, the.output, the.matched) == (2, 3, 2)
    assert (the.recall, the.precision) == (pytest.approx(100), pytest.approx(200 / 3))
    assert the.f1 == pytest.approx(80)
    assert the.loss == pytest.approx((1 + 4) / 2)
    assert (sea.reference, sea.output, sea.matched) == (3, 2, 2)
    assert (calm.reference, calm.output, calm.matched) == (1, 2, 1)
    assert (dim.reference, dim.output, dim.matched, dim.f1, dim.loss) == (0, 1, 0, 0, None)
    assert (unknown.reference, unknown.output, unknown.matched, unknown.last) == (1, 1, 0, 0)  # never a match
    assert the.last is None
    assert 10 in found  # "is", which no output has
    assert 4 not in found  # of these there are no words at all


def test_many_sentences_as_counters_have_them(made):
    generator, words = random.Random(1), [*COUNTS, "unheard", "of"]
    triples = [
        (str(i), *(" ".join(generator.choices(words, k=generator.randint(1, 8))) for _ in range(2)))
        for i in range(200)
    ]
    found = by_frequency(made(triples, COUNTS))
    for each in found:
        last = np.inf if each.last is None else each.last
        inside = {word for word in words if each.first <= frequency_of(word) <= last}
        reference, output, matched = Counter(), Counter(), Counter()
        for _, target, said in triples:
            meant, said = Counter(target.split()), Counter(said.split())
            reference, output = reference + meant, output + said
            matched += Counter({word: n for word, n in (meant & said).items() if word in COUNTS})
        sums = [sum(n for word, n in side.items() if word in inside) for side in (reference, output, matched)]
        assert [each.reference, each.output, each.matched] == sums
        assert each.recall == pytest.approx(100 * sums[2] / sums[0])
        assert each.precision == pytest.approx(100 * sums[2] / sums[1])
    assert [each.first for each in found] == list(BOUNDS)
    assert sum(each.reference for each in found) == sum(len(target.split()) for _, target, _ in triples)
