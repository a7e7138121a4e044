"""The readouts of state and context, against the equation and autograd."""

import pytest
import torch

from seq2seq_cli.models.readout import ReadoutTrace

SIZES, HIDDEN, CONTEXT, WIDTH = (3, 2, 2), 4, 5, 6


@pytest.fixture
def given():
    """Return s and c of every token, and W and b: leaves."""
    shapes = (sum(SIZES), HIDDEN), (sum(SIZES), CONTEXT), (WIDTH, HIDDEN + CONTEXT), (WIDTH,)
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


def read(read_out, hiddens, contexts):
    for t, (hidden, context) in enumerate(zip(hiddens.split(SIZES), contexts.split(SIZES), strict=True)):
        read_out.forward(t, hidden, context)
    return read_out.readouts


def test_readouts_and_gradients_are_what_the_equation_says(assert_same, given):
    hiddens, contexts, weight, bias = given
    expected = torch.tanh(torch.cat([hiddens, contexts], dim=1) @ weight.t() + bias)
    d_readouts = torch.randn(sum(SIZES), WIDTH).double()
    gradients = torch.autograd.grad(expected, given, d_readouts)
    with torch.no_grad():
        read_out = ReadoutTrace(SIZES, torch.float64, hiddens.clone(), [weight, bias])
        assert_same(read(read_out, hiddens, contexts), expected.detach())
        read_out.turn()
        back = [read_out.backward(t, d) for t, d in reversed(list(enumerate(d_readouts.split(SIZES))))]
    d_hiddens, d_contexts = (torch.cat(steps[::-1]) for steps in zip(*back, strict=True))
    assert_same((d_hiddens, d_contexts, *read_out.gradients()), gradients)


def test_without_a_layer_the_readout_is_the_state_itself():
    hiddens, nothing = torch.randn(sum(SIZES), HIDDEN), torch.zeros(sum(SIZES), 0)
    read_out = ReadoutTrace(SIZES, torch.float32, hiddens, [])
    assert torch.equal(read(read_out, hiddens, nothing), hiddens)
    d_readout = torch.randn(3, HIDDEN)
    d_hidden, d_context = read_out.backward(0, d_readout)
    assert torch.equal(d_hidden, d_readout)
    assert d_context.shape == (3, 0)
    assert read_out.gradients() == ()
