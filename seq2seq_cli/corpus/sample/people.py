"""Who a sentence is about, and every French reading of it."""

from dataclasses import dataclass

from seq2seq_cli.corpus.sample.french import Gender, Noun, starts_with_vowel

_POSSESSIVES = (
    ("mon", "ma", "mes"),
    ("ton", "ta", "tes"),
    ("son", "sa", "ses"),
    ("notre", "notre", "nos"),
    ("votre", "votre", "vos"),
    ("leur", "leur", "leurs"),
)


@dataclass(frozen=True)
class Reading:
    """A French subject. `person` counts je, tu, il/elle, nous, vous, ils/elles from 0."""

    pronoun: str
    person: int
    gender: Gender
    plural: bool = False

    @property
    def third_person(self) -> bool:
        """Whether it is il, elle, ils or elles."""
        return self.person in (2, 5)

    def own(self, noun: Noun) -> str:
        """The noun as the subject's own: "mon frère", "sa mère", "mon équipe", "leurs enfants"."""
        masculine, feminine, plural = _POSSESSIVES[self.person]
        if noun.plural:
            return f"{plural} {noun.french}"
        if noun.gender == "m" or starts_with_vowel(noun.french):
            return f"{masculine} {noun.french}"
        return f"{feminine} {noun.french}"


@dataclass(frozen=True)
class Subject:
    """An English subject with "be", in the short and the full manner, and its French readings."""

    pronoun: str
    short: str
    full: str
    possessive: str
    readings: tuple[Reading, ...]

    @property
    def plural(self) -> bool:
        """Whether English has a plural noun after it: "we're teachers"."""
        return self.readings[0].plural


I = Subject("I", "I'm", "I'm", "my", (Reading("je", 0, "m"), Reading("je", 0, "f")))  # noqa: E741
YOU = Subject(
    "you",
    "You're",
    "You're",
    "your",
    (Reading("tu", 1, "m"), Reading("tu", 1, "f"), Reading("vous", 4, "m"), Reading("vous", 4, "f")),
)
HE = Subject("he", "He's", "He is", "his", (Reading("il", 2, "m"),))
SHE = Subject("she", "She's", "She is", "her", (Reading("elle", 2, "f"),))
WE = Subject("we", "We're", "We're", "our", (Reading("nous", 3, "m", True), Reading("nous", 3, "f", True)))
THEY = Subject(
    "they", "They're", "They're", "their", (Reading("ils", 5, "m", True), Reading("elles", 5, "f", True))
)

SUBJECTS = (I, YOU, HE, SHE, WE, THEY)


@dataclass(frozen=True)
class OtherReading:
    """A French person who is not the subject, as a strong, a direct and an indirect pronoun."""

    strong: str
    direct: str
    indirect: str
    gender: Gender
    plural: bool = False


@dataclass(frozen=True)
class Other:
    """An English person who is not the subject, and the subjects that can go with it."""

    english: str
    subjects: tuple[Subject, ...]
    readings: tuple[OtherReading, ...]


ME = Other(
    "me",
    (YOU, HE, SHE, THEY),
    (OtherReading("moi", "me", "me", "m"), OtherReading("moi", "me", "me", "f")),
)
THEE = Other(  # "you" who is not the subject: one dear person, or several
    "you",
    (I, HE, SHE, WE, THEY),
    (
        OtherReading("toi", "te", "te", "m"),
        OtherReading("toi", "te", "te", "f"),
        OtherReading("vous", "vous", "vous", "m", True),
    ),
)
HIM = Other("him", (I, YOU, SHE, WE, THEY), (OtherReading("lui", "le", "lui", "m"),))
HER = Other("her", (I, YOU, HE, WE, THEY), (OtherReading("elle", "la", "lui", "f"),))
US = Other(
    "us",
    (YOU, HE, SHE, THEY),
    (OtherReading("nous", "nous", "nous", "m", True), OtherReading("nous", "nous", "nous", "f", True)),
)
THEM = Other(
    "them",
    (I, YOU, HE, SHE, WE),
    (OtherReading("eux", "les", "leur", "m", True), OtherReading("elles", "les", "leur", "f", True)),
)

OTHERS = (ME, THEE, HIM, HER, US, THEM)
