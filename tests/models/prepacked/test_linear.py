"""Prepacked linear maps, against torch's."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from seq2seq_cli.models.prepacked.linear import PrepackedLinear, can_prepack, held_in
from seq2seq_cli.models.rounding import rounding

pytestmark = pytest.mark.skipif(not can_prepack(torch.zeros(1, 1)), reason="torch has no oneDNN here")


@pytest.mark.parametrize("shape", [(1, 48), (31, 48), (64, 48), (3, 7, 48)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_a_prepacked_map_gives_what_the_map_gives(shape, bias):
    linear, x = nn.Linear(48, 33, bias=bias), torch.randn(shape)
    with torch.inference_mode():
        found = PrepackedLinear(linear.weight, linear.bias)(x)
        torch.testing.assert_close(found, linear(x), rtol=1e-5, atol=1e-5)


def test_while_rounding_the_factors_are_rounded_and_the_sum_is_not():
    linear, x = nn.Linear(256, 33), torch.randn(40, 256)
    with torch.inference_mode():
        exact = linear(x)
        with rounding():
            found = PrepackedLinear(linear.weight, linear.bias)(x)
    assert found.dtype == torch.float32
    assert (found - exact).abs().max() < 0.02


@pytest.mark.skipif(held_in(torch.bfloat16) != torch.bfloat16, reason="this CPU has no bfloat16 for oneDNN")
def test_in_bfloat16_the_product_has_the_type_of_what_it_is_given():
    linear, x = nn.Linear(256, 33), torch.randn(40, 256)
    with torch.inference_mode():
        found, exact = PrepackedLinear(linear.weight, linear.bias, torch.bfloat16)(x), linear(x)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, exact, rtol=0.01, atol=0.02)


@pytest.mark.parametrize(
    ("operators", "expected"),
    [
        (SimpleNamespace(_is_mkldnn_bf16_supported=lambda: True), torch.bfloat16),
        (SimpleNamespace(_is_mkldnn_bf16_supported=lambda: False), torch.float32),
        (SimpleNamespace(), torch.float32),
    ],
    ids=["can", "cannot", "does not know"],
)
def test_matrices_are_held_in_bfloat16_where_onednn_can(monkeypatch, operators, expected):
    monkeypatch.setattr(torch.ops, "mkldnn", operators)
    assert held_in(torch.bfloat16) == expected
    assert held_in(torch.float32) == torch.float32


def test_torch_still_calls_it_so():
    assert hasattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported")
