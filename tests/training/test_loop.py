"""The loop: what happens in which order, and that it can stop and go on anywhere."""

import copy
import dataclasses
import json
import math
import threading
import weakref
from contextlib import nullcontext
from itertools import cycle, islice

import pytest
import torch
from torch import nn

from seq2seq_cli.batch import Batch
from seq2seq_cli.errors import TrainingError
from seq2seq_cli.symbols import PAD
from seq2seq_cli.training import guard, loop
from seq2seq_cli.training.events import Finished, Sample, Scores, Step, Validated
from seq2seq_cli.training.forcing import FORCINGS
from seq2seq_cli.training.optim import OPTIMIZERS
from seq2seq_cli.training.processes import Processes
from seq2seq_cli.training.schedule import SCHEDULES


def scores(loss=1.0, bleu_any=10.0):
    return Scores(loss=loss, bleu=5.0, bleu_any=bleu_any, exact_match=20.0)


def scripted(*bleus):
    """Return a validation whose scores against all references are known beforehand."""
    return judged(*((bleu, 1.0) for bleu in bleus))


def judged(*pairs):
    """Return a validation whose (scores against all references, loss) are known beforehand."""
    remaining = iter(pairs)

    def validate():
        bleu_any, loss = next(remaining)
        return scores(loss, bleu_any)

    return validate


def kinds(events):
    return [type(event).__name__ for event in events]


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def timeless(events):
    """Return events without the clock, which no two trainings share."""
    return [dataclasses.replace(event, seconds=0) for event in events]


def copy_of(parameters):
    return {name: parameter.detach().clone() for name, parameter in parameters.items()}


def gradients_by_hand(model, batch):
    """Return the loss of a batch and its gradients, by torch's own cross entropy."""
    twin = copy.deepcopy(model)
    loss = nn.CrossEntropyLoss()(twin(batch, None), batch.target[batch.target != PAD])
    loss.backward()
    return loss.item(), {name: parameter.grad for name, parameter in twin.named_parameters()}


# Events


def test_every_epoch_ends_with_validation_and_the_training_with_finished(make_trainer):
    events = list(make_trainer(validate=scripted(1, 2)).events())
    assert kinds(events) == ["Step"] * 3 + ["Validated"] + ["Step"] * 3 + ["Validated", "Finished"]
    assert [event.step for event in events] == [1, 2, 3, 3, 4, 5, 6, 6, 6]
    assert [event.epoch for event in events] == [1, 1, 1, 1, 2, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("max_steps", "expected", "last_epoch"),
    [
        (1, "SVF", 1),
        (2, "SSVF", 1),
        (3, "SSSVF", 1),
        (4, "SSSVSVF", 2),
        (6, "SSSVSSSVF", 2),
        (100, "SSSVSSSVF", 2),
    ],
)
def test_max_steps_ends_it_early_and_what_was_learnt_is_validated_once(
    make_trainer, max_steps, expected, last_epoch
):
    trainer = make_trainer(validate=scripted(1, 2), max_steps=max_steps)
    events = list(trainer.events())
    assert "".join(kind[0] for kind in kinds(events)) == expected
    assert trainer.total_steps == expected.count("S") == events[-1].step
    assert events[-1].epoch == last_epoch


def test_target_tokens_are_counted_without_padding(make_trainer, make_batches):
    batches = make_batches()
    events = list(make_trainer(batches=batches).events())
    per_epoch = sum(int((batch.target != PAD).sum()) for batch in batches.batches)
    assert [event.target_tokens for event in events[2::3]] == [per_epoch, 2 * per_epoch]
    assert events[-1].target_tokens == 2 * per_epoch
    first = next(iter(batches.shuffled(1)))
    assert events[0].target_tokens == int((first.target != PAD).sum())


def test_batches_come_in_the_order_of_their_epoch(make_trainer, make_batches):
    batches = make_batches()
    list(make_trainer(batches=batches, epochs=3).events())
    assert batches.asked == [(1, 0), (2, 0), (3, 0)]


