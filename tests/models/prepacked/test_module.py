"""Modules with the matrices inside laid out, against those that they are made of."""

import pytest
import torch
from torch import nn

from seq2seq_cli.models.prepacked import can_prepack, prepacked
from seq2seq_cli.models.prepacked.linear import PrepackedLinear

needs_onednn = pytest.mark.skipif(not can_prepack(torch.zeros(1, 1)), reason="torch has no oneDNN here")


@needs_onednn
def test_a_module_stays_as_it_is_and_shares_what_is_not_packed():
    module = nn.Sequential(nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 3)), nn.LayerNorm(3))
    twin = prepacked(module)
    (embedding, linear), norm = module
    assert twin[0][0].weight is embedding.weight
    assert twin[1].weight is norm.weight
    assert type(twin[0][1]) is PrepackedLinear
    assert type(linear) is nn.Linear
    words = torch.tensor([1, 4])
    with torch.inference_mode():
        torch.testing.assert_close(twin(words), module(words), rtol=1e-5, atol=1e-5)


def test_what_cannot_be_packed_is_shared():
    module = nn.Sequential(nn.Linear(4, 4).double(), nn.Tanh())
    assert type(prepacked(module)[0]) is nn.Linear
