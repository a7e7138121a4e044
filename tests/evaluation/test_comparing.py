"""Two outcomes side by side, and what is said of them. The numbers: tests/metrics/test_bootstrap.py."""

import random

import pytest

from seq2seq_cli.evaluation import compare_outcomes
from seq2seq_cli.metrics import bleu

WORDS = [f"w{i}" for i in range(30)]


def system(made, wrong, seed, name, counts=None):
    """Return an outcome of which a share of the words is wrong."""
    target, errors = random.Random(0), random.Random(seed)
    triples = []
    for i in range(400):
        reference = target.choices(WORDS, k=target.randint(3, 9))
        output = [errors.choice(WORDS) if errors.random() < wrong else word for word in reference]
        triples.append((str(i), " ".join(reference), " ".join(output)))
    return made(triples, dict.fromkeys(WORDS, 1) if counts is None else counts, name=name)


def test_a_better_system_is_called_better_whichever_comes_first(made):
    good, bad = system(made, 0.2, 1, "good"), system(made, 0.35, 2, "bad")
    for pair in ((good, bad), (bad, good)):
        found = compare_outcomes(*pair)
        assert found.verdict.startswith("good is better than bad by ")
        assert found.differences["bleu"].clear
    by = bleu(good.scores.outputs, good.own_references) - bleu(bad.scores.outputs, bad.own_references)
    assert f"by {by:.1f} BLEU" in found.verdict
    assert found.differences["bleu"].difference == pytest.approx(-by)
    assert (found.first, found.second, found.second_step) == ("bad", "good", 7)


def test_systems_that_differ_by_luck_alone_are_not_told_apart(made):
    first, second = system(made, 0.3, 1, "one"), system(made, 0.3, 2, "two")
    found = compare_outcomes(first, second)
    assert "cannot be told apart" in found.verdict
    assert not any(each.clear for each in found.differences.values())


def test_the_interval_is_that_of_the_leader(made):
    one, two = system(made, 0.3, 1, "one"), system(made, 0.3, 2, "two")
    forth, back = compare_outcomes(one, two), compare_outcomes(two, one)
    assert forth.verdict == back.verdict


def test_the_same_outputs_are_no_difference(made):
    found = compare_outcomes(system(made, 0.3, 1, "one"), system(made, 0.3, 1, "twin"))
    assert found.verdict == "one and twin say the same to every sentence."
    assert {each.p_value for each in found.differences.values()} == {1}


def test_other_outputs_of_the_same_score_are_not_told_apart_and_nobody_leads(made):
    one, two = (made([("a", "b", word)], name=name) for name, word in (("one", "c"), ("two", "d")))
    assert compare_outcomes(one, two).verdict == "one and two cannot be told apart: both have 0.0 BLEU."


def test_scores_of_words_are_not_compared_across_vocabularies(made):
    one, other = system(made, 0.3, 1, "one"), system(made, 0.3, 2, "other", dict.fromkeys(WORDS[1:], 1))
    of_words = {"loss", "perplexity", "token_accuracy"}
    assert of_words <= compare_outcomes(one, one).differences.keys()
    assert (
        compare_outcomes(one, other).differences.keys()
        == compare_outcomes(one, one).differences.keys() - of_words
    )