def test_without_a_valid_part_there_are_steps_alone(make_trainer):
    events = list(make_trainer(validate=None).events())
    assert kinds(events) == ["Step"] * 6 + ["Finished"]
    assert events[-1].best_step is None


def test_the_best_has_the_highest_bleu_and_of_equals_the_first(make_trainer):
    events = list(make_trainer(validate=scripted(0, 2, 2, 1, 3, 0), epochs=6).events())
    assert [event.best for event in of(Validated, events)] == [True, True, False, False, True, False]
    assert events[-1].best_step == 15


def test_while_no_output_is_right_the_latest_of_a_falling_loss_is_the_best(make_trainer):
    validate = judged((0, 4.0), (0, 3.0), (0, 2.5), (0, 2.4))
    events = list(make_trainer(validate=validate, epochs=4).events())
    assert [event.best for event in of(Validated, events)] == [True] * 4
    assert events[-1].best_step == events[-1].step == 12


def test_the_loss_decides_among_equal_bleus_alone(make_trainer):
    validate = judged((5, 2.0), (5, 2.5), (5, 1.5), (4, 1.0), (5, 1.5), (6, 9.0), (6, 9.5))
    events = list(make_trainer(validate=validate, epochs=7).events())
    bests = [True, False, True, False, False, True, False]
    assert [event.best for event in of(Validated, events)] == bests
    assert events[-1].best_step == 18


@pytest.mark.parametrize(
    ("validates", "max_steps", "expected"),
    [
        (True, None, "SSSVSSSV*F*"),
        (True, 3, "SSSV*F*"),
        (True, 5, "SSSVSSV*F*"),
        (False, None, "SSSSSS*F*"),
        (False, 5, "SSSSS*F*"),
    ],
)
def test_it_is_done_when_the_last_update_is_made_and_scored(make_trainer, validates, max_steps, expected):
    def make():
        return make_trainer(validate=scores if validates else None, max_steps=max_steps)

    trainer = make()
    assert not trainer.done
    told = ""
    for event in trainer.events():
        told += type(event).__name__[0] + "*" * trainer.done
        resumed = make()
        resumed.load(copy.deepcopy(trainer.state()))
        assert resumed.done == trainer.done
    assert told == expected
    assert trainer.done


def test_validation_is_told_as_it_was_scored(make_trainer):
    event = of(Validated, make_trainer(validate=lambda: scores(loss=1.5, bleu_any=7.0)).events())[0]
    assert (event.loss, event.bleu, event.bleu_any, event.exact_match) == (1.5, 5.0, 7.0, 20.0)
    assert event.perplexity == pytest.approx(math.exp(1.5))


def test_a_perplexity_beyond_all_numbers_is_still_told(make_trainer):
    events = list(make_trainer(validate=lambda: scores(loss=1e6)).events())
    assert 1e300 < of(Validated, events)[0].perplexity < math.inf


def test_only_training_takes_time_and_waiting_for_batches_is_part_of_it(
    make_trainer, make_batches, monkeypatch
):
    clock, batches = [0.0], make_batches()

    def now():
        clock[0] += 1
        return clock[0]

    def validate():
        clock[0] += 1000
        return scores()

    def waited_for(items):
        for item in items:
            clock[0] += 10
            yield item

    monkeypatch.setattr(loop.time, "perf_counter", now)
    monkeypatch.setattr(loop, "ahead", waited_for)
    seconds = []
    for event in make_trainer(batches=batches, validate=validate).events():
        seconds.append(event.seconds)
        clock[0] += 100_000  # what is done with an event is not training either
    assert seconds == [11, 22, 33, 33, 44, 55, 66, 66, 66]


