"""What the hand-derived backward passes share."""

import torch

from seq2seq_cli.models.cells.sweep import lowered, sigmoid_backward, states_before, steps_of, tanh_backward


def test_the_gradients_of_sigmoid_and_tanh_are_torchs(assert_same):
    a = torch.randn(5, 4).double().requires_grad_()
    gradient = torch.randn(5, 4).double()
    for activation, backward in ((torch.sigmoid, sigmoid_backward), (torch.tanh, tanh_backward)):
        y = activation(a)
        (expected,) = torch.autograd.grad(y, a, gradient)
        out = torch.empty(5, 8).double()[:, ::2]  # written where it is told to, be it a part of something
        assert backward(gradient, y.detach(), out) is out
        assert_same(out, expected)


def test_steps_are_views():
    rows = torch.arange(12).view(6, 2)
    steps = steps_of(rows, (3, 2, 1))
    assert [step.tolist() for step in steps] == [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9]], [[10, 11]]]
    steps[1].zero_()
    assert rows[3:5].tolist() == [[0, 0], [0, 0]]


def test_the_state_before_a_step_is_the_one_after_the_step_before():
    after, first = torch.arange(1, 7).view(6, 1), torch.tensor([[10], [20], [30]])
    assert states_before(after, (3, 2, 1), first).flatten().tolist() == [10, 20, 30, 1, 2, 4]
    assert states_before(after[:3], (3,), first).flatten().tolist() == [10, 20, 30]


def test_precision_is_lowered_where_autocast_asks_for_it_and_nowhere_else():
    tensors = torch.zeros(2), torch.zeros(3, dtype=torch.float64)
    assert lowered(*tensors) == tensors
    with torch.autocast("cpu", torch.bfloat16):
        assert [tensor.dtype for tensor in lowered(*tensors)] == [torch.bfloat16] * 2
