"""Corpora that the package carries."""

import hashlib

import pytest

from seq2seq_cli.corpus import sample
from seq2seq_cli.corpus.sources import SOURCES, blocks, open_source
from seq2seq_cli.errors import ConfigError

PAIRS = [*sample.sentence_pairs()]


def test_the_sample_is_embedded(read, monkeypatch) -> None:
    assert "sample" in SOURCES
    source = open_source(["sample"])
    assert source.name == "sample"
    lines = "".join(f"{first}\t{second}\n" for first, second in PAIRS)
    assert source.checksum() == hashlib.sha256(lines.encode()).hexdigest()
    assert read("sample").pairs == PAIRS
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 100_000)
    reading = read("sample")
    assert reading.pairs == PAIRS
    assert len(reading.blocks) > 1


def test_its_columns_have_numbers(read) -> None:
    assert read("sample", columns=["2", "1"]).pairs == [(second, first) for first, second in PAIRS]


@pytest.mark.parametrize("columns", [["1", "3"], ["en", "fr"]])
def test_it_has_two_columns(columns) -> None:
    with pytest.raises(ConfigError, match=r"data\.columns: sample has no columns"):
        open_source(["sample"], columns=columns)
