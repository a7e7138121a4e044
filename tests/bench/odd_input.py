"""Odd input: what `s2s prepare-data` makes of files that nobody should have.

    python tests/bench/odd_input.py --inputs 25000 --seed 1
    python tests/bench/odd_input.py --inputs 1 --seed 1 --first 1234            one of them again

Each input has to end in a data set that is whole, or in one S2SError, within a few seconds, and leave
nothing else on the disk. Inputs are made from the seed and their number alone. They are tried in child
processes, some hundreds each, so that even a crash of the interpreter is told. What fails is put into the
folder --failures.
"""

import argparse
import bz2
import csv
import faulthandler
import gzip
import io
import json
import lzma
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2seq_cli.build.data import prepare_data
from seq2seq_cli.cli.preparing import report
from seq2seq_cli.config import from_mapping
from seq2seq_cli.corpus.dataset import PARTS, SCHEMA, Dataset
from seq2seq_cli.corpus.prepare import Prepared
from seq2seq_cli.corpus.sample import sentence_pairs
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import S2SError
from seq2seq_cli.symbols import EOS, UNK

SECONDS = 10
"""More than any input may take."""
MEMORY = Path("/dev/shm")  # a disk in memory, where there is one
_BATCH = 500
_LONGEST_MESSAGE = 3000

Draw = random.Random
Rows = list[tuple[str, str]]
Files = dict[str, bytes]


@dataclass(frozen=True)
class OddInput:
    """Files, and what is asked for.

    Attributes:
        kind: how it was made, in a word or two.
        files: their contents by their names.
        sources: which of them, or which folder, is the source; "-" is standard input, that of the file "-".
        settings: of the section `data`.
        strict: whether --strict is given.
        out: what the data set shall be called.
    """

    kind: str
    files: Files
    sources: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    strict: bool = False
    out: str = "data"


# Odd text


def _parted(text: str) -> list[str]:
    return text.split("¦")


ODD_TEXT = _parted(
    "\ufeff¦\r¦\r\n¦\n¦\0¦\t¦\t\t¦ ¦   ¦\u00a0¦\u3000¦\u2028¦\u2029¦\x85¦\x0b¦\x0c¦\x1b[31m¦\x1c¦\x1f¦\x7f¦"
    "\u200b¦\u200d¦\u00ad¦\u2060¦\ufffd¦\uffff¦\u0301¦\u0301\u0327¦e\u0301¦\u0345¦😀¦👨\u200d👩\u200d👧¦"
    "🏳\ufe0f\u200d🌈¦\U0010ffff¦\u202e¦שלום¦العربية¦\u2067x\u2069¦İ¦ß¦ẞ¦ŉ¦ﬁ¦\u2126¦\u212b¦ꙮ¦ǆ¦ΑΣ¦가¦\u1100\u1161¦"
    '\ud800¦\udfff¦\udcff¦\ud83d\ude00¦"¦""¦\'¦\\¦\\u0000¦\\ud800¦,¦;¦{¦}¦[¦]¦<eos>¦<pad>¦<unk>¦▁¦￭¦￭,¦'
    "1e999¦%s¦{0}¦[red]¦null¦\ufeff\ufeff"
)
_LINE_ENDS = ("\n", "\n", "\n", "\r\n", "\r", "\n\r", "\n\n", "\u2028", "")


@cache
def _ordinary() -> Rows:
    return list(islice(sentence_pairs(), 9000, 9100))


def odd_sentence(draw: Draw) -> str:
    """Return words with something odd among them, or in them."""
    words = draw.choice(_ordinary())[draw.randrange(2)].split()
    for _ in range(draw.choice((0, 1, 1, 2, 6))):
        place = draw.randrange(len(words) + 1)
        words.insert(place, draw.choice(ODD_TEXT))
    if draw.random() < 0.02:
        words = words * draw.choice((20, 300))
    return draw.choice((" ", " ", " ", "", "  ", "\t")).join(words)


def rows_of(draw: Draw) -> Rows:
    """Return pairs, some of them or most of them odd, some twice."""
    odd = draw.choice((0.0, 0.05, 0.3, 0.9))
    rows = [
        (odd_sentence(draw), odd_sentence(draw)) if draw.random() < odd else draw.choice(_ordinary())
        for _ in range(draw.choice((0, 1, 2, 3, 5, 12, 20, 40)))
    ]
    return rows + draw.choices(rows, k=draw.choice((0, 2))) if rows else rows