def test_nothing_happens_before_an_event_is_asked_for(make_trainer, make_batches):
    batches = make_batches()
    trainer = make_trainer(batches=batches)
    before = copy_of(trainer.optimizer.parameters)
    events = trainer.events()
    assert not batches.asked
    assert isinstance(next(events), Step)
    assert any(not torch.equal(before[name], now) for name, now in trainer.optimizer.parameters.items())
    assert trainer.progress.step == 1


# One update


def test_a_step_goes_down_the_gradient_of_the_mean_loss(make_trainer, make_model, make_batches):
    model, batches = make_model(), make_batches()
    before = copy_of(dict(model.named_parameters()))
    loss, gradients = gradients_by_hand(model, next(batches.shuffled(1)))
    event = next(make_trainer(model, batches, learning_rate=0.7).events())
    assert (event.loss, event.learning_rate) == (pytest.approx(loss, rel=1e-5), 0.7)
    norm = math.sqrt(sum(gradient.square().sum().item() for gradient in gradients.values()))
    assert event.gradient_norm == pytest.approx(norm, rel=1e-5)
    for name, parameter in model.named_parameters():
        expected = before[name] - 0.7 * gradients[name]
        torch.testing.assert_close(parameter.detach(), expected, rtol=1e-5, atol=1e-6)


def test_a_gradient_is_clipped_after_it_was_measured(make_trainer, make_model, make_batches):
    model, batches = make_model(), make_batches()
    before = copy_of(dict(model.named_parameters()))
    _, gradients = gradients_by_hand(model, next(batches.shuffled(1)))
    norm = math.sqrt(sum(gradient.square().sum().item() for gradient in gradients.values()))
    event = next(make_trainer(model, batches, learning_rate=1.0, clip_norm=norm / 10).events())
    assert event.gradient_norm == pytest.approx(norm, rel=1e-5)
    moved = [parameter.detach() - before[name] for name, parameter in model.named_parameters()]
    length = math.sqrt(sum(part.square().sum().item() for part in moved))
    assert length == pytest.approx(norm / 10, rel=1e-4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_moves_every_parameter_and_those_of_the_bridge_too(make_trainer, make_model, optimizer):
    model = make_model()
    before = copy_of(dict(model.named_parameters()))
    next(make_trainer(model, optimizer=optimizer).events())
    assert sum(name.startswith("bridge.") for name in before) == 2 * 2 * 2
    for name, parameter in model.named_parameters():
        assert not torch.equal(parameter, before[name]), name


def test_no_gradient_is_left_over_from_the_step_before(make_trainer, make_model, make_batches):
    model, batches = make_model(), make_batches()
    events = make_trainer(model, batches).events()
    next(events)
    _, second, _ = batches.shuffled(1)
    loss, gradients = gradients_by_hand(model, second)
    event = next(events)
    assert event.loss == pytest.approx(loss, rel=1e-5)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, gradients[name], rtol=1e-4, atol=1e-6)


def test_the_schedule_sets_the_rate_of_each_epoch(make_trainer):
    events = list(make_trainer(schedule="step", learning_rate=0.8, epochs=3).events())
    assert [event.learning_rate for event in of(Step, events)] == [0.8] * 3 + [0.4] * 3 + [0.2] * 3


def test_dropout_is_on_though_validation_switched_it_off(make_trainer, make_model):
    model, modes = make_model(dropout=0.5), []
    model.encoder.register_forward_pre_hook(lambda module, _: modes.append(module.training))

    def validate():
        model.eval()
        return scores()

    for _ in make_trainer(model, validate=validate).events():
        model.eval()  # and so may who looks on
    assert modes == [True] * 6


