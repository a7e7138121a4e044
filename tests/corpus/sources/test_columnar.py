"""Tables: types of text, nulls, what is not UTF-8, and files that are damaged."""

import contextlib
import os
import random

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from seq2seq_cli.corpus.sources import columnar, open_source
from seq2seq_cli.errors import CorpusError

WRITERS = {
    "pairs.parquet": pa.parquet.write_table,
    "pairs.arrow": lambda table, path: pa.feather.write_feather(table, str(path), compression="uncompressed"),
    "pairs.feather": lambda table, path: pa.feather.write_feather(table, str(path), compression="zstd"),
}


@pytest.fixture(params=WRITERS)
def written(request, tmp_path):
    def write(**columns: pa.Array):
        path = tmp_path / request.param
        WRITERS[request.param](pa.table(columns), path)
        return path

    return write


def texts(*values: str | None, kind: pa.DataType | None = None) -> pa.Array:
    return pa.array(values, kind or pa.string())


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
def test_every_type_of_text_is_read(written, read, kind) -> None:
    path = written(en=texts("yes", "été\n", "yes", kind=kind), fr=texts("oui", "", "si"))
    reading = read(path)
    assert reading.pairs == [("yes", "oui"), ("été\n", ""), ("yes", "si")]
    assert all(block.first.type == block.second.type == pa.string() for block in reading.blocks)


def test_views_of_text_are_read(tmp_path, read) -> None:
    column = texts("yes", "a text that is longer than twelve bytes", None, kind=pa.string_view())
    path = tmp_path / "pairs.arrow"
    table = pa.table({"en": column, "fr": texts("oui", "b", "c")})
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    reading = read(path)
    assert reading.pairs == [("yes", "oui"), ("a text that is longer than twelve bytes", "b")]
    assert reading.faults == [(3, "null")]


def test_columns_are_found_as_in_json(written, read, refused) -> None:
    number = pa.array([1])
    assert read(written(n=number, note=texts("x"), target=texts("b"), source=texts("a"))).pairs == [
        ("a", "b")
    ]
    assert read(written(note=texts("x"), de=texts("a"), en=texts("b"))).pairs == [("a", "b")]
    path = written(n=number, question=texts("a"), answer=texts("b"), c=texts("c"))
    assert read(path).pairs == [("a", "b")]
    assert read(path, columns=["c", "question"]).pairs == [("c", "a")]
    assert read(path, columns=["3", "4"]).pairs == [("b", "c")]
    assert "Did you mean 'answer'?" in refused(path, columns=["c", "answers"])
    assert "the column 'n' holds int64, not text" in refused(path, columns=["c", "n"])
    assert "no two columns of text; it has n (int64), a (string)" in refused(written(n=number, a=texts("a")))


def test_a_translation_is_looked_into(written, read) -> None:
    column = pa.array([{"de": "ja", "en": "yes", "fr": "oui"}, None, {"de": None, "en": "no", "fr": "non"}])
    path = written(id=texts("1", "2", "3"), translation=column)
    assert read(path).pairs == [("ja", "yes")]
    assert read(path).faults == [(2, "null"), (3, "null")]
    assert read(path, columns=["fr", "en"]).pairs == [("oui", "yes"), ("non", "no")]
    assert read(path, columns=["id", "id"]).pairs == [("1", "1"), ("2", "2"), ("3", "3")]


def test_nulls_and_what_is_not_utf8_are_passed_over_and_named(written, read, monkeypatch) -> None:
    first = pa.array([b"a", b"\xe9", None, b"d", b"e", b"\xff"]).view(pa.string())
    second = pa.array([b"1", b"2", b"3", None, b"5", None]).view(pa.string())
    path = written(en=first, fr=second)
    for size in (1 << 22, 1):  # in one block, and a row a block
        monkeypatch.setattr(columnar, "BLOCK_SIZE", size)
        reading = read(path)
        assert reading.pairs == [("a", "1"), ("e", "5")]
        assert reading.faults == [(2, "not UTF-8"), (3, "null"), (4, "null"), (6, "not UTF-8")]


def test_a_long_table_comes_in_blocks_of_moderate_size(written, read) -> None:
    sentence = "many words " * 40
    path = written(en=texts(*[sentence] * 40_000), fr=texts(*[f"{n} {sentence}" for n in range(40_000)]))
    reading = read(path)
    assert max(block.second.nbytes for block in reading.blocks) < 9 << 20
    assert len(reading.pairs) == 40_000
    assert reading.pairs[12_345] == (sentence, f"12345 {sentence}")


def test_an_empty_batch_is_not_the_end(tmp_path, read) -> None:
    path = tmp_path / "pairs.arrow"
    some = pa.record_batch({"en": texts("a"), "fr": texts("b")})
    for create in (pa.ipc.new_file, pa.ipc.new_stream):
        with create(str(path), some.schema) as writer:
            for batch in (some[:0], some, some[:0], some):
                writer.write_batch(batch)
        assert read(path).pairs == [("a", "b"), ("a", "b")]


@pytest.mark.parametrize(
    "content", [b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff\xff"]
)
def test_garbage_is_refused(tmp_path, refused, content) -> None:
    path = tmp_path / "pairs"
    path.write_bytes(content)
    assert f"{path} is cut off or damaged" in refused(path)


@pytest.mark.parametrize("kind", [pa.dictionary(pa.int8(), pa.string()), pa.large_string(), "struct"])
def test_a_table_with_any_changed_byte_is_read_or_refused(written, read, kind) -> None:
    numbers = [*map(str, range(40))]
    if kind == "struct":
        path = written(translation=pa.array([{"en": number, "fr": None} for number in numbers]))
    else:
        path = written(en=texts(*numbers), fr=texts(*"abcd" * 10, kind=kind))
    whole, generator = path.read_bytes(), random.Random(1)
    for _ in range(100):
        damaged = bytearray(whole)
        damaged[generator.randrange(len(whole))] ^= generator.randrange(1, 256)
        path.write_bytes(damaged)
        with contextlib.suppress(CorpusError):
            read(path)


@pytest.mark.parametrize("create", [pa.ipc.new_file, pa.ipc.new_stream])
def test_a_table_that_is_cut_off_while_it_is_read_is_refused(tmp_path, create) -> None:
    path = tmp_path / "pairs.arrow"
    table = pa.table({"n": [1] * 4000, "en": texts(*["many words"] * 4000), "fr": texts(*["mots"] * 4000)})
    with create(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=100)
    blocks = open_source([str(path)]).blocks()
    assert next(blocks).first.to_pylist() == ["many words"] * 100
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(CorpusError, match=r"pairs\.arrow is cut off or damaged"):
        list(blocks)


def test_a_table_may_have_a_name_that_is_not_utf8(written, read, tmp_path) -> None:
    path = written(en=texts("yes"), fr=texts("oui"))
    try:
        renamed = path.rename(tmp_path / f"\udcff{path.suffix}")
    except (OSError, UnicodeError):
        pytest.skip("this system wants UTF-8")
    assert read(renamed).pairs == [("yes", "oui")]


def test_a_text_that_is_no_sentence_by_its_size_is_refused(written, refused, monkeypatch) -> None:
    monkeypatch.setattr(columnar, "LONGEST_LINE", 5 << 20)
    path = written(en=texts("yes", "a" * (5 << 20)), fr=texts("oui", "b"))
    assert sum(len(block) for block in open_source([str(path)]).blocks()) == 2
    path = written(en=texts("yes", "a"), fr=texts("oui", "b" * (5 << 20) + "b"))
    assert f"{path} has a text of more than 5 MB" in refused(path)