def _encoded(draw: Draw, text: str) -> bytes:
    encoding = draw.choice(("utf-8",) * 50 + ("utf-8-sig", "utf-16", "utf-32", "latin-1"))
    return text.encode(encoding, "replace" if encoding == "latin-1" else "surrogatepass")


# Formats: pairs -> bytes


def _tsv(draw: Draw, rows: Rows) -> bytes:
    lines = ["source\ttarget"] if draw.random() < 0.2 else []
    lines += ["\t".join([*row, *(["more"] * draw.choice((0, 0, 0, 1, 5)))]) for row in rows]
    return _encoded(draw, "".join(line + draw.choice(_LINE_ENDS[:4]) for line in lines))


def _csv(draw: Draw, rows: Rows) -> bytes:
    file = io.StringIO(newline="")
    how = {"delimiter": draw.choice(",,;"), "quoting": draw.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))}
    writer = csv.writer(file, lineterminator=draw.choice(_LINE_ENDS[:5]), **how)
    if draw.random() < 0.5:
        writer.writerow(("source", "target"))
    writer.writerows(rows)
    return _encoded(draw, file.getvalue())


def _jsonl(draw: Draw, rows: Rows) -> bytes:
    nested, ascii_ = draw.random() < 0.5, draw.random() < 0.7
    values = (None, 1, 10**400, float("nan"), [], {}, ["a"], True, "\ud800")
    lines = []
    for first, second in rows:
        record: dict[str, Any] = {"en": first, "fr": second}
        if draw.random() < 0.1:
            record[draw.choice(("en", "fr", "id", "\0", "translation"))] = draw.choice(values)
        record = {"translation": record} if nested else record
        lines.append(json.dumps(record, ensure_ascii=ascii_))
    if draw.random() < 0.1:
        odd = draw.choice(("[" * 9999, "1" * 9999, "{}", '{"a":', "[]", '""'))
        lines.insert(draw.randrange(len(lines) + 1), odd)
    return _encoded(draw, "".join(line + draw.choice(_LINE_ENDS[:3]) for line in lines))


_TEXT_TYPES = (pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string()), pa.string_view())


def _table(draw: Draw, rows: Rows) -> pa.Table:
    nested = draw.random() < 0.3

    def column(side: int) -> pa.Array:
        values = [row[side].encode("utf-8", "surrogatepass") for row in rows]
        nulls = np.array([draw.random() < 0.05 for _ in values], bool)
        if draw.random() < 0.5:
            texts = [value.decode(errors="replace") for value in values]
            types = _TEXT_TYPES[:-1] if nested else _TEXT_TYPES  # Parquet takes no views inside of others
            return pa.array(texts, pa.string(), mask=nulls).cast(draw.choice(types))
        binary = pa.array(values, pa.binary(), mask=nulls)
        return binary if draw.random() < 0.3 else binary.view(pa.string())  # whether it is UTF-8 or not

    names = draw.choice((("en", "fr"), ("source", "target"), ("a", "b"), ("", "\0"), ("a.b", "a")))
    columns = dict(zip(names, (column(0), column(1)), strict=True))
    if nested:
        fields = list(columns)
        columns = {"translation": pa.StructArray.from_arrays(list(columns.values()), fields)}
    if draw.random() < 0.3:
        columns["id"] = pa.array([draw.choice((1, None, ["x"]))] * len(rows))
    return pa.table(columns)


def _parquet(draw: Draw, rows: Rows) -> bytes:
    sink = pa.BufferOutputStream()
    table = _table(draw, rows)
    compression, size = draw.choice(("none", "snappy", "zstd", "gzip", "lz4")), draw.choice((1, 7, 99))
    dictionaries, version = draw.random() < 0.5, draw.choice(("1.0", "2.6"))
    how = {"compression": compression, "row_group_size": size, "use_dictionary": dictionaries}
    pq.write_table(table, sink, version=version, **how)
    return sink.getvalue().to_pybytes()


