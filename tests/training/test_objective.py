"""From a batch to its loss: of which words, in which precision, with which gradients."""

import copy

import pytest
import torch
from torch import nn

from seq2seq_cli.batch import Batch
from seq2seq_cli.symbols import PAD
from seq2seq_cli.training.objective import Objective


def gradients(module):
    return {name: parameter.grad for name, parameter in module.named_parameters()}


@pytest.fixture
def batch(make_batches):
    return make_batches().batches[-1]


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_the_loss_and_its_gradients_are_torchs_over_words_without_padding(make_model, batch, label_smoothing):
    model = make_model()
    twin = copy.deepcopy(model)
    loss = Objective(model, label_smoothing)(batch, None)
    loss.backward()
    words = batch.target[batch.target != PAD]
    expected = nn.CrossEntropyLoss(reduction="sum", label_smoothing=label_smoothing)(twin(batch), words)
    expected.backward()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradients(model), gradients(twin))


def test_a_batch_without_sentences_has_no_loss_and_gradients_of_zero(make_model):
    model = make_model()
    none, lengths = torch.full((0, 1), PAD), torch.zeros(0, dtype=torch.long)
    loss = Objective(model)(Batch(none, lengths, none, lengths), None)
    assert loss.item() == 0
    loss.backward()
    for name, gradient in gradients(model).items():
        assert gradient is not None, name
        assert not gradient.any(), name


class Told(nn.Module):
    """A model that says in which type its product was."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(9, 9))
        self.output = nn.Linear(9, 9)

    def readouts(self, batch, forced):
        readouts = nn.functional.linear(torch.ones(batch.target_tokens, 9), self.weight)
        self.told = readouts.dtype
        return readouts


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
def test_products_are_in_the_precision_and_loss_and_gradients_in_float32(batch, precision):
    model = Told()
    loss = Objective(model, precision=precision)(batch, None)
    loss.backward()
    assert model.told == precision
    assert loss.dtype == torch.float32
    for parameter in model.parameters():
        assert (parameter.dtype, parameter.grad.dtype) == (torch.float32,) * 2


class Bare(nn.Module):
    """A model that is an output layer and nothing else."""

    def __init__(self, tokens):
        super().__init__()
        self.read = nn.Parameter(torch.randn(tokens, 9))
        self.output = nn.Linear(9, 9)

    def readouts(self, batch, forced):
        return self.read


def test_the_output_layers_products_are_in_the_precision_too(batch):
    model = Bare(batch.target_tokens)
    exact, rounded = (
        Objective(model, precision=precision)(batch, None) for precision in (torch.float32, torch.bfloat16)
    )
    assert rounded.item() == pytest.approx(exact.item(), rel=0.02)
    assert rounded.item() != exact.item()


@pytest.mark.parametrize("is_forced", [True, False])
def test_every_parameter_learns_in_bfloat16_about_what_it_does_in_float32(make_model, batch, is_forced):
    model = make_model()
    twin = copy.deepcopy(model)
    forced = (
        None if is_forced else torch.ones_like(batch.target, dtype=torch.bool)
    )  # guesses are made, and unused
    exact = Objective(twin)(batch, forced)
    rounded = Objective(model, precision=torch.bfloat16)(batch, forced)
    assert rounded.item() == pytest.approx(exact.item(), rel=0.02)
    assert rounded.item() != exact.item()
    exact.backward()
    rounded.backward()
    for name, gradient in gradients(twin).items():
        error = (gradients(model)[name] - gradient).norm() / gradient.norm()
        assert error < 0.1, name
