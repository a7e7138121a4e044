"""What hypotheses are compared by, against the formulas in plain Python."""

import math

import pytest
import torch

from seq2seq_cli.decoding.ranking import LENGTH_NORMALIZATIONS, Ranking


@pytest.mark.parametrize("normalization", LENGTH_NORMALIZATIONS)
@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.0])
def test_a_score_is_log_p_by_a_power_of_the_length(normalization, penalty):
    ranking = Ranking(normalization, penalty, 0.0, 30, torch.tensor([4]))
    for length in (1, 2, 30):
        size = length if normalization == "plain" else (5 + length) / 6
        assert float(ranking.scores(torch.tensor(-8.0), length)) == pytest.approx(-8 / size**penalty)


@pytest.mark.parametrize("normalization", LENGTH_NORMALIZATIONS)
def test_no_continuation_gets_beyond_what_is_in_reach_and_the_best_one_gets_there(normalization):
    ranking = Ranking(normalization, 0.8, 0.4, 12, torch.tensor([4]))
    beginning = torch.tensor([-3.0])
    reach = ranking.reach(beginning, torch.tensor([9]))
    for length in range(4, 10):
        for loss in (0.0, 0.1, 4.0):
            assert ranking.scores(beginning - loss, length) <= reach
    assert ranking.scores(beginning, 9) == reach


def test_what_was_passed_over_costs_its_logarithm_and_padding_costs_nothing():
    ranking = Ranking("gnmt", 0.2, 0.3, 9, torch.tensor([9, 3]))
    attended = torch.tensor([[[0.5, 2.0, 0.25, 0.0], [1.0, 1.0, 1.0, 0.0]]])
    found = ranking.uncovered(attended, torch.tensor([1]))
    assert found.tolist() == [[pytest.approx(0.3 * (math.log(0.5) + math.log(0.25))), 0.0]]
    never = ranking.uncovered(torch.zeros(1, 1, 4), torch.tensor([1]))
    assert -100 < float(never) < -50  # bad, but to be compared
