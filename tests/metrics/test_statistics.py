"""From counts to scores, of any sentences together and of each by itself: beside sacreBLEU's own."""

import gc

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF, TER

from seq2seq_cli import metrics

SCORES = [
    (
        metrics.count_bleu,
        lambda outputs, streams: sacrebleu.corpus_bleu(outputs, streams, tokenize="none", force=True),
    ),
    (metrics.count_chrf, sacrebleu.corpus_chrf),
    (metrics.count_ter, sacrebleu.corpus_ter),
]
SENTENCE_SCORES = [
    (metrics.count_bleu, BLEU(tokenize="none", force=True, effective_order=True)),
    (metrics.count_chrf, CHRF()),
    (metrics.count_ter, TER()),
]
NAMES = ["bleu", "chrf", "ter"]


@pytest.mark.parametrize(("score", "oracle"), SCORES, ids=NAMES)
def test_the_score_of_some_sentences_is_that_of_a_corpus_of_them(score, oracle, good, references, others):
    both = [list(pair) for pair in zip(references, others, strict=True)]
    statistics = score(good, both)
    generator = np.random.default_rng(5)
    for size in (1, 3, 40):
        rows = generator.choice(len(good), size)
        streams = [[side[i] for i in rows] for side in (references, others)]
        assert statistics.score(rows) == pytest.approx(oracle([good[i] for i in rows], streams).score)


@pytest.mark.parametrize(("score", "oracle"), SENTENCE_SCORES, ids=NAMES)
def test_the_score_of_each_sentence_is_sacrebleus_sentence_score(score, oracle, bad, references):
    own = [[reference] for reference in references]
    expected = [oracle.sentence_score(*pair).score for pair in zip(bad, own, strict=True)]
    assert score(bad, own).sentences() == pytest.approx(expected)
    assert score(bad, own).sentences(np.array([7, 2])) == pytest.approx([expected[7], expected[2]])


sentence = st.lists(st.sampled_from(["a", "b", "ab", "ba", "c"]), max_size=6).map(" ".join)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.tuples(sentence, sentence), min_size=1, max_size=4))
def test_short_empty_and_hopeless_sentences_too(pairs):
    outputs, references = map(list, zip(*pairs, strict=True))
    own = [[reference] for reference in references]
    for (score, corpus), (_, of_sentence) in zip(SCORES, SENTENCE_SCORES, strict=True):
        statistics = score(outputs, own)
        assert statistics.score() == pytest.approx(corpus(outputs, [references]).score)
        expected = [of_sentence.sentence_score(*pair).score for pair in zip(outputs, own, strict=True)]
        assert statistics.sentences() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("score", "oracle"),
    [
        (metrics.count_bleu, BLEU(tokenize="none", force=True)),
        (metrics.count_chrf, CHRF()),
        (metrics.count_ter, TER()),
    ],
    ids=NAMES,
)
def test_the_signature_is_sacrebleus_and_tells_the_number_of_references(
    score, oracle, good, references, others
):
    oracle.corpus_score(good, [references, others])
    both = [list(pair) for pair in zip(references, others, strict=True)]
    assert score(good, both).signature == str(oracle.get_signature())
    assert score(good, [both[0][:1], *both[1:]]).signature.startswith("nrefs:var|")


@pytest.mark.parametrize("enabled", [True, False])
def test_counting_leaves_the_collector_as_it_was(enabled, good, references):
    (gc.enable if enabled else gc.disable)()
    try:
        metrics.count_bleu(good, [[reference] for reference in references])
        assert gc.isenabled() == enabled
        with pytest.raises(ValueError, match="reshape"):
            metrics.count_bleu(good, [[references[0]]])
        assert gc.isenabled() == enabled
    finally:
        gc.enable()


def test_scores_of_words_are_means_over_words_and_not_over_sentences():
    nats, words = [1.0, 8.0], [1, 3]
    assert metrics.count_loss(nats, words).score() == pytest.approx(9 / 4)
    assert metrics.count_perplexity(nats, words).score() == pytest.approx(np.exp(9 / 4))
    assert metrics.count_accuracy([1, 1], words).score() == pytest.approx(50)
    assert metrics.count_loss(nats, words).sentences() == pytest.approx([1, 8 / 3])


def test_a_perplexity_beyond_all_bounds_is_still_a_number():
    assert metrics.count_perplexity([1e6], [1]).score() == pytest.approx(np.exp(700))
