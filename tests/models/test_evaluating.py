"""A module that does not learn for a while."""

import pytest
from torch import nn

from seq2seq_cli.models.evaluating import evaluating


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_comes_back_after_an_error_too(training):
    module = nn.Dropout().train(training)
    with pytest.raises(ZeroDivisionError), evaluating(module):
        _ = 1 / module.training
    assert module.training == training
