"""From the config to what trains a model."""

import torch
from numpy.random import SeedSequence

from seq2seq_cli.build.choices import Choice, choose, make
from seq2seq_cli.build.experiment import ENCODER, SEARCH, build_model, build_search
from seq2seq_cli.build.precision import PRECISIONS
from seq2seq_cli.build.text import build_pipelines
from seq2seq_cli.build.validation import COUNTS_STEPS, SCORES
from seq2seq_cli.config import Config, TrainingConfig
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.corpus.cutting import CUTS
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.errors import ConfigError
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.scoring import Scorer
from seq2seq_cli.training.forcing import FORCINGS
from seq2seq_cli.training.forcing import UNITS as FORCING_UNITS
from seq2seq_cli.training.loop import Trainer, updates
from seq2seq_cli.training.objective import Objective
from seq2seq_cli.training.optim import OPTIMIZERS
from seq2seq_cli.training.processes import Processes
from seq2seq_cli.training.schedule import SCHEDULES

OPTIMIZER = Choice(OPTIMIZERS, "training", "optimizer", ("momentum", "nesterov"))
SCHEDULE = Choice(
    SCHEDULES,
    "training.schedule",
    "policy",
    ("warmup_steps", "step_size", "factor", "patience", "floor", "rise"),
)
FORCING = Choice(FORCINGS, "training.teacher_forcing", "policy", ("unit", "ratio", "decay_steps", "floor"))
TRAINING_CHOICES = (ENCODER, OPTIMIZER, SCHEDULE, FORCING, SEARCH)


def build_trainer(
    config: Config, dataset: Dataset, device: torch.device, processes: Processes | None = None
) -> tuple[Seq2Seq, Trainer]:
    """Return a new model on the device, and what trains it on a data set's training part.

    Args:
        config: what to build; its parameters are drawn from `training.seed`.
        dataset: what to learn from.
        device: where to compute.
        processes: those that train it together; None for this one alone.

    Raises:
        ConfigError: a name that the registries lack; fewer pairs, or tokens, in a batch than processes.
        DatasetError: a part cannot be read.
    """
    training, processes = config.training, processes or Processes(0, 1, device)
    ranking = choose(SCORES, training.validation.score, "training.validation.score")
    by_steps = choose(COUNTS_STEPS, training.validation.unit, "training.validation.unit")
    precision = choose(PRECISIONS, training.precision, "training.precision")(device)
    batches = _training_batches(training, dataset, processes)
    torch.manual_seed(training.seed)
    model = build_model(config.model, len(dataset.source_vocabulary), len(dataset.target_vocabulary))
    model.to(device)
    if not processes.leads:  # all have the same parameters, and from here on a dropout of their own
        torch.manual_seed(int(SeedSequence((training.seed, processes.rank)).generate_state(1)[0]))
    optimizer = make(OPTIMIZER, training, dict(model.named_parameters()), training.weight_decay)
    total_steps = updates(len(batches), training.epochs, training.accumulation, training.max_steps)
    schedule = make(SCHEDULE, training.schedule, training.learning_rate, total_steps)
    choose(FORCING_UNITS, training.teacher_forcing.unit, "training.teacher_forcing.unit")
    forcing = make(FORCING, training.teacher_forcing)
    valid = dataset.part("valid")
    scorer = Scorer(
        model,
        build_search(config.decoding),
        valid,
        dataset.target_vocabulary,
        build_pipelines(config.data, dataset.folder)[1],
        device,
        precision,
        training.validation.samples,
    )
    trainer = Trainer(
        Objective(model, training.label_smoothing, precision),
        optimizer,
        schedule,
        forcing,
        batches,
        scorer.validate if len(valid) else None,
        ranking,
        epochs=training.epochs,
        max_steps=training.max_steps,
        accumulation=training.accumulation,
        clip_norm=training.clip_norm,
        validate_every=training.validation.every,
        validate_by_steps=by_steps,
        patience=training.validation.patience,
        processes=processes,
    )
    return model, trainer


def _training_batches(training: TrainingConfig, dataset: Dataset, processes: Processes) -> Batches:
    """Return a process's share of the batches of the training part."""
    if training.batch_size < processes.ranks:
        raise ConfigError(
            f"training.batch_size {training.batch_size} is less than the number of processes, "
            f"{processes.ranks}, among which a batch is divided.",
            "Set it higher, or start fewer processes with torchrun's --nproc-per-node.",
        )
    choose(CUTS, training.batch_by, "training.batch_by")
    return Batches(
        dataset.part("train").not_empty(),
        training.batch_size,
        by=training.batch_by,
        seed=training.seed,
        rank=processes.rank,
        ranks=processes.ranks,
    )
