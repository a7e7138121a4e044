"""The loss, against plain Python and against torch's own."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seq2seq_cli.symbols import EOS, PAD
from seq2seq_cli.training.loss import cross_entropy_sum, masked_cross_entropy

VOCABULARY = 5
MODEST = settings(derandomize=True, deadline=None, max_examples=40)


def surprise(logits, word):
    """Return -log softmax(logits)[word] in plain floats."""
    return math.log(sum(math.exp(logit) for logit in logits)) - logits[word]


@st.composite
def predictions(draw):
    """Draw targets of different lengths, padded, and logits (batch, time, vocabulary) for them."""
    words = st.lists(st.integers(2, VOCABULARY - 1), min_size=1, max_size=6)
    sentences = draw(st.lists(words, min_size=1, max_size=4))
    time = max(map(len, sentences)) + draw(st.integers(0, 2))
    target = torch.tensor([sentence + [PAD] * (time - len(sentence)) for sentence in sentences])
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10**6)))
    logits = 3 * torch.randn(*target.shape, VOCABULARY, generator=generator, dtype=torch.float64)
    return sentences, target, logits


@given(predictions())
@MODEST
def test_the_sum_is_the_surprise_at_every_word_of_every_sentence(case):
    sentences, target, logits = case
    surprises = [
        surprise(logits[row, t].tolist(), word)
        for row, sentence in enumerate(sentences)
        for t, word in enumerate(sentence)
    ]
    assert cross_entropy_sum(logits, target).item() == pytest.approx(sum(surprises), abs=1e-10)
    mean = sum(surprises) / len(surprises)
    assert masked_cross_entropy(logits, target).item() == pytest.approx(mean, abs=1e-10)


@given(predictions())
@MODEST
def test_the_loss_and_its_gradient_are_torchs(case):
    _, target, logits = case
    logits.requires_grad_()
    ours = masked_cross_entropy(logits, target)
    torchs = nn.CrossEntropyLoss(ignore_index=PAD)(logits.transpose(1, 2), target)
    torch.testing.assert_close(ours, torchs, rtol=0, atol=1e-12)
    (gradient,), (expected,) = (torch.autograd.grad(loss, logits) for loss in (ours, torchs))
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-12)


@given(predictions(), st.integers(1, 4))
@MODEST
def test_padding_does_not_count(case, extra):
    _, target, logits = case
    longer = torch.cat([logits, 9 * torch.ones(len(target), extra, VOCABULARY)], dim=1).requires_grad_()
    loss = masked_cross_entropy(longer, nn.functional.pad(target, (0, extra), value=PAD))
    torch.testing.assert_close(loss.detach(), masked_cross_entropy(logits, target))
    loss.backward()
    in_padding = nn.functional.pad(target, (0, extra), value=PAD) == PAD
    assert not longer.grad[in_padding].any()
    assert longer.grad[~in_padding].any(dim=1).all()


def test_all_words_count_though_an_end_is_predicted_early():
    target = torch.tensor([[3, 4, 3, 4, EOS]])
    logits = torch.zeros(1, 5, VOCABULARY, dtype=torch.float64)
    logits[0, :, EOS] = 20
    expected = [surprise([0, 0, 20, 0, 0], word) for word in (3, 4, 3, 4, EOS)]
    assert cross_entropy_sum(logits, target).item() == pytest.approx(sum(expected))
    assert masked_cross_entropy(logits, target).item() == pytest.approx(sum(expected) / 5)


def test_every_word_weighs_the_same_whatever_the_length_of_its_sentence():
    target = torch.tensor([[3, 4, 3, EOS], [EOS, PAD, PAD, PAD]])
    logits = torch.zeros(2, 4, VOCABULARY, dtype=torch.float64)
    logits[1, 0, EOS] = 5
    expected = (4 * math.log(5) + surprise([0, 0, 5, 0, 0], EOS)) / 5
    assert masked_cross_entropy(logits, target).item() == pytest.approx(expected)


def test_a_model_that_knows_nothing_loses_the_logarithm_of_the_vocabulary():
    loss = masked_cross_entropy(torch.zeros(2, 3, VOCABULARY), torch.tensor([[3, 4, EOS], [4, EOS, PAD]]))
    assert loss.item() == pytest.approx(math.log(VOCABULARY))


def test_nothing_but_padding_is_no_loss():
    logits = torch.randn(2, 3, VOCABULARY).requires_grad_()
    loss = masked_cross_entropy(logits, torch.full((2, 3), PAD))
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()
