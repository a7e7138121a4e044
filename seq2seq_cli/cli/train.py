"""s2s train: from a data set to a run."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli.options import config_option, data_option, device_option, set_option


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
    """
    from seq2seq_cli.build.data import settle_data
    from seq2seq_cli.build.experiment import TRAINING_CHOICES, build_trainer, find_device
    from seq2seq_cli.build.remarks import remarks
    from seq2seq_cli.cli import console
    from seq2seq_cli.cli.errors import INTERRUPTED
    from seq2seq_cli.cli.interrupt import Interruption
    from seq2seq_cli.cli.training import TrainingDisplay
    from seq2seq_cli.config import data_folder, load_config
    from seq2seq_cli.corpus.dataset import Dataset
    from seq2seq_cli.runs import Store

    if resume and data:
        raise typer.BadParameter("a run goes on with its own data: leave --data out with --resume")
    wanted, store, where = load_config(config, set_ or ()), Store(), find_device(device)
    name = run or (Path(config).stem if config else wanted.model.encoder)
    if resume:
        going = store.find(name if run or config else None, trained=False)
        settled = going.extended(wanted)
        dataset = going.dataset()
        model, trainer = build_trainer(settled, dataset, where)
        if going.has_checkpoint():
            going.load_trainer(model, trainer)
        going.adopt(settled)
    else:
        store.check_free(name)
        dataset = Dataset(data or data_folder(wanted.data))
        settled = settle_data(wanted, dataset)
        model, trainer = build_trainer(settled, dataset, where)
        going = store.create(name, settled, dataset)
    console.note(f"Training {going.name} on {dataset.folder}: {trainer.total_steps:,} steps on {where}.")
    console.remark(remarks(settled, TRAINING_CHOICES))
    total, done = trainer.total_steps, trainer.progress.step
    with Interruption() as interruption, TrainingDisplay(total, done, settled.training.epochs) as display:
        for event in going.record(model, trainer):
            display.show(event)
            if interruption.requested and not trainer.done:
                going.save(model, trainer)
                console.note(f"Saved {going.path} at step {trainer.progress.step:,}.")
                console.note(f"Go on: s2s train --resume --run {going.name}")
                raise typer.Exit(INTERRUPTED)
    console.say(f"{going.path}")
