"""From the config to what it describes. The one room that knows all the others, and they don't know it."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any, NamedTuple, TypeVar

import torch

from seq2seq_cli.config import Config, DataConfig, DecodingConfig, ModelConfig, from_mapping, overlay
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.corpus.prepare import Prepared, prepare
from seq2seq_cli.corpus.sources import Pair
from seq2seq_cli.corpus.text import NORMALIZERS, TOKENIZERS, TextPipeline
from seq2seq_cli.decoding.search import SEARCHES, Search
from seq2seq_cli.errors import ConfigError, DeviceError, UnknownNameError
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.bridge import BRIDGES
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.decoder import Decoder
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.registry import Registry
from seq2seq_cli.scoring import Scorer
from seq2seq_cli.training.forcing import FORCINGS
from seq2seq_cli.training.loop import Trainer
from seq2seq_cli.training.optim import OPTIMIZERS
from seq2seq_cli.training.schedule import SCHEDULES

T = TypeVar("T")


class Choice(NamedTuple):
    """A key of the config that names a variant, and the keys beside it that some of the variants take."""

    registry: Registry[Any]
    section: str
    key: str
    options: tuple[str, ...]


OPTIMIZER = Choice(OPTIMIZERS, "training", "optimizer", ("momentum",))
SCHEDULE = Choice(SCHEDULES, "training.schedule", "policy", ("step_size", "factor"))
FORCING = Choice(FORCINGS, "training.teacher_forcing", "policy", ("ratio",))
SEARCH = Choice(SEARCHES, "decoding", "search", ("beam_size", "length_penalty"))
TRAINING_CHOICES = (OPTIMIZER, SCHEDULE, FORCING, SEARCH)

WHERE_DATA_ARE = ("data.source", "data.path")
"""Keys that say where data come from and lie; they differ between people who mean the same data."""


def build_pipeline(data: DataConfig) -> TextPipeline:
    """Return the way from text to tokens.

    Raises:
        ConfigError: a name that the registries lack.
    """
    _choose(NORMALIZERS, data.normalizer, "data.normalizer")
    _choose(TOKENIZERS, data.tokenizer, "data.tokenizer")
    return TextPipeline(data.normalizer, data.tokenizer)


def settle_data(config: Config, dataset: Dataset) -> Config:
    """Return the config with its `data` section as the data set was really prepared.

    Raises:
        ConfigError: the user gave a key of that section another value.
    """
    data = {**dataset.settings, "path": str(dataset.folder)}
    settled = from_mapping({**config.model_dump(), "data": data}, str(dataset.folder / "data.yaml"))
    hint = "Prepare them anew (s2s prepare-data --force), or into another folder (--out)."
    overlay(settled, config, f"the data in {dataset.folder}", hint, ignored=WHERE_DATA_ARE)
    return settled


def prepare_data(data: DataConfig, pairs: Iterable[Pair]) -> Prepared:
    """Make a data set of a source's pairs.

    Raises:
        CorpusError: see corpus.prepare.
        ConfigError: a name that the registries lack.
    """
    return prepare(
        pairs,
        build_pipeline(data),
        max_length=data.max_length,
        prefixes=data.prefixes,
        held_out=data.held_out,
        reverse=data.reverse,
        autoencoder=data.autoencoder,
        min_frequency=data.min_frequency,
        max_vocabulary=data.max_vocabulary,
        split=data.split,
        seed=data.seed,
    )


def build_model(model: ModelConfig, source_vocabulary_size: int, target_vocabulary_size: int) -> Seq2Seq:
    """Return a model with random parameters, drawn from torch's global generator.

    Raises:
        ConfigError: a name that the registries lack.
    """
    cell = _choose(CELLS, model.cell, "model.cell")
    engine = _choose(ENGINES, model.engine, "model.engine")
    encoder = _choose(ENCODERS, model.encoder, "model.encoder")(
        source_vocabulary_size,
        model.embedding_size,
        model.encoder_hidden_size,
        model.encoder_layers,
        cell,
        engine,
        model.dropout,
    )
    bridge = _choose(BRIDGES, model.bridge, "model.bridge")(
        encoder.state_sizes, model.decoder_hidden_size, model.decoder_layers, cell.state_parts
    )
    attention = _choose(ATTENTIONS, model.attention, "model.attention")(
        model.decoder_hidden_size, encoder.memory_size
    )
    decoder = Decoder(
        target_vocabulary_size,
        model.embedding_size,
        model.decoder_hidden_size,
        model.decoder_layers,
        cell,
        engine,
        attention,
        model.dropout,
    )
    return Seq2Seq(encoder, bridge, decoder)


def build_search(decoding: DecodingConfig, outputs: int = 1) -> Search:
    """Return the search.

    Args:
        decoding: which one.
        outputs: how many hypotheses it has to give; for more than one, a beam that is wide enough.

    Raises:
        ConfigError: a name that the registry lacks.
    """
    if outputs > (decoding.beam_size if decoding.search == "beam" else 1):
        size = max(outputs, decoding.beam_size)
        decoding = decoding.model_copy(update={"search": "beam", "beam_size": size})
    search: Search = _make(SEARCH, decoding, decoding.max_length)
    return search


def unused_keys(config: Config, choices: Sequence[Choice]) -> list[str]:
    """Return what to tell the user of keys that were set and that the chosen variants do not take.

    Raises:
        ConfigError: a name that the registries lack.
    """
    found = []
    for choice in choices:
        section = reduce(getattr, choice.section.split("."), config)
        taken = inspect.signature(_variant(choice, section)).parameters
        for key in choice.options:
            if key not in taken and getattr(section, key) != type(section).model_fields[key].default:
                name = getattr(section, choice.key)
                found.append(
                    f"{choice.section}.{key} has no effect with {choice.section}.{choice.key} {name}."
                )
    return found


def build_trainer(config: Config, dataset: Dataset, device: torch.device) -> tuple[Seq2Seq, Trainer]:
    """Return a new model on the device, and what trains it on a data set's training part.

    Raises:
        ConfigError: a name that the registries lack.
        DatasetError: a part cannot be read.
    """
    training = config.training
    torch.manual_seed(training.seed)
    model = build_model(config.model, len(dataset.source_vocabulary), len(dataset.target_vocabulary))
    model.to(device)
    parameters = dict(model.named_parameters())
    optimizer = _make(OPTIMIZER, training, parameters, training.weight_decay)
    schedule = _make(SCHEDULE, training.schedule, training.learning_rate)
    forcing = _make(FORCING, training.teacher_forcing)
    valid = dataset.part("valid")
    scorer = Scorer(
        model,
        build_search(config.decoding),
        valid,
        dataset.target_vocabulary,
        build_pipeline(config.data),
        training.batch_size,
        device,
    )
    trainer = Trainer(
        model,
        optimizer,
        schedule,
        forcing,
        Batches(dataset.part("train").not_empty(), training.batch_size, training.seed),
        scorer.validate if len(valid) else None,
        epochs=training.epochs,
        max_steps=training.max_steps,
        clip_norm=training.clip_norm,
        device=device,
    )
    return model, trainer


def find_device(name: str) -> torch.device:
    """Return a device by name; "auto" is the fastest one there is.

    Raises:
        DeviceError: this machine lacks it, or torch does not know the name.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, here in present.items() if here))
    here = ", ".join(kind for kind, here in present.items() if here)
    try:
        device = torch.device(name)
    except RuntimeError:
        raise DeviceError(f"There is no device {name!r}.", f"Here: auto, {here}.") from None
    count = torch.cuda.device_count() if device.type == "cuda" else 1
    if not present.get(device.type) or (device.index or 0) >= count:
        raise DeviceError(f"This machine has no device {name!r}.", f"Here: auto, {here}.")
    return device


def _choose(registry: Registry[T], name: str, key: str) -> T:
    """Look a name up, and say which key of the config it came from when it is unknown."""
    try:
        return registry[name]
    except UnknownNameError as error:
        raise ConfigError(f"{key}: {error.message}", error.hint) from None


def _variant(choice: Choice, section: object) -> Callable[..., Any]:
    """Return the variant that a section of the config names."""
    variant: Callable[..., Any] = _choose(
        choice.registry, getattr(section, choice.key), f"{choice.section}.{choice.key}"
    )
    return variant


def _make(choice: Choice, section: object, *arguments: Any) -> Any:
    """Make the variant that a section names, of `arguments` and those of the section's keys that it takes."""
    variant = _variant(choice, section)
    taken = inspect.signature(variant).parameters
    return variant(*arguments, **{key: getattr(section, key) for key in choice.options if key in taken})
