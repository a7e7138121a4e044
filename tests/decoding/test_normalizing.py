"""Log-probabilities of a few words, against torch's own way for all."""

import pytest
import torch

from seq2seq_cli.decoding.normalizing import log_probabilities


@pytest.mark.parametrize("shift", [0.0, 5.0, 80.0, 200.0, -80.0, -200.0], ids=str)
def test_they_are_those_of_log_softmax(shift):
    logits = torch.randn(7, 300, generator=torch.Generator().manual_seed(1)) * 4 + shift
    found = log_probabilities(logits[:, 3:8], logits)
    torch.testing.assert_close(
        found, logits.log_softmax(1)[:, 3:8], rtol=1e-5, atol=1e-5 * max(1, abs(shift))
    )


def test_one_great_row_spoils_no_other():
    logits = torch.tensor([[1.0, 2.0], [500.0, 499.0], [-300.0, -300.0]])
    torch.testing.assert_close(log_probabilities(logits, logits), logits.log_softmax(1))


def test_what_is_certain_has_no_more_than_probability_1():
    logits = torch.linspace(0, 80, 5000).unsqueeze(1) * torch.tensor([1.0, -1.0])
    assert log_probabilities(logits, logits).max() <= 0


@pytest.mark.parametrize("ruined", [float("nan"), float("inf")], ids=str)
def test_what_is_no_number_has_none(ruined):
    logits = torch.tensor([[1.0, ruined, 2.0]])
    assert log_probabilities(logits, logits)[0, 1].isnan()


def test_what_is_not_allowed_has_probability_0():
    logits = torch.tensor([[1.0, 2.0]])
    assert log_probabilities(torch.tensor([[-torch.inf]]), logits).item() == -torch.inf
