"""The checkpoint store: whole or not at all, whatever happens in between."""

import errno
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Timer

import pytest
import torch
from filelock import FileLock
from safetensors import SafetensorError
from safetensors.torch import load_file

from seq2seq_cli.build.data import settle_data
from seq2seq_cli.build.training import build_trainer
from seq2seq_cli.config import describe, from_mapping
from seq2seq_cli.errors import CheckpointError, ConfigError, DatasetError, OutputError, RunError
from seq2seq_cli.runs import Run, Store, events, tensors
from seq2seq_cli.runs.tensors import load_parameters
from seq2seq_cli.training import loop

ROOT = Path(__file__).parents[1]
CPU = torch.device("cpu")
MINIATURE = {  # two epochs of three steps; dropout draws from the random generator
    "model": {"embedding_size": 6, "encoder_hidden_size": 5, "decoder_hidden_size": 7, "dropout": 0.3},
    "training": {"epochs": 2, "batch_size": 80, "learning_rate": 0.02},
    "decoding": {"max_length": 5},
}


@pytest.fixture
def store(workplace):
    return Store("miniatures")


@pytest.fixture
def config(dataset):
    return settle_data(from_mapping(MINIATURE, "test"), dataset)


@pytest.fixture
def begin(store, config, dataset):
    """Return a maker of new runs with their model and trainer; it takes training.checkpoints' keys."""

    def make(name, **rules):
        training = {**MINIATURE["training"], "checkpoints": rules}
        settled = settle_data(from_mapping({**MINIATURE, "training": training}, "test"), dataset)
        model, trainer = build_trainer(settled, dataset, CPU)
        return store.create(name, settled, dataset), model, trainer

    return make


