"""From the config to a model, a search and a training."""

from dataclasses import replace

import torch
from numpy.random import SeedSequence

from seq2seq_cli.build.choices import Choice, choose, make
from seq2seq_cli.build.data import build_pipelines
from seq2seq_cli.build.precision import PRECISIONS
from seq2seq_cli.build.validation import COUNTS_STEPS, SCORES
from seq2seq_cli.config import Config, DecodingConfig, ModelConfig, TrainingConfig
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.corpus.cutting import CUTS
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.decoding import SEARCHES, Search
from seq2seq_cli.decoding.ranking import LENGTH_NORMALIZATIONS
from seq2seq_cli.errors import ConfigError, DeviceError
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.bridge import BRIDGES
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.encoders import ENCODERS, Encoder
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.placement import DECODERS
from seq2seq_cli.models.recurrent import Recurrence
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.scoring import Scorer
from seq2seq_cli.training.forcing import FORCINGS
from seq2seq_cli.training.forcing import UNITS as FORCING_UNITS
from seq2seq_cli.training.loop import Trainer, updates
from seq2seq_cli.training.objective import Objective
from seq2seq_cli.training.optim import OPTIMIZERS
from seq2seq_cli.training.processes import Processes
from seq2seq_cli.training.schedule import SCHEDULES

ENCODER = Choice(ENCODERS, "model", "encoder", ("encoder_heads",))
OPTIMIZER = Choice(OPTIMIZERS, "training", "optimizer", ("momentum", "nesterov"))
SCHEDULE = Choice(
    SCHEDULES,
    "training.schedule",
    "policy",
    ("warmup_steps", "step_size", "factor", "patience", "floor", "rise"),
)
FORCING = Choice(FORCINGS, "training.teacher_forcing", "policy", ("unit", "ratio", "decay_steps", "floor"))
SEARCH = Choice(
    SEARCHES,
    "decoding",
    "search",
    (
        *("beam_size", "length_penalty", "length_normalization", "coverage_penalty"),
        *("temperature", "top_k", "top_p", "seed"),
        *("min_length", "min_length_ratio", "max_length_ratio", "block_ngrams"),
    ),
)
TRAINING_CHOICES = (ENCODER, OPTIMIZER, SCHEDULE, FORCING, SEARCH)


def build_model(model: ModelConfig, source_vocabulary_size: int, target_vocabulary_size: int) -> Seq2Seq:
    """Return a model with random parameters, drawn from torch's global generator.

    Raises:
        ConfigError: a name that the registries lack; widths that do not fit together.
    """
    cell = choose(CELLS, model.cell, "model.cell")
    engine = choose(ENGINES, model.engine, "model.engine")
    recurrence = Recurrence(cell, engine, model.layer_norm)
    dropout = Dropout(model.dropout, model.variational_dropout)
    encoder: Encoder = make(
        ENCODER,
        model,
        source_vocabulary_size,
        model.embedding_size,
        model.encoder_hidden_size,
        model.encoder_layers,
        recurrence,
        dropout,
    )
    bridge = choose(BRIDGES, model.bridge, "model.bridge")(
        encoder.state_sizes, model.decoder_hidden_size, model.decoder_layers, cell.state_parts
    )
    attention = choose(ATTENTIONS, model.attention, "model.attention")(
        model.decoder_hidden_size, encoder.memory_size, encoder.state_sizes[-1]
    )
    decoder = choose(DECODERS, model.placement, "model.placement")(
        target_vocabulary_size,
        model.embedding_size,
        model.decoder_hidden_size,
        model.decoder_layers,
        recurrence,
        attention,
        dropout,
        input_feeding=model.input_feeding,
        tied_embeddings=model.tied_embeddings,
    )
    return Seq2Seq(encoder, bridge, decoder, reverse_source=model.reverse_source)


def build_search(decoding: DecodingConfig, outputs: int = 1) -> Search:
    """Return the search.

    Args:
        decoding: which one.
        outputs: how many hypotheses it has to give; more than one come from a sample, or from a beam that is
            wide enough.

    Raises:
        ConfigError: a name that the registries lack; a least length above the greatest.
    """
    choose(LENGTH_NORMALIZATIONS, decoding.length_normalization, "decoding.length_normalization")
    _not_crossed(decoding, "min_length", "max_length")
    _not_crossed(decoding, "min_length_ratio", "max_length_ratio")
    if outputs > 1 and decoding.search != "sample":
        size = max(outputs, decoding.beam_size)
        decoding = decoding.model_copy(update={"search": "beam", "beam_size": size})
    search: Search = make(SEARCH, decoding, decoding.max_length)
    return replace(search, outputs=outputs)


def _not_crossed(decoding: DecodingConfig, least: str, greatest: str) -> None:
    """Refuse a least length above the greatest."""
    low, high = getattr(decoding, least), getattr(decoding, greatest)
    if high is not None and low > high:
        raise ConfigError(
            f"decoding.{least} {low} is more than decoding.{greatest} {high}.",
            "No output can be so long and so short.",
        )


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


def find_device(name: str, *, several: bool = False) -> torch.device:
    """Return a device by name; "auto" is the fastest one there is.

    Args:
        name: which one.
        several: several processes are going to train together.

    Raises:
        DeviceError: this machine lacks it, torch does not know the name, or several cannot train on it.
    """
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available() and not several,
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, here in present.items() if here))
    here = ", ".join(kind for kind, here in present.items() if here)
    try:
        device = torch.device(name)
    except RuntimeError:
        raise DeviceError(f"There is no device {name!r}.", f"Here: auto, {here}.") from None
    if several and device.type == "mps":
        raise DeviceError("Several processes train on CPUs or CUDA GPUs.", "Give --device cpu.")
    count = torch.cuda.device_count() if device.type == "cuda" else 1
    if not present.get(device.type) or (device.index or 0) >= count:
        raise DeviceError(f"This machine has no device {name!r}.", f"Here: auto, {here}.")
    return device
