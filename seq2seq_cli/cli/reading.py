"""Where lines come from, and what they ask for."""

import json
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from seq2seq_cli.cli.console import note
from seq2seq_cli.cli.prompt import typed_lines
from seq2seq_cli.cli.reports import BROKEN, CUT, NOT_UTF8, Reports
from seq2seq_cli.errors import CorpusError
from seq2seq_cli.lines import Window, windows


class Request(NamedTuple):
    """A line that wants a line."""

    number: int  # the first is 1
    source: str
    prefix: str = ""  # what the output must begin with
    problem: str = ""  # why it cannot be translated


def from_text(number: int, line: str, prefix: str) -> Request:
    """Return what a line of text asks for."""
    return Request(number, line, prefix)


def from_json(number: int, line: str, prefix: str) -> Request:
    """Return what a JSON object, or a JSON string, on one line asks for; a blank line is a blank source.

    Of an object, `source` and, if it is there, `prefix` count; other keys do not.
    """
    if not line.strip():
        return Request(number, "")
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "too large or too deep"
        return Request(number, "", problem=f"no JSON ({reason})")
    fields: dict[str, Any] = given if isinstance(given, dict) else {"source": given}
    fields = {"prefix": prefix, **fields}
    for key in ("source", "prefix"):
        if not isinstance(fields.get(key), str):
            return Request(number, "", problem=f"no text under {key!r}")
    return Request(number, fields["source"], fields["prefix"])


Parse = Callable[[int, str, str], Request]
INPUTS: dict[str, Parse] = {"text": from_text, "jsonl": from_json}


def converses(texts: Sequence[str] | None, path: Path | None) -> bool:
    """Tell whether there is to be a prompt: nothing is given, and a person sits at keyboard and screen."""
    return not texts and path is None and sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def requests(
    texts: Sequence[str] | None, path: Path | None, parse: Parse, prefix: str, reports: Reports
) -> Iterator[Iterator[list[Request]]]:
    """Yield what is asked for, as much at a time as has arrived.

    Args:
        texts: the lines themselves; if None, they come from a file or from standard input.
        path: the file; None for standard input.
        parse: how a line is understood.
        prefix: what outputs must begin with, unless a line says otherwise.
        reports: who is told of what is wrong with lines.

    Raises:
        CorpusError: the file, or standard input, cannot be read.
    """
    with _lines(texts, path, reports) as blocks:
        yield _asked(blocks, parse, prefix, reports)


@contextmanager
def _lines(texts: Sequence[str] | None, path: Path | None, reports: Reports) -> Iterator[Iterable[list[str]]]:
    """Yield lines of text from where they are."""
    if texts:
        yield [[" ".join(text.splitlines()) for text in texts]]
    elif path is not None:
        try:
            file = path.open("rb")
        except OSError as error:
            raise _unreadable(str(path), error) from error
        with file:
            yield _decoded(_arriving(file, str(path)), reports)
    elif converses(texts, path):
        yield ([line] for line in typed_lines())
    else:
        if sys.stdin.isatty():
            note("Type sentences, a line each; Ctrl-D ends.")
        yield _decoded(_arriving(sys.stdin.buffer, "standard input"), reports)


def _arriving(stream: BinaryIO, name: str) -> Iterator[Window]:
    """Yield a stream's lines as they arrive; an error in the midst of them is told by the stream's name."""
    try:
        yield from windows(stream)
    except OSError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: OSError) -> CorpusError:
    return CorpusError(f"Cannot read {name}: {error.strerror or error}.")


def _decoded(blocks: Iterable[Window], reports: Reports) -> Iterator[list[str]]:
    """Yield lines of text; what is wrong with their bytes is told, for no line may be lost."""
    number = 0
    for window in blocks:
        lines = []
        for place, line in enumerate(window.lines):
            number += 1
            cut = place in window.cut
            if cut:
                reports.tell(number, CUT)
            try:
                text = _UTF8().decode(line, final=not cut)  # a cut may go through a character
            except UnicodeDecodeError:
                reports.tell(number, NOT_UTF8)
                text = line.decode("utf-8", errors="replace")
            lines.append(text.removeprefix("\ufeff") if number == 1 else text)
        yield lines


_UTF8 = getincrementaldecoder("utf-8")


def _asked(
    blocks: Iterable[list[str]], parse: Parse, prefix: str, reports: Reports
) -> Iterator[list[Request]]:
    """Yield what numbered lines ask for; those that cannot be understood are told."""
    first = 1
    for block in blocks:
        asked = [parse(number, line, prefix) for number, line in enumerate(block, first)]
        first += len(block)
        for request in asked:
            if request.problem:
                reports.tell(request.number, BROKEN, request.problem)
        yield asked
