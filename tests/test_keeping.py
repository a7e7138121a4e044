"""Which runs stay, and how the others go."""

import os
import shutil
from pathlib import Path

import pytest

from seq2seq_cli.errors import OutputError, RunError
from seq2seq_cli.runs import Run, Store, keeping
from seq2seq_cli.runs.keeping import check_removable, is_kept, keep, remove


def names_in(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def test_a_run_is_removed_with_all_its_files_and_its_neighbours_stay(tiny_run):
    shutil.copytree("runs/tiny", "runs/other")
    before = {path: path.read_bytes() for path in Path("runs/other").rglob("*") if path.is_file()}
    remove(tiny_run)
    assert names_in("runs") == ["other"]
    assert {path: path.read_bytes() for path in Path("runs/other").rglob("*") if path.is_file()} == before


def test_a_run_is_removed_by_its_path_and_from_inside(tiny_run, monkeypatch):
    place = tiny_run.path.resolve()
    monkeypatch.chdir(place)
    remove(Run(Path()))
    assert names_in(place.parent) == []


def test_a_run_is_kept_until_it_is_let_go(tiny_run):
    assert not is_kept(tiny_run)
    for _ in range(2):
        keep(tiny_run)
        assert is_kept(Run(tiny_run.path))
    with pytest.raises(RunError, match=r"runs/tiny is kept.*keep --off"):
        remove(tiny_run)
    for _ in range(2):
        keep(tiny_run, kept=False)
        assert not is_kept(tiny_run)
    remove(tiny_run)
    assert names_in("runs") == []


def test_a_kept_run_goes_on_as_any_other(tiny_run, succeeds):
    keep(tiny_run)
    succeeds("train", "--resume", "--run", "tiny", "--set", "training.epochs=7")
    assert Store().find("tiny").step_of("last") == 98
    assert is_kept(tiny_run)


def test_a_run_in_training_stays(tiny_run):
    with Run(tiny_run.path).lock(), pytest.raises(RunError, match=r"runs/tiny is being trained\. Wait"):
        remove(tiny_run)
    assert tiny_run.load_model()


def test_a_training_that_begins_at_the_last_moment_is_not_torn_away(tiny_run, monkeypatch):
    monkeypatch.setattr(keeping, "check_removable", lambda _: None)
    with Run(tiny_run.path).lock(), pytest.raises(RunError, match="being trained"):
        remove(tiny_run)
    assert tiny_run.load_model()


@pytest.mark.parametrize("name", ["source.vocab", "target.vocab", "checkpoints"])
def test_a_folder_that_may_be_something_else_stays(tiny_run, name):
    (tiny_run.path / name).rename(tiny_run.path / f"no-{name}")
    with pytest.raises(RunError, match=rf"has no {name}.*remove the folder yourself"):
        remove(tiny_run)
    assert (tiny_run.path / "config.yaml").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has links for the privileged alone")
def test_a_link_to_a_run_stays_and_so_does_the_run(tiny_run):
    Path("runs/link").symlink_to(tiny_run.path.resolve())
    with pytest.raises(RunError, match="runs/link is a link"):
        remove(Store().find("link"))
    assert names_in("runs") == ["link", "tiny"]


def test_a_damaged_run_can_be_removed(tiny_run):
    (tiny_run.path / "config.yaml").write_text("model: [", encoding="utf-8")
    (tiny_run.path / "metrics.jsonl").unlink()
    check_removable(tiny_run)
    remove(tiny_run)
    assert names_in("runs") == []


def test_killed_in_the_middle_it_is_gone_and_the_next_removal_clears_up(tiny_run, monkeypatch):
    shutil.copytree("runs/tiny", "runs/other")

    def killed(folder):
        next(Path(folder).glob("*.yaml")).unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            remove(tiny_run)
    assert [run.name for run in Store().all()] == ["other"]
    assert len(names_in("runs")) == 2
    remove(Store().find("other"))
    assert names_in("runs") == []


def test_a_folder_that_cannot_be_renamed_is_an_error_and_the_run_whole(tiny_run, monkeypatch):
    def refused(self, target):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refused)
        with pytest.raises(OutputError, match="Cannot remove runs/tiny: Permission denied"):
            remove(tiny_run)
    assert tiny_run.load_model()


def test_what_cannot_be_removed_is_named(tiny_run, monkeypatch):
    def refused(folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", refused)
    with pytest.raises(OutputError, match=r"Cannot remove all of .*\.tiny\..*\.removed: Permission denied"):
        remove(tiny_run)


def test_a_mark_that_cannot_be_made_is_an_error(tiny_run):
    (tiny_run.path / "keep").mkdir()
    with pytest.raises(OutputError, match=r"runs/tiny/keep"):
        keep(tiny_run, kept=False)
