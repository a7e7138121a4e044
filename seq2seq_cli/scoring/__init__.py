"""A model against sentence pairs: what it makes of the sources, and how likely it holds the targets to be.

scorer.py       both at once, in one reading of each source
words.py        the probability of each word of the targets, with either history before it
references.py   which outputs are right
"""

from seq2seq_cli.scoring.references import all_references
from seq2seq_cli.scoring.scorer import (
    Pairs,
    PartScores,
    Scorer,
    in_batches,
    search_all,
    spread,
    texts,
)
from seq2seq_cli.scoring.words import WordScores, forced_words, free_running_words

__all__ = [
    "Pairs",
    "PartScores",
    "Scorer",
    "WordScores",
    "all_references",
    "forced_words",
    "free_running_words",
    "in_batches",
    "search_all",
    "spread",
    "texts",
]
