"""An outcome sentence by sentence, as a file."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from seq2seq_cli.errors import OutputError
from seq2seq_cli.evaluation.outcome import Outcome
from seq2seq_cli.files import text_file

BETWEEN_REFERENCES = " ||| "

Row = dict[str, Any]


def sentence_rows(outcome: Outcome) -> Iterator[Row]:
    """Yield what there is to say of each sentence, in order.

    BLEU and chrF are of the sentence, against the pair's own reference, which is the first one. Tokens are
    what the model said, with <unk> in it and words in parts where it has them so; log p is theirs, with that
    of <eos> where the output was not cut off.
    """
    scores = outcome.scores
    columns = zip(
        outcome.pairs,
        scores.references,
        scores.outputs,
        *(outcome.statistics(name).sentences().tolist() for name in ("bleu", "chrf")),
        outcome.right.tolist(),
        scores.hypotheses,
        (-scores.words.sentence_nats).tolist(),
        strict=True,
    )
    for (source, _), references, output, bleu, chrf, right, found, reference_log_p in columns:
        yield {
            "source": source,
            "references": references,
            "hypothesis": output,
            "bleu": bleu,
            "chrf": chrf,
            "exact_match": right,
            "log_probability": found.log_probability,
            "reference_log_probability": reference_log_p,
            "tokens": outcome.vocabulary.words(found.tokens),
            "finished": found.finished,
        }


def write_sentences(outcome: Outcome, path: Path) -> None:
    """Write a row a sentence, in order; the file appears whole or not at all.

    Raises:
        OutputError: it cannot be written, or one cannot tell its form; see sentence_form.
    """
    form = sentence_form(path)
    with text_file(path) as file:
        file.writelines(f"{line}\n" for line in form(sentence_rows(outcome)))


def sentence_form(path: Path) -> Callable[[Iterable[Row]], Iterator[str]]:
    """Return what makes lines of rows, by the end of a file's name.

    Raises:
        OutputError: the name does not tell.
    """
    try:
        return FORMS[path.suffix.lower()]
    except KeyError:
        raise OutputError(
            f"{path}: one cannot tell its form.", f"End the name in {' or '.join(FORMS)}."
        ) from None


def json_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a JSON object a row; a number that is none, of a broken model, is null."""
    for row in rows:
        finite = {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in row.items()
        }
        yield json.dumps(finite, ensure_ascii=False)


def tab_separated(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a line of column names, then a line a row."""
    for number, row in enumerate(rows):
        if not number:
            yield "\t".join(row)
        yield "\t".join(_cell(key, value) for key, value in row.items())


def _cell(key: str, value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, list):
        return (BETWEEN_REFERENCES if key == "references" else " ").join(value)
    return str(value)


FORMS: dict[str, Callable[[Iterable[Row]], Iterator[str]]] = {".tsv": tab_separated, ".jsonl": json_lines}
