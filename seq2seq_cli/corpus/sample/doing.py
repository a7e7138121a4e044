"""Patterns of what people do, will do and are ready to do."""

from collections.abc import Iterator

from seq2seq_cli.corpus.sample import lexicon as lex
from seq2seq_cli.corpus.sample.degrees import (
    BARE,
    NO_LONGER,
    NOT,
    NOT_YET,
    NOW,
    TODAY,
    TOMORROW,
    TONIGHT,
    TOO,
)
from seq2seq_cli.corpus.sample.french import GO
from seq2seq_cli.corpus.sample.grammar import Clause, Predicate
from seq2seq_cli.corpus.sample.people import OTHERS


def journeys() -> Iterator[Predicate]:
    """I'm going to the market. We're going to Italy tomorrow."""
    for place in lex.PLACES:
        if place.to:
            yield BARE.apply(f"going {place.to}", place.french, verb=GO)
            yield BARE.apply(f"going {place.to} tomorrow", place.french, "demain", verb=GO)


def pastimes() -> Iterator[Predicate]:
    """I'm singing. She's working today. We're dancing with them. He's traveling alone."""
    for action in lex.PASTIMES:
        doing, verb = action.progressive, action.verb
        for degree in (BARE, NOT):
            yield degree.apply(doing, verb=verb)
        if action is not lex.DEPART:
            yield NO_LONGER.apply(doing, verb=verb)
        times = (NOW, TODAY, TONIGHT, TOMORROW) if action.shared else (NOW, TONIGHT)
        for english, french in (*times, *action.where):
            yield BARE.apply(f"{doing} {english}", french, verb=verb)
        yield BARE.apply(f"{doing} alone", lex.ALONE, verb=verb)
        for other in OTHERS if action.shared else ():
            clauses = tuple(Clause(verb, ("avec", each.strong)) for each in other.readings)
            yield Predicate(f"{doing} with {other.english}", clauses, subjects=other.subjects)


def occupations() -> Iterator[Predicate]:
    """I'm reading a book. They're no longer drinking coffee. She's looking for her keys now."""
    for action in lex.OCCUPATIONS:
        for thing in action.things:
            english = f"{action.progressive} {thing.english}"
            yield BARE.apply(english, thing.french, verb=action.verb)
            if thing.none:
                yield NOT.apply(english, thing.none, verb=action.verb)
                yield NO_LONGER.apply(english, thing.none, verb=action.verb)
            for when, quand in (NOW, TODAY, TONIGHT):
                yield BARE.apply(f"{english} {when}", thing.french, quand, verb=action.verb)


def plans() -> Iterator[Predicate]:
    """I'm going to sing. We're not going to travel. They're going to read a book."""
    for action in lex.PASTIMES:
        going, infinitive = f"going to {action.english}", action.verb.infinitive
        yield BARE.apply(going, infinitive, verb=GO)
        yield NOT.apply(going, infinitive, verb=GO)
        for english, french in (TOMORROW, TONIGHT):
            yield BARE.apply(f"{going} {english}", infinitive, french, verb=GO)
    for action in lex.OCCUPATIONS:
        for thing in action.things:
            going, infinitive = f"going to {action.english} {thing.english}", action.verb.infinitive
            yield BARE.apply(going, infinitive, thing.french, verb=GO)
            if thing.none:
                yield NOT.apply(going, infinitive, thing.none, verb=GO)


def readiness() -> Iterator[Predicate]:
    """He's ready to leave. I'm too tired to work. They're trying to sleep. You're not able to swim."""
    for action in lex.PASTIMES:
        to, infinitive = f"to {action.english}", action.verb.infinitive
        for degree in (BARE, NOT, NOT_YET):
            yield degree.apply(f"ready {to}", lex.READY, "à", infinitive)
        for degree in (BARE, NOT):
            yield degree.apply(f"able {to}", lex.ABLE, "de", infinitive)
        yield TOO.apply(f"tired {to}", lex.TIRED, "pour", infinitive)
        if action is not lex.SLEEP:
            yield TOO.apply(f"young {to}", lex.YOUNG, "pour", infinitive)
            yield BARE.apply(f"free {to}", lex.FREE, "de", infinitive)
        yield BARE.apply(f"trying {to}", "de", infinitive, verb=lex.TRY)
        yield NOT.apply(f"trying {to}", "de", infinitive, verb=lex.TRY)
    for action in (lex.SING, lex.DANCE, lex.SWIM, lex.COOK):
        for degree in (BARE, NOT):
            to, infinitive = f"to {action.english}", action.verb.infinitive
            yield degree.apply(f"learning {to}", "à", infinitive, verb=lex.LEARN)