@pytest.mark.parametrize("name", FORCINGS)
def test_the_model_is_given_the_mask_of_the_policy_at_its_step(
    make_trainer, make_model, make_batches, make_variant, name
):
    model, batches, masks = make_model(), make_batches(), []
    trainer = make_trainer(model, batches, forcing=name, epochs=1)
    trainer.objective.register_forward_pre_hook(lambda _, inputs: masks.append(inputs[1]))
    torch.manual_seed(4)
    list(trainer.events())
    torch.manual_seed(4)
    policy = make_variant(FORCINGS, name, ratio=0.5, unit="token", decay_steps=4)
    expected = [policy.mask(batch.target, step) for step, batch in enumerate(batches.shuffled(1))]
    torch.testing.assert_close(masks, expected)


def one_batch(batches):
    """Return all sentences of some batches in one, padded with nothing but PAD."""

    def side(name):
        rows = [row for batch in batches for row in getattr(batch, name)]
        return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)

    lengths = [torch.cat([getattr(b, f"{name}_lengths") for b in batches]) for name in ("source", "target")]
    return Batch(side("source"), lengths[0], side("target"), lengths[1])


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_batches_that_are_accumulated_make_the_update_of_one_big_batch(
    make_trainer, make_model, make_batches, label_smoothing
):
    model, batches = make_model(), make_batches(4)
    twin = copy.deepcopy(model)
    settings = {"epochs": 2, "clip_norm": 0.2, "learning_rate": 1.0, "label_smoothing": label_smoothing}
    events = list(make_trainer(model, batches, accumulation=2, **settings).events())

    big = make_batches(4)
    pairs = [[*batches.shuffled(epoch)] for epoch in (1, 2)]
    by_epoch = {
        epoch: [one_batch(of_epoch[:2]), one_batch(of_epoch[2:])] for epoch, of_epoch in enumerate(pairs, 1)
    }
    big.batches = by_epoch[1]
    big.shuffled = lambda epoch, start=0: iter(by_epoch[epoch][start:])
    expected = list(make_trainer(twin, big, **settings).events())

    for event, other in zip(of(Step, events), of(Step, expected), strict=True):
        assert event.loss == pytest.approx(other.loss, abs=1e-6)
        assert event.gradient_norm == pytest.approx(other.gradient_norm, abs=1e-6)
        assert event.target_tokens == other.target_tokens
    for parameter, other in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(parameter, other, rtol=0, atol=1e-6)


def test_the_last_update_of_an_epoch_takes_the_batches_that_are_left(make_trainer):
    trainer = make_trainer(accumulation=2, epochs=3)
    events = of(Step, trainer.events())
    assert [event.epoch for event in events] == [1, 1, 2, 2, 3, 3]
    assert len(events) == trainer.total_steps == 6


@pytest.mark.parametrize(
    ("batches", "epochs", "accumulation", "max_steps", "expected"),
    [(10, 3, 1, None, 30), (10, 3, 4, None, 9), (10, 3, 4, 7, 7), (10, 3, 4, 50, 9), (0, 3, 1, None, 0)],
)
def test_updates_are_counted_beforehand(batches, epochs, accumulation, max_steps, expected):
    assert loop.updates(batches, epochs, accumulation, max_steps) == expected


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_is_seen_often_is_learnt(make_trainer, make_batches, optimizer):
    rate = {"sgd": 2.0}.get(optimizer, 0.02)
    trainer = make_trainer(
        batches=make_batches(1), optimizer=optimizer, learning_rate=rate, epochs=150, clip_norm=1.0
    )
    losses = [event.loss for event in of(Step, trainer.events())]
    assert losses[0] > 2
    assert losses[-1] < 0.2


# Going wrong


class Broken(nn.Module):
    """A model whose loss is as bad as it is told to be, from a step on."""

    def __init__(self, logit, good_steps):
        super().__init__()
        self.scale, self.output = nn.Parameter(torch.ones(9)), nn.Linear(9, 9)
        nn.init.eye_(self.output.weight)
        self.logit, self.good_steps = logit, good_steps

    def readouts(self, batch, forced):
        self.good_steps -= 1
        readouts = self.scale.expand(batch.target_tokens, 9)
        return readouts if self.good_steps >= 0 else readouts * self.logit


