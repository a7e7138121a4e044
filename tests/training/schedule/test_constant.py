"""The constant rate."""

from seq2seq_cli.training.schedule import Constant


def test_constant_stays():
    assert {Constant(0.3, 40).rate(step, epoch) for step in range(50) for epoch in range(1, 5)} == {0.3}
