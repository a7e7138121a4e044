"""The sentence patterns, in reading order: each is a function that yields predicates."""

from collections.abc import Callable, Iterator

from seq2seq_cli.corpus.sample import being, doing, feeling
from seq2seq_cli.corpus.sample.grammar import Predicate

PATTERNS: dict[str, Callable[[], Iterator[Predicate]]] = {
    "bare adjectives": being.bare_adjectives,
    "degrees": being.degrees,
    "on a day": being.on_a_day,
    "rather than": being.rather_than,
    "compared with others": being.compared_with_others,
    "superlatives": being.superlatives,
    "professions": being.professions,
    "places": being.places,
    "journeys": doing.journeys,
    "needs": feeling.needs,
    "family feelings": feeling.family_feelings,
    "feelings": feeling.feelings,
    "feelings for others": feeling.feelings_for_others,
    "deeds": feeling.deeds,
    "pastimes": doing.pastimes,
    "occupations": doing.occupations,
    "plans": doing.plans,
    "readiness": doing.readiness,
}
