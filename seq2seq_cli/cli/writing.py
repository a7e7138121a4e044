"""Where lines come from and where translations go."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from seq2seq_cli.cli.console import note
from seq2seq_cli.errors import CorpusError, OutputError
from seq2seq_cli.files import replacing_file
from seq2seq_cli.lines import line_blocks
from seq2seq_cli.translation import Translation


def as_text(translation: Translation, n_best: int) -> str:
    """Return a line: the n best outputs with tabs between them."""
    return "\t".join(output.text for output in translation.outputs[:n_best])


def as_json(translation: Translation, n_best: int) -> str:
    """Return a JSON object on one line: the source, its unknown words, the n best outputs with log p."""
    return json.dumps(
        {
            "source": translation.source,
            "unknown": list(translation.unknown),
            "outputs": [
                {"text": output.text, "log_probability": output.log_probability}
                for output in translation.outputs[:n_best]
            ],
        },
        ensure_ascii=False,
    )


FORMS: dict[str, Callable[[Translation, int], str]] = {"text": as_text, "jsonl": as_json}


@contextmanager
def blocks_of(texts: Sequence[str] | None, path: Path | None) -> Iterator[Iterable[list[str]]]:
    """Yield blocks of lines: the texts given, or those of a file, or what arrives on standard input.

    Raises:
        CorpusError: the file cannot be read.
    """
    if texts:
        yield [[" ".join(text.splitlines()) for text in texts]]
    elif path is None:
        if sys.stdin.isatty():
            note("Type sentences, a line each; Ctrl-D ends.")
        yield _decoded(line_blocks(sys.stdin.buffer))
    else:
        try:
            file = path.open("rb")
        except OSError as error:
            raise CorpusError(f"Cannot read {path}: {error.strerror}.") from error
        with file:
            yield _decoded(line_blocks(file))


def _decoded(blocks: Iterable[list[bytes]]) -> Iterator[list[str]]:
    """Yield text; bytes that are no UTF-8 are replaced and reported, for no line may be lost."""
    number = 0
    for block in blocks:
        lines = []
        for line in block:
            number += 1
            try:
                lines.append(line.decode("utf-8"))
            except UnicodeDecodeError:
                note(f"Line {number:,} is not valid UTF-8; what could not be read was replaced.")
                lines.append(line.decode("utf-8", errors="replace"))
        yield lines


@contextmanager
def opened(path: Path | None) -> Iterator[TextIO]:
    """Yield where to write: standard output, or a file that appears whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    if path is None:
        yield sys.stdout
    elif path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
        try:
            device = path.open("w", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"Cannot write {path}: {error.strerror}.") from error
        with device:
            yield device
    else:
        with replacing_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
            yield file
