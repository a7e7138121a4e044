"""Two files of lines, against zip."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.sources import lines

many = settings(derandomize=True, deadline=None, max_examples=100)
any_lines = st.sampled_from([b"", b"a", b"a\tb", "été ".encode() * 9, b"\xe9t\xe9", b" ", b"x\r"])


def is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.fixture
def two_files(tmp_path):
    def two_files(first: bytes, second: bytes):
        (tmp_path / "corpus.en").write_bytes(first)
        (tmp_path / "corpus.fr").write_bytes(second)
        return tmp_path / "corpus.en", tmp_path / "corpus.fr"

    return two_files


@many
@given(st.lists(st.tuples(any_lines, any_lines), max_size=25), st.sampled_from([1, 2, 7, 30, 1000]))
def test_line_n_goes_with_line_n_and_what_is_not_utf8_drops_the_pair(
    tmp_path_factory, read, rows, size
) -> None:
    paths = [tmp_path_factory.getbasetemp() / f"pair.{side}" for side in ("en", "fr")]
    for side, path in enumerate(paths):
        path.write_bytes(b"".join(row[side] + b"\n" for row in rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "CHUNK_BYTES", size)
        reading = read(*paths)
    good = [row for row in rows if all(map(is_utf8, row))]
    assert reading.pairs == [tuple(line.decode().removesuffix("\r") for line in row) for row in good]
    faults = [
        (number, str(next(path for line, path in zip(row, paths, strict=True) if not is_utf8(line))))
        for number, row in enumerate(rows, start=1)
        if row not in good
    ]
    found = [fault for block in reading.blocks for fault in block.invalid]
    assert [(fault.line, fault.file) for fault in found] == faults
    assert {fault.problem for fault in found} <= {"not UTF-8"}


@pytest.mark.parametrize(
    ("first", "second"),
    [(b"a\nb\n", b"c\nd"), (b"\xef\xbb\xbfa\r\nb\r\n", b"c\nd\n"), (b"a\nb", b"\xef\xbb\xbfc\r\nd")],
)
def test_ends_and_marks_are_no_part_of_a_sentence(two_files, read, first, second) -> None:
    assert read(*two_files(first, second)).pairs == [("a", "c"), ("b", "d")]


def test_a_blank_line_is_an_empty_sentence(two_files, read) -> None:
    assert read(*two_files(b"a\n\nb\n", b"\nc\nd\n")).pairs == [("a", ""), ("", "c"), ("b", "d")]


@pytest.mark.parametrize("size", [1, 3, 1 << 22])
@pytest.mark.parametrize(("counts"), [(0, 1), (1, 0), (5, 1234), (3, 2)])
def test_files_of_different_lengths_are_refused_with_both_lengths(
    two_files, refused, monkeypatch, counts, size
) -> None:
    monkeypatch.setattr(lines, "CHUNK_BYTES", size)
    paths = two_files(b"a\n" * counts[0], b"bcd\n" * counts[1])
    message = refused(*paths)
    assert f"{paths[0]} has {counts[0]:,} lines, but {paths[1]} has {counts[1]:,}" in message
