"""The same preparation in plain Python: one sentence at a time, dictionaries and lists.

What `preparing.py` compares with. It does what s2s does with the defaults and any length: read, normalise,
drop duplicates, split by connected groups, count, index, write. Nothing here is careless: the expression
is compiled once, ASCII takes a short cut, and union-find halves its paths.
"""

import random
import re
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import pyarrow as pa

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def prepare(corpus: Path, folder: Path) -> dict[str, int]:
    """Prepare a zip or file of tab-separated pairs; return the number of pairs in each part."""
    pairs = list(dict.fromkeys(_pairs(corpus)))
    parts = _split(pairs)
    folder.mkdir(parents=True)
    indices = []
    for side, name in enumerate(("source", "target")):
        counts = Counter(word for pair in parts["train"] for word in pair[side])
        words = ["<pad>", "<sos>", "<eos>", "<unk>", *sorted(counts, key=lambda word: (-counts[word], word))]
        lines = "".join(f"{word}\t{counts[word]}\n" for word in words)
        (folder / f"{name}.vocab").write_text(lines, encoding="utf-8")
        indices.append({word: index for index, word in enumerate(words)})
    for name, rows in parts.items():
        columns: dict[str, list[object]] = {}
        for side, column in enumerate(("source", "target")):
            columns[column] = [" ".join(pair[side]) for pair in rows]
            columns[f"{column}_ids"] = [
                [indices[side].get(word, 3) for word in pair[side]] + [2] for pair in rows
            ]
        table = pa.table(columns)
        with (
            pa.OSFile(str(folder / f"{name}.arrow"), "wb") as file,
            pa.ipc.new_file(file, table.schema) as writer,
        ):
            writer.write_table(table)
    return {name: len(rows) for name, rows in parts.items()}


def _pairs(corpus: Path):
    if zipfile.is_zipfile(corpus):
        with zipfile.ZipFile(corpus) as archive:
            name = next(name for name in archive.namelist() if not name.startswith("_"))
            text = archive.read(name).decode()
    else:
        text = corpus.read_text(encoding="utf-8")
    for line in text.split("\n"):
        columns = line.split("\t")
        if len(columns) > 1:
            first, second = _words(columns[0]), _words(columns[1])
            if first and second:
                yield first, second


def _words(text: str) -> tuple[str, ...]:
    text = text.lower()
    if not text.isascii():
        text = "".join(map(_letter, unicodedata.normalize("NFD", text))).translate(_LIGATURES)
    return tuple(_NOT_LETTERS.sub(" ", text).split())


def _letter(character: str) -> str:
    category = unicodedata.category(character)
    return "" if category == "Mn" else character if category.startswith("L") else " "


def _split(pairs):
    parent = list(range(len(pairs)))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    seen = {}
    for i, pair in enumerate(pairs):
        for sentence in pair:
            parent[root(i)] = root(seen.setdefault(sentence, i))
    groups = {}
    for i in range(len(pairs)):
        groups.setdefault(root(i), []).append(i)
    dealt = list(groups.values())
    random.Random(1).shuffle(dealt)
    room = {"test": round(0.05 * len(pairs)), "valid": round(0.05 * len(pairs))}
    part_of = ["train"] * len(pairs)
    for group in dealt:
        part = next((name for name in room if len(group) <= room[name]), None)
        if part:
            room[part] -= len(group)
            for i in group:
                part_of[i] = part
    parts = {name: [] for name in ("train", "valid", "test")}
    for pair, part in zip(pairs, part_of, strict=True):
        parts[part].append(pair)
    return parts
