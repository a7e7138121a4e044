"""Corpora that the package carries."""

import hashlib
from collections.abc import Callable, Iterator

from seq2seq_cli.corpus import sample
from seq2seq_cli.corpus.sources.blocks import Gathering
from seq2seq_cli.corpus.sources.columns import Columns, is_number
from seq2seq_cli.corpus.sources.source import Block, Source
from seq2seq_cli.errors import ConfigError
from seq2seq_cli.registry import Registry

Pairs = Callable[[], Iterator[tuple[str, str]]]
"""Begins a stream of sentence pairs."""


def embedded(name: str, pairs: Pairs, columns: Columns) -> Source:
    """Return a source that the package carries.

    Raises:
        ConfigError: other columns than 1 and 2 are asked for.
    """
    order = columns or ("1", "2")
    if not all(is_number(column) and int(column) <= 2 for column in order):
        raise ConfigError(
            f"data.columns: {name} has no columns {order[0]!r} and {order[1]!r}.",
            "It has the columns 1 and 2.",
        )
    places = tuple(int(column) - 1 for column in order)

    def blocks() -> Iterator[Block]:
        gathering = Gathering()
        for pair in pairs():
            gathering.add(pair[places[0]], pair[places[1]])
            if gathering.is_full():
                yield from gathering.blocks(None)
        yield from gathering.blocks(None)

    def checksum() -> str:
        digest = hashlib.sha256()
        for first, second in pairs():
            digest.update(f"{first}\t{second}\n".encode())
        return digest.hexdigest()

    return Source(name, blocks, checksum)


SOURCES: Registry[Pairs] = Registry("source", {"sample": sample.sentence_pairs})
