"""Dropout: what falls, how often, and for how long."""

import pytest
import torch

from seq2seq_cli.models.dropout import Dropout

P = 0.25
plain_and_variational = pytest.mark.parametrize("variational", [False, True], ids=["plain", "variational"])


@plain_and_variational
@pytest.mark.parametrize("shape", [(40, 50), (20, 10, 50)], ids=["step", "sweep"])
def test_a_share_falls_and_the_rest_is_scaled_up(variational, shape):
    dropped = Dropout(P, variational)(torch.ones(shape).double())
    kept = dropped != 0
    assert abs(1 - kept.double().mean() - P) < 0.05
    assert torch.equal(dropped[kept], torch.full_like(dropped[kept], 1 / (1 - P)))


@plain_and_variational
def test_gradients_pass_where_activations_pass(variational):
    x = torch.ones(4, 3, 50).double().requires_grad_()
    y = Dropout(P, variational)(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


@plain_and_variational
@pytest.mark.parametrize("shape", [(4, 50), (4, 3, 50)], ids=["step", "sweep"])
def test_nothing_falls_outside_training_nor_where_the_share_is_zero(variational, shape):
    x = torch.randn(shape)
    assert torch.equal(Dropout(P, variational).eval()(x), x)
    assert torch.equal(Dropout(0.0, variational)(x), x)


def test_plain_dropout_draws_anew_for_every_word():
    dropped = Dropout(P)(torch.ones(4, 6, 50))
    assert len({tuple(word.tolist()) for sentence in dropped for word in sentence}) == 24


def test_variational_dropout_draws_once_a_sentence_and_not_once_a_batch():
    dropped = Dropout(P, variational=True)(torch.ones(4, 6, 50))
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert len({tuple(sentence[0].tolist()) for sentence in dropped}) == 4


def test_a_mask_that_was_drawn_falls_on_steps_as_on_the_sweep():
    dropout = Dropout(P, variational=True)
    x = torch.randn(4, 6, 50)
    mask = dropout.draw(x, 50)
    swept = dropout(x, mask)
    assert torch.equal(swept, x * mask[:, None])
    assert torch.equal(swept, torch.stack([dropout(x[:, t], mask) for t in range(6)], dim=1))


def test_masks_have_the_width_they_are_asked_for_and_the_type_of_what_they_fall_on():
    mask = Dropout(P, variational=True).draw(torch.zeros(4, 7, dtype=torch.float64), 9)
    assert mask.shape == (4, 9)
    assert mask.dtype == torch.float64
    assert not mask.requires_grad


@pytest.mark.parametrize(
    "dropout",
    [Dropout(P), Dropout(0.0, variational=True), Dropout(P, variational=True).eval()],
    ids=["plain", "no-share", "not-training"],
)
def test_no_mask_is_drawn_where_none_is_due(dropout):
    assert dropout.draw(torch.zeros(4, 7), 9) is None


def test_it_says_what_it_is():
    assert str(Dropout(0.2)) == "Dropout(p=0.2)"
    assert str(Dropout(0.2, variational=True)) == "Dropout(p=0.2, variational)"
