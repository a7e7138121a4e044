"""A prepared data set: its parts in numbers, and what in it deserves attention.

summary.py          what is found, as plain data
summarising.py      how it is found: one pass over the pairs, then questions to a few numbers of each
reading.py          pairs in windows; single pairs
digest.py           one side of a window in numbers; tally.py: the numbers of a whole part
sketch.py           a few numbers of every pair
scripts.py casing.py lengths.py        what is asked of words and sentences
sharing.py ambiguity.py suspicious.py  what is asked of pairs
remarks.py          what deserves attention, in sentences
"""

from seq2seq_cli.inspection.data.lengths import LengthBar, length_bars
from seq2seq_cli.inspection.data.summarising import summarise_data
from seq2seq_cli.inspection.data.summary import (
    Ambiguity,
    DataSummary,
    Leak,
    PartSummary,
    SideSummary,
    Suspicion,
)

__all__ = [
    "Ambiguity",
    "DataSummary",
    "Leak",
    "LengthBar",
    "PartSummary",
    "SideSummary",
    "Suspicion",
    "length_bars",
    "summarise_data",
]
