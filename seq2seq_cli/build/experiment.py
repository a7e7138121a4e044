"""From the config to a model, a search and a device; `training` goes on to what trains it."""

from dataclasses import replace

import torch

from seq2seq_cli.build.choices import Choice, choose, make
from seq2seq_cli.config import DecodingConfig, ModelConfig
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

ENCODER = Choice(ENCODERS, "model", "encoder", ("encoder_heads",))
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
