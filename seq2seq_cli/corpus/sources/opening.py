"""From what the user names to a source: an embedded corpus, standard input, a file, a folder, a zip."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path, PurePath

from seq2seq_cli.corpus.sources.archive import is_zip, members
from seq2seq_cli.corpus.sources.columns import Columns, place, two_columns
from seq2seq_cli.corpus.sources.compression import opened, without_compression
from seq2seq_cli.corpus.sources.embedded import SOURCES, embedded
from seq2seq_cli.corpus.sources.folder import Piece, pieces
from seq2seq_cli.corpus.sources.formats import FORMATS, recognise
from seq2seq_cli.corpus.sources.inputs import Input, checksum, file_input, standard_input
from seq2seq_cli.corpus.sources.source import Block, Source
from seq2seq_cli.errors import ConfigError, CorpusError
from seq2seq_cli.registry import did_you_mean

_SOURCES = (
    f"A source is an embedded corpus ({', '.join(SOURCES)}), a known one (such as tatoeba:eng-fra), a file of"
    " pairs, two files of aligned lines, a folder or a zip of such files, or - for standard input."
)


def open_source(
    names: Sequence[str],
    format: str = "auto",  # noqa: A002  # what the user calls it
    columns: Sequence[str] = (),
) -> Source:
    """Find a source of sentence pairs.

    Args:
        names: one name (an embedded corpus, - for standard input, a file, a folder, a zip, zip/member), or
            those of two files whose lines are aligned.
        format: one of FORMATS, or auto to tell it by what a file holds and is called.
        columns: the two columns to read, by name or by number from 1; of aligned files, the languages.

    Raises:
        ConfigError: the format or the columns cannot be meant.
        CorpusError: there is no such source, it cannot be read, or one cannot tell what to read of it.
    """
    wanted = two_columns(columns)
    if format != "auto" and format not in FORMATS:
        raise ConfigError(
            f"data.format: there is no format {format!r}.", did_you_mean(format, ["auto", *FORMATS])
        )
    if len(names) not in (1, 2):
        raise ConfigError(
            f"data.source has {len(names)} entries: {', '.join(names)}.", "Name one source, or two files."
        )
    if len(names) == 1 and names[0] in SOURCES:
        return embedded(names[0], SOURCES[names[0]], wanted)
    found = _pieces(names[0], format, wanted) if len(names) == 1 else [_aligned(names, format, wanted)]
    inputs = [file for piece in found for file in piece.files]
    name = " ".join("standard input" if name == "-" else name for name in names)
    return Source(name, lambda: _blocks(found, format, wanted), lambda: checksum(inputs))


def _pieces(name: str, format_: str, columns: Columns) -> list[Piece]:
    """Return what is to be read of one name."""
    found = _located(name)
    if not isinstance(found, Input):
        return pieces(found, name, format_, columns)
    if format_ == "lines":
        raise ConfigError("data.format: lines wants two files.", "Give data.source the names of both.")
    return [Piece((found,))]


def _aligned(names: Sequence[str], format_: str, columns: Columns) -> Piece:
    """Return the pair of files that two names stand for, in the order of the columns."""
    if format_ not in ("auto", "lines"):
        raise ConfigError(
            f"data.format: two files are read as aligned lines, not as {format_}.",
            "Say auto or lines, or name one file.",
        )
    files = []
    for name in names:
        found = _pieces(name, "auto", None)
        if len(found) != 1 or len(found[0].files) != 1:
            raise CorpusError(
                f"{name} is more than one file.", "Of two sources, each should be one file of lines."
            )
        files.append(found[0].files[0])
    languages = [PurePath(without_compression(file.name)).suffix[1:] for file in files]
    first, second = (place(column, languages, " and ".join(names)) for column in columns or ("1", "2"))
    return Piece((files[first], files[second]))


def _located(name: str) -> Input | Mapping[str, Input]:
    """Return the file that a name stands for, or the files in the folder or zip that it stands for."""
    if name == "-":
        return standard_input()
    path = Path(name)
    if not name:
        raise CorpusError("The name of the source is empty.", _SOURCES)
    try:
        if path.is_dir():
            return _in_folder(name, path)
        if path.is_file() and is_zip(path):
            return members(name, path)
        if path.exists():
            return file_input(name, path)
        inside = _in_zip(name)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(f"Cannot read {_short(name)}: {reason}.", _SOURCES) from error
    if inside is None:
        raise CorpusError(f"There is no file {_short(name)}, and no embedded corpus of that name.", _SOURCES)
    return inside


def _in_folder(name: str, folder: Path) -> dict[str, Input]:
    """List the files in a folder, and in the folder data in it, where data sets of Hugging Face have them."""
    below = folder / "data"
    paths = [*folder.iterdir(), *(below.iterdir() if below.is_dir() else ())]
    return {
        path.relative_to(folder).as_posix(): file_input(os.path.join(name, path.relative_to(folder)), path)  # noqa: PTH118  # the name as the user gave it
        for path in sorted(paths)
        if path.is_file()
    }


def _in_zip(name: str) -> Input | None:
    """Return the member that a path into a zip stands for, if there is a zip on the path."""
    name = name.replace(os.sep, "/")
    for slash in (index for index, character in enumerate(name) if character == "/"):
        zip_, member = name[:slash], name[slash + 1 :]
        if Path(zip_).is_file() and is_zip(Path(zip_)):
            found = members(zip_, Path(zip_))
            if member not in found:
                raise CorpusError(f"{zip_} holds no {_short(member)}.", did_you_mean(member, [*found][:10]))
            return found[member]
    return None


def _blocks(found: Sequence[Piece], format_: str, columns: Columns) -> Iterator[Block]:
    """Read one piece after the other, and tell how much of all of them has been read."""
    sizes = [file.size for piece in found for file in piece.files]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    done = 0
    for piece in found:
        size = sum(file.size or 0 for file in piece.files)
        with ExitStack() as stack:
            streams = [stack.enter_context(opened(file)) for file in piece.files]
            kind = "lines" if len(streams) == 2 else format_ if format_ != "auto" else recognise(streams[0])
            for block in FORMATS[kind](streams, columns):
                fraction = block.fraction
                if total and fraction is not None:
                    fraction = (done + size * fraction) / total
                yield replace(block, part=piece.part, fraction=fraction)
        done += size


def _short(name: str) -> str:
    return name if len(name) <= 200 else f"{name[:199]}…"
