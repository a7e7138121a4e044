"""How translations are written, and where they go."""

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from seq2seq_cli.cli.interrupt import ending_like_ctrl_c
from seq2seq_cli.cli.reading import Request
from seq2seq_cli.cli.reports import Reports
from seq2seq_cli.files import text_file
from seq2seq_cli.symbols import EOS, SPECIAL_SYMBOLS
from seq2seq_cli.translation import Output, Translation, Translator


class Form(NamedTuple):
    """How a line is answered."""

    answer: Callable[[Translation], str]
    problem: Callable[[str], str]  # why there is no answer -> what stands in its place
    shows_probabilities: bool = True


def as_text(translation: Translation) -> str:
    """Return a line: all outputs with tabs between them."""
    return "\t".join(output.text for output in translation.outputs)


def as_list(translation: Translation) -> str:
    """Return a line an output, with its rank and its log p, for a person to read."""
    if not translation.tokens:
        return ""
    ranked = enumerate(translation.outputs, 1)
    return "\n".join(f"{rank:>2}  {output.log_probability:7.2f}  {output.text}" for rank, output in ranked)


def as_json(translation: Translation) -> str:
    """Return a JSON object on one line: the source, its unknown words, the outputs.

    Each output has its text, its log p, and its tokens with theirs. Where an alignment was asked for, there
    are also the weights of attention: a row a token of the output, a column a token of the source.
    """
    written: dict[str, Any] = {"source": translation.source, "unknown": translation.unknown}
    if any(output.attention is not None for output in translation.outputs):
        written["source_tokens"] = [*translation.tokens, SPECIAL_SYMBOLS[EOS]]
    written["outputs"] = [_fields(output) for output in translation.outputs]
    return _on_one_line(written)


def blank(_: str) -> str:
    """Return a blank line."""
    return ""


def as_error(problem: str) -> str:
    """Return a JSON object on one line that tells the problem."""
    return _on_one_line({"error": problem})


def _on_one_line(document: dict[str, Any]) -> str:
    """Return a document as JSON; halves of signs, which are no text, are written as escapes."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _fields(output: Output) -> dict[str, Any]:
    said = zip(output.tokens, output.token_log_probabilities, strict=True)
    total = output.log_probability
    fields: dict[str, Any] = {
        "text": output.text,
        "log_probability": total if math.isfinite(total) else None,  # JSON has no infinity
        "tokens": [{"token": token, "log_probability": log_p} for token, log_p in said],
    }
    if output.attention is not None:
        fields["attention"] = [[round(weight, 4) for weight in row] for row in output.attention]
    return fields


FORMS = {
    "text": Form(as_text, blank, shows_probabilities=False),
    "jsonl": Form(as_json, as_error),
    "list": Form(as_list, blank),
}


@contextmanager
def opened(path: Path | None) -> Iterator[TextIO]:
    """Yield where to write: standard output, or a file that appears whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    if path is None:
        yield sys.stdout
    else:
        with ending_like_ctrl_c(), text_file(path) as file:
            yield file


def write_answers(
    asked: Iterable[Sequence[Request]], translator: Translator, form: Form, reports: Reports, file: TextIO
) -> None:
    """Answer every request, in order, those of one window together and as soon as they are done.

    Args:
        asked: windows of requests.
        translator: who answers.
        form: how.
        reports: who is told of lines that cannot become what they should.
        file: where answers go.
    """
    for window in asked:
        sources, prefixes = [request.source for request in window], [request.prefix for request in window]
        translations = translator.translations(sources, prefixes)
        for request, translation in zip(window, translations, strict=True):
            reports.look_at(request.number, translation)
            file.write(form.problem(request.problem) if request.problem else form.answer(translation))
            file.write("\n")
        file.flush()
