"""Teacher forcing: which positions are given the right word."""

import pytest
import torch

from seq2seq_cli.training.forcing import FORCINGS, Always, Never, Ratio

TARGET = torch.randint(3, 9, (40, 6), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", FORCINGS)
def test_a_policy_gives_a_mask_of_the_targets_shape_or_none(make_variant, name):
    mask = make_variant(FORCINGS, name, ratio=0.5).mask(TARGET)
    assert mask is None or (mask.shape, mask.dtype) == (TARGET.shape, torch.bool)


@pytest.mark.parametrize("name", FORCINGS)
def test_a_policy_can_be_made_without_a_ratio_and_leaves_the_target_alone(name):
    before = TARGET.clone()
    FORCINGS[name]().mask(TARGET)
    assert torch.equal(TARGET, before)


@pytest.mark.parametrize("name", FORCINGS)
def test_a_policy_throws_the_same_coins_after_the_same_seed(make_variant, name):
    masks = []
    for _ in range(2):
        torch.manual_seed(3)
        masks.append(make_variant(FORCINGS, name, ratio=0.5).mask(TARGET))
    torch.testing.assert_close(*masks)


def test_always_forces_everywhere():
    assert Always().mask(TARGET) is None


def test_never_forces_nowhere():
    assert not Never().mask(TARGET).any()


def test_ratio_throws_one_coin_a_sentence():
    mask = Ratio(0.5).mask(TARGET)
    assert torch.equal(mask.any(dim=1), mask.all(dim=1))
    assert 0 < mask[:, 0].sum() < len(TARGET)


@pytest.mark.parametrize(("ratio", "expected"), [(0.0, 0), (1.0, 40)])
def test_ratio_at_its_ends_is_never_or_always(ratio, expected):
    assert Ratio(ratio).mask(TARGET)[:, 0].sum() == expected


@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.9])
def test_ratio_is_the_share_of_forced_sentences(ratio):
    mask = Ratio(ratio).mask(torch.ones(20_000, 2))
    assert mask[:, 0].double().mean() == pytest.approx(ratio, abs=0.015)


def test_ratio_throws_anew_every_time():
    policy = Ratio(0.5)
    assert not torch.equal(policy.mask(TARGET), policy.mask(TARGET))
