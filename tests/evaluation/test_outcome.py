"""What is counted of an outcome's sentences."""

import numpy as np
import pytest

from seq2seq_cli import metrics

SEVERAL = {
    "none": [("a", "x y z", "x y"), ("b", "x", "y")],
    "some": [("a", "x y z", "x y"), ("b", "x y", "x z y"), ("b", "x z y y", "x z y"), ("c", "z", "z")],
    "all": [("a", "x y z", "x y"), ("a", "x y", "x y"), ("b", "x", "y x"), ("b", "y y", "y x")],
}


@pytest.mark.parametrize("triples", SEVERAL.values(), ids=SEVERAL)
def test_bleu_against_all_references_is_counted_as_at_once(made, triples):
    outcome = made(triples)
    expected = metrics.count_bleu(outcome.scores.outputs, outcome.scores.references)
    found = outcome.statistics("bleu_any")
    assert np.array_equal(found.counts, expected.counts)
    assert found.signature == expected.signature


def test_nothing_is_counted_twice(made, monkeypatch):
    outcome = made(SEVERAL["some"])
    first = outcome.statistics("chrf")
    monkeypatch.delattr(metrics, "count_chrf")
    assert outcome.statistics("chrf") is first
