"""Search errors: the reference is likelier than what was found."""

import numpy as np
import pytest

from seq2seq_cli.evaluation.searching import search_errors


def test_errors_are_where_the_reference_is_likelier(made):
    outcome = made(
        [
            ("a", "x", "y"),  # the reference has log p -3: likelier
            ("b", "x", "y"),  # less likely
            ("c", "x", "x"),  # the same, computed another way
            ("d", "x", "z"),  # likelier, but the output is right as well
            ("d", "z", "z"),
        ],
        nats=[1, 2, 1, 2, 1, 2, 1, 2, 1, 2],
        found=[-3.5, -2.0, -3.0005, -4.0, -3.0],
    )
    errors = search_errors(outcome)
    assert (errors.sentences, errors.wrong, errors.of_wrong) == (2, 2, 1)
    assert errors.share == pytest.approx(40)
    assert errors.share_of_wrong == pytest.approx(50)


def test_without_a_wrong_output_none_is_among_them(made):
    errors = search_errors(made([("a", "x", "x")]))
    assert (errors.sentences, errors.wrong, errors.share_of_wrong) == (0, 0, 0)


def test_the_log_probabilities_of_the_search_and_of_the_references_are_of_one_kind(outcome):
    """Where greedy search finds the reference itself, both ways of computing must agree."""
    scores, same = outcome.scores, 0
    for row, found in enumerate(scores.hypotheses):
        if outcome.target.take(np.array([row])).values[:-1].tolist() == list(found.tokens):
            assert found.log_probability == pytest.approx(-scores.words.sentence_nats[row], abs=1e-4)
            same += 1
    assert same > 10