@pytest.fixture
def go_on(dataset):
    """Return what resumes a run and trains it to its end, as `s2s train --resume` does."""

    def resume(run):
        model, trainer = build_trainer(run.config, dataset, CPU)
        if run.has_checkpoint():
            run.load_trainer(model, trainer)
        return list(run.record(model, trainer))

    return resume


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a folder for finished runs, of which later tests take copies."""
    return tmp_path_factory.mktemp("finished")


@pytest.fixture
def train(begin, store, finished):
    """Return what trains a new run from its first step to its last, or takes one that was trained so."""

    def to_the_end(name, **rules):
        before = finished / f"{name} {rules}"
        if before.exists():
            shutil.copytree(before, store.path(name))
        else:
            run, model, trainer = begin(name, **rules)
            list(run.record(model, trainer))
            shutil.copytree(run.path, before)
        return store.find(name)

    return to_the_end


@pytest.fixture
def whole(train):
    """Return a run that was trained without interruption."""
    return train("whole")


def saved_at(run, step):
    return load_file(run.path / "checkpoints" / f"step-{step}.safetensors")


def weights(run, which):
    return saved_at(run, run.step_of(which))


def place(run):
    """Return the last checkpoint's place in the training, but for the seconds.

    Nor for epoch and batch: an epoch's end may be written down as the beginning of the next.
    """
    path = run.path / "checkpoints" / f"step-{run.step_of('last')}.json"
    progress = json.loads(path.read_text(encoding="utf-8"))
    return {key: value for key, value in progress.items() if key not in ("seconds", "epoch", "batch")}


def course(run):
    """Return the events, but for the seconds."""
    return [{key: value for key, value in event.items() if key != "seconds"} for event in run.events()]


def assert_same_tensors(ours, expected):
    assert ours.keys() == expected.keys()
    assert all(torch.equal(ours[name], expected[name]) for name in ours)


def assert_same_end(run, whole):
    assert checkpoint_files(run) == checkpoint_files(whole)
    for which in ("best", "last"):
        assert run.step_of(which) == whole.step_of(which)
    for file in (whole.path / "checkpoints").glob("*.safetensors"):
        assert_same_tensors(load_file(run.path / "checkpoints" / file.name), load_file(file))
    assert place(run) == place(whole)
    assert course(run) == course(whole)


def checkpoint_files(run):
    return sorted(path.name for path in (run.path / "checkpoints").iterdir())


def expected_files(*steps):
    """Return the files of checkpoints after these steps: the last one can be gone on from, the others not."""
    last = [f"step-{max(steps)}.{suffix}" for suffix in ("json", "state.safetensors")]
    return sorted(["best", "last", *last, *{f"step-{step}.safetensors" for step in steps}])


# What a run holds


def test_a_run_holds_the_designed_files_and_no_others(whole):
    found = {path.relative_to(whole.path).as_posix() for path in whole.path.rglob("*") if path.is_file()}
    designed = re.compile(
        r"config\.yaml|origins\.yaml|data\.yaml|(source|target)\.vocab|metrics\.jsonl|lock"
        r"|checkpoints/(best|last|step-\d+(\.json|\.safetensors|\.state\.safetensors))"
    )
    assert [name for name in found if not designed.fullmatch(name)] == []
    assert {"config.yaml", "data.yaml", "source.vocab", "target.vocab", "metrics.jsonl"} <= found


def test_nothing_in_a_run_is_a_pickle(whole):
    for path in whole.path.rglob("*"):
        if path.is_file() and path.suffix != ".safetensors":
            path.read_text(encoding="utf-8")
        elif path.is_file():
            header = int.from_bytes(path.read_bytes()[:8], "little")
            json.loads(path.read_bytes()[8 : 8 + header])


def test_a_run_remembers_its_config_and_vocabularies(whole, config, dataset):
    again = Run(whole.path)
    assert again.config == config
    assert again.source_vocabulary == dataset.source_vocabulary
    assert again.target_vocabulary == dataset.target_vocabulary
    assert again.name == "whole"


def test_the_model_comes_back_as_it_was_and_ready_to_translate(begin):
    run, model, trainer = begin("new")
    list(run.record(model, trainer))
    loaded = run.load_model("last")
    assert not loaded.training
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)


# Checkpoints: which stay


def test_only_the_files_that_best_and_last_name_remain(begin):
    run, model, trainer = begin("new")
    for step, best, kept in ((1, 1, {1}), (2, 2, {2}), (3, 2, {2, 3}), (5, 2, {2, 5}), (8, 8, {8})):
        trainer.progress.step = trainer.progress.validated_step = step
        trainer.progress.best_step = best
        run.save(model, trainer)
        assert run.step_of("last") == step
        assert {run.step_of("best"), step} == kept
        assert checkpoint_files(run) == expected_files(*kept)


def test_as_long_as_nothing_was_scored_the_latest_is_the_best(begin):
    run, model, trainer = begin("new")
    for step in (1, 2, 5):
        trainer.progress.step = step
        run.save(model, trainer)
        assert run.step_of("best") == run.step_of("last") == step
    trainer.progress.best_step = 5
    trainer.progress.step = 6
    run.save(model, trainer)
    assert (run.step_of("best"), run.step_of("last")) == (5, 6)


@pytest.mark.parametrize(
    ("rules", "kept"),  # six steps, scored after 3 and 6, the latter the best
    [
        ({}, {6}),
        ({"every": None}, {6}),
        ({"keep_last": 2}, {3, 6}),
        ({"keep_last": 9}, {3, 6}),
        ({"every": 2, "keep_last": 2}, {4, 6}),
        ({"every": 1, "keep_last": 3}, {4, 5, 6}),
        ({"every": 4, "keep_last": 9}, {3, 4, 6}),
        ({"keep_every": 2}, {2, 4, 6}),
        ({"keep_every": 5}, {5, 6}),
        ({"every": 2, "keep_last": 2, "keep_every": 3}, {3, 4, 6}),
        ({"every": None, "keep_last": 2, "keep_every": 4}, {4, 6}),
    ],
    ids=str,
)
def test_the_latest_and_the_multiples_stay_beside_best_and_last(train, whole, rules, kept):
    run = train("kept", **rules)
    assert (run.step_of("best"), run.step_of("last")) == (6, 6)
    assert checkpoint_files(run) == expected_files(*kept)
    assert run.checkpoints.steps() == sorted(kept)
    assert_same_tensors(weights(run, "last"), weights(whole, "last"))


def test_a_checkpoint_is_saved_in_the_middle_of_an_epoch(begin):
    run, model, trainer = begin("new", every=2)
    for event in islice(run.record(model, trainer), 3):
        if event.step == 2:
            assert run.step_of("last") == run.step_of("best") == 2
            assert_same_tensors(weights(run, "last"), dict(model.state_dict()))


def test_what_ctrl_c_saved_stays_until_the_next_is_saved_and_drives_none_out(begin, go_on, train):
    rules = {"keep_last": 2, "every": 2}
    run, model, trainer = begin("stopped", **rules)
    recording = run.record(model, trainer)
    assert [next(recording).step for _ in range(6)] == [1, 2, 3, 3, 4, 5]
    run.save(model, trainer)
    recording.close()
    assert run.checkpoints.steps() == [3, 4, 5]
    go_on(run)
    assert run.checkpoints.steps() == [4, 6]
    assert_same_end(run, train("whole", **rules))


@pytest.fixture
def explode(monkeypatch):
    """Return what makes the losses of some updates count as exploded."""

    def at(*steps):
        def strikes_after(strikes, step, *_):
            return strikes + 1 if step in steps else 0

        monkeypatch.setattr(loop, "strikes_after", strikes_after)

    return at


@pytest.mark.parametrize(
    ("exploded", "last"),  # six steps, scored after 3 and 6; saved before each is
    [
        ((3, 4, 5), [0, 1, 2, 2, 2, 2, 2, 6]),
        ((5, 6), [0, 1, 2, 3, 3, 4, 4, 4]),
        ((3,), [0, 1, 2, 2, 2, 4, 5, 6]),
    ],
    ids=str,
)
def test_exploded_losses_replace_no_checkpoint_and_validations_amid_them_are_not_the_best(
    begin, explode, exploded, last
):
    run, model, trainer = begin("new", every=1)
    explode(*exploded)
    recording = run.record(model, trainer)
    steps = [0, *(run.step_of("last") for _ in recording)]
    assert steps[: len(last) - 1] == last[:-1]
    assert steps[-1] == last[-1]
    valid = {event["step"]: event["best"] for event in run.events() if event["event"] == "valid"}
    assert valid == {3: 3 not in exploded, 6: 6 not in exploded}
    best = 6 if valid[6] else 3
    assert run.step_of("best") == trainer.progress.best_step == best
    run.load_model("best")


def test_what_exploded_is_saved_by_ctrl_c_and_where_there_is_nothing_to_lose(begin, explode):
    run, model, trainer = begin("new")
    explode(*range(1, 7))
    recording = run.record(model, trainer)
    assert next(recording).step == 1
    assert not run.has_checkpoint()
    assert [next(recording).step for _ in range(3)] == [2, 3, 3]
    assert (run.step_of("last"), run.step_of("best")) == (3, 3)
    assert next(recording).step == 4
    run.save(model, trainer)
    assert run.step_of("last") == 4
    recording.close()


def test_pieces_of_what_was_being_saved_do_not_count(begin):
    run, model, trainer = begin("new", keep_last=2, every=1)
    for step in (1, 2):
        trainer.progress.step = step
        run.save(model, trainer)
    folder = run.path / "checkpoints"
    for left_over in ("step-7.safetensors", "step-1.json", ".step-3.json.a1b2c3d4.tmp"):
        shutil.copy(folder / "step-2.safetensors", folder / left_over)
    assert run.checkpoints.steps() == [1, 2]
    run.checkpoints.tidy(run.config.training.checkpoints)
    assert checkpoint_files(run) == expected_files(1, 2)


def test_other_checkpoints_can_be_kept_from_now_on(whole, go_on):
    wanted = from_mapping({"training": {"epochs": 3, "checkpoints": {"every": 1, "keep_last": 4}}}, "test")
    whole.adopt(whole.extended(wanted))
    go_on(whole)
    assert whole.checkpoints.steps() == [6, 7, 8, 9]


# Checkpoints by name, and their mean


@pytest.fixture
def kept(train):
    """Return a run that has kept the checkpoints of all its six steps."""
    return train("kept", every=1, keep_last=6)


@pytest.mark.parametrize(
    ("which", "step"), [("best", 6), ("last", 6), ("2", 2), ("step-2", 2), ("step-6", 6), ("average:1", 6)]
)
def test_a_checkpoint_is_loaded_by_its_name_or_step(kept, which, step):
    assert kept.step_of(which) == step
    assert_same_tensors(dict(kept.load_model(which).state_dict()), saved_at(kept, step))


@pytest.mark.parametrize(
    ("which", "steps"),
    [("average", range(1, 7)), ("average:6", range(1, 7)), ("average:3", (4, 5, 6)), ("average:2", (5, 6))],
)
def test_an_average_is_the_mean_of_each_number(kept, which, steps):
    averaged = kept.load_model(which).state_dict()
    saved = [saved_at(kept, step) for step in steps]
    for name, tensor in averaged.items():
        rows = zip(*(one[name].flatten().tolist() for one in saved), strict=True)  # Python's floats: float64
        expected = torch.tensor([sum(row) / len(saved) for row in rows], dtype=torch.float32)
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor.flatten(), expected)
    assert kept.step_of(which) == 6
    assert any(not torch.equal(averaged[name], saved[-1][name]) for name in averaged)


def test_one_checkpoint_is_no_plural(whole):
    with pytest.raises(CheckpointError, match="has 1 checkpoint, too few for 'average:2'"):
        whole.load_model("average:2")


@pytest.mark.parametrize("which", ["average:7", "average:100"])
def test_an_average_of_more_than_there_are_says_what_decides(kept, which):
    with pytest.raises(CheckpointError, match=rf"has 6 checkpoints.*'{which}'.*checkpoints\.keep_last"):
        kept.load_model(which)


@pytest.mark.parametrize(
    ("which", "hint"),
    [
        ("bset", "Did you mean 'best'?"),
        ("avrage:2", "Did you mean 'average"),
        ("7", "Choose from: best, last, average, average:N."),
        ("step-7", "best"),
        ("average:0", "average:N"),
        ("average:-1", "average:N"),
        ("average:", "average"),
        ("9" * 5000, "best"),
        ("\u0663", "best"),
        ("../best", "best"),
        ("", "best"),
    ],
    ids=lambda text: text[:12],
)
def test_any_other_name_is_an_error_that_lists_what_there_is(kept, which, hint):
    with pytest.raises(CheckpointError) as caught:
        kept.load_model(which)
    assert (
        caught.value.message == f"The run kept has no checkpoint {which!r}; its steps are 1, 2, 3, 4, 5, 6."
    )
    assert hint in caught.value.hint


@pytest.mark.parametrize("content", [None, b"", b"\xff" * 99])
def test_an_average_with_a_damaged_checkpoint_names_it(kept, content):
    path = kept.path / "checkpoints" / "step-6.safetensors"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"step-6\.safetensors is (missing|damaged)"):
        kept.load_model("average")
    kept.load_model("5")


def test_an_average_of_other_models_is_refused(kept):
    path = kept.path / "checkpoints" / "step-4.safetensors"
    name = "decoder.output.bias"
    tensors.save_tensors(path, {**load_file(path), name: torch.zeros(3)})
    with pytest.raises(CheckpointError, match=rf"step-4\.safetensors does not fit.*{re.escape(name)}"):
        kept.load_model("average")


def test_saving_the_same_step_twice_changes_nothing_but_best(begin):
    run, model, trainer = begin("new")
    trainer.progress.step = 4
    run.save(model, trainer)
    before = {path.name: path.stat().st_ino for path in (run.path / "checkpoints").glob("*.safetensors")}
    trainer.progress.best_step = 4
    run.save(model, trainer)
    assert checkpoint_files(run) == expected_files(4)
    after = {path.name: path.stat().st_ino for path in (run.path / "checkpoints").glob("*.safetensors")}
    assert after == before


def test_a_new_run_has_no_checkpoint(begin):
    run, _, _ = begin("new")
    assert not run.has_checkpoint()
    assert run.events() == []
    for which in ("best", "last"):
        with pytest.raises(CheckpointError, match=f"new has no checkpoint '{which}'"):
            run.step_of(which)


@pytest.mark.parametrize("content", ["", "step-", "step-x\n", "\0\0\0"])
def test_a_damaged_pointer_is_an_error_that_names_it(whole, content):
    (whole.path / "checkpoints" / "best").write_text(content)
    with pytest.raises(CheckpointError, match=r"best does not name a checkpoint"):
        whole.load_model("best")


def test_parameters_of_other_names_or_shapes_do_not_fit(whole):
    model = whole.load_model()
    parameters = dict(model.state_dict())
    name = "decoder.output.bias"
    for wrong in (
        {**parameters, name: torch.zeros(3)},
        {key: tensor for key, tensor in parameters.items() if key != name},
    ):
        with pytest.raises(CheckpointError, match=rf"does not fit the run's config: {re.escape(name)}"):
            load_parameters(model, wrong, Path("there"))
    with pytest.raises(CheckpointError, match="extra should be absent"):
        load_parameters(model, {**parameters, "extra": torch.zeros(1)}, Path("there"))


# Going on


@pytest.mark.parametrize("moment", range(9))
def test_stopped_after_any_event_and_resumed_it_ends_as_if_nothing_had_happened(begin, go_on, whole, moment):
    assert moment < len(whole.events()) == 9  # six steps, two validations, the end
    run, model, trainer = begin("stopped")
    recording = run.record(model, trainer)
    for _ in range(moment + 1):
        next(recording)
    run.save(model, trainer)  # as Ctrl-C does
    recording.close()
    go_on(run)
    assert_same_end(run, whole)


@pytest.mark.parametrize("moment", range(9))
def test_killed_after_any_event_it_goes_on_from_the_last_checkpoint(begin, go_on, whole, moment):
    run, model, trainer = begin("killed")
    recording = run.record(model, trainer)
    for _ in range(moment + 1):
        next(recording)
    recording.close()
    go_on(run)
    assert_same_end(run, whole)


def test_resuming_a_finished_run_changes_nothing(whole, go_on):
    before, files = course(whole), checkpoint_files(whole)
    (finished,) = go_on(whole)
    assert finished.step == whole.step_of("last")
    assert course(whole) == before
    assert checkpoint_files(whole) == files


def test_more_epochs_can_be_asked_for_and_are_trained(whole, go_on, begin):
    whole.adopt(whole.extended(from_mapping({"training": {"epochs": 3}}, "test")))
    assert whole.config.training.epochs == 3
    assert Run(whole.path).config.training.epochs == 3
    go_on(whole)
    assert whole.step_of("last") == 9
    assert [event["step"] for event in whole.events() if event["event"] == "step"] == list(range(1, 10))


def test_patience_can_change_and_nothing_else_of_validation(whole, dataset):
    for patience in (3, None):
        wanted = from_mapping({"training": {"epochs": 4, "validation": {"patience": patience}}}, "test")
        whole.adopt(whole.extended(wanted))
        assert build_trainer(Run(whole.path).config, dataset, CPU)[1].patience == patience
    with pytest.raises(ConfigError, match=r"training\.validation\.every is 1, not 2.*validation\.patience"):
        whole.extended(from_mapping({"training": {"validation": {"every": 2}}}, "test"))


def test_asking_changes_nothing_before_it_is_adopted(whole, config):
    before = (whole.path / "config.yaml").read_bytes()
    assert whole.extended(from_mapping({"training": {"max_steps": 9}}, "test")).training.max_steps == 9
    assert whole.config == config
    assert (whole.path / "config.yaml").read_bytes() == before


def test_tensorboard_can_be_asked_for_later(whole):
    assert whole.extended(from_mapping({"training": {"tensorboard": True}}, "test")).training.tensorboard


def test_adopting_what_is_its_own_already_writes_nothing(whole, config, monkeypatch):
    before = (whole.path / "config.yaml").stat()
    Disk(monkeypatch, full_disk)
    whole.adopt(whole.extended(from_mapping({"training": {"epochs": 2}}, "test")))
    assert whole.config == config
    after = (whole.path / "config.yaml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_full_disk_leaves_the_config_as_it_was(whole, config, monkeypatch):
    longer = whole.extended(from_mapping({"training": {"epochs": 3}}, "test"))
    with monkeypatch.context() as patch:
        Disk(patch, full_disk)
        with pytest.raises(OutputError, match=r"config\.yaml.*No space left"):
            whole.adopt(longer)
    assert whole.config == Run(whole.path).config == config


# Where the config's keys come from


def test_a_run_remembers_where_the_keys_of_its_config_come_from(store, config, dataset):
    given = {"training.epochs": "my.yaml, line 7", "model.dropout": "--set", "data.source": "my.yaml, line 1"}
    run = store.create("new", config, dataset, given)
    of_data = {info.key for info in describe(config) if info.key.startswith("data.") and info.differs}
    assert of_data >= {"data.source", "data.path", "data.split"}
    assert Run(run.path).origins() == dict.fromkeys(of_data, "the data") | given


def test_a_run_from_before_origins_were_written_down_knows_those_of_its_data(whole):
    (whole.path / "origins.yaml").unlink()
    assert set(whole.origins().values()) == {"the data"}


def test_damaged_origins_are_an_error_that_names_them(whole):
    (whole.path / "origins.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(RunError, match=r"whole/origins\.yaml"):
        whole.origins()


def test_what_changes_when_a_run_goes_on_comes_from_there(store, config, dataset):
    before = {"training.epochs": "my.yaml, line 7", "training.batch_size": "my.yaml, line 8"}
    run = store.create("new", config, dataset, before)
    wanted = from_mapping({"training": {"epochs": 3, "batch_size": 80}}, "test")
    run.adopt(run.extended(wanted), {"training.epochs": "--set", "training.batch_size": "--set"})
    origins = Run(run.path).origins()
    assert (origins["training.epochs"], origins["training.batch_size"]) == ("--set", "my.yaml, line 8")
    run.adopt(run.config, {"training.seed": "--set"})
    assert Run(run.path).origins() == origins


def test_another_model_can_not_be_asked_for(whole):
    before = (whole.path / "config.yaml").read_bytes()
    with pytest.raises(ConfigError, match=r"model\.dropout is 0\.3, not 0\.1"):
        whole.extended(from_mapping({"model": {"dropout": 0.1}, "training": {"epochs": 3}}, "test"))
    assert (whole.path / "config.yaml").read_bytes() == before


def test_decoding_can_change_after_training_and_nothing_else(whole):
    wanted = from_mapping({"decoding": {"search": "beam"}}, "test")
    assert whole.with_decoding(wanted).decoding.search == "beam"
    assert Run(whole.path).config.decoding.search == "greedy"
    for key, value in (("model", {"dropout": 0.1}), ("data", {"max_length": 7})):
        with pytest.raises(ConfigError, match=rf"{key}\.{next(iter(value))} is .*Only `decoding` can change"):
            whole.with_decoding(from_mapping({key: value, "decoding": {"search": "beam"}}, "test"))


def test_how_it_was_trained_and_where_its_data_lie_do_not_matter_to_decoding(whole, config):
    page = {
        "training": {"epochs": 3, "schedule": {"policy": "step"}},
        "data": {"source": "elsewhere.tsv", "path": "elsewhere"},
    }
    assert whole.with_decoding(from_mapping(page, "test")) == config
    page["decoding"] = {"max_length": 3}
    changed = whole.with_decoding(from_mapping(page, "test"))
    assert changed.decoding.max_length == 3
    assert (changed.training, changed.data, changed.model) == (config.training, config.data, config.model)


# Events

VALID = (
    '{"event": "valid", "step": 1, "epoch": 1, "loss": 0.1, "perplexity": 1.1, "bleu": 9.0, "bleu_any": 9.0, '
    '"exact_match": 0.0, "seconds": 1.0, "best": true, "samples": SAMPLES}\n'
)


@pytest.mark.parametrize(
    "torn",
    [
        '{"event": "step", "st',
        "\n\n",
        "\0" * 50,
        "3\n",
        "[1]\n",
        '{"step": 3}\n',
        "null\n",
        '{"event": "step"}\n',
        '{"event": "step", "step": 3, "epoch": 1}\n',
        '{"event": "valid", "step": 3, "epoch": 1, "loss": 0.1, "bleu_any": 99.0}\n',
        '{"event": "finished", "step": 6}\n',
        '{"event": ["step"], "step": 3}\n',
        '{"event": "party", "step": 3}\n',
        '{"event": "finished", "step": "x", "epoch": 1, "target_tokens": 9, "seconds": 1, "best_step": 3}\n',
        '{"event": "finished", "step": 3, "epoch": 1, "target_tokens": null, "seconds": 1, "best_step": 3}\n',
        '{"event": "finished", "step": 3, "epoch": 1, "target_tokens": 9, "seconds": 1, "best_step": "x"}\n',
        VALID.replace("SAMPLES", "[1]"),
        VALID.replace("SAMPLES", '[{"source": "a", "reference": "b"}]'),
        VALID.replace("SAMPLES", '[{"source": "a", "reference": "b", "output": 3}]'),
        VALID.replace("SAMPLES", "3"),
        "\udcff".encode("utf-8", "surrogateescape"),
    ],
)
def test_torn_lines_are_passed_over_and_gone_after_a_resume(whole, go_on, torn):
    before = course(whole)
    with whole.metrics_path.open("ab") as file:
        file.write(torn if isinstance(torn, bytes) else torn.encode())
    assert course(whole) == before
    go_on(whole)
    assert course(whole) == before
    assert all(json.loads(line) for line in whole.metrics_path.read_text(encoding="utf-8").splitlines())


def test_events_of_a_run_that_was_made_before_a_key_joined_still_count(whole):
    late = {"valid": "samples", "finished": "stopped_early"}
    events = whole.events()
    early = [{key: value for key, value in e.items() if key != late.get(e["event"])} for e in events]
    whole.metrics_path.write_text("".join(json.dumps(event) + "\n" for event in early), encoding="utf-8")
    assert whole.events() == early


def test_metrics_that_cannot_be_read_are_an_error_that_names_them(whole):
    whole.metrics_path.unlink()
    whole.metrics_path.mkdir()
    with pytest.raises(RunError, match=r"Cannot read .*metrics\.jsonl: Is a directory"):
        whole.events()


def test_an_event_of_an_exploded_training_is_one_all_the_same(whole):
    event = {**json.loads(VALID.replace("SAMPLES", "[]")), "loss": math.nan, "perplexity": math.inf}
    whole.metrics_path.write_text(json.dumps(event) + "\n", encoding="utf-8")
    assert [each["perplexity"] for each in whole.events()] == [math.inf]


def test_a_run_without_its_metrics_goes_on(whole, go_on):
    whole.metrics_path.unlink()
    assert whole.events() == []
    go_on(whole)
    assert [event["event"] for event in whole.events()] == ["finished"]


# Crashes and full disks


class Disk:
    """Calls something before every operation on the disk that the store makes."""

    def __init__(self, patch, before, *others):
        self.operations = 0
        self._before = before
        for owner, name in (
            (os, "fsync"),
            (tempfile, "mkstemp"),
            (Path, "replace"),
            (Path, "chmod"),
            (Path, "write_text"),
            (tensors, "save_file"),
            *others,
        ):
            patch.setattr(owner, name, self._watched(getattr(owner, name)))

    def _watched(self, operation):
        def watched(*arguments, **options):
            self.operations += 1
            self._before(self.operations)
            return operation(*arguments, **options)

        return watched


def test_killed_while_it_saved_a_better_one_it_still_has_the_best_until_then(begin, tmp_path):
    run, model, trainer = begin("photographed")
    copies = []

    def save(run, step, best):
        trainer.progress.step = trainer.progress.validated_step = step
        trainer.progress.best_step = best
        run.save(model, trainer)

    save(run, 1, 1)
    before = weights(run, "best")
    with torch.no_grad():
        model.decoder.output.bias.add_(1)
    save(run, 2, 1)

    def photograph(number):
        copies.append(Run(shutil.copytree(run.path, tmp_path / f"photograph-{number}")))

    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, photograph)
        save(run, 3, 3)
    assert (run.step_of("best"), checkpoint_files(run)) == (3, expected_files(3))
    between = [copy for copy in copies if copy.step_of("best") > copy.step_of("last")]
    assert between
    for copy in between:
        copy.checkpoints.tidy(copy.config.training.checkpoints)
        copy.load_model("best")  # until training goes on, the better one
        save(copy, 3, 1)  # trained again, it is not better
        assert copy.step_of("best") == 1
        assert_same_tensors(weights(copy, "best"), before)
        assert checkpoint_files(copy) == expected_files(1, 3)


@pytest.mark.parametrize(
    ("stopped_after", "rules"),
    [
        (3, {}),
        (0, {"every": 2, "keep_last": 2, "keep_every": 3}),  # 3 and 6 are saved twice, and 3 stays for good
        (5, {"every": 2, "keep_last": 2}),
    ],
    ids=["resumed before a validation", "new, many kept", "resumed from what stays not"],
)
def test_whenever_the_power_fails_what_is_on_the_disk_loads_and_resumes(
    begin, go_on, train, tmp_path, stopped_after, rules
):
    whole = train("whole", **rules)
    run, model, trainer = begin("photographed", **rules)
    recording = run.record(model, trainer)
    if stopped_after:
        while trainer.progress.step < stopped_after:
            next(recording)
        run.save(model, trainer)
        recording.close()
    photographs = {}

    def photograph(number):
        files = {path.name: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
        if tuple(sorted(files.items())) not in photographs:
            copy = tmp_path / f"photograph-{number}"
            shutil.copytree(run.path, copy)
            photographs[tuple(sorted(files.items()))] = Run(copy)

    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, photograph, (Path, "unlink"))
        go_on(run)
    assert disk.operations > 25
    assert len(photographs) > 12
    assert any(name.endswith(".tmp") for files in photographs for name, _ in files)
    for copy in photographs.values():
        if copy.has_checkpoint():
            for which in ("best", "last", "average", *map(str, copy.checkpoints.steps())):
                copy.load_model(which)
        go_on(copy)
        assert_same_end(copy, whole)


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def full_at(moment):
    return lambda number: full_disk() if number == moment else None


def test_a_disk_that_is_full_at_any_moment_leaves_the_checkpoint_before(begin):
    run, model, trainer = begin("full")

    def save_one_and_train():
        shutil.rmtree(run.path / "checkpoints")
        trainer.progress.step = trainer.progress.best_step = 1
        run.save(model, trainer)
        with torch.no_grad():
            model.decoder.output.bias.add_(1)
        trainer.progress.step = 2

    save_one_and_train()
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, lambda _: None)
        run.save(model, trainer)
    for moment in range(1, disk.operations + 1):
        save_one_and_train()
        before = weights(run, "best")
        with pytest.MonkeyPatch.context() as patch:
            Disk(patch, full_at(moment))
            with pytest.raises(OutputError, match="No space left"):
                run.save(model, trainer)
        after = weights(run, "best")
        assert run.step_of("best") == 1
        assert all(torch.equal(after[name], before[name]) for name in before)
        run.load_model("last")
        assert not [name for name in checkpoint_files(run) if name.endswith(".tmp")]


def test_safetensors_words_for_a_full_disk_are_an_output_error_too(begin, monkeypatch):
    run, model, trainer = begin("full")

    def refuse(*_):
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(tensors, "save_file", refuse)
    with pytest.raises(OutputError, match=r"step-0\.safetensors.*No space left"):
        run.save(model, trainer)
    assert checkpoint_files(run) == []


def test_a_full_disk_in_the_middle_of_training_is_one_error_and_training_goes_on_later(begin, go_on, whole):
    run, model, trainer = begin("full")
    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, full_at(40))
        with pytest.raises(OutputError):
            list(run.record(model, trainer))
    go_on(run)
    assert_same_end(run, whole)


@contextmanager
def no_file_longer_than(count):
    """Let the system cut off what is written at so many bytes a file, as a full disk does anywhere."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("room", "file"),
    [
        (300, "metrics.jsonl"),
        (700, "metrics.jsonl"),
        (2500, "step-1.safetensors"),
        ("state", "step-1.state.safetensors"),
    ],
)
def test_what_is_cut_off_in_the_middle_is_an_error_that_says_how_to_go_on(begin, go_on, train, room, file):
    whole = train("whole", every=1)
    if room == "state":
        room = (whole.path / "checkpoints" / "step-6.safetensors").stat().st_size
    run, model, trainer = begin("cut", every=None if file == "metrics.jsonl" else 1)
    with no_file_longer_than(room), pytest.raises(OutputError, match=re.escape(file)) as caught:
        list(run.record(model, trainer))
    assert caught.value.hint.endswith(f"s2s train --resume --run {run.path}")
    written = [event["step"] for event in run.events()]
    assert written == list(range(1, len(written) + 1))
    if file == "metrics.jsonl":
        assert run.metrics_path.stat().st_size == room  # a line is there in part, and not read
    assert not [name for name in checkpoint_files(run) if name.endswith(".tmp")]
    assert not run.has_checkpoint()
    go_on(run)
    assert_same_tensors(weights(run, "last"), weights(whole, "last"))
    assert course(run) == course(whole)


