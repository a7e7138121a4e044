"""JSON Lines: one object a line, with the sentences in two of its fields."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from seq2seq_cli.corpus.sources.blocks import Gathering
from seq2seq_cli.corpus.sources.columns import NESTED, Columns, choose
from seq2seq_cli.corpus.sources.compression import Stream
from seq2seq_cli.corpus.sources.lines import is_utf8, numbered_lines
from seq2seq_cli.corpus.sources.source import Block
from seq2seq_cli.errors import CorpusError

_SURROGATE = re.compile("[\ud800-\udfff]")


def json_lines(streams: Sequence[Stream], columns: Columns) -> Iterator[Block]:
    """Read the fields asked for, or those that the first record with two sentences has.

    Raises:
        CorpusError: it is one JSON array; no record has the fields asked for; a line does not end.
    """
    (stream,) = streams
    gathering = Gathering()
    fields: _Fields | None = None
    refusal: CorpusError | None = None
    begun = False
    for number, line in numbered_lines(stream):
        text = line.strip()
        if not text:
            continue
        if not begun and text.startswith(b"["):
            raise CorpusError(
                f"{stream.name} is one JSON array.", "One object a line is wanted; jq -c '.[]' writes that."
            )
        begun = True
        try:
            record = _record(text)
            fields = fields or _Fields(record, columns, stream.name)
            gathering.add(*fields.sentences(record))
        except CorpusError as error:
            refusal = refusal or error
            gathering.reject(stream.name, number, "not the columns asked for")
        except _InvalidRecordError as error:
            gathering.reject(stream.name, number, str(error))
        if gathering.is_full():
            yield from gathering.blocks(stream.fraction())
    if refusal and fields is None:
        raise refusal
    yield from gathering.blocks(stream.fraction())


class _InvalidRecordError(Exception):
    """A line that holds no pair of sentences, and why."""


class _Fields:
    """The two fields to read, as the first good record has them."""

    def __init__(self, record: dict[str, Any], columns: Columns, where: str) -> None:
        inner = record.get(NESTED)
        self._nested = isinstance(inner, dict) and not (columns and all(name in record for name in columns))
        holder: dict[str, Any] = inner if self._nested and isinstance(inner, dict) else record
        names = [name for name, value in holder.items() if columns or isinstance(value, str)]
        if columns is None and len(names) < 2:
            raise _InvalidRecordError("no two texts")
        self._names = [names[index] for index in choose(columns, names, where)]

    def sentences(self, record: dict[str, Any]) -> tuple[str, str]:
        """Return the two sentences of a record."""
        holder = record.get(NESTED) if self._nested else record
        if not isinstance(holder, dict):
            raise _InvalidRecordError(f"no object {NESTED!r}")
        first, second = (self._sentence(holder, name) for name in self._names)
        return first, second

    def _sentence(self, holder: dict[str, Any], name: str) -> str:
        if name not in holder:
            raise _InvalidRecordError(f"no field {name!r}")
        if not isinstance(text := holder[name], str):
            raise _InvalidRecordError(f"{name!r} is no text")
        return text if text.isascii() else _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _record(line: bytes) -> dict[str, Any]:
    if not is_utf8(line):
        raise _InvalidRecordError("not UTF-8")
    try:
        record = json.loads(line.decode())
    except (ValueError, RecursionError):  # ValueError: not JSON, or a number of thousands of digits
        raise _InvalidRecordError("not JSON") from None
    if not isinstance(record, dict):
        raise _InvalidRecordError("no object")
    return record
