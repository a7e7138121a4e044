"""The best and the worst outputs."""

import pytest
from sacrebleu.metrics import CHRF

from seq2seq_cli.evaluation import summarise
from seq2seq_cli.evaluation.samples import extremes

TRIPLES = [
    ("right", "je suis content", "je suis content"),
    ("right and long", "je suis tres content ici", "je suis tres content ici"),
    ("nearly", "tu es la", "tu es ici"),
    ("hopeless", "x y", "je"),
    ("hopeless and long", "x y z z z", "je"),
    ("said otherwise", "vous", "tu es"),
    ("said otherwise", "tu es", "tu es"),
]


def test_they_are_ranked_by_chrf_the_longest_first(made):
    best, worst = extremes(made(TRIPLES), 3, 2)
    assert [sample.source for sample in best] == ["right and long", "right", "said otherwise"]
    assert [sample.source for sample in worst] == ["hopeless and long", "hopeless"]
    assert [sample.correct for sample in (*best, *worst)] == [True] * 3 + [False] * 2


def test_a_source_comes_once_and_counts_by_its_nearest_reference(made):
    best, _ = extremes(made(TRIPLES), 100, 0)
    assert len(best) == 6
    (otherwise,) = [sample for sample in best if sample.source == "said otherwise"]
    assert otherwise.chrf == pytest.approx(100)


def test_the_score_of_a_sample_is_that_of_its_sentence(outcome):
    evaluation, oracle = summarise(outcome, 5, 2, 4), CHRF()
    assert [len(some) for some in (evaluation.samples, evaluation.best, evaluation.worst)] == [5, 2, 4]
    references = dict(zip((source for source, _ in outcome.pairs), outcome.scores.references, strict=True))
    for sample in (*evaluation.samples, *evaluation.best, *evaluation.worst):
        expected = oracle.sentence_score(sample.prediction, references[sample.source])
        assert sample.chrf == pytest.approx(expected.score)
    assert min(sample.chrf for sample in evaluation.best) > max(sample.chrf for sample in evaluation.worst)


def test_none_are_looked_for_unless_asked_for(made):
    assert extremes(made(TRIPLES), 0, 0) == ((), ())
