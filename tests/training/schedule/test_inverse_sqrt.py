"""The decay with the square root of the updates, against the paper's formula."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.training.schedule import InverseSqrt


@given(st.floats(1e-5, 10), st.integers(1, 40))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_inverse_sqrt_is_that_of_the_transformer(torchs_rates, learning_rate, warmup_steps):
    def papers(step_number):  # from 1; Vaswani et al. 2017, equation 3, for d_model 1
        return min(step_number**-0.5, step_number * warmup_steps**-1.5)

    schedule = InverseSqrt(learning_rate, 60, warmup_steps)
    scale = learning_rate / papers(warmup_steps)
    expected = [scale * papers(step + 1) for step in range(99)]
    assert [schedule.rate(step, 1) for step in range(99)] == pytest.approx(expected, rel=1e-12)


def test_inverse_sqrt_falls_from_the_first_update_on_without_a_warm_up():
    schedule = InverseSqrt(0.6, 99)
    assert [schedule.rate(step, 1) for step in (0, 3, 8, 35)] == pytest.approx([0.6, 0.3, 0.2, 0.1])


def test_inverse_sqrt_is_at_its_highest_when_the_warm_up_ends_and_halves_in_four_times_its_length():
    schedule = InverseSqrt(0.6, 99, warmup_steps=10)
    assert [schedule.rate(step, 1) for step in (4, 9, 39)] == pytest.approx([0.3, 0.6, 0.3])
