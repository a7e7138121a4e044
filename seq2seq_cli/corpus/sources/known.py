"""Known corpora: what a name such as tatoeba:eng-fra stands for, and where it lies."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from seq2seq_cli.errors import CorpusError
from seq2seq_cli.registry import Registry, did_you_mean

# Short words alone, so that no path and no address is taken for a misspelt name.
_LIKE_A_NAME = re.compile(r"(\w+):[\w-]{0,20}")


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch; its SHA-256 is None where the file changes from time to time, or is not known."""

    url: str
    name: str
    sha256: str | None = None


@dataclass(frozen=True)
class KnownCorpus:
    """A corpus of sentence pairs that lies elsewhere.

    Attributes:
        name: what the user calls it.
        page: where a person reads about it.
        licence: whose it is and on what terms, in one sentence.
        files: what has to be fetched, into one folder.
        columns: the column of the file, or the suffixes of the files, that come first and second.
    """

    name: str
    page: str
    licence: str
    files: tuple[RemoteFile, ...]
    columns: tuple[str, str]

    def sources(self, folder: Path) -> tuple[str, ...]:
        """Return what to open once the files lie in a folder: the one file, or the folder."""
        return (str(folder / self.files[0].name if len(self.files) == 1 else folder),)


class Collection(ABC):
    """Corpora that lie in one place, one for each pair of languages.

    Attributes:
        wanted: how a name is written, in one sentence.
    """

    wanted: str

    @abstractmethod
    def corpus(self, name: str, first: str, second: str) -> KnownCorpus:
        """Return the corpus of two languages.

        Raises:
            CorpusError: there can be none of these languages.
        """


@dataclass(frozen=True)
class Tatoeba(Collection):
    """Sentences of the Tatoeba project, in lists of English and one other language each.

    A list is a zip; its lines hold English, a tab, the other language, a tab, who wrote them.
    """

    base_url: str = "https://www.manythings.org/anki/"
    wanted = (
        "Write tatoeba:eng-fra, or tatoeba:fra-eng: eng and the three-letter code of another language, "
        "such as deu, spa, ita, por, rus or jpn."
    )

    def corpus(self, name: str, first: str, second: str) -> KnownCorpus:
        """Return the list of English and another language; only the site knows which others there are."""
        others = {first, second} - {"eng"}
        if len(others) != 1 or "eng" not in (first, second):
            raise CorpusError(f"{name}: one of the two languages has to be eng.", self.wanted)
        other = others.pop()
        if not re.fullmatch("[a-z]{3}", other):
            raise CorpusError(f"{name}: {other!r} is no three-letter code of a language.", self.wanted)
        file = f"{other}-eng.zip"
        return KnownCorpus(
            name,
            page=self.base_url,
            licence="Sentences of the Tatoeba project (tatoeba.org), CC BY 2.0, from manythings.org/anki.",
            files=(RemoteFile(self.base_url + file, file),),
            columns=("1", "2") if first == "eng" else ("2", "1"),
        )


_MULTI30K_SHA256 = {
    "train.de.gz": "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6",
    "train.en.gz": "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f",
    "val.de.gz": "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a",
    "val.en.gz": "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28",
    "test_2016_flickr.de.gz": "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8",
    "test_2016_flickr.en.gz": "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9",
}


@dataclass(frozen=True)
class Multi30k(Collection):
    """Descriptions of pictures and their translations, in files of aligned lines, a file for each language.

    Elliott et al. (2016), Multi30K: Multilingual English-German Image Descriptions.
    """

    base_url: str = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/"
    sha256: Mapping[str, str] = field(default_factory=_MULTI30K_SHA256.copy)
    languages: tuple[str, ...] = ("cs", "de", "en", "fr")
    parts: tuple[str, ...] = ("train", "val", "test_2016_flickr")
    wanted = "Write multi30k:de-en, or two others of cs, de, en and fr."

    def corpus(self, name: str, first: str, second: str) -> KnownCorpus:
        """Return the three parts in two languages."""
        for language in (first, second):
            if language not in self.languages:
                hint = did_you_mean(language, self.languages)
                raise CorpusError(f"{name}: there is no language {language!r} in this corpus.", hint)
        if first == second:
            raise CorpusError(f"{name} names one language twice.", self.wanted)
        names = [f"{part}.{language}.gz" for part in self.parts for language in (first, second)]
        return KnownCorpus(
            name,
            page="https://github.com/multi30k/dataset",
            licence="Multi30K (Elliott et al., 2016); github.com/multi30k/dataset states no licence.",
            files=tuple(RemoteFile(self.base_url + file, file, self.sha256.get(file)) for file in names),
            columns=(first, second),
        )


CORPORA: Registry[Collection] = Registry("known corpus", {"tatoeba": Tatoeba(), "multi30k": Multi30k()})


def find_known(name: str) -> KnownCorpus | None:
    """Return the known corpus that a name stands for; None where it does not look like the name of one.

    Raises:
        CorpusError: the name is misspelt, or its languages are none of this corpus.
    """
    collection, colon, languages = name.partition(":")
    if not colon or collection not in CORPORA:
        _refuse_misspelt(name)
        return None
    first, hyphen, second = languages.partition("-")
    if not (first and hyphen and second):
        raise CorpusError(f"{name}: a pair of languages is missing.", CORPORA[collection].wanted)
    return CORPORA[collection].corpus(name, first, second)


def _refuse_misspelt(name: str) -> None:
    match = _LIKE_A_NAME.fullmatch(name)
    near = get_close_matches(match[1].lower(), CORPORA, n=1) if match else []
    if match and near and not Path(name).exists():
        right = name.replace(match[1], near[0], 1)
        message = f"There is no known corpus {match[1]!r}, and no file {name}."
        raise CorpusError(message, f"Did you mean {right!r}?")
