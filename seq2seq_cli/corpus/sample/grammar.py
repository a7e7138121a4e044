"""A predicate becomes sentence pairs: every subject, and every French reading of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from seq2seq_cli.corpus.sample.french import Noun, Verb, elide
from seq2seq_cli.corpus.sample.people import SUBJECTS, Reading, Subject

MOST_TRANSLATIONS = 6  # of one English sentence


class Agreeing(Protocol):
    """A word, or a few, whose form follows the subject."""

    def form(self, reading: Reading) -> str:
        """The French after this subject."""
        ...


Part = str | Agreeing


@dataclass(frozen=True)
class Own:
    """A noun that belongs to the subject: "mon frère" after "je", "leur frère" after "ils"."""

    noun: Noun

    def form(self, reading: Reading) -> str:
        """The noun with the subject's possessive."""
        return reading.own(self.noun)


@dataclass(frozen=True)
class Clause:
    """What follows a French subject: a verb, its negation ("pas", "plus", ...) and the rest.

    A clause that `presents` its subject by a noun with an article turns il, elle, ils and elles
    into ce: "c'est un bon avocat", but "je suis un bon avocat".
    """

    verb: Verb
    rest: tuple[Part, ...]
    negation: str = ""
    presents: bool = False

    def say(self, reading: Reading) -> str:
        """The sentence, elided, with its capital and full stop."""
        pronoun = "ce" if self.presents and reading.third_person else reading.pronoun
        verb = self.verb.present[reading.person]
        core = f"ne {verb} {self.negation}" if self.negation else verb
        rest = [part if isinstance(part, str) else part.form(reading) for part in self.rest]
        text = elide(" ".join([pronoun, core, *rest]))
        return text[0].upper() + text[1:] + "."


@dataclass(frozen=True)
class Predicate:
    """What follows an English subject and "be", with its French clauses.

    In the English, {my} stands for the subject's possessive and {I} for the subject again.
    `plural` replaces `english` after we and they. `full` also says "He is", "She is".
    """

    english: str
    clauses: tuple[Clause, ...]
    plural: str = ""
    full: bool = False
    short: bool = True
    subjects: tuple[Subject, ...] = SUBJECTS


def sentences(predicate: Predicate) -> Iterator[tuple[str, str]]:
    """Yield the (English, French) pairs of a predicate."""
    for subject in predicate.subjects:
        english = predicate.plural if predicate.plural and subject.plural else predicate.english
        words = english.format(my=subject.possessive, I=subject.pronoun)
        manners = ((predicate.short, subject.short), (predicate.full, subject.full))
        beginnings = dict.fromkeys(beginning for wanted, beginning in manners if wanted)
        readings = (clause.say(reading) for reading in subject.readings for clause in predicate.clauses)
        translations = list(islice(dict.fromkeys(readings), MOST_TRANSLATIONS))
        for beginning in beginnings:
            for french in translations:
                yield f"{beginning} {words}.", french