@pytest.mark.parametrize("logit", [math.nan, math.inf], ids=str)
def test_a_loss_that_is_no_number_ends_the_training_before_it_does_harm(make_trainer, logit):
    model = Broken(logit, good_steps=2)
    trainer = make_trainer(model)
    events = trainer.events()
    next(events)
    next(events)
    before = model.scale.detach().clone()
    with pytest.raises(TrainingError, match="step 3"):
        next(events)
    assert torch.equal(model.scale, before)
    assert trainer.progress.step == 2


def test_of_several_batches_of_an_update_one_graph_is_held_at_a_time(make_trainer):
    class Watched(nn.Module):
        def __init__(self, objective):
            super().__init__()
            self.objective, self.graphs, self.alive = objective, [], []

        def forward(self, batch, forced):
            self.alive.append(sum(graph() is not None for graph in self.graphs))
            loss = self.objective(batch, forced)

            def lives_as_long_as_the_graph(gradient):
                return gradient

            loss.register_hook(lives_as_long_as_the_graph)
            self.graphs.append(weakref.ref(lives_as_long_as_the_graph))
            return loss

    trainer = make_trainer(accumulation=3)
    trainer.objective = Watched(trainer.objective)
    next(trainer.events())
    assert trainer.objective.alive == [0, 0, 0]


def test_a_loss_that_stays_exploded_ends_the_training(make_trainer, monkeypatch):
    monkeypatch.setattr(guard, "STRIKES", 3)

    class Exploding(Broken):
        def readouts(self, batch, forced):
            readouts = super().readouts(batch, forced)
            wrong = torch.zeros(9).index_fill_(0, torch.tensor([PAD]), 50.0)  # a word that is never right
            return readouts + wrong * (self.good_steps < 0)

    trainer = make_trainer(Exploding(1.0, good_steps=2), epochs=4)
    events = trainer.events()
    assert [next(events).step for _ in range(4)] == [1, 2, 3, 4]
    assert trainer.progress.strikes == 2
    with pytest.raises(TrainingError, match="exploded: at step 5"):
        next(events)
    assert trainer.progress.step == 4


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("clip_norm", [None, 1.0], ids=["as-it-is", "clipped"])
@pytest.mark.parametrize("slope", [math.nan, math.inf, -math.inf], ids=str)
def test_a_gradient_that_is_no_number_ends_the_training_before_it_does_harm(
    make_trainer, make_model, optimizer, clip_norm, slope
):
    model = make_model()
    trainer = make_trainer(model, optimizer=optimizer, momentum=0.9, clip_norm=clip_norm)
    events = trainer.events()
    next(events)
    next(events)
    before = copy_of({**dict(model.named_parameters()), **trainer.optimizer.tensors()})
    spoilt = next(model.parameters())
    spoilt.register_hook(lambda gradient: torch.full_like(gradient, slope))  # the loss itself stays finite
    with pytest.raises(TrainingError, match=rf"step 3: the loss is \d+\.\d+, .* norm {abs(slope)}\."):
        next(events)
    after = {**dict(model.named_parameters()), **trainer.optimizer.tensors()}
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert (trainer.progress.step, trainer.optimizer.steps) == (2, 2)


# Beside other processes


class SecondOfTwo(Processes):
    """A process whose other one, the leader, has the same batches and tells known scores."""

    def __init__(self, *scores):
        super().__init__(1, 2, torch.device("cpu"))
        self.scores = iter(scores)

    def joined(self, module):
        return module  # gradients that are the same everywhere are their own mean

    def apart(self, module):
        return nullcontext()

    def total(self, *numbers):
        return [2 * number for number in numbers]

    def told(self, *numbers):
        return next(self.scores)

    def gathered(self, tensor):
        return [torch.zeros_like(tensor), tensor]