def test_events_are_safe_from_a_power_cut_before_their_checkpoint_is(begin, monkeypatch):
    run, model, trainer = begin("new")
    synced = []
    monkeypatch.setattr(events, "sync_file", synced.append)
    monkeypatch.setattr(tensors, "save_file", lambda *_: (_ for _ in ()).throw(OSError("stop")))
    with pytest.raises(OutputError):
        run.save(model, trainer)
    assert synced == [run.metrics_path]


# One trainer a run

HOLDER = """
import sys
from contextlib import ExitStack
from pathlib import Path
from seq2seq_cli.runs.lock import RunLock
with ExitStack() as held:
    for line in sys.stdin:
        held.close()
        if line.strip():
            held.enter_context(RunLock(Path(line.strip())).held())
        print("done", flush=True)
"""


class Holder:
    """A process that trains the run that it is told, or none."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hold(self, path):
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def holder():
    """Return another process, for all the tests that leave it alive."""
    process = Holder()
    yield process
    process.end()


@pytest.fixture
def elsewhere(whole, holder):
    """Return another process, which trains the run."""
    holder.hold(whole.path.resolve())
    yield holder.process
    holder.hold("")


def test_what_another_process_trains_is_refused_and_the_process_named(whole, go_on, elsewhere):
    before = {path: path.read_bytes() for path in whole.path.rglob("*") if path.is_file()}
    with pytest.raises(RunError) as caught:
        go_on(whole)
    path = str(whole.path)
    assert caught.value.message == f"{path} is being trained by another process ({elsewhere.pid})."
    assert "--run" in caught.value.hint
    assert [run.name for run in Store("miniatures").all()] == ["whole"]
    assert {path: path.read_bytes() for path in whole.path.rglob("*") if path.is_file()} == before
    whole.load_model()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_lock_that_kill_9_left_keeps_nobody_off(whole, go_on):
    killed = Holder()
    killed.hold(whole.path.resolve())
    killed.end()
    assert (whole.path / "lock").read_text() == f"{killed.process.pid}\n"
    go_on(whole)
    assert (whole.path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_copied_lock_keeps_nobody_off(whole, go_on, elsewhere, tmp_path):
    shutil.copytree(whole.path, tmp_path / "copy")
    go_on(Run(tmp_path / "copy"))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"nobody", b"\n"])
def test_a_holder_whose_name_cannot_be_read_is_one_all_the_same(whole, elsewhere, content):
    (whole.path / "lock").write_bytes(content)
    with pytest.raises(RunError, match=r"whole is being trained by another process\."), whole.lock():
        pass


def test_the_lock_is_held_from_the_first_event_to_the_end_of_the_training(begin, dataset, go_on):
    run, model, trainer = begin("new")
    recording = run.record(model, trainer)
    next(recording)
    with pytest.raises(RunError, match="being trained"):
        go_on(Run(run.path))
    recording.close()
    go_on(Run(run.path))


def test_who_holds_the_lock_may_train_and_others_may_not_until_all_is_left(whole, go_on):
    other = Run(whole.path)
    with whole.lock():
        go_on(whole)
        with pytest.raises(RunError, match="being trained"):
            go_on(other)
    go_on(other)


def test_training_that_fails_gives_the_lock_back(begin, go_on):
    run, model, trainer = begin("new")
    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, full_at(5))
        with pytest.raises(OutputError):
            list(run.record(model, trainer))
    go_on(Run(run.path))


@pytest.mark.skipif(os.name == "nt", reason="Windows locks otherwise")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_where_the_file_system_has_no_locks_training_goes_on_without(whole, go_on, monkeypatch, number):
    import fcntl

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    (finished,) = go_on(whole)
    assert finished.step == 6


@pytest.mark.skipif(os.name == "nt", reason="Windows locks otherwise")
def test_where_the_system_has_no_locks_a_file_stands_for_one_while_training_goes_on(
    begin, go_on, monkeypatch
):
    import fcntl

    def refuse(*_):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", refuse)
    run, model, trainer = begin("new")
    recording = run.record(model, trainer)
    with pytest.warns(UserWarning, match="flock not supported"):
        next(recording)
    assert len((run.path / "lock").read_text().split()) > 1  # filelock's own words, which it lives by
    with pytest.warns(UserWarning, match="flock not supported"), pytest.raises(RunError, match="trained by"):
        go_on(Run(run.path))
    recording.close()
    with pytest.warns(UserWarning, match="flock not supported"):
        go_on(Run(run.path))


@pytest.mark.skipif(os.name == "nt", reason="Windows locks otherwise")
def test_a_lock_that_cannot_be_made_is_an_error(whole, monkeypatch):
    import fcntl

    def refuse(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OutputError, match=r"lock: Input/output error"), whole.lock():
        pass


def test_a_full_disk_does_not_keep_the_lock_from_being_taken(whole, monkeypatch):
    monkeypatch.setattr(Path, "write_text", full_disk)
    with whole.lock(), pytest.raises(RunError, match="being trained"), Run(whole.path).lock():
        pass


def test_a_glance_tells_whether_a_run_is_being_trained_and_writes_nothing(whole):
    other, before = Run(whole.path), {p: p.read_bytes() for p in whole.path.rglob("*") if p.is_file()}
    assert not other.is_training()
    assert {p: p.read_bytes() for p in whole.path.rglob("*") if p.is_file()} == before
    with whole.lock():
        assert whole.is_training()
        assert other.is_training()
        assert (whole.path / "lock").read_text() == f"{os.getpid()}\n"
    assert not whole.is_training()
    (whole.path / "lock").unlink()
    assert not whole.is_training()
    assert not (whole.path / "lock").exists()


def test_a_glance_at_the_lock_does_not_keep_a_training_off(whole, go_on):
    """A glance holds the lock for a moment; who wants to train has the patience to outlast it."""
    glance = FileLock(whole.path / "lock", thread_local=False)
    glance.acquire()
    end = Timer(0.05, glance.release)
    end.start()
    go_on(whole)
    end.join()


@pytest.mark.skipif(os.name == "nt", reason="Windows locks otherwise")
def test_where_there_are_no_locks_nobody_is_said_to_train(whole, monkeypatch):
    import fcntl

    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    (whole.path / "lock").touch()
    assert not whole.is_training()


def test_the_numbers_of_a_checkpoint_are_counted_without_its_being_loaded(whole, monkeypatch):
    expected = sum(parameter.numel() for parameter in whole.load_model().parameters())
    monkeypatch.setattr(tensors, "load_file", None)
    assert whole.checkpoints.parameters() == expected
    for file in (whole.path / "checkpoints").glob("*.safetensors"):
        file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(CheckpointError, match="damaged"):
        whole.checkpoints.parameters()


def test_a_checkpoint_takes_as_much_room_as_its_files(whole):
    step = whole.step_of("last")
    files = list((whole.path / "checkpoints").glob(f"step-{step}.*"))
    assert len(files) == 3
    assert whole.checkpoints.size(step) == sum(len(file.read_bytes()) for file in files)


# The store


def test_a_run_of_that_name_is_not_overwritten(store, config, dataset, begin):
    begin("old")
    with pytest.raises(RunError, match=r"miniatures/old already exists.*--resume.*--run"):
        store.create("old", config, dataset)


def test_a_run_appears_whole_or_not_at_all(store, config, dataset, monkeypatch):
    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OutputError):
        store.create("new", config, dataset)
    assert [path.name for path in store.root.iterdir()] == []


def test_the_latest_run_is_the_one_that_was_saved_last_and_has_a_checkpoint(store, begin):
    for age, name in enumerate(["newest", "middle", "oldest"]):
        run, model, trainer = begin(name)
        run.save(model, trainer)
        os.utime(run.path / "checkpoints" / "last", (1e9 - age, 1e9 - age))
    begin("untrained")
    assert [run.name for run in store.all()] == ["oldest", "middle", "newest", "untrained"]
    assert store.find().name == "newest"
    assert store.find(trained=False).name == "untrained"
    os.utime(store.root / "oldest" / "checkpoints" / "last", (2e9, 2e9))
    assert store.find().name == "oldest"


def test_folders_that_are_no_runs_are_passed_over(store, begin):
    begin("new")
    (store.root / "notes").mkdir()
    (store.root / "README.md").write_text("?")
    shutil.copytree(store.root / "new", store.root / ".new.abc.tmp")
    assert [run.name for run in store.all()] == ["new"]


def test_a_run_is_found_by_name_and_by_path(store, begin, workplace, monkeypatch):
    run, _, _ = begin("new")
    for name in ("new", "miniatures/new", "./miniatures/new/", str(run.path.resolve())):
        assert store.find(name).path.resolve() == run.path.resolve()
        assert store.find(name).name == "new"
    monkeypatch.chdir(store.root)
    assert Store().find("new").path == Path("new")


@pytest.mark.parametrize("name", ["nowhere", "miniatures/nowhere", ".."])
def test_a_run_that_does_not_exist_is_an_error_that_says_where_it_was_looked_for(store, name):
    with pytest.raises(RunError, match=re.escape(str(store.path(name)))):
        store.find(name)


def test_an_empty_store_says_how_to_begin(store):
    assert store.all() == []
    with pytest.raises(RunError, match=r"no trained run in miniatures/.*s2s train"):
        store.find()


# The data behind a run


def test_data_that_were_prepared_anew_are_refused(whole, succeeds):
    assert whole.dataset().folder == Path("data/pairs")
    succeeds("prepare-data", "pairs.tsv", "--set", "data.seed=2", "--force")
    with pytest.raises(DatasetError, match=r"data/pairs has been prepared anew since whole was trained"):
        whole.dataset()


def test_data_that_were_prepared_anew_to_the_same_are_accepted(whole, succeeds):
    succeeds("prepare-data", "pairs.tsv", "--set", "data.split=[0.7, 0.15, 0.15]", "--force")
    assert len(whole.dataset().part("train")) == 210


def test_data_that_are_gone_are_an_error_that_names_the_run(whole):
    shutil.rmtree("data")
    with pytest.raises(DatasetError, match=r"data/pairs.*whole was trained on"):
        whole.dataset()
