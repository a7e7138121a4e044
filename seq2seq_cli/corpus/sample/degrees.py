"""Degrees and times: the small words around what is said, in both languages."""

from typing import NamedTuple

from seq2seq_cli.corpus.sample.french import BE, Verb
from seq2seq_cli.corpus.sample.grammar import Clause, Part, Predicate


class Degree(NamedTuple):
    """English words around {}, the French negation and the French adverb for them."""

    english: str
    negation: str
    adverb: str

    def apply(self, english: str, *french: Part, verb: Verb = BE, plural: str = "") -> Predicate:
        """The predicate in this degree: être takes adjectives, places and professions, avoir takes needs."""
        rest = (self.adverb, *french) if self.adverb else french
        plural = self.english.format(plural) if plural else ""
        return Predicate(self.english.format(english), (Clause(verb, rest, self.negation),), plural)


BARE = Degree("{}", "", "")
VERY = Degree("very {}", "", "très")
SO = Degree("so {}", "", "si")
TOO = Degree("too {}", "", "trop")
REALLY = Degree("really {}", "", "vraiment")
QUITE = Degree("quite {}", "", "assez")
A_LITTLE = Degree("a little {}", "", "un peu")
ALWAYS = Degree("always {}", "", "toujours")
OFTEN = Degree("often {}", "", "souvent")
ALREADY = Degree("already {}", "", "déjà")
ALMOST = Degree("almost {}", "", "presque")
NOT = Degree("not {}", "pas", "")
NOT_VERY = Degree("not very {}", "pas", "très")
NEVER = Degree("never {}", "jamais", "")
NO_LONGER = Degree("no longer {}", "plus", "")
NOT_YET = Degree("not {} yet", "pas encore", "")

# What stands at the end of a sentence, in English and in French.
NOW = ("now", "maintenant")
TODAY = ("today", "aujourd'hui")
TONIGHT = ("tonight", "ce soir")
TOMORROW = ("tomorrow", "demain")
