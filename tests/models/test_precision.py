"""What products are rounded to, inside torch.autocast and outside of it."""

import pytest
import torch

from seq2seq_cli.models.precision import product_precision, raised


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_products_are_as_precise_as_their_factors_unless_told_otherwise(dtype):
    x = torch.zeros(2, dtype=dtype)
    assert product_precision(x) == dtype
    with torch.autocast("cpu", torch.bfloat16):
        assert product_precision(x) == torch.bfloat16
        with torch.autocast("cpu", enabled=False):
            assert product_precision(x) == dtype


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_what_is_carried_is_float32_where_products_are_rounded(dtype):
    tensors = torch.randn(2, dtype=dtype), torch.randn(3).bfloat16()
    assert all(ours is tensor for ours, tensor in zip(raised(*tensors), tensors, strict=True))
    with torch.autocast("cpu", torch.bfloat16):
        for ours, tensor in zip(raised(*tensors), tensors, strict=True):
            assert ours.dtype == torch.float32
            assert torch.equal(ours, tensor.float())