def _arrow(draw: Draw, rows: Rows) -> bytes:
    sink, table = pa.BufferOutputStream(), _table(draw, rows)
    options = pa.ipc.IpcWriteOptions(compression=draw.choice((None, None, "lz4", "zstd")))
    create = draw.choice((pa.ipc.new_file, pa.ipc.new_stream))
    with create(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=draw.choice((1, 7, 99)))
    return sink.getvalue().to_pybytes()


def _plain(draw: Draw, rows: Rows) -> bytes:
    return _encoded(draw, "".join(draw.choice(ODD_TEXT) for _ in range(draw.randrange(60))))


def _noise(draw: Draw, rows: Rows) -> bytes:
    magics = (b"", b"", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PAR1", b"ARROW1\0\0")
    body = draw.randbytes(draw.choice((0, 1, 3, 30, 300, 3000)))
    return draw.choice(magics) + body + draw.choice((b"", b"PAR1", b"ARROW1"))


FORMATS: dict[str, tuple[str, Callable[[Draw, Rows], bytes]]] = {
    "tsv": (".tsv", _tsv),
    "csv": (".csv", _csv),
    "jsonl": (".jsonl", _jsonl),
    "parquet": (".parquet", _parquet),
    "arrow": (".arrow", _arrow),
    "odd text": (".txt", _plain),
    "random bytes": ("", _noise),
}

COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda data: gzip.compress(data, 1),
    ".bz2": lambda data: bz2.compress(data, 1),
    ".xz": lambda data: lzma.compress(data, preset=0),
    ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


# Damage

_BYTES = b'\0 \xff \n \t \r " \xef\xbb\xbf \xed\xa0\x80 \xff\xff\xff\x7f \0\0\0\x80'.split(b" ")


def damaged(draw: Draw, data: bytes) -> bytes:
    """Flip, insert, delete, cut off, repeat or move some bytes."""
    for _ in range(draw.choice((1, 1, 2, 8))):
        start = draw.randrange(len(data) + 1)
        stop = min(len(data), start + draw.choice((1, 1, 2, 8, 100)))
        before, piece, after = data[:start], data[start:stop], data[stop:]
        there = draw.randrange(len(before) + len(after) + 1)
        data = draw.choice(
            (
                before + bytes(byte ^ 1 << draw.randrange(8) for byte in piece) + after,
                before + draw.randbytes(len(piece)) + after,
                before + draw.choice((*_BYTES, draw.randbytes(4))) + piece + after,
                before + after,
                before,
                before + piece * draw.choice((2, 50)) + after,
                (before + after)[:there] + piece + (before + after)[there:],
            )
        )
    return data


def _file(draw: Draw, kind: str, rows: Rows, damage: float) -> tuple[str, bytes]:
    """Return the end of a file's name, and what it holds; damaged with some probability, packed or not."""
    suffix, write = FORMATS[kind]
    data = write(draw, rows)
    data = damaged(draw, data) if draw.random() < damage else data
    for _ in range(draw.choice((0, 0, 0, 1, 1, 2) if draw.random() < 0.3 else (0, 0, 1))):
        packed = draw.choice([*COMPRESSIONS])
        data, suffix = COMPRESSIONS[packed](data), suffix + packed
        data = data + data if draw.random() < 0.05 else data
    return suffix, damaged(draw, data) if draw.random() < damage else data


# Files, folders, zips

_ODD_NAMES = _parted(
    " ¦a\nb¦ça va¦-x¦--help¦~¦%s¦{0}¦[1]*?¦[red]¦\udcff¦😀¦.hidden¦a:b¦'\"¦\\¦train¦valid.x¦data.yaml¦"
    "e\u0301¦\u202e¦\x1b[31m¦CON¦a.b.c¦...¦$HOME¦sample¦" + "x" * 180
)
_ODD_MEMBERS = _parted("../a.tsv¦/etc/a.tsv¦a//b.tsv¦a\\b.tsv¦¦x/¦.¦x/.¦..¦a\0b.tsv¦é.tsv¦data/train.tsv")


def _name(draw: Draw, suffix: str) -> str:
    if draw.random() < 0.1:
        suffix = draw.choice((".tsv", ".csv", ".jsonl", ".parquet", ".gz", ".zst", ".zip", ".en", ""))
    return (draw.choice(_ODD_NAMES) if draw.random() < 0.15 else "pairs") + suffix


def _one_file(draw: Draw, kind: str, damage: float) -> tuple[Files, tuple[str, ...]]:
    suffix, data = _file(draw, kind, rows_of(draw), damage)
    name = "-" if draw.random() < 0.05 else _name(draw, suffix)
    return {name: data}, (name,)


def _aligned(draw: Draw, kind: str, damage: float) -> tuple[Files, tuple[str, ...]]:
    rows, files = rows_of(draw), {}
    for side, language in enumerate(("en", "fr")):
        lines = [row[side] for row in rows]
        if draw.random() < 0.7:
            lines = [line.replace("\n", " ").replace("\r", " ") for line in lines]
        lines += [""] * draw.choice((0,) * 9 + (1,))
        data = _encoded(draw, "".join(line + "\n" for line in lines))
        data = damaged(draw, data) if draw.random() < damage / 2 else data
        packed = draw.choice(("", "", *COMPRESSIONS))
        files[f"lines.{language}{packed}"] = COMPRESSIONS[packed](data) if packed else data
    return files, draw.choice((tuple(files), tuple(files), ("",)))


def _folder(draw: Draw, kind: str, damage: float) -> tuple[Files, tuple[str, ...]]:
    files, called = {}, draw.choice(("folder", "folder", *_ODD_NAMES))
    stems = (("train", "valid", "test"), ("train", "test"), ("train-1", "train-2", "dev"), ("pairs",))
    for stem in draw.choice(stems):
        suffix, data = _file(draw, kind, rows_of(draw), damage / 2)
        files[draw.choice(("", "", "", "data/")) + stem + suffix] = data
    if draw.random() < 0.2:
        files |= _one_file(draw, draw.choice([*FORMATS]), damage)[0]
    return {f"{called}/{name}": data for name, data in files.items() if name != "-"}, (called,)


def _zip(draw: Draw, kind: str, damage: float) -> tuple[Files, tuple[str, ...]]:
    make = draw.choice((_one_file, _one_file, _aligned, _folder, _zip if draw.random() < 0.2 else _one_file))
    inside = [*make(draw, kind, damage / 2)[0].items()]
    odd = draw.choices(_ODD_MEMBERS, k=draw.choice((0, 0, 0, 1, 2)))
    inside += [(name, _file(draw, kind, rows_of(draw), 0)[1]) for name in odd]
    if draw.random() < 0.1:
        inside.append(inside[0])
    sink = io.BytesIO(draw.choice((b"", b"", b"", b"#!junk\n")))
    sink.seek(0, 2)
    with warnings.catch_warnings(), zipfile.ZipFile(sink, "a") as archive:
        warnings.simplefilter("ignore")  # a name twice
        for name, data in inside:
            info = zipfile.ZipInfo(name.encode(errors="replace").decode())
            info.compress_type = draw.choice((0, 8, 8, 12, 14))
            archive.writestr(info, data)
            if draw.random() < 0.03:
                info.flag_bits |= 0x1  # encrypted, says the directory
            if draw.random() < 0.03:
                info.file_size = draw.choice((0, 1, 1 << 31, 1 << 40))
    data = sink.getvalue()
    name = _name(draw, ".zip")
    source = name if draw.random() < 0.9 else f"{name}/{inside[0][0]}"
    return {name: damaged(draw, data) if draw.random() < damage else data}, (source,)


_LAYOUTS: dict[str, tuple[int, Callable[[Draw, str, float], tuple[Files, tuple[str, ...]]]]] = {
    "": (8, _one_file),
    "aligned": (2, _aligned),
    "folder of": (2, _folder),
    "zip of": (4, _zip),
}


# Bombs, and lines without an end

BOMBS = {"zeros": b"\0", "newlines": b"\n", "one pair": b"a\tb\n", "quotes": b'"', "returns": b"\r"}
_BOMB_BYTES = 300 << 20


@cache
def bomb(content: str, packed: str) -> bytes:
    """Return 300 MB of one thing, packed into less than 1 MB."""
    unit = BOMBS[content]
    block = unit * ((1 << 20) // len(unit))
    if packed == ".zip":
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("pairs.tsv", block * (_BOMB_BYTES >> 20))
        return sink.getvalue()
    if packed == ".gz":
        sink = io.BytesIO()
        with gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=9) as file:
            for _ in range(_BOMB_BYTES >> 20):
                file.write(block)
        return sink.getvalue()
    return COMPRESSIONS[packed](block) * (_BOMB_BYTES >> 20)  # packed pieces may follow one another


def _bomb(draw: Draw) -> OddInput:
    packed = draw.choice((*COMPRESSIONS, ".zip"))
    data, name = bomb(draw.choice([*BOMBS]), packed), draw.choice(("", ".tsv", ".csv", ".jsonl")) + packed
    if draw.random() < 0.3:  # a bomb in a bomb
        outer = draw.choice([*COMPRESSIONS])
        data, name = COMPRESSIONS[outer](data), name + outer
    return OddInput("bomb", {f"bomb{name}": data}, (f"bomb{name}",))


def _long_line(draw: Draw) -> OddInput:
    kind = draw.choice(("tsv", "csv", "jsonl", "arrow", "parquet"))
    piece = draw.choice((*ODD_TEXT, "a", "a ", "e\u0301", "à"))
    rows = [*_ordinary()[:3], (piece * ((1 << 20) // len(piece.encode("utf-8", "surrogatepass"))), "long")]
    suffix, data = _file(draw, kind, rows, 0)
    return OddInput("long line", {f"pairs{suffix}": data}, (f"pairs{suffix}",))


# All of it


def _settings(draw: Draw) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "normalizer": draw.choice(("tutorial", "lower", "plain")),
        "tokenizer": draw.choice(("word", "punctuation", "char")),
        "max_length": draw.choice((2, 5, *(10,) * 9, 100, 1000)),
    }
    odds: dict[str, tuple[Any, ...]] = {
        "reverse": (True,),
        "autoencoder": (True,),
        "shared_vocabulary": (True,),
        "drop_identical": (True,),
        "max_length_ratio": (1.0, 3.0),
        "min_frequency": (2, 1000),
        "max_vocabulary": (1, 5),
        "split": ([1, 0, 0], ["rest", 1, 1], ["rest", 100, 0], [0.34, 0.33, 0.33], ["rest", 0.5, 3]),
        "columns": (["2", "1"], ["1", "1"], ["fr", "en"], ["3", "9"], ["target", "source"], ["\0", "en"]),
        "format": ("tsv", "csv", "jsonl", "parquet", "arrow", "lines"),
        "prefixes": (["i am", "he"], ["\u0301"], ["İ"]),
        "held_out": (["i m wise"], ["\u0301"]),
        "seed": (0, 7),
    }
    return drawn | {key: draw.choice(values) for key, values in odds.items() if draw.random() < 0.06}


def odd_input(seed: int, number: int) -> OddInput:
    """Return an input; the same for the same seed and number."""
    draw = random.Random(f"{seed} {number}")
    chance = draw.random()
    if chance < 0.0005:
        return _bomb(draw)
    if chance < 0.003:
        return _long_line(draw)
    (layout,) = draw.choices([*_LAYOUTS], [weight for weight, _ in _LAYOUTS.values()])
    kind = draw.choice([*FORMATS])
    damage = draw.choice((0.0, 0.0, 0.1, 0.6))
    files, sources = _LAYOUTS[layout][1](draw, kind, damage)
    called = "aligned" if layout == "aligned" else f"{layout} {kind}".strip()
    out = draw.choice(_ODD_NAMES) if draw.random() < 0.1 else "data"
    return OddInput(called, files, sources, _settings(draw), draw.random() < 0.05, out)


# Trying


class TooSlowError(BaseException):
    """An input took longer than it may."""


class BrokenPromiseError(AssertionError):
    """What was left on the disk is not what it should be."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TooSlowError inside the block when the time is over."""

    def late(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def attempt(odd: OddInput, place: Path, seconds: float = SECONDS) -> str:
    """Prepare an input below an empty folder.

    Args:
        odd: the input.
        place: the folder.
        seconds: how long it may take.

    Returns:
        "data set", or the name of the S2SError.

    Raises:
        BrokenPromiseError: the data set is not whole or not right, or something else was left behind.
        BaseException: whatever should not have been raised.
    """
    given, made, temporary = (place / name for name in ("given", "made", "temporary"))
    for folder in (given, made, temporary):
        folder.mkdir()
    _lay_out(odd.files, given)
    names = ["-" if name == "-" else os.path.join(given, name) for name in odd.sources]  # noqa: PTH118  # as typed
    before = (sys.stdin, tempfile.tempdir)
    sys.stdin = io.TextIOWrapper(io.BytesIO(odd.files.get("-", b"")))
    tempfile.tempdir = str(temporary)
    try:
        with within(seconds):
            outcome = _outcome(odd, names, made / odd.out)
    finally:
        sys.stdin, tempfile.tempdir = before
    expect(not [*temporary.iterdir()], "temporary files are left")
    left = [path.name for path in made.iterdir()]
    expect(left == ([odd.out] if outcome == "data set" else []), f"left behind: {left}")
    return outcome


def _lay_out(files: Files, folder: Path) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _outcome(odd: OddInput, names: Sequence[str], folder: Path) -> str:
    source = names[0] if len(names) == 1 else list(names)
    try:
        data = from_mapping({"data": {**odd.settings, "source": source}}, "odd input").data
        check(_ended(prepare_data(data, folder, strict=odd.strict)), folder, data.tokenizer == "word")
        return "data set"
    except S2SError as error:
        expect(bool(error.message.strip()), "the message is empty")
        expect(len(str(error)) < _LONGEST_MESSAGE, f"the message has {len(str(error))} characters")
        return type(error).__name__


def _ended(making: Generator[Any, None, Prepared]) -> Prepared:
    prepared: list[Prepared] = []

    def whole() -> Iterator[Any]:
        prepared.append((yield from making))

    deque(whole(), maxlen=0)
    return prepared[0]


def expect(holds: bool, otherwise: str) -> None:
    """Raise a BrokenPromiseError unless something holds."""
    if not holds:
        raise BrokenPromiseError(otherwise)


def check(prepared: Prepared, folder: Path, by_words: bool) -> None:
    """Open a data set and hold it against what was told of it.

    Args:
        prepared: what was told.
        folder: where the data set is.
        by_words: whether its tokens are words.
    """
    opened = Dataset(folder)
    opened.verify()
    expect(opened.metadata == prepared.metadata, "data.yaml does not hold what it should")
    counts = opened.metadata["counts"]
    sentences: list[set[str]] = []
    for name in PARTS:
        part = opened.part(name)
        expect(len(part) == counts[name], f"{name} has {len(part)} pairs, not {counts[name]}")
        texts: set[str] = set()
        for block in part.blocks():
            block.validate(full=True)
            expect(block.schema == SCHEMA, f"{name} has other columns")
            sides = (("source", opened.source_vocabulary), ("target", opened.target_vocabulary))
            for side, vocabulary in sides:
                column, ids = block.column(side).to_pylist(), block.column(f"{side}_ids").to_pylist()
                texts.update(column)
                expect(all(map(_holds_words, column)), f"a {side} is not words with blanks between them")
                for text, indices in zip(column, ids, strict=True):
                    _check_indices(text, indices, vocabulary, by_words)
        sentences.append(texts)
    expect(len(set().union(*sentences)) == sum(map(len, sentences)), "a sentence is in two parts")
    expect(counts["read"] == sum(counts["dropped"].values()) + sum(map(counts.get, PARTS)), "pairs are lost")
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8", errors="replace")):
        report(prepared)


def _holds_words(text: str) -> bool:
    return bool(text) and text == " ".join(text.split())


def _check_indices(text: str, indices: list[int], vocabulary: Vocabulary, by_words: bool) -> None:
    expect(indices[-1] == EOS and EOS not in indices[:-1], "a sentence ends elsewhere than at its end")
    expect(min(indices[:-1]) >= UNK and max(indices) < len(vocabulary), "an index is none")
    if by_words:
        known = [vocabulary.word_to_index.get(word, UNK) for word in text.split()]
        expect(known == indices[:-1], "a sentence has the indices of other words")


# Many, in processes of their own


def _try_all(seed: int, numbers: range) -> None:
    """Try inputs; before and after each, say so on standard output."""
    os.fsync = lambda _: None
    warnings.simplefilter("error")
    for number in numbers:
        print(json.dumps({"begun": number}), flush=True)
        faulthandler.dump_traceback_later(3 * SECONDS, exit=True)  # where no signal reaches
        odd = odd_input(seed, number)
        began, fault = time.perf_counter(), ""
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as place:
            try:
                outcome = attempt(odd, Path(place))
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                outcome, fault = type(error).__name__, traceback.format_exc()
        seconds = time.perf_counter() - began
        print(
            json.dumps({"kind": odd.kind, "outcome": outcome, "fault": fault, "seconds": seconds}), flush=True
        )


def _batch(seed: int, numbers: range) -> Iterator[dict[str, Any]]:
    """Yield what a child says of each input; of the one that ends it too, and go on with another child."""
    while numbers:
        limits = [str(number) for number in (seed, numbers.start, numbers.stop)]
        command = [sys.executable, __file__, "--child", *limits]
        child = subprocess.run(command, capture_output=True, check=False)
        begun = numbers.start
        for line in map(json.loads, child.stdout.splitlines()):
            if "begun" in line:
                begun = line["begun"]
            else:
                yield {"number": begun, **line}
        if child.returncode == 0:
            return
        fault = f"exit status {child.returncode}\n{child.stderr.decode(errors='replace')}"
        kind = odd_input(seed, begun).kind
        yield {"number": begun, "kind": kind, "outcome": "the process died", "fault": fault, "seconds": 0.0}
        numbers = range(begun + 1, numbers.stop)


def _keep(folder: Path, seed: int, found: dict[str, Any]) -> None:
    """Write down an input that failed, and how."""
    odd = odd_input(seed, found["number"])
    place = folder / f"{seed}-{found['number']}"
    shutil.rmtree(place, ignore_errors=True)
    (place / "given").mkdir(parents=True)
    _lay_out(odd.files, place / "given")
    asked = {"sources": odd.sources, "settings": odd.settings, "strict": odd.strict, "out": odd.out}
    (place / "found.json").write_text(json.dumps({**found, **asked}, indent=2), encoding="utf-8")
    (place / "traceback.txt").write_text(found["fault"], encoding="utf-8", errors="replace")


def main() -> int:
    """Try many inputs, print what became of them, and return how many failed."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--inputs", type=int, default=25_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--first", type=int, default=0, help="the number of the first input")
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--failures", type=Path, default=Path("odd-input-failures"))
    options.add_argument("--child", type=int, nargs=3, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        seed, start, stop = chosen.child
        _try_all(seed, range(start, stop))
        return 0
    began = time.perf_counter()
    last = chosen.first + chosen.inputs
    batches = [range(start, min(start + _BATCH, last)) for start in range(chosen.first, last, _BATCH)]
    table: dict[str, Counter[str]] = {}
    slowest: list[tuple[float, int]] = []
    failed = 0
    with ThreadPoolExecutor(chosen.workers) as pool:
        for results in pool.map(lambda numbers: list(_batch(chosen.seed, numbers)), batches):
            for found in results:
                table.setdefault(found["kind"], Counter())[found["outcome"]] += 1
                slowest = sorted([*slowest, (found["seconds"], found["number"])], reverse=True)[:5]
                if found["fault"]:
                    failed += 1
                    _keep(chosen.failures, chosen.seed, found)
                    print(f"FAILED {found['number']}: {found['kind']}: {found['outcome']}", flush=True)
    _print(table)
    print(f"{last - chosen.first:,} inputs, {failed} failed, in {time.perf_counter() - began:.0f} s")
    print("slowest: " + ", ".join(f"{seconds:.2f} s (number {number})" for seconds, number in slowest))
    return failed


def _print(table: dict[str, Counter[str]]) -> None:
    outcomes = sorted(set().union(*table.values()))
    rows = {**{kind: table[kind] for kind in sorted(table)}, "all": sum(table.values(), Counter())}
    print(f"{'kind':<24}" + "".join(f"{outcome:>20}" for outcome in outcomes))
    for kind, counts in rows.items():
        print(f"{kind:<24}" + "".join(f"{counts[outcome]:>20,}" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(min(main(), 1))
