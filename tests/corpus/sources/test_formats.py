"""Every form of file: the same pairs come out of each, compressed in any way, cut into blocks anywhere."""

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.sources import FORMATS, blocks, lines

Pairs = list[tuple[str, str]]


def tsv(pairs: Pairs) -> bytes:
    return "".join(f"{first}\t{second}\n" for first, second in pairs).encode()


def comma(pairs: Pairs) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("source", "target"), *pairs])
    return text.getvalue().encode()


def jsonl(pairs: Pairs) -> bytes:
    records = ({"source": first, "target": second} for first, second in pairs)
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def nested(pairs: Pairs) -> bytes:
    records = ({"id": 1, "translation": {"fr": first, "en": second}} for first, second in pairs)
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def table(pairs: Pairs) -> pa.Table:
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    return pa.table({"source": pa.array(first, pa.string()), "target": pa.array(second, pa.string())})


def parquet(pairs: Pairs) -> bytes:
    buffer = io.BytesIO()
    pa.parquet.write_table(table(pairs), buffer, row_group_size=3)
    return buffer.getvalue()


def arrow_file(pairs: Pairs) -> bytes:
    buffer = io.BytesIO()
    with pa.ipc.new_file(buffer, table(pairs).schema) as writer:
        writer.write_table(table(pairs), max_chunksize=3)
    return buffer.getvalue()


def arrow_stream(pairs: Pairs) -> bytes:
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table(pairs).schema) as writer:
        writer.write_table(table(pairs), max_chunksize=3)
    return buffer.getvalue()


def feather(pairs: Pairs) -> bytes:
    buffer = io.BytesIO()
    pa.feather.write_feather(table(pairs), buffer)
    return buffer.getvalue()


def zstd(data: bytes) -> bytes:
    buffer = pa.BufferOutputStream()
    with pa.CompressedOutputStream(buffer, "zstd") as stream:
        stream.write(data)
    return buffer.getvalue().to_pybytes()


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_about.txt", "About this.")
        archive.writestr("pairs.csv" if data.startswith(b"source,") else "pairs", data)
    return buffer.getvalue()


PACKERS = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd,
    ".zip": zipped,
}
OF_LINES = {"pairs.tsv": tsv}
OF_CELLS = {
    "pairs.csv": comma,
    "pairs.jsonl": jsonl,
    "nested.json": nested,
    "pairs.parquet": parquet,
    "file.arrow": arrow_file,
    "stream.arrow": arrow_stream,
    "pairs.feather": feather,
}

some = settings(derandomize=True, deadline=None, max_examples=12)
sentences = st.text(st.characters(codec="utf-8", exclude_characters="\t\n\r\ufeff"), max_size=12)
texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ['"', '""', "a\r\nb", "\n", "\r", ","]
)
numbers = st.sampled_from([1, 4, 64, 1 << 22])


def check(read, path, data: bytes, pairs: Pairs, size: int) -> None:
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "CHUNK_BYTES", size)
        patch.setattr(blocks, "BLOCK_SIZE", size)
        reading = read(path)
    assert reading.faults == []
    assert reading.pairs == pairs


@pytest.mark.parametrize("packed", PACKERS)
@pytest.mark.parametrize("name", OF_LINES | OF_CELLS)
@some
@given(pairs=st.lists(st.tuples(sentences, sentences), max_size=10), size=numbers)
def test_every_form_in_every_packing_gives_the_same_pairs(
    tmp_path_factory, read, name, packed, pairs, size
) -> None:
    data = PACKERS[packed]((OF_LINES | OF_CELLS)[name](pairs))
    check(read, tmp_path_factory.getbasetemp() / (name + packed), data, pairs, size)


@pytest.mark.parametrize("name", OF_CELLS)
@settings(some, max_examples=60)
@given(pairs=st.lists(st.tuples(texts, texts), max_size=10), size=numbers)
def test_cells_may_hold_anything(tmp_path_factory, read, name, pairs, size) -> None:
    check(read, tmp_path_factory.getbasetemp() / name, OF_CELLS[name](pairs), pairs, size)


@some
@given(
    pairs=st.lists(st.tuples(sentences, sentences), max_size=10),
    size=numbers,
    packed=st.sampled_from([*PACKERS]),
)
def test_two_aligned_files_give_the_same_pairs(tmp_path_factory, read, pairs, size, packed) -> None:
    paths = [tmp_path_factory.getbasetemp() / f"aligned.{side}{packed}" for side in ("en", "fr")]
    for side, path in enumerate(paths):
        path.write_bytes(PACKERS[packed]("".join(f"{pair[side]}\n" for pair in pairs).encode()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "CHUNK_BYTES", size)
        reading = read(*paths)
    assert reading.faults == []
    assert reading.pairs == pairs


@pytest.mark.parametrize("name", [name for name in OF_CELLS if "csv" not in name])
@pytest.mark.parametrize("called", ["pairs.tsv", "pairs", "pairs.csv.txt"])
def test_what_a_file_holds_says_more_than_what_it_is_called(tmp_path, read, name, called) -> None:
    (tmp_path / called).write_bytes(OF_CELLS[name]([("yes", "oui")]))
    assert read(tmp_path / called).pairs == [("yes", "oui")]


@pytest.mark.parametrize(
    "line", ["[laughs]\t[rire]", "{yes}\toui", "[1]\tun", "PAR 1\tpar un", "ARROW\tflèche", "BZ\tx", "PK\tx"]
)
def test_a_sentence_with_a_strange_beginning_is_a_sentence(tmp_path, read, line) -> None:
    (tmp_path / "pairs.tsv").write_text(f"{line}\n", encoding="utf-8")
    assert read(tmp_path / "pairs.tsv").pairs == [tuple(line.split("\t"))]


@pytest.mark.parametrize("format_", ["tsv", "csv", "jsonl", "parquet", "arrow"])
def test_a_format_that_is_asked_for_is_used(tmp_path, read, format_) -> None:
    of_format = {"tsv": tsv, "csv": comma, "jsonl": jsonl, "parquet": parquet, "arrow": arrow_file}
    pairs = [("a b", "c d")] * 7
    (tmp_path / "pairs.jsonl").write_bytes(of_format[format_](pairs))
    assert read(tmp_path / "pairs.jsonl", format=format_).pairs == pairs
    assert format_ in FORMATS


@pytest.mark.parametrize("name", ["pairs.parquet", "file.arrow", "stream.arrow", "pairs.feather"])
def test_a_table_that_is_cut_off_or_changed_is_read_or_refused(tmp_path, read, refused, name) -> None:
    whole = OF_CELLS[name]([(f"I am {number}", f"Je suis {number}") for number in range(5)])
    path = tmp_path / name
    for length in range(0, len(whole) - 8, max(1, len(whole) // 150)):
        path.write_bytes(whole[:length])
        assert "damaged" in refused(path) or name == "stream.arrow"


@pytest.mark.parametrize("name", ["pairs.parquet", "pairs.csv", "pairs.jsonl"])
def test_an_empty_file_has_no_pairs_or_is_refused(tmp_path, read, refused, name) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    if name == "pairs.parquet":
        assert "damaged" in refused(path)
    else:
        assert read(path).blocks == []
