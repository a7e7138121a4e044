"""Recurrent sequence-to-sequence models that you can see through.

>>> import seq2seq_cli
>>> translator = seq2seq_cli.load("runs/bi", beam=5, n_best=3)  # doctest: +SKIP
>>> translator.translate(["i m glad"])  # doctest: +SKIP
['je suis content']
>>> [output.text for output in translator.translations(["i m glad"])[0].outputs]  # doctest: +SKIP
['je suis content', 'je suis contente', 'je suis ravi']
"""

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seq2seq_cli.translation import Translator

__version__ = "0.1.0"


def load(
    run: str | PathLike[str] | Sequence[str | PathLike[str]] | None = None,
    device: str = "auto",
    *,
    checkpoint: str = "best",
    beam: int | None = None,
    n_best: int = 1,
    attention: bool = False,
    **decoding: Any,
) -> "Translator":
    """Return the translator of a run, or of several that translate together.

    Args:
        run: a name under runs/, or a path, or a list of them; None for the latest run that has a checkpoint.
        device: cpu, cuda, mps, or auto for the fastest one here.
        checkpoint: best, last, a step, average (of all that were kept) or average:N (of the latest N).
        beam: search with a beam of this width.
        n_best: how many outputs to find for a line; see Translation.outputs.
        attention: whether outputs come with the weights of attention; see Output.attention.
        **decoding: other keys of the config's section `decoding`, such as search="sample", temperature=0.8.

    Raises:
        S2SError: a run cannot be loaded, or not together with the first; there is no such key; attention is
            needed, and the model has none.
    """
    from seq2seq_cli.translation.loading import load  # torch takes a second, so not before it is needed

    names = [run] if run is None or isinstance(run, (str, PathLike)) else run
    if beam is not None:
        decoding = {"search": "beam", "beam_size": beam, **decoding}
    return load(names, decoding, device, n_best, checkpoint, attention=attention)
