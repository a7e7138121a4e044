"""From the config to a model, a search and a training."""

import torch

from seq2seq_cli.build.choices import Choice, choose, make
from seq2seq_cli.build.data import build_pipelines
from seq2seq_cli.config import Config, DecodingConfig, ModelConfig
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.corpus.cutting import CUTS
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.decoding.search import SEARCHES, Search
from seq2seq_cli.errors import DeviceError
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
from seq2seq_cli.training.loop import Trainer
from seq2seq_cli.training.optim import OPTIMIZERS
from seq2seq_cli.training.schedule import SCHEDULES

ENCODER = Choice(ENCODERS, "model", "encoder", ("encoder_heads",))
OPTIMIZER = Choice(OPTIMIZERS, "training", "optimizer", ("momentum",))
SCHEDULE = Choice(SCHEDULES, "training.schedule", "policy", ("step_size", "factor"))
FORCING = Choice(FORCINGS, "training.teacher_forcing", "policy", ("ratio",))
SEARCH = Choice(SEARCHES, "decoding", "search", ("beam_size", "length_penalty"))
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
        outputs: how many hypotheses it has to give; for more than one, a beam that is wide enough.

    Raises:
        ConfigError: a name that the registry lacks.
    """
    if outputs > (decoding.beam_size if decoding.search == "beam" else 1):
        size = max(outputs, decoding.beam_size)
        decoding = decoding.model_copy(update={"search": "beam", "beam_size": size})
    search: Search = make(SEARCH, decoding, decoding.max_length)
    return search


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
    optimizer = make(OPTIMIZER, training, parameters, training.weight_decay)
    schedule = make(SCHEDULE, training.schedule, training.learning_rate)
    forcing = make(FORCING, training.teacher_forcing)
    choose(CUTS, training.batch_by, "training.batch_by")
    train, valid = dataset.part("train").not_empty(), dataset.part("valid")
    _, target_pipeline = build_pipelines(config.data, dataset.folder)
    scorer = Scorer(
        model,
        build_search(config.decoding),
        valid,
        dataset.target_vocabulary,
        target_pipeline,
        device,
    )
    trainer = Trainer(
        model,
        optimizer,
        schedule,
        forcing,
        Batches(train, training.batch_size, by=training.batch_by, seed=training.seed),
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
