"""The embedded English-French corpus: a small bilingual grammar, spelled as a person would type it.

lexicon.py    the words: adjectives, professions, places, verbs and what they go with
people.py     who speaks, and every French reading of "I", "you", "them"
french.py     what French does to words: agreement, elision, contraction, conjugation
grammar.py    a predicate becomes sentence pairs, one English sentence to at most six French ones
patterns.py   the sentence patterns, in reading order
"""

from collections.abc import Iterator

from seq2seq_cli.corpus.sample.grammar import sentences
from seq2seq_cli.corpus.sample.patterns import PATTERNS

__all__ = ["sentence_pairs"]


def sentence_pairs() -> Iterator[tuple[str, str]]:
    """Yield every (English, French) pair, always in the same order and each one once."""
    for pattern in PATTERNS.values():
        for predicate in pattern():
            yield from sentences(predicate)