def test_a_process_that_does_not_lead_hears_the_scores_and_stops_when_the_leader_does(make_trainer):
    def validate():
        raise AssertionError("the leader validates")

    processes = SecondOfTwo([1.0, 5.0, 7.0, 9.0], [2.0, 5.0, 6.0, 9.0])
    trainer = make_trainer(validate=validate, epochs=4, patience=1, processes=processes)
    events = list(trainer.events())
    told = [
        (event.loss, event.bleu, event.bleu_any, event.exact_match, event.best)
        for event in of(Validated, events)
    ]
    assert told == [(1.0, 5.0, 7.0, 9.0, True), (2.0, 5.0, 6.0, 9.0, False)]
    assert (events[-1].step, events[-1].best_step, events[-1].stopped_early) == (6, 3, True)


def test_two_processes_with_the_same_share_learn_what_one_does(make_trainer, make_model):
    model = make_model()
    twin = copy.deepcopy(model)
    alone = of(Step, make_trainer(model).events())
    together = of(Step, make_trainer(twin, processes=SecondOfTwo()).events())
    for event, other in zip(alone, together, strict=True):
        assert other.loss == pytest.approx(event.loss, rel=1e-6)
        assert other.gradient_norm == pytest.approx(event.gradient_norm, rel=1e-6)
        assert other.target_tokens == 2 * event.target_tokens
    for parameter, other in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(parameter, other)


def test_a_state_holds_the_generators_of_all_processes_and_each_takes_its_own(make_trainer):
    trainer = make_trainer(processes=SecondOfTwo())
    state = copy.deepcopy(trainer.state())
    expected = torch.rand(3)
    assert {name for name in state.tensors if name.startswith("generator")} == {
        "generator.cpu.0",
        "generator.cpu.1",
    }
    make_trainer(processes=SecondOfTwo()).load(state)
    assert torch.equal(torch.rand(3), expected)


# When it validates, and when it stops early


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"validate_every": 2, "epochs": 5}, "SSSSSSVSSSSSSVSSSVF"),
        ({"validate_every": 9}, "SSSSSSVF"),
        ({"validate_every": 2, "validate_by_steps": True}, "SSVSSVSSVF"),
        ({"validate_every": 4, "validate_by_steps": True}, "SSSSVSSVF"),
        ({"validate_every": 3, "validate_by_steps": True}, "SSSVSSSVF"),
        ({"validate_every": 2, "validate_by_steps": True, "max_steps": 3}, "SSVSVF"),
        ({"validate_every": 2, "validate_by_steps": True, "accumulation": 2, "epochs": 3}, "SSVSSVSSVF"),
    ],
)
def test_it_validates_after_so_many_epochs_or_updates_and_at_the_end(make_trainer, settings, expected):
    events = list(make_trainer(validate=scores, **settings).events())
    assert "".join(kind[0] for kind in kinds(events)) == expected


@pytest.mark.parametrize(
    ("patience", "expected"), [(1, "VV"), (2, "VVVVV"), (3, "VVVVVV"), (9, "VVVVVVV"), (None, "VVVVVVV")]
)
@pytest.mark.parametrize("by_steps", [False, True], ids=["epochs", "steps"])
def test_it_stops_after_so_many_validations_in_a_row_that_are_not_better(
    make_trainer, patience, expected, by_steps
):
    every = 3 if by_steps else 1
    trainer = make_trainer(
        validate=scripted(3, 2, 4, 4, 1, 2, 2),
        epochs=7,
        patience=patience,
        validate_every=every,
        validate_by_steps=by_steps,
    )
    events = list(trainer.events())
    assert len(of(Validated, events)) == len(expected)
    assert len(of(Step, events)) == 3 * len(expected) == events[-1].step
    assert events[-1].stopped_early is (len(expected) < 7)
    assert trainer.done


def test_a_training_that_stopped_early_has_its_end_in_the_middle_of_an_epoch(make_trainer):
    trainer = make_trainer(
        validate=scripted(2, 1), epochs=5, patience=1, validate_every=2, validate_by_steps=True
    )
    *_, last = trainer.events()
    assert (last.step, last.epoch, last.best_step, last.stopped_early) == (4, 2, 2, True)


