"""The readouts of state and context, against the equation and autograd."""

import pytest
import torch

from seq2seq_cli.models.readout import Readout, ReadoutTrace

SIZES, HIDDEN, CONTEXT, WIDTH = (3, 2, 2), 4, 5, 6


@pytest.fixture
def given():
    """Return W [s ; c] of every token, and b: leaves."""
    shapes = (sum(SIZES), WIDTH), (WIDTH,)
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


def read(read_out, a):
    for t, step in enumerate(a.split(SIZES)):
        read_out.forward(t, step)
    return read_out.readouts


def test_readouts_and_gradients_are_what_the_equation_says(assert_same, given):
    a, bias = given
    expected = torch.tanh(a + bias)
    d_readouts = torch.randn(sum(SIZES), WIDTH).double()
    d_a, d_bias = torch.autograd.grad(expected, given, d_readouts)
    with torch.no_grad():
        read_out = ReadoutTrace(SIZES, a, bias)
        assert_same(read(read_out, a), expected.detach())
        back = [read_out.backward(t, d) for t, d in reversed(list(enumerate(d_readouts.split(SIZES))))]
    assert_same(torch.cat(back[::-1]), d_a)
    assert_same(d_readouts, d_a)  # whose place it takes
    assert_same(d_readouts.sum(0), d_bias)


def test_without_a_layer_the_readout_is_the_state_itself():
    hiddens = torch.randn(sum(SIZES), HIDDEN)
    read_out = ReadoutTrace(SIZES, hiddens, None)
    assert read(read_out, hiddens) is hiddens
    d_readout = torch.randn(3, HIDDEN)
    assert torch.equal(read_out.backward(0, d_readout.clone()), d_readout)


def test_contexts_can_be_read_out_before_their_mean_is_taken(assert_same):
    readout = Readout(HIDDEN, CONTEXT, WIDTH).double()
    hidden, values = torch.randn(1, HIDDEN).double(), torch.randn(7, CONTEXT).double()
    weights = torch.randn(1, 7).double().softmax(dim=1)
    ahead = weights @ (values @ readout.of_context.t())
    own = hidden @ readout.of_hidden.t() + readout.linear.bias
    assert_same((own + ahead).tanh(), readout(hidden, weights @ values))
