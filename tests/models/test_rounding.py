"""The switch that lets products round their factors."""

import torch

from seq2seq_cli.models.rounding import rounding


def test_rounding_ends_with_the_last_block():
    before = torch.get_float32_matmul_precision()
    with rounding():
        with rounding():
            assert torch.get_float32_matmul_precision() == "medium"
        assert torch.get_float32_matmul_precision() == "medium"
    assert torch.get_float32_matmul_precision() == before