def test_the_end_by_max_steps_is_no_early_stop(make_trainer):
    *_, last = make_trainer(validate=scripted(2, 1), max_steps=4, patience=1).events()
    assert (last.step, last.stopped_early) == (4, False)


def test_patience_begun_before_an_interruption_goes_on_after_it(make_trainer):
    def make(*bleus, patience=2):
        return make_trainer(validate=scripted(*bleus), epochs=6, patience=patience)

    trainer = make(3, 2)
    events = trainer.events()
    for _ in range(8):
        next(events)
    state = json.loads(json.dumps(trainer.state().progress))
    assert (trainer.progress.waited, trainer.done) == (1, False)
    resumed = make(1)
    resumed.load(dataclasses.replace(trainer.state(), progress=state))
    rest = list(resumed.events())
    assert "".join(kind[0] for kind in kinds(rest)) == "SSSVF"
    assert rest[-1].stopped_early

    again = make()
    again.load(copy.deepcopy(resumed.state()))
    assert again.done
    assert timeless(again.events()) == timeless(rest[-1:])
    patient = make(4, 1, 1, patience=3)
    patient.load(copy.deepcopy(resumed.state()))
    assert "".join(kind[0] for kind in kinds(patient.events())) == "SSSVSSSVSSSVF"


def test_a_plateau_is_told_to_the_schedule(make_trainer):
    trainer = make_trainer(
        validate=scripted(2, 1, 3, 3, 1, 1), schedule="plateau", learning_rate=0.8, epochs=6
    )
    events = of(Step, trainer.events())
    assert [event.learning_rate for event in events[::3]] == [0.8, 0.8, 0.4, 0.4, 0.2, 0.1]


def test_samples_of_a_validation_are_passed_on(make_trainer):
    samples = (Sample("a", "b", "c"),)
    validate = [dataclasses.replace(scores(), samples=samples)].pop
    assert of(Validated, make_trainer(validate=validate, epochs=1).events())[0].samples == samples


# Stopping and going on

EARLY = {"validate_every": 2, "validate_by_steps": True, "patience": 2, "epochs": 4}


LENGTHS = {
    "epochs": {},
    "whole-epoch": {"max_steps": 3},
    "part-epoch": {"max_steps": 5, "accumulation": 2, "epochs": 4},
    "early": EARLY,
}


def by_turns(*tables):
    """Return names of several tables side by side, those of the shorter ones again and again."""
    longest = max(map(len, tables))
    return [*islice(zip(*map(cycle, tables), strict=True), longest)]


@pytest.mark.parametrize(("optimizer", "length"), by_turns(OPTIMIZERS, LENGTHS))
def test_a_training_goes_on_from_any_event_to_the_same_bits(
    make_trainer, make_model, make_batches, optimizer, length
):
    assert_goes_on(make_trainer, make_model, make_batches, optimizer, "step", "ratio", LENGTHS[length])


@pytest.mark.parametrize(("schedule", "forcing"), by_turns(SCHEDULES, FORCINGS))
def test_schedules_and_policies_of_forcing_go_on_to_the_same_bits(
    make_trainer, make_model, make_batches, schedule, forcing
):
    settings = {**EARLY, "patience": 5, "epochs": 3}
    assert_goes_on(make_trainer, make_model, make_batches, "adam", schedule, forcing, settings)


