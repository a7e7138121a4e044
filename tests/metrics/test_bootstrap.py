"""Paired bootstrap resampling, beside sacreBLEU's PairedTest and resamples that are scored one by one."""

import math

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest

from seq2seq_cli import metrics
from seq2seq_cli.metrics import bootstrap, paired_bootstrap

RESAMPLES = 300
SCORES = {
    "bleu": metrics.count_bleu,
    "chrf": metrics.count_chrf,
    "ter": metrics.count_ter,
    "exact_match": metrics.count_exact_match,
}


@pytest.fixture
def pairs(good, bad, references):
    own = [[reference] for reference in references]
    return {name: (score(good, own), score(bad, own)) for name, score in SCORES.items()}


@pytest.mark.parametrize("close", [False, True], ids=["apart", "close"])
def test_p_values_are_those_of_sacrebleu_for_the_same_seed(good, bad, references, pairs, close):
    if close:  # most of the sentences are the other system's
        bad = [*good[:140], *bad[140:]]
        own = [[reference] for reference in references]
        pairs = {name: (score(good, own), score(bad, own)) for name, score in SCORES.items()}
    theirs = {"bleu": BLEU(tokenize="none", force=True), "chrf": CHRF(), "ter": TER()}
    systems = [("bad", bad), ("good", good)]
    _, result = PairedTest(systems, theirs, [references], "bs", RESAMPLES)()  # its seed is 12345
    ours = paired_bootstrap(pairs, RESAMPLES)
    for name, key in {"bleu": "BLEU", "chrf": "chrF2", "ter": "TER"}.items():
        base, system = result[key]
        assert (ours[name].second, ours[name].first) == pytest.approx((base.score, system.score))
        # Theirs are sums in half the precision: a resample on the border may fall on the other side.
        assert ours[name].p_value == pytest.approx(system.p_value, abs=1.5 / (RESAMPLES + 1))
    assert (ours["bleu"].p_value > 0.01) == close


def test_every_number_is_that_of_resamples_scored_one_by_one(good, bad, references):
    own = [[reference] for reference in references]
    both = metrics.count_exact_match(good, own), metrics.count_exact_match(bad, own)
    right = [
        [output == wanted for output, wanted in zip(each, references, strict=True)] for each in (good, bad)
    ]
    generator, drawn = np.random.default_rng(7), []
    rows = generator.choice(len(good), size=(200, len(good)), replace=True)
    for some in rows:
        first, second = ([each[i] for i in some] for each in right)
        drawn.append(100 * (sum(first) - sum(second)) / len(good))
    result = paired_bootstrap({"exact_match": both}, 200, seed=7)["exact_match"]
    assert result.difference == pytest.approx(result.first - result.second)
    assert result.low == pytest.approx(sorted(drawn)[5])
    assert result.high == pytest.approx(sorted(drawn)[194])
    assert result.first_higher == pytest.approx(np.mean([each > 1e-9 for each in drawn]))
    assert result.resamples == 200


def test_resamples_are_the_same_however_many_are_drawn_at_once(pairs, monkeypatch):
    at_once = paired_bootstrap(pairs, 50)
    monkeypatch.setattr(bootstrap, "_AT_ONCE", 400)  # two resamples of 150 sentences
    assert paired_bootstrap(pairs, 50) == at_once


def test_the_other_way_round_is_the_same_with_another_sign(pairs):
    forth = paired_bootstrap(pairs, 100)["chrf"]
    back = paired_bootstrap({name: (second, first) for name, (first, second) in pairs.items()}, 100)["chrf"]
    assert (back.difference, back.low, back.high) == pytest.approx(
        (-forth.difference, -forth.high, -forth.low)
    )
    assert back.p_value == forth.p_value
    assert back.first_higher == pytest.approx(1 - forth.first_higher)


def test_a_system_and_itself_do_not_differ(pairs):
    result = paired_bootstrap({name: (first, first) for name, (first, _) in pairs.items()}, 100)
    for each in result.values():
        assert (each.difference, each.low, each.high, each.p_value, each.clear) == (0, 0, 0, 1, False)


def test_chance_alone_is_seldom_taken_for_a_difference():
    """Two systems that are right as often, by chance: of such pairs one in twenty may look different."""
    generator, resamples, pairs = np.random.default_rng(0), 400, 200
    words = np.ones(300)
    clear = 0
    for number in range(pairs):
        first, second = (metrics.count_accuracy(generator.random(300) < 0.4, words) for _ in range(2))
        clear += paired_bootstrap({"x": (first, second)}, resamples, number)["x"].clear
    assert clear <= pairs / 20


@pytest.mark.parametrize(("sentences", "clear"), [(1, False), (9, False), (10, True)])
def test_a_few_sentences_are_never_enough_to_be_clear(sentences, clear):
    first, second = (metrics.count_accuracy([right] * sentences, [1] * sentences) for right in (1, 0))
    result = paired_bootstrap({"x": (first, second)})["x"]
    assert (result.difference, result.p_value) == (100, pytest.approx(1 / 1001))
    assert result.clear == clear


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_no_clear_difference(value):
    first, second = (metrics.count_loss([nats] * 20, [1] * 20) for nats in (1.0, value))
    result = paired_bootstrap({"loss": (first, second)})["loss"]
    assert math.isnan(result.p_value)
    assert not result.clear


def test_a_true_difference_is_found():
    generator, words = np.random.default_rng(0), np.ones(600)
    first, second = (metrics.count_accuracy(generator.random(600) < share, words) for share in (0.5, 0.35))
    result = paired_bootstrap({"x": (first, second)})["x"]
    assert result.clear
    assert result.low > 0
