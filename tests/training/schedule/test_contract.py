"""What every schedule has to fulfil."""

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.training.schedule import SCHEDULES

EPOCH = 5  # updates

every_schedule = pytest.mark.parametrize("name", SCHEDULES)
every_setting = {
    "warmup_steps": st.integers(0, 60),
    "step_size": st.integers(1, 4),
    "patience": st.integers(1, 4),
    "factor": st.floats(0.01, 1),
    "floor": st.floats(0, 1),
    "rise": st.floats(0.01, 0.99),
}
validations = st.lists(st.booleans(), max_size=8)


def rates_of(schedule, steps):
    """Return a schedule's rates for the updates of a range."""
    return [schedule.rate(step, step // EPOCH + 1) for step in steps]


def hear(schedule, validations):
    """Tell a schedule how validations went."""
    for better in validations:
        schedule.validated(better)


@every_schedule
@given(st.floats(1e-6, 10), st.integers(1, 50), validations, st.fixed_dictionaries(every_setting))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_rates_are_finite_and_lie_between_zero_and_the_learning_rate(
    make_variant, name, learning_rate, total_steps, validations, options
):
    schedule = make_variant(SCHEDULES, name, learning_rate, total_steps, **options)
    hear(schedule, validations)
    for rate in rates_of(schedule, [*range(total_steps + 5), 10**9]):
        assert math.isfinite(rate)
        assert 0 <= rate <= learning_rate * (1 + 1e-12)


@every_schedule
@given(st.floats(1e-6, 10), st.integers(1, 50), st.integers(0, 60))
@settings(derandomize=True, deadline=None, max_examples=20)
def test_rates_are_positive_as_long_as_training_lasts(name, learning_rate, total_steps, warmup_steps):
    schedule = SCHEDULES[name](learning_rate, total_steps, warmup_steps)
    assert all(rate > 0 for rate in rates_of(schedule, range(total_steps)))


@every_schedule
@given(st.floats(1e-6, 10), st.integers(1, 50), st.integers(1, 60))
@settings(derandomize=True, deadline=None, max_examples=20)
def test_a_warm_up_rises_with_every_update_until_the_learning_rate_is_reached(
    name, learning_rate, total_steps, warmup_steps
):
    schedule = SCHEDULES[name](learning_rate, total_steps, warmup_steps)
    rates = [schedule.rate(step, 1) for step in range(warmup_steps)]
    assert all(before < after for before, after in pairwise(rates))
    assert rates[-1] == pytest.approx(learning_rate, rel=1e-12)


@every_schedule
@given(validations, validations, st.fixed_dictionaries(every_setting))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_a_schedule_goes_on_from_a_state_in_a_checkpoint(make_variant, name, before, after, options):
    def make():
        return make_variant(SCHEDULES, name, 0.1, 40, **options)

    schedule, resumed = make(), make()
    hear(schedule, before)
    resumed.load(json.loads(json.dumps(schedule.state())))
    assert resumed.state() == schedule.state()
    for better in [None, *after]:
        if better is not None:
            hear(schedule, [better])
            hear(resumed, [better])
        assert rates_of(resumed, range(40)) == rates_of(schedule, range(40))


@every_schedule
def test_a_rate_does_not_depend_on_what_was_asked_before(make_variant, name):
    def make():
        return make_variant(SCHEDULES, name, 0.1, 40, warmup_steps=6, step_size=3, factor=0.5)

    assert rates_of(make(), reversed(range(50))) == rates_of(make(), range(50))[::-1]


@every_schedule
@pytest.mark.parametrize("warmup_steps", [0, 7])
def test_the_learning_rate_is_the_scale_of_all_rates(name, warmup_steps):
    one, two = SCHEDULES[name](0.1, 40, warmup_steps), SCHEDULES[name](0.2, 40, warmup_steps)
    doubled = [2 * rate for rate in rates_of(one, range(50))]
    assert rates_of(two, range(50)) == pytest.approx(doubled, rel=1e-12)


@every_schedule
def test_a_state_that_lacks_a_number_is_refused(name):
    schedule = SCHEDULES[name](0.1, 40)
    for missing in schedule.state():
        state = schedule.state()
        del state[missing]
        with pytest.raises(KeyError, match=missing):
            schedule.load(state)
