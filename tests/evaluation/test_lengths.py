"""Scores by the length of the source, beside sacreBLEU on the sentences of each bin."""

from itertools import pairwise

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.evaluation.lengths import _bounds, by_length


def test_each_bin_has_the_scores_of_its_sentences(outcome):
    bins = by_length(outcome)
    assert len(bins) > 1
    lengths = np.array([len(source.split()) for source, _ in outcome.pairs])
    for each in bins:
        rows = np.flatnonzero((each.first <= lengths) & (lengths <= each.last))
        outputs = [outcome.scores.outputs[i] for i in rows]
        own = [[outcome.pairs[i][1] for i in rows]]
        right = [outcome.scores.outputs[i] in outcome.scores.references[i] for i in rows]
        assert each.sentences == len(rows)
        bleu = sacrebleu.corpus_bleu(outputs, own, tokenize="none", force=True)
        assert each.bleu == pytest.approx(bleu.score)
        assert each.chrf == pytest.approx(sacrebleu.corpus_chrf(outputs, own).score)
        assert each.exact_match == pytest.approx(100 * np.mean(right))
    assert sum(each.sentences for each in bins) == len(outcome)


def test_the_loss_of_a_bin_is_a_mean_over_its_words(made):
    outcome = made([("a", "x", "x"), ("a b", "x y z", "x"), ("a b", "y", "y")], nats=[1, 2, 3, 4, 5, 6, 9, 8])
    short, long = by_length(outcome, most=3)
    assert (short.first, short.last, short.loss) == (1, 1, pytest.approx(1.5))
    assert (long.first, long.last, long.loss) == (2, 2, pytest.approx((3 + 4 + 5 + 6 + 9 + 8) / 6))


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=80), st.integers(1, 8))
def test_bins_hold_every_sentence_once_and_none_hangs_on_a_few(lengths, most):
    lengths = np.array(lengths)
    bounds = list(_bounds(lengths, most))
    assert 1 <= len(bounds) <= most
    assert (bounds[0][0], bounds[-1][1]) == (lengths.min(), lengths.max())
    for (_, last), (first, _) in pairwise(bounds):
        assert first == last + 1
    for first, last in bounds:
        assert ((first <= lengths) & (lengths <= last)).sum() >= len(lengths) / most


def test_sentences_without_a_word_are_a_bin_too(made):
    outcome = made([("", "x", "")] * 6 + [("a", "x", "x")] * 6)
    assert by_length(outcome)[0].first == 0
