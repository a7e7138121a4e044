"""What French does to words: agreement, elision, contraction, conjugation."""

import re
from dataclasses import dataclass
from typing import Literal

Gender = Literal["m", "f"]

ASPIRATED = frozenset({"honte"})  # an h that blocks elision; every other h of the lexicon is mute

_SILENT_BEFORE_VOWEL = re.compile(r"\b(je|me|te|ce|ne|de|que|le|la) (?=(\w+))", re.IGNORECASE)
_CONTRACTED = {("de", "le"): "du", ("de", "les"): "des", ("à", "le"): "au", ("à", "les"): "aux"}


def starts_with_vowel(word: str) -> bool:
    """Whether the word begins with a vowel sound: "avenir", "équipe", "hôtel", but not "honte"."""
    return word[0] in "aàâeéèêiîoôœuy" or (word[0] == "h" and word not in ASPIRATED)


def elide(text: str) -> str:
    """Write "je ai peur de elle" as "j'ai peur d'elle"."""

    def join(match: re.Match[str]) -> str:
        return match[1][:-1] + "'" if starts_with_vowel(match[2]) else match[0]

    return _SILENT_BEFORE_VOWEL.sub(join, text)


def pluralize(word: str) -> str:
    """The plural of a masculine adjective or noun: "contents", "beaux", "loyaux", "heureux"."""
    if word.endswith(("s", "x")):
        return word
    if word.endswith("al"):
        return word[:-1] + "ux"
    return word + ("x" if word.endswith("eau") else "s")


def agree(masculine: str, feminine: str, gender: Gender, plural: bool) -> str:
    """The form of a word, given its two singulars."""
    if gender == "m":
        return pluralize(masculine) if plural else masculine
    return feminine + "s" if plural else feminine


@dataclass(frozen=True)
class Noun:
    """A thing with its gender; the French is given without an article, in the number it is used in."""

    english: str
    french: str
    gender: Gender = "m"
    plural: bool = False

    @property
    def the(self) -> str:
        """With the definite article, not yet elided: "le chien", "la eau", "les chats"."""
        return f"{self.article} {self.french}"

    @property
    def article(self) -> str:
        """The definite article: "le", "la" or "les"."""
        if self.plural:
            return "les"
        return "le" if self.gender == "m" else "la"


def with_preposition(preposition: str, noun: Noun) -> str:
    """A preposition and a definite noun: "du bruit", "aux chats", "près de la gare", "pour la fête"."""
    *before, last = preposition.split()
    contracted = _CONTRACTED.get((last, noun.article))
    if contracted is None or (starts_with_vowel(noun.french) and not noun.plural):
        return f"{preposition} {noun.the}"
    return " ".join([*before, contracted, noun.french])


@dataclass(frozen=True)
class Verb:
    """A verb in the infinitive and in the present: je, tu, il, nous, vous, ils."""

    infinitive: str
    present: tuple[str, ...]


def irregular(infinitive: str, present: str) -> Verb:
    """A verb whose six present forms are written out, separated by spaces."""
    return Verb(infinitive, tuple(present.split()))


def regular(infinitive: str) -> Verb:
    """A verb of the first group: chanter, and manger with its "nous mangeons"."""
    stem = infinitive.removesuffix("er")
    soft = stem + "e" if stem.endswith("g") else stem
    return Verb(infinitive, (stem + "e", stem + "es", stem + "e", soft + "ons", stem + "ez", stem + "ent"))


BE = irregular("être", "suis es est sommes êtes sont")
HAVE = irregular("avoir", "ai as a avons avez ont")
GO = irregular("aller", "vais vas va allons allez vont")
