"""s2s train: from a data set to a run."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq_cli.cli.interrupt import Interruption
from seq2seq_cli.cli.one_voice import one_voice
from seq2seq_cli.cli.options import config_option, data_option, device_option, set_option

if TYPE_CHECKING:
    from seq2seq_cli.cli.tensorboard import TensorBoard
    from seq2seq_cli.cli.training import TrainingDisplay
    from seq2seq_cli.config import Config
    from seq2seq_cli.models.seq2seq import Seq2Seq
    from seq2seq_cli.runs import Run
    from seq2seq_cli.training.loop import Trainer


@one_voice()
def train(
    config: config_option = None,
    set_: set_option = None,
    data: data_option = None,
    run: Annotated[
        str | None,
        typer.Option("--run", "-r", metavar="NAME", help="What to call the run; default: the config's name."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was interrupted.")] = False,
    device: device_option = "auto",
) -> None:
    """Train a model and keep its checkpoints under runs/.

    Ctrl-C saves and stops; --resume goes on as if nothing had happened.

    \b
    s2s train
    s2s train --config uni.yaml --set training.epochs=3 --run short
    s2s train --resume --run short --set training.epochs=6
    torchrun --nproc-per-node 2 -m -- seq2seq_cli train --run both
    """
    from seq2seq_cli.allocation import prepare_heap
    from seq2seq_cli.build.data import settle_data
    from seq2seq_cli.build.experiment import find_device
    from seq2seq_cli.build.remarks import remarks
    from seq2seq_cli.build.training import TRAINING_CHOICES, build_trainer
    from seq2seq_cli.cli import console
    from seq2seq_cli.cli.errors import INTERRUPTED
    from seq2seq_cli.config import data_folder, load_with_origins
    from seq2seq_cli.corpus.dataset import Dataset
    from seq2seq_cli.runs import Store
    from seq2seq_cli.runs.follower import as_seen, begin, take_up, taken_up
    from seq2seq_cli.training.precision import without_denormals
    from seq2seq_cli.training.processes import Processes, expected_ranks

    if resume and data:
        raise typer.BadParameter("a run goes on with its own data: leave --data out with --resume")
    (wanted, origins), store = load_with_origins(config, set_ or ()), Store()
    processes = Processes.join(find_device(device, several=expected_ranks() > 1))
    where, leads = processes.device, processes.leads
    name = run or (Path(config).stem if config else wanted.model.encoder)
    latest = resume and not (run or config)
    prepare_heap()
    with without_denormals():
        asked = store.root if latest else store.path(name)
        found = taken_up(asked, processes)
        if resume and found is None:
            found = store.find(None if latest else name, trained=False)
        going = None if found is None else as_seen(found, processes)
        if going is not None:
            settled, dataset = going.extended(wanted), going.dataset()
        else:
            store.check_free(name)
            dataset = Dataset(data or data_folder(wanted.data))
            settled = settle_data(wanted, dataset)
        _check_extras(settled)
        model, trainer = build_trainer(settled, dataset, where, processes)
        going = going or begin(store, name, settled, dataset, processes, origins)
        with going.lock():
            take_up(asked, going, processes)
            if going.has_checkpoint():
                going.load_trainer(model, trainer)
            going.adopt(settled, origins)
            if leads:
                console.note(
                    f"Training {going.name} on {dataset.folder}: {trainer.total_steps:,} steps on {where}."
                )
                console.remark(remarks(settled, TRAINING_CHOICES))
            finished = _to_the_end(going, model, trainer)
    processes.leave()
    if not finished:
        if leads:
            console.note(f"Saved {going.path} at step {trainer.progress.step:,}.")
            console.note(f"Go on: s2s train --resume --run {going.name}")
        raise typer.Exit(INTERRUPTED)
    if leads:
        console.say(f"{going.path}")


def _check_extras(config: "Config") -> None:
    """Raise a ConfigError where a package is missing that training will need, before there is a run."""
    from seq2seq_cli.cli.tensorboard import writer_class

    if config.training.tensorboard:
        writer_class()


def _to_the_end(run: "Run", model: "Seq2Seq", trainer: "Trainer") -> bool:
    """Train and show what happens; at Ctrl-C, save and return False. Of several processes, one is seen."""
    processes = trainer.processes
    interruption = Interruption(launched=processes.launched, leads=processes.leads)
    with interruption, ExitStack() as open_ones:
        watchers = _watchers(run, trainer, open_ones) if processes.leads else []
        for event in run.record(model, trainer):
            for watcher in watchers:
                watcher.show(event)
            if processes.any(interruption.requested) and not trainer.done:
                run.save(model, trainer)
                return False
    return True


def _watchers(run: "Run", trainer: "Trainer", open_ones: ExitStack) -> "list[TrainingDisplay | TensorBoard]":
    """Return who is shown every event, opened."""
    from seq2seq_cli.cli.tensorboard import TensorBoard
    from seq2seq_cli.cli.training import TrainingDisplay

    training, done = run.config.training, trainer.progress.step
    watchers: list[TrainingDisplay | TensorBoard] = []
    if training.tensorboard:
        watchers.append(open_ones.enter_context(TensorBoard(run.path / "tensorboard", done)))
    display = TrainingDisplay(training, trainer.total_steps, done, run.events())
    return [*watchers, open_ones.enter_context(display)]
