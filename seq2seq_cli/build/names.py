"""Which names a key of the config may have: those of the tables of variants."""

from typing import Any

from seq2seq_cli.build.experiment import ENCODER, SEARCH
from seq2seq_cli.build.precision import PRECISIONS
from seq2seq_cli.build.training import FORCING, OPTIMIZER, SCHEDULE
from seq2seq_cli.build.validation import COUNTS_STEPS, SCORES
from seq2seq_cli.corpus.cutting import CUTS
from seq2seq_cli.corpus.sources.formats import FORMATS
from seq2seq_cli.corpus.text import NORMALIZERS, TOKENIZERS
from seq2seq_cli.decoding.ranking import LENGTH_NORMALIZATIONS
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.bridge import BRIDGES
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.placement import DECODERS
from seq2seq_cli.registry import Registry
from seq2seq_cli.training.forcing import UNITS as FORCING_UNITS


def names_by_key() -> dict[str, list[str]]:
    """Return the names by dotted key."""
    names = {key: list(registry) for key, registry in _REGISTRIES.items()}
    return names | {"data.format": ["auto", *FORMATS]}  # auto is no form, but a look at the file


_REGISTRIES: dict[str, Registry[Any]] = {
    "data.normalizer": NORMALIZERS,
    "data.tokenizer": TOKENIZERS,
    "model.cell": CELLS,
    "model.bridge": BRIDGES,
    "model.attention": ATTENTIONS,
    "model.placement": DECODERS,
    "model.engine": ENGINES,
    "training.batch_by": CUTS,
    "training.teacher_forcing.unit": FORCING_UNITS,
    "training.precision": PRECISIONS,
    "decoding.length_normalization": LENGTH_NORMALIZATIONS,
    "decoding.precision": PRECISIONS,
    "training.validation.unit": COUNTS_STEPS,
    "training.validation.score": SCORES,
    **{
        f"{choice.section}.{choice.key}": choice.registry
        for choice in (ENCODER, OPTIMIZER, SCHEDULE, FORCING, SEARCH)
    },
}
