"""The shapes of the lexicon's entries: adjectives, professions, places, things, actions, deeds."""

from dataclasses import dataclass

from seq2seq_cli.corpus.sample.french import Noun, Verb, agree, starts_with_vowel
from seq2seq_cli.corpus.sample.grammar import Own, Part
from seq2seq_cli.corpus.sample.people import OtherReading, Reading


@dataclass(frozen=True)
class Adjective:
    """An adjective by its two singulars; the feminine is left out where it only adds an e.

    `liaison` is the masculine before a vowel, where it differs: "un nouvel avocat".
    """

    english: str
    masculine: str
    irregular_feminine: str = ""
    comparative: str = ""
    superlative: str = ""
    liaison: str = ""

    @property
    def feminine(self) -> str:
        """The feminine singular."""
        if self.irregular_feminine or self.masculine.endswith("e"):
            return self.irregular_feminine or self.masculine
        return self.masculine + "e"

    def form(self, reading: Reading) -> str:
        """Agree with the subject."""
        return agree(self.masculine, self.feminine, reading.gender, reading.plural)


@dataclass(frozen=True)
class Profession:
    """A profession by its two singulars."""

    english: str
    masculine: str
    feminine: str

    def form(self, reading: Reading) -> str:
        """Agree with the subject."""
        return agree(self.masculine, self.feminine, reading.gender, reading.plural)


@dataclass(frozen=True)
class Described:
    """An adjective before a profession: "un bon avocat", "de bonnes avocates", "le nouvel avocat"."""

    articles: tuple[str, str, str]
    adjective: Adjective
    profession: Profession

    def form(self, reading: Reading) -> str:
        """Article, adjective and noun, agreeing with the subject."""
        article = self.articles[2 if reading.plural else "mf".index(reading.gender)]
        adjective, noun = self.adjective.form(reading), self.profession.form(reading)
        singular_man = reading.gender == "m" and not reading.plural
        if self.adjective.liaison and singular_man and starts_with_vowel(noun):
            adjective = self.adjective.liaison
        return f"{article} {adjective} {noun}"


@dataclass(frozen=True)
class Superlative:
    """The most of an adjective: "le plus grand", "les plus grandes"."""

    adjective: Adjective

    def form(self, reading: Reading) -> str:
        """Article and adjective, agreeing with the subject."""
        article = THE[2 if reading.plural else "mf".index(reading.gender)]
        return f"{article} plus {self.adjective.form(reading)}"


A = ("un", "une", "de")  # the articles of Described; before an adjective, "des" becomes "de"
THE = ("le", "la", "les")


@dataclass(frozen=True)
class Place:
    """Where one is ("at school"), and where one goes ("to school") if the French is the same."""

    at: str
    french: str
    to: str = ""


@dataclass(frozen=True)
class Thing:
    """A verb's object. `none` is the object after a negation, if the sentence bears one: "de pain"."""

    english: str
    french: Part
    none: Part = ""


def known(english: str, french: str) -> Thing:
    """A definite object, the same after a negation."""
    return Thing(english, french, french)


def some(english: str, french: str) -> Thing:
    """A partitive object: "du pain", but "pas de pain"."""
    return Thing(english, french, "de " + french.removeprefix("de l'").split(" ")[-1])


def own(noun: Noun) -> Thing:
    """The subject's own: "my brother", and "your brother" after you."""
    return Thing("{my} " + noun.english, Own(noun), Own(noun))


@dataclass(frozen=True)
class Action:
    """An activity, its bare and -ing forms, and what or where it is done."""

    english: str
    progressive: str
    verb: Verb
    things: tuple[Thing, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    shared: bool = False  # one can do it "with him", and on a given day


@dataclass(frozen=True)
class Deed:
    """Something done to a person: an English past and a French participle.

    A direct object stands before the participle, which agrees with it: "de l'avoir invitée".
    """

    english: str
    participle: str
    indirect: bool = False

    def done_to(self, other: OtherReading) -> str:
        """The infinitive past after "de", not yet elided."""
        if self.indirect:
            return f"de {other.indirect} avoir {self.participle}"
        participle = agree(self.participle, self.participle + "e", other.gender, other.plural)
        return f"de {other.direct} avoir {participle}"
