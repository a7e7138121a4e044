"""The checkpoint store: whole or not at all, whatever happens in between."""

import errno
import json
import os
import re
import shutil
import tempfile
from itertools import islice
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from seq2seq_cli.build.data import settle_data
from seq2seq_cli.build.experiment import build_trainer
from seq2seq_cli.config import from_mapping
from seq2seq_cli.errors import CheckpointError, ConfigError, DatasetError, OutputError, RunError
from seq2seq_cli.runs import Run, Store, tensors
from seq2seq_cli.runs.tensors import load_parameters

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
    """Return a maker of new runs with their model and trainer."""

    def make(name):
        model, trainer = build_trainer(config, dataset, CPU)
        return store.create(name, config, dataset), model, trainer

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


@pytest.fixture
def whole(begin):
    """Return a run that was trained without interruption."""
    run, model, trainer = begin("whole")
    list(run.record(model, trainer))
    return run


def weights(run, which):
    return load_file(run.path / "checkpoints" / f"step-{run.step_of(which)}.safetensors")


def course(run):
    """Return the events, but for the seconds."""
    return [{key: value for key, value in event.items() if key != "seconds"} for event in run.events()]


def assert_same_end(run, whole):
    for which in ("best", "last"):
        ours, expected = weights(run, which), weights(whole, which)
        assert ours.keys() == expected.keys()
        assert all(torch.equal(ours[name], expected[name]) for name in ours)
    assert course(run) == course(whole)


def checkpoint_files(run):
    return sorted(path.name for path in (run.path / "checkpoints").iterdir())


def expected_files(*steps):
    suffixes = ("json", "safetensors", "state.safetensors")
    return sorted(["best", "last", *{f"step-{step}.{suffix}" for step in steps for suffix in suffixes}])


# What a run holds


def test_a_run_holds_the_designed_files_and_no_others(whole):
    found = {path.relative_to(whole.path).as_posix() for path in whole.path.rglob("*") if path.is_file()}
    designed = re.compile(
        r"config\.yaml|data\.yaml|(source|target)\.vocab|metrics\.jsonl"
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


# Checkpoints: best, last, and nothing else


def test_only_the_files_that_best_and_last_name_remain(begin):
    run, model, trainer = begin("new")
    for step, best, kept in (
        (1, False, {1}),
        (2, True, {2}),
        (3, False, {2, 3}),
        (5, False, {2, 5}),
        (8, True, {8}),
    ):
        trainer.progress.step = step
        run.save(model, trainer, best=best)
        assert run.step_of("last") == step
        assert {run.step_of("best"), step} == kept
        assert checkpoint_files(run) == expected_files(*kept)


def test_saving_the_same_step_twice_changes_nothing_but_best(begin):
    run, model, trainer = begin("new")
    trainer.progress.step = 4
    run.save(model, trainer)
    run.save(model, trainer, best=True)
    assert checkpoint_files(run) == expected_files(4)


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
    assert moment < len(whole.events()) == 9
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


def test_asking_changes_nothing_before_it_is_adopted(whole, config):
    before = (whole.path / "config.yaml").read_bytes()
    assert whole.extended(from_mapping({"training": {"max_steps": 9}}, "test")).training.max_steps == 9
    assert whole.config == config
    assert (whole.path / "config.yaml").read_bytes() == before


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


@pytest.mark.parametrize(
    "torn",
    [
        '{"event": "step", "st',
        "\n\n",
        "\0" * 50,
        "3\n",
        "[1]\n",
        '{"step": 3}\n',
        '{"event": "step"}\n',
        '{"event": "step", "step": 3, "epoch": 1}\n',
        '{"event": "valid", "step": 3, "epoch": 1, "loss": 0.1, "bleu_any": 99.0}\n',
        '{"event": "finished", "step": 6}\n',
        '{"event": ["step"], "step": 3}\n',
        '{"event": "party", "step": 3}\n',
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


def test_a_run_without_its_metrics_goes_on(whole, go_on):
    whole.metrics_path.unlink()
    assert whole.events() == []
    go_on(whole)
    assert [event["event"] for event in whole.events()] == ["finished"]


# Crashes and full disks


class Disk:
    """Calls something before every operation on the disk that the store makes."""

    def __init__(self, patch, before):
        self.operations = 0
        self._before = before
        for owner, name in (
            (os, "fsync"),
            (tempfile, "mkstemp"),
            (Path, "replace"),
            (Path, "chmod"),
            (Path, "write_text"),
            (tensors, "save_file"),
        ):
            patch.setattr(owner, name, self._watched(getattr(owner, name)))

    def _watched(self, operation):
        def watched(*arguments, **options):
            self.operations += 1
            self._before(self.operations)
            return operation(*arguments, **options)

        return watched


@pytest.mark.parametrize("stopped_after", [0, 3], ids=["new", "resumed before a validation"])
def test_whenever_the_power_fails_what_is_on_the_disk_loads_and_resumes(
    begin, go_on, whole, tmp_path, stopped_after
):
    run, model, trainer = begin("photographed")
    if stopped_after:
        assert len(list(islice(run.record(model, trainer), stopped_after))) == trainer.progress.step
        run.save(model, trainer)
    photographs = {}

    def photograph(number):
        files = {path.name: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
        if tuple(sorted(files.items())) not in photographs:
            copy = tmp_path / f"photograph-{number}"
            shutil.copytree(run.path, copy)
            photographs[tuple(sorted(files.items()))] = Run(copy)

    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, photograph)
        go_on(run)
    assert disk.operations > 50
    assert len(photographs) > 20
    assert any(name.endswith(".tmp") for files in photographs for name, _ in files)
    for copy in photographs.values():
        if copy.has_checkpoint():
            copy.load_model("best")
            copy.load_model("last")
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
        trainer.progress.step = 1
        run.save(model, trainer, best=True)
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
