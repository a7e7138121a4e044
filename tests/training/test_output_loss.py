"""The loss of an output layer, against torch's cross entropy of a linear map."""

import pytest
import torch
from torch.nn.functional import cross_entropy, linear

from seq2seq_cli.training.output_loss import OutputLoss

SIZE = 6
TOKENS = {"one": 1, "few": 5, "a-chunk": 256, "chunks": 300}
VOCABULARIES = {"narrow": 13, "fast": 32, "wide": 45}

every_number = pytest.mark.parametrize("tokens", TOKENS.values(), ids=list(TOKENS))
every_vocabulary = pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=list(VOCABULARIES))
every_smoothing = pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])


def make(tokens, vocabulary, dtype=torch.float64):
    """Return what an output layer reads, its W and b, and the right words."""
    shapes = (tokens, SIZE), (vocabulary, SIZE), (vocabulary,)
    leaves = [torch.randn(shape, dtype=dtype, requires_grad=True) for shape in shapes]
    return leaves, torch.randint(vocabulary, (tokens,))


def torchs(leaves, words, smoothing):
    return cross_entropy(linear(*leaves), words, reduction="sum", label_smoothing=smoothing)


@every_number
@every_vocabulary
@every_smoothing
def test_loss_and_gradients_are_torchs(tokens, vocabulary, smoothing):
    leaves, words = make(tokens, vocabulary)
    loss, expected = (
        OutputLoss.apply(*leaves, words, smoothing, torch.float64),
        torchs(leaves, words, smoothing),
    )
    assert loss.shape == ()
    torch.testing.assert_close(loss, expected, rtol=1e-12, atol=1e-12)
    ours, gradients = (torch.autograd.grad(each * -0.3, leaves) for each in (loss, expected))
    torch.testing.assert_close(ours, gradients, rtol=1e-10, atol=1e-12)


@every_smoothing
def test_gradients_are_those_of_finite_differences(smoothing):
    leaves, words = make(4, 5)
    assert torch.autograd.gradcheck(
        lambda *given: 0.7 * OutputLoss.apply(*given, words, smoothing, torch.float64), leaves
    )


@every_number
@every_vocabulary
@every_smoothing
def test_in_bfloat16_loss_and_gradients_are_near_and_in_float32(tokens, vocabulary, smoothing):
    leaves, words = make(tokens, vocabulary, torch.float32)
    exact, rounded = (
        OutputLoss.apply(*leaves, words, smoothing, precision)
        for precision in (torch.float32, torch.bfloat16)
    )
    assert rounded.dtype == torch.float32
    assert rounded != exact
    assert rounded.item() == pytest.approx(exact.item(), rel=0.02)
    ours, gradients = (torch.autograd.grad(loss / tokens, leaves) for loss in (rounded, exact))
    for near, gradient in zip(ours, gradients, strict=True):
        assert near.dtype == torch.float32
        assert near.shape == gradient.shape
        assert (near - gradient).norm() < 0.03 * gradient.norm()


def test_in_bfloat16_a_large_bias_leaves_the_loss_near():
    leaves, words = make(300, 45, torch.float32)
    leaves[2] = (20 * leaves[2].detach()).requires_grad_()
    exact, rounded = (
        OutputLoss.apply(*leaves, words, 0.0, precision) for precision in (torch.float32, torch.bfloat16)
    )
    assert rounded.item() == pytest.approx(exact.item(), rel=0.01)
    ours, gradients = (torch.autograd.grad(loss, leaves) for loss in (rounded, exact))
    for near, gradient in zip(ours, gradients, strict=True):
        assert near.isfinite().all()
        assert (near - gradient).norm() < 0.05 * gradient.norm()


def test_large_logits_are_no_trouble():
    leaves, words = make(3, 13)
    leaves = [leaf.detach().mul(1000).requires_grad_() for leaf in leaves]
    loss, expected = OutputLoss.apply(*leaves, words, 0.1, torch.float64), torchs(leaves, words, 0.1)
    torch.testing.assert_close(loss, expected)
    ours, gradients = (torch.autograd.grad(each, leaves) for each in (loss, expected))
    torch.testing.assert_close(ours, gradients)


def test_the_way_back_can_be_gone_again_and_what_was_given_is_left_alone():
    leaves, words = make(300, 13)
    before = [leaf.detach().clone() for leaf in leaves]
    loss = OutputLoss.apply(*leaves, words, 0.1, torch.float64)
    once, again = (torch.autograd.grad(loss, leaves, retain_graph=True) for _ in range(2))
    assert all(map(torch.equal, once, again))
    assert all(map(torch.equal, leaves, before))


def test_the_gradient_of_a_gradient_is_refused_and_not_wrong():
    leaves, words = make(3, 13)
    loss = OutputLoss.apply(*leaves, words, 0.0, torch.float64)
    (gradient,) = torch.autograd.grad(loss.sin(), leaves[0], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
def test_no_words_are_no_loss(precision):
    leaves, words = make(0, 13, torch.float32)
    loss = OutputLoss.apply(*leaves, words, 0.1, precision)
    assert loss == 0
    assert not any(gradient.any() for gradient in torch.autograd.grad(loss, leaves))
