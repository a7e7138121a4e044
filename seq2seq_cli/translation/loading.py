"""From the names of runs to their translator."""

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import Any

from seq2seq_cli.config import from_mapping
from seq2seq_cli.runs import Store
from seq2seq_cli.translation.translator import Translator


def load(
    names: Sequence[str | PathLike[str] | None],
    decoding: Mapping[str, Any],
    device: str,
    outputs: int,
    checkpoint: str,
    *,
    attention: bool,
) -> Translator:
    """Return the translator of one run, or of several; see seq2seq_cli.load, which is for people.

    Args:
        names: of runs; None is the latest.
        decoding: keys of the config's section of that name, over those of the first run.
        device: where to compute.
        outputs: how many to find for a line.
        checkpoint: which one of each run's.
        attention: whether outputs come with the weights of attention.

    Raises:
        S2SError: see Translator.of; there is no such key.
    """
    runs = [Store().find(None if name is None else fspath(name)) for name in names]
    config = runs[0].with_decoding(from_mapping({"decoding": dict(decoding)}, "load"))
    return Translator.of(runs, config, device, outputs, checkpoint, attention=attention)
