"""Odd input ends in a data set that is whole, or in one S2SError; tests/bench/odd_input.py has more of it."""

import bz2
import gzip
import importlib.util
import io
import json
import os
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import cycle
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.build.data import prepare_data
from seq2seq_cli.config import from_mapping
from seq2seq_cli.corpus.dataset import PARTS, Dataset
from seq2seq_cli.corpus.sources import columnar, lines
from seq2seq_cli.errors import CorpusError, OutputError, S2SError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no timer to end what hangs")

INPUTS = 150
PATIENCE = 60  # seconds, of which other tests beside this one may take the most


def load(name: str) -> ModuleType:
    """Load a benchmark, which belongs to no package."""
    path = Path(__file__).parents[1] / "bench" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


odd = load("odd_input")
attempt = partial(odd.attempt, seconds=PATIENCE)
bomb = cache(odd.bomb)


@pytest.fixture(scope="module")
def empty() -> Iterator[Callable[[], Path]]:
    """Return what makes empty folders, in memory where that can be."""
    with tempfile.TemporaryDirectory(dir=odd.MEMORY if odd.MEMORY.is_dir() else None) as folder:
        yield lambda: Path(tempfile.mkdtemp(dir=folder))


def test_the_same_number_means_the_same_input() -> None:
    assert odd.odd_input(1, 5) == odd.odd_input(1, 5) != odd.odd_input(2, 5)


def test_damaged_and_odd_files_become_a_data_set_or_one_error(empty: Callable[[], Path]) -> None:
    outcomes: Counter[str] = Counter()
    for number in range(INPUTS):
        outcomes[attempt(odd.odd_input(0, number), empty())] += 1
    assert (
        {"data set", "CorpusError"}
        <= outcomes.keys()
        <= {"data set", "CorpusError", "ConfigError", "DatasetError"}
    )
    assert min(outcomes["data set"], outcomes["CorpusError"]) > INPUTS / 10


# Text: whatever characters there are, in every form, with every setting

characters = st.characters() | st.sampled_from('aab  ée\t\r\n\0"\\,;\u0301\ufeff\u2028\x85\u200d😀שא')
texts = st.lists(st.text(characters, max_size=12) | st.sampled_from(odd.ODD_TEXT), max_size=4).map(" ".join)
rows = st.lists(st.tuples(texts, texts) | st.just(("i am glad", "je suis content")), max_size=6)


def as_tsv(pairs: list[tuple[str, str]]) -> str:
    return "".join(f"{first}\t{second}\n" for first, second in pairs)


def as_csv(pairs: list[tuple[str, str]]) -> str:
    quoted = [[cell.replace('"', '""') for cell in pair] for pair in pairs]
    return "".join(f'"{first}","{second}"\n' for first, second in quoted)


def as_jsonl(pairs: list[tuple[str, str]]) -> str:
    return "".join(json.dumps({"en": first, "fr": second}) + "\n" for first, second in pairs)


@settings(derandomize=True, deadline=None, max_examples=80)
@given(
    rows,
    st.sampled_from([("pairs.tsv", as_tsv), ("pairs.csv", as_csv), ("pairs.jsonl", as_jsonl)]),
    st.fixed_dictionaries(
        {
            "normalizer": st.sampled_from(["tutorial", "lower", "plain"]),
            "tokenizer": st.sampled_from(["word", "punctuation", "char"]),
            "max_length": st.sampled_from([3, 10, 1000]),
            "split": st.sampled_from([[0.9, 0.05, 0.05], [1, 0, 0], ["rest", 1, 1]]),
        },
        optional={key: st.just(True) for key in ("reverse", "autoencoder", "shared_vocabulary")},
    ),
    st.booleans(),
)
def test_text_of_any_characters_becomes_a_data_set_or_one_error(
    empty: Callable[[], Path],
    pairs: list[tuple[str, str]],
    form: tuple[str, Callable[[list[tuple[str, str]]], str]],
    asked: dict[str, object],
    strict: bool,
) -> None:
    name, write = form
    data = write(pairs).encode("utf-8", "surrogatepass")
    attempt(odd.OddInput("text", {name: data}, (name,), asked, strict), empty())


# Bombs, and lines without an end


@pytest.mark.parametrize(
    ("content", "packed", "format_"),
    [
        ("zeros", ".zip", "tsv"),
        ("newlines", ".gz", "tsv"),
        ("newlines", ".bz2", "jsonl"),
        ("returns", ".xz", "csv"),
        ("quotes", ".zst", "csv"),
        ("one pair", ".zst", "tsv"),
    ],
)
def test_a_bomb_is_refused_in_seconds(
    empty: Callable[[], Path], content: str, packed: str, format_: str
) -> None:
    name, data = f"pairs.{format_}{packed}", bomb(content, packed)
    assert len(data) < 1 << 20
    assert attempt(odd.OddInput("bomb", {name: data}, (name,), {"format": format_}), empty()) == "CorpusError"


