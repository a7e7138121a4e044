"""A run as those processes have it that train it beside the leader."""

import pytest
import torch

from seq2seq_cli.build.training import build_trainer
from seq2seq_cli.errors import RunError
from seq2seq_cli.runs import Run, Store
from seq2seq_cli.runs.follower import Follower, as_seen, begin
from seq2seq_cli.training.events import Finished
from seq2seq_cli.training.processes import Processes

CPU = torch.device("cpu")
ALONE, SECOND = Processes(0, 1, CPU), Processes(1, 2, CPU)


def files(run):
    return {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


@pytest.fixture
def config(tiny_run):
    """Return the tiny run's config, with a checkpoint every five updates and validations every four."""
    training = tiny_run.config.training
    changed = {
        "epochs": 1,
        "checkpoints": training.checkpoints.model_copy(update={"every": 5}),
        "validation": training.validation.model_copy(update={"every": 4, "unit": "steps"}),
    }
    return tiny_run.config.model_copy(update={"training": training.model_copy(update=changed)})


def saves_of(run, config, dataset, monkeypatch):
    """Return the events, and after which the trainer was asked for its state."""
    model, trainer = build_trainer(config, dataset, CPU)
    state, asked = trainer.state, []

    def told():
        asked.append((trainer.progress.step, trainer.progress.validated_step))
        return state()

    monkeypatch.setattr(trainer, "state", told)
    events = [type(event) for event in run.record(model, trainer)]
    return events, asked


def test_a_follower_is_asked_for_its_state_whenever_the_leader_saves_and_writes_nothing(
    config, dataset, monkeypatch
):
    leading = begin(Store(), "both", config, dataset, ALONE)
    following = begin(Store(), "followed", config, dataset, ALONE)
    following = Follower(following.path)
    before = files(following)
    expected = saves_of(leading, config, dataset, monkeypatch)
    assert saves_of(following, config, dataset, monkeypatch) == expected
    assert [step for step, _ in expected[1]] == [4, 5, 8, 10, 12, 14]
    assert expected[0][-1] is Finished
    assert files(following) == before


def test_a_follower_saves_by_giving_its_state(config, dataset, monkeypatch):
    run = Follower(begin(Store(), "new", config, dataset, ALONE).path)
    model, trainer = build_trainer(config, dataset, CPU)
    asked = []
    monkeypatch.setattr(trainer, "state", lambda: asked.append(True))
    run.save(model, trainer)
    assert asked == [True]
    assert not run.has_checkpoint()


def test_a_follower_knows_a_config_that_was_adopted_and_does_not_write_it(tiny_run, config):
    run, before = Follower(tiny_run.path), files(tiny_run)
    run.adopt(config)
    assert run.config == config
    assert files(tiny_run) == before


def test_a_follower_does_not_wait_for_the_lock_that_the_leader_has(tiny_run):
    with tiny_run.lock(), Follower(tiny_run.path).lock():
        pass


def test_the_leader_has_the_run_itself(tiny_run):
    assert as_seen(tiny_run, ALONE) is tiny_run
    assert type(as_seen(tiny_run, SECOND)) is Follower


def test_only_the_leader_makes_the_folder(config, dataset, monkeypatch):
    waited = []
    monkeypatch.setattr(Processes, "wait", lambda _: waited.append(Store().path("new").exists()))
    with pytest.raises(RunError):  # here the leader has not made it, though it was waited for
        begin(Store(), "new", config, dataset, SECOND)
    assert not Store().path("new").exists()
    assert type(begin(Store(), "new", config, dataset, ALONE)) is Run
    assert type(begin(Store(), "new", config, dataset, SECOND)) is Follower
    assert waited == [False, True, True]