def assert_goes_on(make_trainer, make_model, make_batches, optimizer, schedule, forcing, settings):
    def start(seed):
        torch.manual_seed(seed)
        model = make_model(dropout=0.3)
        held_out = make_batches(1).batches[0]

        @torch.no_grad()
        def validate():
            model.eval()
            loss = nn.functional.cross_entropy(model(held_out), held_out.target_words).item()
            return scores(loss, bleu_any=round(-loss, 1))

        trainer = make_trainer(
            model,
            optimizer=optimizer,
            momentum=0.9,
            schedule=schedule,
            forcing=forcing,
            validate=validate,
            clip_norm=0.5,
            **settings,
        )
        return model, trainer

    model, trainer = start(seed=1)
    events, saved = [], []
    for event in trainer.events():
        events.append(event)
        saved.append(copy.deepcopy((model.state_dict(), trainer.state())))
    assert isinstance(events[-1], Finished)

    for number, (parameters, state) in enumerate(saved):
        other, resumed = start(seed=100 + number)
        other.load_state_dict(parameters)
        plain = json.loads(json.dumps(state.progress))
        resumed.load(dataclasses.replace(state, progress=plain))
        rest = timeless(resumed.events())
        assert rest == timeless(events[number + 1 :] or events[-1:])  # what is over is finished once more
        for name, parameter in model.state_dict().items():
            assert torch.equal(other.state_dict()[name], parameter), (number, name)


def test_a_training_that_is_left_leaves_no_thread_behind(make_trainer):
    before = threading.active_count()
    events = make_trainer().events()
    next(events)
    assert threading.active_count() == before + 1
    events.close()
    assert threading.active_count() == before


def test_a_training_that_is_over_goes_on_for_more_epochs(make_trainer, make_model, make_batches):
    def train(epochs, more=None):
        torch.manual_seed(1)
        model, batches = make_model(dropout=0.3), make_batches()
        trainer = make_trainer(model, batches, optimizer="adam", epochs=epochs)
        list(trainer.events())
        if more:
            longer = make_trainer(model, batches, optimizer="adam", epochs=more)
            longer.load(copy.deepcopy(trainer.state()))
            list(longer.events())
        return model.state_dict()

    at_once, in_two = train(4), train(2, more=4)
    assert all(torch.equal(at_once[name], in_two[name]) for name in at_once)


def test_going_on_asks_for_the_rest_of_the_epoch_alone(make_trainer, make_batches):
    trainer = make_trainer()
    events = trainer.events()
    for _ in range(4):
        next(events)
    batches = make_batches()
    resumed = make_trainer(batches=batches)
    resumed.load(copy.deepcopy(trainer.state()))
    assert [event.step for event in of(Step, resumed.events())] == [5, 6]
    assert batches.asked == [(2, 1)]


def test_a_state_holds_the_seconds_and_the_best_so_far(make_trainer):
    trainer = make_trainer(validate=scripted(3, 2))
    events = trainer.events()
    for _ in range(4):
        event = next(events)
    resumed = make_trainer(validate=scripted(2.5))
    resumed.load(trainer.state())
    rest = list(resumed.events())
    assert rest[0].seconds > event.seconds
    assert [event.best for event in of(Validated, rest)] == [False]
    assert rest[-1].best_step == 3


@pytest.mark.parametrize(
    ("after", "best"), [((3, 0.9), True), ((3, 1.0), False), ((3, 1.1), False), ((3.5, 9.0), True)]
)
def test_the_best_so_far_is_known_from_plain_numbers(make_trainer, after, best):
    trainer = make_trainer(validate=judged((3, 1.0)))
    events = trainer.events()
    for _ in range(4):
        next(events)
    state = trainer.state()
    resumed = make_trainer(validate=judged(after))
    resumed.load(dataclasses.replace(state, progress=json.loads(json.dumps(state.progress))))
    rest = list(resumed.events())
    assert [event.best for event in of(Validated, rest)] == [best]
    assert rest[-1].best_step == (6 if best else 3)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_state_of_another_model_is_refused(make_trainer, optimizer):
    trainer = make_trainer(optimizer=optimizer, momentum=0.9)
    with pytest.raises(KeyError):
        make_trainer(Broken(1.0, 9), optimizer=optimizer, momentum=0.9).load(trainer.state())