@pytest.mark.parametrize("outer", [gzip.compress, bz2.compress])
def test_a_bomb_in_something_packed_is_refused(
    empty: Callable[[], Path], outer: Callable[[bytes], bytes]
) -> None:
    nested = odd.OddInput("bomb", {"pairs.tsv.gz": outer(bomb("newlines", ".gz"))}, ("pairs.tsv.gz",))
    assert attempt(nested, empty()) == "CorpusError"


def test_a_bomb_in_an_archive_is_refused(empty: Callable[[], Path]) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("pairs.zip", bomb("zeros", ".zip"))
    assert (
        attempt(odd.OddInput("bomb", {"pairs.zip": sink.getvalue()}, ("pairs.zip",)), empty())
        == "CorpusError"
    )


PIECES = ["a", "a ", "\u0301\u0327", "e\u0301", "😀", "ß", "\u2028", "\0", "'", "\r"]


@pytest.mark.parametrize(("piece", "tokenizer"), [*zip(PIECES, cycle(["word", "punctuation", "char"]))])
def test_a_line_of_a_megabyte_takes_no_more_than_seconds(
    empty: Callable[[], Path], piece: str, tokenizer: str
) -> None:
    line = piece * ((1 << 20) // len(piece.encode()))
    data = f"yes\toui\n{line}\tlong\n".encode()
    asked = {"normalizer": "plain", "tokenizer": tokenizer, "max_length": 1000, "split": [1, 0, 0]}
    assert attempt(odd.OddInput("long", {"pairs.tsv": data}, ("pairs.tsv",), asked), empty()) == "data set"


# Files that change while they are read

MANY = [(f"many words {number}", f"beaucoup de mots {number}") for number in range(3000)]


def write_many(path: Path) -> None:
    """Write MANY in the form that a name tells."""
    text = as_jsonl(MANY) if ".jsonl" in path.name else as_csv(MANY) if ".csv" in path.name else as_tsv(MANY)
    table = pa.table({"en": [first for first, _ in MANY], "fr": [second for _, second in MANY]})
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=100)
    elif path.suffix == ".arrow":
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=100)
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("pairs.tsv", text)
    else:
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def shrink(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def error_of(making: Iterator[object]) -> S2SError | None:
    """Go on to the end; return the error that it ends with, if it is one for a person."""
    try:
        for _ in making:
            pass
    except S2SError as error:
        return error
    return None


@pytest.mark.parametrize("change", [Path.unlink, shrink, replace_by_folder])
@pytest.mark.parametrize(
    "name", ["pairs.tsv", "pairs.csv", "pairs.jsonl", "pairs.gz", "pairs.zip", "pairs.parquet", "pairs.arrow"]
)
def test_a_file_that_changes_while_it_is_read_is_an_error_or_makes_a_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[Path], None]
) -> None:
    monkeypatch.setattr(lines, "CHUNK_BYTES", 1 << 12)
    monkeypatch.setattr(columnar, "BLOCK_SIZE", 1 << 12)
    write_many(path := tmp_path / name)
    monkeypatch.setattr("seq2seq_cli.corpus.prepare.blocks.BLOCK_ROWS", 50)
    out = tmp_path / "data"
    with odd.within(PATIENCE):
        making = prepare_data(from_mapping({"data": {"source": str(path)}}, "test").data, out)
        next(making)
        change(path)
        error = error_of(making)
    if error:
        assert not isinstance(error, OutputError)
        assert name in error.message
        assert not out.exists()
    else:
        assert 0 < sum(len(Dataset(out).part(part)) for part in PARTS) <= len(MANY)
    assert not [*tmp_path.glob(".*")]


# What is no file


def test_a_link_that_leads_to_itself_is_an_error(tmp_path: Path) -> None:
    loop = tmp_path / "pairs.tsv"
    loop.symlink_to(loop)
    with pytest.raises(CorpusError, match=r"pairs\.tsv"):
        list(prepare_data(from_mapping({"data": {"source": str(loop)}}, "test").data, tmp_path / "data"))
    (tmp_path / "good.tsv").write_text("yes\toui\n")
    with pytest.raises(OutputError, match="Cannot write"):
        list(prepare_data(from_mapping({"data": {"source": str(tmp_path / "good.tsv")}}, "test").data, loop))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.tsv", "pairs.tsv"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_an_error(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "pairs.tsv").write_text("yes\toui\n")
    (tmp_path / "good.tsv").write_text("yes\toui\n")
    good = from_mapping({"data": {"source": str(tmp_path / "good.tsv"), "split": [1, 0, 0]}}, "test").data
    closed.chmod(0)
    try:
        for source in (closed, closed / "pairs.tsv"):
            with pytest.raises(CorpusError, match="Permission denied"):
                list(prepare_data(good.model_copy(update={"source": str(source)}), tmp_path / "data"))
        with pytest.raises(OutputError, match="Permission denied"):
            list(prepare_data(good, closed / "data"))
    finally:
        closed.chmod(0o700)
    assert [path.name for path in closed.iterdir()] == ["pairs.tsv"]
