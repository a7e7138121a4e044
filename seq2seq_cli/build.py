"""From the config to what it describes. The one room that knows all the others, and they don't know it."""

from collections.abc import Iterable
from typing import TypeVar

import torch

from seq2seq_cli.config import Config, DataConfig, DecodingConfig, ModelConfig, from_mapping, overlay
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.corpus.prepare import Prepared, prepare
from seq2seq_cli.corpus.sources import Pair
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.decoding.beam import Beam
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
from seq2seq_cli.scoring import Validator
from seq2seq_cli.training.forcing import FORCINGS
from seq2seq_cli.training.loop import Trainer
from seq2seq_cli.training.optim import OPTIMIZERS
from seq2seq_cli.training.schedule import SCHEDULES

T = TypeVar("T")


def build_pipeline(data: DataConfig) -> TextPipeline:
    """Return the way from text to tokens."""
    try:
        return TextPipeline(data.normalizer, data.tokenizer)
    except UnknownNameError as error:
        raise ConfigError(f"data: {error.message}", error.hint) from None


def settle_data(config: Config, dataset: Dataset) -> Config:
    """Return the config with its `data` section as the data set was really prepared.

    Raises:
        ConfigError: the user gave a key of that section another value.
    """
    data = {**dataset.settings, "path": str(dataset.folder)}
    settled = from_mapping({**config.model_dump(), "data": data}, str(dataset.folder / "data.yaml"))
    hint = "Prepare them anew (s2s prepare-data --force), or into another folder (--out)."
    overlay(settled, config, ("data.source", "data.path"), f"the data in {dataset.folder}", hint)
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


def build_search(decoding: DecodingConfig) -> Search:
    """Return the search.

    Raises:
        ConfigError: a name that the registry lacks.
    """
    search = _choose(SEARCHES, decoding.search, "decoding.search")
    if search is Beam:
        return Beam(decoding.max_length, decoding.beam_size, decoding.length_penalty)
    return search(decoding.max_length)


def build_trainer(config: Config, dataset: Dataset, device: torch.device) -> tuple[Seq2Seq, Trainer]:
    """Return a new model on the device, and what trains it on a data set's training part.

    Raises:
        ConfigError: a name that the registries lack.
        DatasetError: a part cannot be read.
    """
    training = config.training
    optimizer = _choose(OPTIMIZERS, training.optimizer, "training.optimizer")
    schedule = _choose(SCHEDULES, training.schedule.policy, "training.schedule.policy")
    forcing = _choose(FORCINGS, training.teacher_forcing.policy, "training.teacher_forcing.policy")
    search = build_search(config.decoding)
    torch.manual_seed(training.seed)
    model = build_model(config.model, len(dataset.source_vocabulary), len(dataset.target_vocabulary))
    model.to(device)
    valid = dataset.part("valid")
    validator = Validator(
        model,
        search,
        valid,
        dataset.target_vocabulary,
        build_pipeline(config.data),
        training.batch_size,
        device,
    )
    trainer = Trainer(
        model,
        optimizer(dict(model.named_parameters()), training.weight_decay, training.momentum),
        schedule(training.learning_rate, training.schedule.step_size, training.schedule.factor),
        forcing(training.teacher_forcing.ratio),
        Batches(dataset.part("train"), training.batch_size, training.seed),
        validator if len(valid) else None,
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
