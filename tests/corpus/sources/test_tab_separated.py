"""Lines with tabs, as people write them, against a reading of one line at a time."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.sources import lines

PAIRS = [("I'm glad.", "Je suis content."), ("Yes.", "Oui."), ("Summer's here.", "C'est l'été.")]
TEXT = "".join(f"{first}\t{second}\n" for first, second in PAIRS)

many = settings(derandomize=True, deadline=None, max_examples=100)
good_lines = st.sampled_from(
    ["a\tb", "été\tsummer", "\tx", "x\t", "\t", "yes\toui\tCC-BY", "\0\tn\0l", "𝄞\t\u2028 "]
)
bad_lines = st.sampled_from(["", "   ", "no tab", "\u00a0", "no\rtab"])
not_utf8 = st.sampled_from([b"\xe9t\xe9\tsummer", b"\xff", b"a\t\xc3", b"a\tb\t\xed\xa0\x80"])
any_lines = st.one_of(good_lines.map(str.encode), bad_lines.map(str.encode), not_utf8)


def oracle(content: bytes):
    """Read as the manual says, in Python, line by line."""
    pairs, faults = [], []
    content = content.removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            text = line.removesuffix(b"\r").decode()
        except UnicodeDecodeError:
            faults.append((number, "not UTF-8"))
            continue
        if "\t" in text:
            pairs.append(tuple(text.split("\t")[:2]))
        elif text.strip():
            faults.append((number, "no tab"))
    return pairs, faults


@pytest.mark.parametrize("name", ["pairs.tsv", "pairs.txt", "pairs", "odd name é.data"])
def test_a_file_of_lines_with_a_tab_is_read(tmp_path: Path, read, name: str) -> None:
    path = tmp_path / name
    path.write_text(TEXT, encoding="utf-8")
    assert read(path).pairs == PAIRS


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"yes\toui\tCC-BY 2.0 (France)\t#1\n", [("yes", "oui")]),
        (b"\nyes\toui\n\n   \nno\tnon\n\n", [("yes", "oui"), ("no", "non")]),
        (b"yes\toui\r\nno\tnon\r\n", [("yes", "oui"), ("no", "non")]),
        (b"yes\toui\r\n\r\nno\tnon\tcc\r\n", [("yes", "oui"), ("no", "non")]),
        (b"\xef\xbb\xbfyes\toui\nno\tnon\n", [("yes", "oui"), ("no", "non")]),
        (b"yes\toui\nno\tnon", [("yes", "oui"), ("no", "non")]),
        ("été\tsummer\u2028 time\n".encode(), [("été", "summer\u2028 time")]),
        (b"yes\t\n\toui\n", [("yes", ""), ("", "oui")]),
        (b"\t\nyes\toui\n", [("", ""), ("yes", "oui")]),
        (b"\r", []),
        (b"\xef\xbb\xbf", []),
        (b"\n\n", []),
        (b"", []),
    ],
)
def test_lines_are_read_as_people_write_them(
    tmp_path: Path, read, content: bytes, expected: list[tuple[str, str]]
) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    assert read(path).pairs == expected
    assert read(path).faults == []


@many
@given(
    st.lists(any_lines, max_size=30),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 2, 3, 5, 16, 1000]),
)
def test_blocks_of_any_size_hold_the_same_pairs_and_faults(
    tmp_path_factory, read, content, line_end, bom, ended, chunk_bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tsv"
    data = b"\xef\xbb\xbf" * bom + line_end.join(content) + line_end * ended
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "CHUNK_BYTES", chunk_bytes)
        reading = read(path)
    assert (reading.pairs, reading.faults) == oracle(data)


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b"yes\toui\n\nno tab here\nno\tnon\n", [(3, "no tab")]),
        (b"yes;oui\n", [(1, "no tab")]),
        (b"yes\toui\n\xe9t\xe9\tsummer\n", [(2, "not UTF-8")]),
        ("summer\tété\n".encode("latin-1"), [(1, "not UTF-8")]),
        (b"source\ttarget\n\nyes\n\xff\tx\n", [(3, "no tab"), (4, "not UTF-8")]),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, read, content: bytes, faults) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    reading = read(path)
    assert reading.faults == faults
    (first, *_) = [fault for block in reading.blocks for fault in block.invalid]
    assert str(first) == f"{path}, line {faults[0][0]}: {faults[0][1]}"


@pytest.mark.parametrize(
    ("columns", "expected", "faults"),
    [
        (("2", "1"), [("b", "a"), ("e", "d"), ("g", "f"), ("", "")], [(4, "no tab")]),
        (("3", "1"), [("c", "a"), ("", "f")], [(2, "only 2 columns"), (4, "no tab"), (5, "only 2 columns")]),
        (("1", "1"), [("a", "a"), ("d", "d"), ("f", "f"), ("h", "h"), ("", "")], []),
        (("1", "9"), [], [(1, "only 3 columns"), (2, "only 2 columns"), (3, "only 4 columns")]),
    ],
)
def test_columns_are_chosen_by_number(tmp_path: Path, read, columns, expected, faults) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("a\tb\tc\nd\te\nf\tg\t\ti\nh\n\t\n")
    reading = read(path, columns=columns)
    assert reading.pairs == expected
    assert reading.faults[: len(faults)] == faults


def test_columns_are_chosen_by_the_names_in_the_first_line(tmp_path: Path, read, refused) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("\nid\tfr\ten\n1\toui\tyes\r\n2\tnon\tno")
    assert read(path, columns=["en", "fr"]).pairs == [("yes", "oui"), ("no", "non")]
    message = refused(path, columns=["en", "frr"])
    assert f"{path} has no column 'frr'" in message
    assert "Did you mean 'fr'?" in message


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("source\ttarget", [("a", "b")]),
        ("Target\tid\tSRC", [("c", "a")]),
        ("sentence1\tsentence2", [("a", "b")]),
        ("en\tfr", [("en", "fr"), ("a", "b")]),
        ("the source\tla source", [("the source", "la source"), ("a", "b")]),
        ("source\tla source", [("source", "la source"), ("a", "b")]),
    ],
)
def test_a_header_is_known_by_names_for_source_and_target_alone(
    tmp_path: Path, read, header, expected
) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(f"{header}\na\tb\tc\n")
    assert read(path).pairs == expected


def test_a_header_stands_only_in_the_first_line(tmp_path: Path, read) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("a\tb\nsource\ttarget\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "CHUNK_BYTES", 4)
        assert read(path).pairs == [("a", "b"), ("source", "target")]
