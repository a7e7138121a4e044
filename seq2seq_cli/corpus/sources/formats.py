"""The forms that files of sentence pairs have; by name, and by how they look."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath

from seq2seq_cli.corpus.sources.aligned import aligned
from seq2seq_cli.corpus.sources.columnar import ARROW_FILE, arrow, parquet
from seq2seq_cli.corpus.sources.columns import Columns
from seq2seq_cli.corpus.sources.comma_separated import comma_separated
from seq2seq_cli.corpus.sources.compression import Stream, without_compression
from seq2seq_cli.corpus.sources.json_lines import json_lines
from seq2seq_cli.corpus.sources.source import Block
from seq2seq_cli.corpus.sources.tab_separated import tab_separated
from seq2seq_cli.registry import Registry

SUFFIXES = {
    ".tsv": "tsv",
    ".txt": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
}
"""The formats by the ends of file names; others end in a language, or mean nothing."""

_ARROW_STREAM = b"\xff\xff\xff\xff"
_JSON = re.compile(rb'(\xef\xbb\xbf)?\s*(\{\s*("|\}|$)|\[\s*([\[{"]|$))')


def recognise(stream: Stream) -> str:
    """Return the format of a file: what it holds says more than what it is called."""
    if stream.head.startswith(b"PAR1"):
        return "parquet"
    if stream.head.startswith((ARROW_FILE, _ARROW_STREAM)):
        return "arrow"
    if _JSON.match(stream.head):
        return "jsonl"
    suffix = PurePath(without_compression(stream.name)).suffix.lower()
    return SUFFIXES.get(suffix, "tsv")


FORMATS: Registry[Callable[[Sequence[Stream], Columns], Iterator[Block]]] = Registry(
    "format",
    {
        "tsv": tab_separated,
        "csv": comma_separated,
        "jsonl": json_lines,
        "parquet": parquet,
        "arrow": arrow,
        "lines": aligned,
    },
)
