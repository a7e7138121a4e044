"""What the tests of the readers share: a source read to its end, and an error's message."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from seq2seq_cli.corpus.sources import Block, open_source
from seq2seq_cli.errors import CorpusError


@dataclass
class Reading:
    """A source that was read to its end."""

    blocks: list[Block]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [
            pair
            for block in self.blocks
            for pair in zip(block.first.to_pylist(), block.second.to_pylist(), strict=True)
        ]

    @property
    def faults(self) -> list[tuple[int, str]]:
        return [(fault.line, fault.problem) for block in self.blocks for fault in block.invalid]

    @property
    def parts(self) -> list[tuple[str | None, tuple[str, str]]]:
        return [(block.part, pair) for block in self.blocks for pair in Reading([block]).pairs]


def read_source(*names: object, **how: object) -> Reading:
    blocks = list(open_source([str(name) for name in names], **how).blocks())
    for block in blocks:
        block.first.validate(full=True)
        block.second.validate(full=True)
        assert block.first.null_count == block.second.null_count == 0
        assert len(block) or block.invalid
    fractions = [block.fraction for block in blocks if block.fraction is not None]
    assert fractions == sorted(fractions)
    assert not fractions or (fractions[0] >= 0 and fractions[-1] == 1)
    return Reading(blocks)


@pytest.fixture(scope="session")
def read() -> Callable[..., Reading]:
    """Read a source to its end, as (*names, format=, columns=); what holds for all blocks is checked."""
    return read_source


@pytest.fixture(scope="session")
def refused() -> Callable[..., str]:
    """Return the message of the CorpusError that a source ends with."""

    def refused(*names: object, **how: object) -> str:
        with pytest.raises(CorpusError) as caught:
            read_source(*names, **how)
        return str(caught.value)

    return refused
