"""Teacher forcing: which positions are given the right word."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.errors import UnknownNameError
from seq2seq_cli.training.forcing import (
    FORCINGS,
    UNITS,
    Always,
    ExponentialDecay,
    Forcing,
    InverseSigmoidDecay,
    LinearDecay,
    Never,
    Ratio,
)

TARGET = torch.randint(3, 9, (40, 6), generator=torch.Generator().manual_seed(1))
DECAYS = {"linear": LinearDecay, "exponential": ExponentialDecay, "inverse_sigmoid": InverseSigmoidDecay}

every_policy = pytest.mark.parametrize("name", FORCINGS)
every_unit = pytest.mark.parametrize("unit", UNITS)
every_decay = pytest.mark.parametrize("name", DECAYS)


class Fixed(Forcing):
    """A policy of any probability, for the mask alone."""

    def __init__(self, probability, unit):
        super().__init__(unit)
        self.fixed = probability

    def probability(self, step):
        return self.fixed


def drawn(policy, step=0):
    """Return a policy's mask and whether a coin was thrown for it."""
    before = torch.get_rng_state()
    mask = policy.mask(TARGET, step)
    return mask, not torch.equal(before, torch.get_rng_state())


# What every policy has to fulfil


@every_policy
@every_unit
@pytest.mark.parametrize("step", [0, 1, 50, 10**9])
def test_a_policy_gives_a_mask_of_the_targets_shape_or_none(make_variant, name, unit, step):
    mask = make_variant(FORCINGS, name, unit=unit, decay_steps=100).mask(TARGET, step)
    assert mask is None or (mask.shape, mask.dtype, mask.device) == (TARGET.shape, torch.bool, TARGET.device)


@every_policy
def test_a_policy_can_be_made_without_options_and_leaves_the_target_alone(name):
    before = TARGET.clone()
    FORCINGS[name]().mask(TARGET, 10)
    assert torch.equal(TARGET, before)


@every_policy
@every_unit
def test_a_policy_throws_the_same_coins_after_the_same_seed(make_variant, name, unit):
    masks = []
    for _ in range(2):
        torch.manual_seed(3)
        masks.append(make_variant(FORCINGS, name, unit=unit, decay_steps=100).mask(TARGET, 30))
    torch.testing.assert_close(*masks)


@every_policy
@given(st.integers(1, 5000), st.floats(0, 1), st.floats(0, 1))
@settings(derandomize=True, deadline=None, max_examples=20)
def test_a_probability_never_rises_and_never_lies_beyond_0_and_1(
    make_variant, name, decay_steps, floor, ratio
):
    policy = make_variant(FORCINGS, name, decay_steps=decay_steps, floor=floor, ratio=ratio)
    probabilities = [policy.probability(step) for step in (0, 1, 7, 300, 4000, 10**5, 10**9)]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= probability <= 1 for probability in probabilities)


# The mask


def test_one_throw_decides_for_a_batch():
    masks = [Fixed(0.5, "batch").mask(TARGET, 0) for _ in range(20)]
    assert all(mask.all() or not mask.any() for mask in masks)
    assert 0 < sum(bool(mask.all()) for mask in masks) < 20


def test_one_throw_decides_for_a_sentence():
    mask = Fixed(0.5, "sentence").mask(TARGET, 0)
    assert torch.equal(mask.any(dim=1), mask.all(dim=1))
    assert 0 < mask[:, 0].sum() < len(TARGET)


def test_every_token_has_a_throw_of_its_own():
    mask = Fixed(0.5, "token").mask(TARGET, 0)
    assert not torch.equal(mask.any(dim=1), mask.all(dim=1))
    assert not torch.equal(mask.any(dim=0), mask.all(dim=0))


@every_unit
@pytest.mark.parametrize("probability", [0.2, 0.5, 0.9])
def test_the_probability_is_the_share_of_forced_throws(unit, probability):
    if unit == "batch":
        shares = torch.stack([Fixed(probability, unit).mask(TARGET, 0)[0, 0] for _ in range(5000)])
    else:
        shares = Fixed(probability, unit).mask(torch.ones(20_000, 2), 0)
    assert shares.double().mean() == pytest.approx(probability, abs=0.02)


