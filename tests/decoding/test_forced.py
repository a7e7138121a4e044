"""How probable given targets are."""

import pytest
import torch

from seq2seq_cli.decoding.forced import score_targets
from seq2seq_cli.symbols import EOS, PAD


@pytest.mark.parametrize("attention", ["none", "additive"])
def test_a_target_is_as_probable_as_teacher_forcing_says(real_model, sentences, teacher_forced, attention):
    model, (source, lengths) = real_model(attention=attention), sentences([5, 2, 9, 4])
    targets = [[7, 8, EOS], [], [PAD, 5, 6, 19, 3], [EOS]]
    found = score_targets(model, source, lengths, targets)
    for row, (target, ours) in enumerate(zip(targets, found, strict=True)):
        expected = teacher_forced(model, source[row], int(lengths[row]), target) if target else []
        assert list(ours) == pytest.approx(expected, abs=1e-4)


def test_targets_without_words_need_no_step(storyteller):
    model = storyteller()
    assert score_targets(model, torch.tensor([[3, EOS]]), torch.tensor([2]), [[]]) == [()]
    assert model.rows_read == []


def test_a_target_that_has_ended_is_no_longer_worked_on(storyteller):
    model = storyteller()
    source, lengths = torch.tensor([[3, EOS], [4, EOS]]), torch.tensor([2, 2])
    found = score_targets(model, source, lengths, [[5], [3, 4, EOS]])
    assert [len(rows) for rows in model.rows_read] == [2, 1, 1]
    assert sum(found[0]) == pytest.approx(model.log_probability(3, [5]), abs=1e-4)
    assert sum(found[1]) == pytest.approx(model.log_probability(4, [3, 4, EOS]), abs=1e-4)
