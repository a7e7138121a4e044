"""What a display keeps: curves that take no more room, speed of late."""

import pytest

from seq2seq_cli.cli.course import Course, Speed
from seq2seq_cli.training.events import Step


@pytest.mark.parametrize("count", [1, 511, 512, 513, 5000])
def test_a_course_keeps_the_means_of_blocks_of_one_size(count):
    course, numbers = Course(), [float(i * i % 97) for i in range(count)]
    for number in numbers:
        course.add(number)
    block = next(size for size in (1, 2, 4, 8, 16, 32) if count // size < 512)
    expected = [sum(numbers[i : i + block]) / block for i in range(0, count - block + 1, block)]
    assert course.points == pytest.approx(expected)
    assert len(course.points) < 512


def test_what_it_was_of_late_is_the_mean_of_the_last_hundred():
    course = Course()
    assert course.mean_of_late is None
    for number in range(250):
        course.add(float(number))
    assert course.mean_of_late == sum(range(150, 250)) / 100


def test_speed_is_that_of_the_last_seconds_and_not_since_the_start():
    speed = Speed()
    assert speed.tokens_per_second is None
    for second in range(101):
        tokens = 10 * min(second, 80) + 1000 * max(second - 80, 0)
        speed.add(Step(second, 1, 2.0, 0.1, 1.0, tokens, float(second)))
        assert (speed.tokens_per_second is None) == (second == 0)
        if second == 80:
            assert speed.tokens_per_second == 10
    assert speed.tokens_per_second == 1000


def test_speed_of_updates_that_are_slow_is_that_of_the_last_two():
    speed = Speed()
    for tokens, second in ((10, 10.0), (30, 20.0), (70, 30.0)):
        speed.add(Step(1, 1, 2.0, 0.1, 1.0, tokens, second))
    assert speed.tokens_per_second == 4
