"""Several runs that translate together."""

from collections.abc import Iterator, Sequence

from seq2seq_cli.corpus.naming import SIDES
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import RunError
from seq2seq_cli.runs import Run

_HINT = "Train them on the same prepared data; the model may differ in everything else."


def check_alike(runs: Sequence[Run]) -> None:
    """See to it that all runs treat text alike, and know the same tokens by the same numbers.

    Raises:
        RunError: one does not as the first does; it says which, and what is different.
    """
    first, *others = runs
    for run in others:
        for difference in _differences(first, run):
            raise RunError(f"{run.name} cannot translate together with {first.name}: {difference}.", _HINT)


def _differences(first: Run, other: Run) -> Iterator[str]:
    for key in ("normalizer", "tokenizer"):
        wanted, found = (getattr(run.config.data, key) for run in (first, other))
        if found != wanted:
            yield f"its data.{key} is {found}, not {wanted}"
    for side in SIDES:
        wanted, found = (getattr(run, f"{side}_pipeline") for run in (first, other))
        if found != wanted:
            yield f"its {side} tokenizer has learnt other pieces of words"
        yield from _different_words(side, *(getattr(run, f"{side}_vocabulary") for run in (first, other)))


def _different_words(side: str, wanted: Vocabulary, found: Vocabulary) -> Iterator[str]:
    if len(found) != len(wanted):
        yield f"its {side} vocabulary has {len(found):,} tokens, not {len(wanted):,}"
    pairs = zip(wanted.index_to_word, found.index_to_word, strict=False)
    for index, (word, theirs) in enumerate(pairs):
        if theirs != word:
            yield f"its {side} vocabulary has {theirs!r} at index {index}, not {word!r}"
