"""The files in a folder, or in a zip: parts, shards and aligned pairs, told by their names."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from seq2seq_cli.corpus.sources.columns import Columns, place
from seq2seq_cli.corpus.sources.compression import without_compression
from seq2seq_cli.corpus.sources.formats import SUFFIXES
from seq2seq_cli.corpus.sources.inputs import Input
from seq2seq_cli.corpus.sources.languages import LANGUAGES
from seq2seq_cli.errors import CorpusError

_PARTS = {
    "train": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "test": "test",
}
_PART = re.compile(rf"({'|'.join(_PARTS)})(?=$|[._-])", re.IGNORECASE)
_NOTES = re.compile(
    r"[._]|(readme|licen[cs]e|copying|notice|changelog|changes|authors|citation)(?=$|[._-])", re.I
)
_NOTE_SUFFIXES = {".md", ".xml", ".ids", ".html", ".pdf", ".py", ".sh", ".yaml", ".yml"}

_WANTED = (
    "Wanted are files that begin with train, valid and test, or one file of pairs, or two of aligned lines"
    " (corpus.en and corpus.fr)."
)


@dataclass(frozen=True)
class Piece:
    """What is read as one: a file of pairs, or two files of aligned lines.

    Attributes:
        files: the one or two.
        part: train, valid or test, where their name says it.
    """

    files: tuple[Input, ...]
    part: str | None = None


def pieces(listing: Mapping[str, Input], where: str, format_: str, columns: Columns) -> list[Piece]:
    """Return what is to be read of a folder or a zip, in order.

    Args:
        listing: the files by their names inside, with / between folders.
        where: what errors call the folder.
        format_: the format that the user asks for, or auto.
        columns: the languages, or columns, that the user asks for.

    Raises:
        CorpusError: there is nothing to read, or one cannot tell what.
    """
    files = {name: file for name, file in listing.items() if not _is_note(name)}
    if "data.yaml" in listing and any(name.endswith(".arrow") for name in listing):
        raise CorpusError(
            f"{where} holds data that are prepared already.", "Train with --data and this folder."
        )
    if not files:
        raise CorpusError(f"{where} is empty, or holds notes alone.", _WANTED)
    files = _below_common_folder(files)
    chooser = _Chooser(where, format_, columns)
    for folder in ("", "data"):
        parts = _by_part({name: file for name, file in files.items() if _parent(name) == folder})
        if parts:
            found = [Piece(read, part) for part in parts for read in chooser.part(part, parts[part])]
            return [Piece(piece.files) for piece in found] if [*parts] == ["train"] else found
    return [Piece(read) for read in chooser.whole(files)]


@dataclass(frozen=True)
class _Chooser:
    """Tells shards and aligned pairs among files, by what the user has said."""

    where: str
    format: str
    columns: Columns

    def part(self, part: str, files: Mapping[str, Input]) -> list[tuple[Input, ...]]:
        """Return the shards, or the aligned pairs, of a part."""
        if self._are_aligned(files):
            return self._pairs(files)
        suffixes = {_suffix(name) for name in files}
        if len(suffixes) > 1 and self.format == "auto":
            raise self._unclear(f"holds files of different formats for {part}", files)
        return [(file,) for _, file in sorted(files.items())]

    def whole(self, files: Mapping[str, Input]) -> list[tuple[Input, ...]]:
        """Return the one file, or the one aligned pair, that has no part in its name."""
        if self._are_aligned(files):
            pairs = self._pairs(files)
            if len(pairs) == 1:
                return pairs
        data = [file for name, file in files.items() if _suffix(name) in SUFFIXES] if len(files) > 1 else []
        data = data or [*files.values()]
        if len(data) == 1 and self.format != "lines":
            return [(data[0],)]
        raise self._unclear("does not say by its names what to read", files)

    def _are_aligned(self, files: Mapping[str, Input]) -> bool:
        if self.format != "auto":
            return self.format == "lines"
        languages = [self._split(name)[1] for name in files]
        return all(languages) and (len(files) > 1 or languages[0] in LANGUAGES)

    def _pairs(self, files: Mapping[str, Input]) -> list[tuple[Input, ...]]:
        by_stem: dict[str, dict[str, Input]] = defaultdict(dict)
        for name, file in sorted(files.items()):
            stem, language = self._split(name)
            by_stem[stem][language] = file
        languages = sorted({language for found in by_stem.values() for language in found})
        if len(languages) != 2 and not (languages and self.columns):
            problem = f"holds files of aligned lines in {len(languages)} languages, not two"
            raise self._unclear(problem, files, "Say which with data.columns, as in [en, de].")
        columns = self.columns or (languages[0], languages[1])
        first, second = (languages[place(column, languages, self.where)] for column in columns)
        pairs: list[tuple[Input, ...]] = []
        for found in by_stem.values():
            for one, other in ((first, second), (second, first)):
                if one in found and other not in found:
                    raise CorpusError(f"{found[one].name} has no partner in {other!r}.", _WANTED)
            if first in found:
                pairs.append((found[first], found[second]))
        return pairs

    def _split(self, name: str) -> tuple[str, str]:
        """Return what the two files of an aligned pair have in common, and the language, if there is one."""
        stem = without_compression(name)
        path = PurePosixPath(stem)
        if _suffix(name) == ".txt":
            path = path.with_suffix("")
            if path.suffix[1:] not in {*LANGUAGES, *(self.columns or ())}:
                return stem, ""
        elif _suffix(name) in SUFFIXES:
            return stem, ""
        return str(path.with_suffix("")), path.suffix[1:]

    def _unclear(self, problem: str, files: Mapping[str, Input], hint: str = _WANTED) -> CorpusError:
        names = sorted(files)
        found = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        if any(file.member for file in files.values()):
            hint = f"{hint} One file of a zip is named as in {self.where}/{names[0]}."
        return CorpusError(f"{self.where} {problem}: {found}.", hint)


def _below_common_folder(files: dict[str, Input]) -> dict[str, Input]:
    """Leave out the name of the folder in which everything in a zip lies."""
    tops = {name.partition("/")[0] for name in files}
    if len(tops) != 1 or not all("/" in name for name in files):
        return files
    return _below_common_folder({name.partition("/")[2]: file for name, file in files.items()})


def _by_part(files: Mapping[str, Input]) -> dict[str, dict[str, Input]]:
    parts: dict[str, dict[str, Input]] = {part: {} for part in ("train", "valid", "test")}
    for name, file in files.items():
        if match := _PART.match(PurePosixPath(name).name):
            parts[_PARTS[match[1].lower()]][name] = file
    return {part: found for part, found in parts.items() if found}


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _suffix(name: str) -> str:
    return PurePosixPath(without_compression(name)).suffix.lower()


def _is_note(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(_NOTES.match(path.name)) or path.suffix.lower() in _NOTE_SUFFIXES or "__MACOSX" in path.parts
