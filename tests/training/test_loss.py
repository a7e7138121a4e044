"""The loss, against plain Python and against torch's own."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seq2seq_cli.batch import Batch
from seq2seq_cli.symbols import EOS, PAD
from seq2seq_cli.training.loss import cross_entropy_sum

VOCABULARY = 5
MODEST = settings(derandomize=True, deadline=None, max_examples=40)
smoothings = st.sampled_from([0.0, 0.1, 0.5])


def surprise(logits, word, smoothing=0.0):
    """Return -Σ_k q_k log softmax(logits)[k] in plain floats, q smoothed."""
    normaliser = math.log(sum(math.exp(logit) for logit in logits))
    found = (1 - smoothing) * (normaliser - logits[word])
    return found + sum(smoothing / len(logits) * (normaliser - logit) for logit in logits)


@st.composite
def predictions(draw):
    """Draw sentences, their batch, padded, and logits (target tokens, vocabulary) for their words."""
    words = st.lists(st.integers(2, VOCABULARY - 1), min_size=1, max_size=6)
    sentences = draw(st.lists(words, min_size=1, max_size=4))
    time = max(map(len, sentences)) + draw(st.integers(0, 2))
    target = torch.tensor([sentence + [PAD] * (time - len(sentence)) for sentence in sentences])
    lengths = torch.tensor([len(sentence) for sentence in sentences])
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10**6)))
    logits = 3 * torch.randn(int(lengths.sum()), VOCABULARY, generator=generator)
    return sentences, Batch(target, lengths, target, lengths), logits


@given(predictions(), smoothings)
@MODEST
def test_the_sum_is_the_surprise_at_every_word_of_every_sentence(case, smoothing):
    sentences, batch, logits = case
    words = [word for sentence in sentences for word in sentence]
    expected = sum(surprise(row, word, smoothing) for row, word in zip(logits.tolist(), words, strict=True))
    assert cross_entropy_sum(logits, batch.target_words, smoothing).item() == pytest.approx(
        expected, rel=1e-5
    )


@given(predictions(), smoothings)
@MODEST
def test_the_loss_and_its_gradient_are_torchs_of_a_padded_batch(case, smoothing):
    _, batch, logits = case
    logits.requires_grad_()
    padded = torch.full((*batch.target.shape, VOCABULARY), 7.0)
    padded = padded.index_put(((batch.target != PAD).nonzero(as_tuple=True)), logits)
    ours = cross_entropy_sum(logits, batch.target_words, smoothing)
    torchs = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=smoothing, reduction="sum")(
        padded.transpose(1, 2), batch.target
    )
    torch.testing.assert_close(ours, torchs)
    (gradient,), (expected,) = (torch.autograd.grad(loss, logits) for loss in (ours, torchs))
    torch.testing.assert_close(gradient, expected)


def test_smoothed_the_smallest_loss_is_at_the_smoothed_distribution():
    smoothing, word = 0.2, 3
    smoothed = [smoothing / VOCABULARY] * VOCABULARY
    smoothed[word] += 1 - smoothing
    logits = torch.tensor([smoothed]).log().requires_grad_()
    cross_entropy_sum(logits, torch.tensor([word]), smoothing).backward()
    torch.testing.assert_close(logits.grad, torch.zeros(1, VOCABULARY))


def test_all_words_count_though_an_end_is_predicted_early():
    words = torch.tensor([3, 4, 3, 4, EOS])
    logits = torch.zeros(5, VOCABULARY)
    logits[:, EOS] = 20
    expected = sum(surprise([0, 0, 20, 0, 0], word) for word in words.tolist())
    assert cross_entropy_sum(logits, words).item() == pytest.approx(expected)


def test_a_model_that_knows_nothing_loses_the_logarithm_of_the_vocabulary():
    loss = cross_entropy_sum(torch.zeros(3, VOCABULARY), torch.tensor([3, 4, EOS]))
    assert loss.item() == pytest.approx(3 * math.log(VOCABULARY))


def test_logits_in_bfloat16_are_summed_in_float32():
    logits, words = torch.randn(4000, VOCABULARY).bfloat16(), torch.randint(VOCABULARY, (4000,))
    loss = cross_entropy_sum(logits, words)
    assert loss.dtype == torch.float32
    exact = nn.functional.cross_entropy(logits.double(), words, reduction="sum")
    assert loss.item() == pytest.approx(exact.item(), rel=1e-5)


def test_no_words_are_no_loss():
    logits = torch.zeros(0, VOCABULARY, requires_grad=True)
    loss = cross_entropy_sum(logits, torch.zeros(0, dtype=torch.long))
    loss.backward()
    assert loss.item() == 0
