"""Optimisers, and the gradient that is measured and shrunk, against torch's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seq2seq_cli.errors import ConfigError
from seq2seq_cli.training.optim import OPTIMIZERS, SGD, Adam, AdamW, gradient_norm

SHAPES = {"matrix": (3, 4), "bias": (4,), "number": ()}
RATES = [0.1, 0.1, 0.03, 0.3] * 5

every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)
with_and_without_nesterov = pytest.mark.parametrize("nesterov", [False, True], ids=["behind", "ahead"])
with_and_without_decay = pytest.mark.parametrize("weight_decay", [0.0, 0.1], ids=["plain", "decay"])


def make_parameters():
    generator = torch.Generator().manual_seed(2)
    return {
        name: nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64))
        for name, shape in SHAPES.items()
    }


def set_gradients(parameters, step):
    """Give every parameter a gradient that depends on where it is and on the step."""
    generator = torch.Generator().manual_seed(step)
    for parameter in parameters.values():
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        parameter.grad = parameter.detach().sin() + noise


def train(parameters, optimizer, steps):
    for step in steps:
        set_gradients(parameters, step)
        optimizer.step(RATES[step])


def assert_twenty_steps_are_torchs(ours, torchs, parameters, twins):
    for step, rate in enumerate(RATES):
        set_gradients(parameters, step)
        set_gradients(twins, step)
        ours.step(rate)
        torchs.param_groups[0]["lr"] = rate
        torchs.step()
        torch.testing.assert_close(
            [p.detach() for p in parameters.values()],
            [p.detach() for p in twins.values()],
            rtol=0,
            atol=1e-12,
        )


@with_and_without_decay
def test_adam_is_torchs(weight_decay):
    parameters, twins = make_parameters(), make_parameters()
    torchs = torch.optim.Adam(twins.values(), weight_decay=weight_decay)
    assert_twenty_steps_are_torchs(Adam(parameters, weight_decay), torchs, parameters, twins)


@with_and_without_decay
def test_adamw_is_torchs(weight_decay):
    parameters, twins = make_parameters(), make_parameters()
    torchs = torch.optim.AdamW(twins.values(), weight_decay=weight_decay)
    assert_twenty_steps_are_torchs(AdamW(parameters, weight_decay), torchs, parameters, twins)


def test_adamws_moments_know_nothing_of_the_weight_decay():
    states = []
    for weight_decay in (0.0, 0.5):
        parameter = nn.Parameter(torch.tensor([1.0, -2.0]).double())
        optimizer = AdamW({"p": parameter}, weight_decay)
        for _ in range(3):
            parameter.grad = torch.tensor([0.3, 7.0]).double()
            optimizer.step(0.1)
        states.append(optimizer.tensors())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_adamw_shrinks_by_the_learning_rate_times_the_weight_decay():
    parameter = nn.Parameter(torch.tensor([1.0, -2.0]).double())
    parameter.grad = torch.zeros_like(parameter)
    AdamW({"p": parameter}, weight_decay=0.5).step(0.1)
    assert parameter.tolist() == pytest.approx([0.95, -1.9])


@with_and_without_decay
@pytest.mark.parametrize(
    ("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)], ids=["plain", "momentum", "nesterov"]
)
def test_sgd_is_torchs(weight_decay, momentum, nesterov):
    parameters, twins = make_parameters(), make_parameters()
    torchs = torch.optim.SGD(twins.values(), weight_decay=weight_decay, momentum=momentum, nesterov=nesterov)
    ours = SGD(parameters, weight_decay, momentum, nesterov)
    assert_twenty_steps_are_torchs(ours, torchs, parameters, twins)


def test_nesterov_without_momentum_is_refused_by_the_names_of_both_keys():
    with pytest.raises(ConfigError) as caught:
        SGD(make_parameters(), nesterov=True)
    assert "training.nesterov" in caught.value.message
    assert "training.momentum" in caught.value.message


@with_and_without_decay
def test_sgd_without_momentum_carries_nothing_from_step_to_step(weight_decay):
    parameters = make_parameters()
    optimizer = SGD(parameters, weight_decay)
    train(parameters, optimizer, range(7))
    assert optimizer.tensors() == {}
    twins = {key: nn.Parameter(parameter.detach().clone()) for key, parameter in parameters.items()}
    resumed = SGD(twins, weight_decay)
    resumed.load({}, 7)
    train(parameters, optimizer, range(7, 20))
    train(twins, resumed, range(7, 20))
    assert all(torch.equal(parameters[key], twins[key]) for key in SHAPES)


def test_the_first_step_of_adam_is_the_learning_rate_against_the_gradients_sign():
    parameter = nn.Parameter(torch.tensor([1.0, 1.0, 1.0]).double())
    parameter.grad = torch.tensor([1e-3, -5.0, 700.0]).double()
    Adam({"p": parameter}).step(0.1)
    assert parameter.tolist() == pytest.approx([0.9, 1.1, 0.9], abs=1e-5)


# What every optimiser has to fulfil


@every_optimizer
@with_and_without_decay
@with_and_without_nesterov
@pytest.mark.parametrize("at", [0, 1, 7, 20])
def test_a_saved_state_goes_on_to_the_same_bits(make_variant, name, weight_decay, nesterov, at):
    parameters = make_parameters()
    optimizer = make_variant(OPTIMIZERS, name, parameters, weight_decay, momentum=0.9, nesterov=nesterov)
    train(parameters, optimizer, range(at))
    saved = {key: tensor.clone() for key, tensor in optimizer.tensors().items()}
    twins = {key: nn.Parameter(parameter.detach().clone()) for key, parameter in parameters.items()}
    train(parameters, optimizer, range(at, 20))

    resumed = make_variant(OPTIMIZERS, name, twins, weight_decay, momentum=0.9, nesterov=nesterov)
    resumed.load(saved, at)
    train(twins, resumed, range(at, 20))
    for key in SHAPES:
        assert torch.equal(parameters[key], twins[key])


@every_optimizer
def test_loading_takes_a_copy(make_variant, name):
    parameters = make_parameters()
    optimizer = make_variant(OPTIMIZERS, name, parameters, momentum=0.9)
    train(parameters, optimizer, range(3))
    saved = {key: tensor.clone() for key, tensor in optimizer.tensors().items()}
    before = {key: tensor.clone() for key, tensor in saved.items()}
    assert before
    optimizer.load(saved, 3)
    train(parameters, optimizer, range(3, 6))
    assert all(torch.equal(saved[key], before[key]) for key in before)
    assert not any(torch.equal(tensor, before[key]) for key, tensor in optimizer.tensors().items())


@every_optimizer
def test_the_state_is_named_after_the_parameters(make_variant, name):
    optimizer = make_variant(OPTIMIZERS, name, make_parameters(), momentum=0.9)
    assert optimizer.slots
    expected = {
        f"{parameter}.{slot}": shape for parameter, shape in SHAPES.items() for slot in optimizer.slots
    }
    assert {key: tuple(tensor.shape) for key, tensor in optimizer.tensors().items()} == expected


@every_optimizer
def test_a_state_that_lacks_a_tensor_is_refused(make_variant, name):
    optimizer = make_variant(OPTIMIZERS, name, make_parameters(), momentum=0.9)
    saved = optimizer.tensors()
    missing = f"matrix.{optimizer.slots[0]}"
    del saved[missing]
    with pytest.raises(KeyError, match=missing):
        optimizer.load(saved, 1)


@every_optimizer
def test_a_state_of_other_shapes_is_refused(make_variant, name):
    optimizer = make_variant(OPTIMIZERS, name, make_parameters(), momentum=0.9)
    saved = {key: torch.zeros(5, 7) for key in optimizer.tensors()}
    with pytest.raises(RuntimeError):
        optimizer.load(saved, 1)


@every_optimizer
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_a_parameter_without_a_gradient_stays(make_variant, name, weight_decay):
    parameters = make_parameters()
    optimizer = make_variant(OPTIMIZERS, name, parameters, weight_decay, momentum=0.9)
    set_gradients(parameters, 1)
    parameters["bias"].grad = None
    optimizer.step(0.1)
    fresh = make_parameters()
    assert torch.equal(parameters["bias"], fresh["bias"])
    assert not torch.equal(parameters["matrix"], fresh["matrix"])


@every_optimizer
def test_the_learning_rate_is_heeded(name):
    parameters = make_parameters()
    optimizer = OPTIMIZERS[name](parameters)
    set_gradients(parameters, 1)
    optimizer.step(0.0)
    assert all(torch.equal(parameters[key], fresh) for key, fresh in make_parameters().items())

    def moved(rate):
        parameters = make_parameters()
        set_gradients(parameters, 1)
        OPTIMIZERS[name](parameters).step(rate)
        return parameters["matrix"].detach() - make_parameters()["matrix"].detach()

    torch.testing.assert_close(moved(0.2), 2 * moved(0.1))


@every_optimizer
@with_and_without_decay
@with_and_without_nesterov
def test_parameters_change_in_place_and_gradients_do_not_change(make_variant, name, weight_decay, nesterov):
    parameters = make_parameters()
    places = [parameter.data_ptr() for parameter in parameters.values()]
    set_gradients(parameters, 1)
    gradients = [parameter.grad.clone() for parameter in parameters.values()]
    make_variant(OPTIMIZERS, name, parameters, weight_decay, momentum=0.9, nesterov=nesterov).step(0.1)
    assert [parameter.data_ptr() for parameter in parameters.values()] == places
    assert all(map(torch.equal, gradients, (parameter.grad for parameter in parameters.values())))


@every_optimizer
def test_gradients_can_be_forgotten(name):
    parameters = make_parameters()
    set_gradients(parameters, 1)
    OPTIMIZERS[name](parameters).zero_grad()
    assert all(parameter.grad is None for parameter in parameters.values())


@every_optimizer
def test_the_bottom_of_a_bowl_is_found(name):
    parameter = nn.Parameter(torch.tensor([3.0, -2.0]).double())
    optimizer = OPTIMIZERS[name]({"p": parameter})
    for _ in range(300):
        optimizer.zero_grad()
        (parameter - torch.tensor([1.0, 1.0])).square().sum().backward()
        optimizer.step(0.05)
    assert parameter.tolist() == pytest.approx([1, 1], abs=1e-2)


@every_optimizer
def test_a_state_that_would_have_to_be_stretched_is_refused(make_variant, name):
    parameters = {"matrix": nn.Parameter(torch.zeros(3, 4))}
    optimizer = make_variant(OPTIMIZERS, name, parameters, momentum=0.9)
    with pytest.raises(RuntimeError):
        optimizer.load({key: torch.ones(4) for key in optimizer.tensors()}, 1)


# The gradient's length, and steps of a gradient that is made shorter


@given(st.integers(0, 10**6), st.floats(0.01, 20))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_the_norm_is_torchs_and_leaves_gradients_as_they_are(seed, scale):
    parameters, twins = make_parameters(), make_parameters()
    for tensors in (parameters, twins):
        set_gradients(tensors, seed)
        for tensor in tensors.values():
            tensor.grad *= scale
    norm = gradient_norm(parameters)
    assert norm.shape == ()
    torch.testing.assert_close(norm, nn.utils.clip_grad_norm_(twins.values(), torch.inf), rtol=1e-12, atol=0)
    assert all(torch.equal(parameters[key].grad, twins[key].grad) for key in SHAPES)


def test_a_parameter_without_a_gradient_adds_nothing_to_the_norm():
    parameters = make_parameters()
    assert gradient_norm(parameters) == 0
    parameters["bias"].grad = torch.tensor([1.0, 2.0, 2.0, 4.0]).double()
    assert gradient_norm(parameters) == 5


@every_optimizer
@with_and_without_decay
@pytest.mark.parametrize("shrinkage", [0.5, 0.01])
def test_a_shrunk_step_is_that_of_gradients_multiplied_before(make_variant, name, weight_decay, shrinkage):
    parameters, twins = make_parameters(), make_parameters()
    ours, other = (
        make_variant(OPTIMIZERS, name, tensors, weight_decay, momentum=0.9) for tensors in (parameters, twins)
    )
    for step in range(3):
        set_gradients(parameters, step)
        set_gradients(twins, step)
        for twin in twins.values():
            twin.grad *= shrinkage
        ours.step(0.1, shrinkage)
        other.step(0.1)
    for key in SHAPES:  # a fused kernel takes the factor in float32
        torch.testing.assert_close(parameters[key], twins[key], rtol=0, atol=1e-6)


@every_optimizer
@with_and_without_decay
def test_a_whole_step_leaves_gradients_alone(make_variant, name, weight_decay):
    parameters = make_parameters()
    optimizer = make_variant(OPTIMIZERS, name, parameters, weight_decay, momentum=0.9)
    set_gradients(parameters, 1)
    before = {key: parameter.grad.clone() for key, parameter in parameters.items()}
    optimizer.step(0.1)
    assert all(torch.equal(parameters[key].grad, before[key]) for key in SHAPES)


@every_optimizer
def test_a_gradient_that_lies_transposed_in_memory_is_the_same_gradient(make_variant, name):
    parameters, twins = make_parameters(), make_parameters()
    for tensors in (parameters, twins):
        set_gradients(tensors, 1)
        optimizer = make_variant(OPTIMIZERS, name, tensors, momentum=0.9)
        if tensors is twins:
            tensors["matrix"].grad = tensors["matrix"].grad.t().contiguous().t()
            assert not tensors["matrix"].grad.is_contiguous()
        optimizer.step(0.1)
    torch.testing.assert_close(parameters["matrix"], twins["matrix"], rtol=0, atol=1e-15)
