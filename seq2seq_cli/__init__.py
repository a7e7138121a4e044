"""Recurrent sequence-to-sequence models that you can see through.

>>> import seq2seq_cli
>>> translator = seq2seq_cli.load("runs/bi")  # doctest: +SKIP
>>> translator.translate(["i m glad"])  # doctest: +SKIP
['je suis content']
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seq2seq_cli.translation import Translator

__version__ = "0.1.0"


def load(run: str | None = None, device: str = "auto") -> "Translator":
    """Return the translator of a run.

    Args:
        run: a name under runs/, or a path; None for the latest run that has a checkpoint.
        device: cpu, cuda, mps, or auto for the fastest one here.

    Raises:
        S2SError: the run cannot be loaded.
    """
    from seq2seq_cli.runs import Store  # torch takes a second to load, so not before it is needed
    from seq2seq_cli.translation import Translator

    return Translator.of(Store().find(run), device=device)
