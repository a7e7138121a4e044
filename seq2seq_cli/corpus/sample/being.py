"""Patterns of what people are: their qualities, professions and places."""

from collections.abc import Iterator

from seq2seq_cli.corpus.sample import lexicon as lex
from seq2seq_cli.corpus.sample.degrees import (
    A_LITTLE,
    ALMOST,
    ALREADY,
    ALWAYS,
    BARE,
    NEVER,
    NO_LONGER,
    NOT,
    NOT_VERY,
    NOT_YET,
    OFTEN,
    QUITE,
    REALLY,
    SO,
    TOO,
    VERY,
    Degree,
)
from seq2seq_cli.corpus.sample.french import BE, GO, with_preposition
from seq2seq_cli.corpus.sample.grammar import Clause, Predicate
from seq2seq_cli.corpus.sample.people import OTHERS
from seq2seq_cli.corpus.sample.words import THE, A, Adjective, Described, Superlative


def _degrees(adjectives: tuple[Adjective, ...], *degrees: Degree) -> Iterator[Predicate]:
    for adjective in adjectives:
        for degree in degrees:
            yield degree.apply(adjective.english, adjective)


def bare_adjectives() -> Iterator[Predicate]:
    """I'm glad. She is wise."""
    for adjective in lex.VIRTUES + lex.FLAWS + lex.MOODS + lex.REACTIONS + lex.MEASURES:
        yield Predicate(adjective.english, (Clause(BE, (adjective,)),), full=True)
    for adjective in (lex.SORRY, lex.READY, lex.FREE, lex.ALONE, lex.SURE, lex.CRAZY, lex.IN_LOVE):
        yield Predicate(adjective.english, (Clause(BE, (adjective,)),), full=True)


def degrees() -> Iterator[Predicate]:
    """You're very generous. We're no longer tired."""
    yield from _degrees(lex.VIRTUES, VERY, SO, TOO, REALLY, NOT)
    yield from _degrees(lex.FLAWS, VERY, SO, TOO, REALLY, QUITE, A_LITTLE, NOT, NO_LONGER)
    yield from _degrees(lex.MOODS, VERY, SO, REALLY, A_LITTLE, ALWAYS, OFTEN, NOT, NO_LONGER)
    yield from _degrees(lex.REACTIONS, VERY, SO, REALLY, NOT, NOT_VERY)
    yield from _degrees(lex.MEASURES, VERY, SO, TOO, QUITE, NOT, NOT_VERY)
    yield from _degrees((lex.SORRY,), VERY, SO, REALLY)
    yield from _degrees((lex.READY,), ALMOST, ALREADY, REALLY, NOT, NOT_YET)
    yield from _degrees((lex.FREE,), REALLY, NOT, NO_LONGER, NOT_YET)
    yield from _degrees((lex.ALONE,), ALWAYS, OFTEN, NOT, NO_LONGER, NEVER)
    yield from _degrees((lex.SURE,), ALMOST, REALLY, QUITE, ALWAYS, NEVER, NOT)
    yield from _degrees((lex.CRAZY,), REALLY, A_LITTLE, NOT)
    yield from _degrees((lex.IN_LOVE,), SO, REALLY, ALWAYS, OFTEN, NOT, NO_LONGER, NEVER)


def on_a_day() -> Iterator[Predicate]:
    """They're busy today."""
    for adjective in (*lex.MOODS, lex.FREE, lex.ALONE):
        yield BARE.apply(f"{adjective.english} today", adjective, "aujourd'hui")


def rather_than() -> Iterator[Predicate]:
    """She is more wise than clever."""
    virtues = lex.VIRTUES
    for step in (1, 4):
        for first, second in zip(virtues, virtues[step:] + virtues[:step], strict=True):
            clause = Clause(BE, ("plus", first, "que", second))
            english = f"more {first.english} than {second.english}"
            yield Predicate(english, (clause,), full=True, short=False)


def compared_with_others() -> Iterator[Predicate]:
    """He is taller than her. We're as strong as them. I'm less patient than you."""
    comparisons = [(f"{measure.comparative} than", "plus", measure) for measure in lex.MEASURES]
    comparisons += [(f"as {measure.english} as", "aussi", measure) for measure in lex.MEASURES[:3]]
    less = (lex.PATIENT, lex.GENEROUS, lex.HONEST, lex.CAREFUL, lex.FUNNY)
    comparisons += [(f"less {virtue.english} than", "moins", virtue) for virtue in less]
    for english, degree, adjective in comparisons:
        for other in OTHERS:
            clauses = tuple(Clause(BE, (degree, adjective, "que", each.strong)) for each in other.readings)
            words = f"{english} {other.english}"
            yield Predicate(words, clauses, full=True, short=False, subjects=other.subjects)


def superlatives() -> Iterator[Predicate]:
    """I'm the tallest. She is the youngest in the family."""
    for measure in lex.MEASURES:
        english, french = f"the {measure.superlative}", Superlative(measure)
        yield Predicate(english, (Clause(BE, (french,)),), full=True, short=False)
        family = Clause(BE, (french, "de la famille"))
        yield Predicate(f"{english} in the family", (family,), full=True, short=False)


def professions() -> Iterator[Predicate]:
    """She is a teacher. We're not dentists yet. You're a good lawyer. He's going to become a nurse."""
    for profession in lex.PROFESSIONS:
        name, names = _with_article(profession.english), profession.english + "s"
        yield Predicate(name, (Clause(BE, (profession,)),), names, full=True)
        for degree in (NOT, NO_LONGER, NOT_YET):
            yield degree.apply(name, profession, plural=names)
        become = "going to become "
        yield Predicate(become + name, (Clause(GO, ("devenir", profession)),), become + names)
        for adjective, articles in ((lex.GOOD, A), (lex.BAD, A), (lex.YOUNG, A), (lex.NEW, THE)):
            described = (Clause(BE, (Described(articles, adjective, profession),), presents=True),)
            article = "a " if articles is A else "the "
            word = adjective.english + " "
            plural = (word if articles is A else article + word) + names
            yield Predicate(article + word + profession.english, described, plural, full=True, short=False)


def places() -> Iterator[Predicate]:
    """They're in the kitchen. I'm not at the station yet. We're behind the church."""
    for place in lex.PLACES:
        for degree in (BARE, NOT, NO_LONGER, NOT_YET):
            yield degree.apply(place.at, place.french)
    for water in lex.WATERS:
        yield BARE.apply(f"near the {water.english}", with_preposition("près de", water))
    for landmark in lex.LANDMARKS:
        for english, french in (("near", "près de"), ("behind", "derrière"), ("in front of", "devant")):
            yield BARE.apply(f"{english} the {landmark.english}", with_preposition(french, landmark))


def _with_article(noun: str) -> str:
    return ("an " if noun[0] in "aeiou" else "a ") + noun
