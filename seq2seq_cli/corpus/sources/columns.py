"""Which two columns, or fields, of a source are the sentences."""

from collections.abc import Sequence

from seq2seq_cli.corpus.sources.languages import LANGUAGES
from seq2seq_cli.errors import ConfigError, CorpusError
from seq2seq_cli.registry import did_you_mean

SOURCE_NAMES = ("source", "src", "sentence1", "sentence_1", "text1", "input", "source_text", "src_text")
TARGET_NAMES = (
    "target",
    "tgt",
    "trg",
    "sentence2",
    "sentence_2",
    "text2",
    "output",
    "target_text",
    "tgt_text",
)
NESTED = "translation"
"""The field in which data sets of Hugging Face keep the sentences by language."""

Columns = tuple[str, str] | None
"""Two columns by name, or by number from 1; None when the file may decide."""


def two_columns(columns: Sequence[str]) -> Columns:
    """Return the columns that the user asks for.

    Raises:
        ConfigError: they are not two, or one cannot be meant.
    """
    hint = "Name two columns, as in [source, target] or [1, 2], or none."
    if not columns:
        return None
    if len(columns) != 2:
        raise ConfigError(f"data.columns has {len(columns)} entries, not two: {', '.join(columns)}.", hint)
    for column in columns:
        if not column.strip() or (is_number(column) and int(column) < 1):
            raise ConfigError(f"data.columns: {column!r} is no column.", hint)
    return columns[0], columns[1]


def is_number(column: str) -> bool:
    """Tell whether a column is given by its number."""
    return column.isascii() and column.isdecimal() and len(column) < 10


def place(column: str, names: Sequence[str], where: str) -> int:
    """Return where a column stands among names, from 0.

    Raises:
        CorpusError: it is not there.
    """
    if column in names:
        return names.index(column)
    if is_number(column) and int(column) <= len(names):
        return int(column) - 1
    known = [name if len(name) <= 40 else f"{name[:39]}…" for name in names[:20]]
    raise CorpusError(
        f"{where} has no column {column!r}, which data.columns asks for.", did_you_mean(column, known)
    )


def choose(columns: Columns, names: Sequence[str], where: str) -> tuple[int, int]:
    """Return where the two sentences stand among named columns.

    Without `columns`, those are taken that are called source and target or the like, else those that are
    called by two languages, else the first two.

    Args:
        columns: what the user asks for.
        names: the names in the file, at least two of them unless `columns` says which.
        where: what an error calls the file.

    Raises:
        CorpusError: a column is not there.
    """
    if columns:
        return place(columns[0], names, where), place(columns[1], names, where)
    return like_source_and_target(names) or like_languages(names) or (0, 1)


def layout(
    columns: Columns, cells: Sequence[str], like: tuple[int, int] | None, where: str
) -> tuple[tuple[int, int], bool]:
    """Return where the two sentences stand in every line, and whether the first line is a header.

    Args:
        columns: what the user asks for.
        cells: the first line.
        like: where it has names that only a header has.
        where: what an error calls the file.

    Raises:
        CorpusError: a column is asked for by a name that is not there.
    """
    if columns is None:
        return like or (0, 1), like is not None
    if all(map(is_number, columns)):
        return (int(columns[0]) - 1, int(columns[1]) - 1), like is not None
    return choose(columns, cells, where), True


def like_source_and_target(names: Sequence[str]) -> tuple[int, int] | None:
    """Return where names like source and target stand, if both do."""
    plain = [name.strip().lower() for name in names]
    first = next((plain.index(name) for name in SOURCE_NAMES if name in plain), None)
    second = next((plain.index(name) for name in TARGET_NAMES if name in plain), None)
    return None if first is None or second is None else (first, second)


def like_languages(names: Sequence[str]) -> tuple[int, int] | None:
    """Return where the first two different codes of languages stand, if there are two."""
    places = {name.strip(): index for index, name in reversed([*enumerate(names)])}
    codes = sorted((index, name) for name, index in places.items() if name in LANGUAGES)
    if len(codes) > 2:
        codes = [code for code in codes if code[1] != "id"]  # a number more likely than Indonesian
    return (codes[0][0], codes[1][0]) if len(codes) > 1 else None