@every_unit
def test_coins_are_thrown_anew_every_time(unit):
    policy = Fixed(0.5, unit)
    masks = [policy.mask(TARGET, 0) for _ in range(20)]
    assert not all(torch.equal(masks[0], mask) for mask in masks)


@every_unit
@pytest.mark.parametrize("probability", [1.0, 1.5])
def test_where_all_is_forced_there_is_no_mask_and_no_throw(unit, probability):
    mask, thrown = drawn(Fixed(probability, unit))
    assert mask is None
    assert not thrown


@every_unit
@pytest.mark.parametrize("probability", [0.0, -0.5])
def test_where_nothing_is_forced_there_is_no_throw(unit, probability):
    mask, thrown = drawn(Fixed(probability, unit))
    assert (mask.shape, mask.dtype) == (TARGET.shape, torch.bool)
    assert not mask.any()
    assert not thrown


@every_unit
def test_where_chance_decides_a_coin_is_thrown(unit):
    assert drawn(Fixed(0.5, unit))[1]


def test_an_unknown_unit_is_refused_with_the_nearest_one():
    with pytest.raises(UnknownNameError, match="sentences") as caught:
        Ratio(0.5, "sentences")
    assert caught.value.hint == "Did you mean 'sentence'?"


# The policies


def test_always_forces_everywhere():
    assert drawn(Always()) == (None, False)


def test_never_forces_nowhere():
    mask, thrown = drawn(Never())
    assert not mask.any()
    assert not thrown


def test_ratio_is_its_ratio_throughout_and_decides_by_sentence_unless_told_otherwise():
    policy = Ratio(0.3)
    assert {policy.probability(step) for step in (0, 1, 10**6)} == {0.3}
    mask = policy.mask(TARGET, 5)
    assert torch.equal(mask.any(dim=1), mask.all(dim=1))


def test_linear_decay_falls_to_its_end_after_the_decay_steps():
    policy = LinearDecay(8)
    assert [policy.probability(step) for step in (0, 2, 4, 6, 8, 9, 100)] == [1, 0.75, 0.5, 0.25, 0, 0, 0]


def test_exponential_decay_multiplies_by_the_same_number_every_step():
    policy = ExponentialDecay(50)
    k = math.exp(-1 / 50)
    expected = [1.0]
    for _ in range(300):
        expected.append(expected[-1] * k)
    assert [policy.probability(step) for step in range(301)] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("k", [1, 2, 50, 1000])
def test_inverse_sigmoid_decay_is_the_papers(k):
    policy = InverseSigmoidDecay(k)
    steps = [step for step in (0, 1, 30, 300, 5000, 20_000) if step / k < 700]
    expected = [k / (k + math.exp(step / k)) for step in steps]
    assert [policy.probability(step) for step in steps] == pytest.approx(expected, rel=1e-10)


def test_inverse_sigmoid_decay_is_halfway_after_k_ln_k_updates_and_does_not_overflow():
    policy = InverseSigmoidDecay(100)
    assert policy.probability(round(100 * math.log(100))) == pytest.approx(0.5, abs=0.002)
    assert policy.probability(10**12) == 0


@every_decay
def test_no_decay_goes_below_its_floor(name):
    policy, bare = DECAYS[name](10, floor=0.25), DECAYS[name](10)
    for step in range(200):
        assert policy.probability(step) == max(0.25, bare.probability(step))
    assert policy.probability(199) == 0.25


@every_decay
def test_a_decay_forces_fewer_and_fewer(name):
    policy = DECAYS[name](20, unit="token")
    target = torch.ones(2000, 10)
    shares = [policy.mask(target, step).double().mean() for step in (10, 40, 90)]
    assert shares == pytest.approx([policy.probability(step) for step in (10, 40, 90)], abs=0.02)
