"""A run against sentence pairs that it has not seen: scores, where it fails, and comparisons one can trust.

pairs.py        what is scored: a part of the run's data, or pairs of the user's own
assessing.py    the run's outputs for them, as they are translated.py; outcome.py: these, and what they score
summarising.py  an outcome in numbers; summary.py: these numbers, as plain data
lengths.py frequencies.py searching.py samples.py       what is asked of an outcome
comparing.py    two outcomes: is one better by more than chance?
writing.py      an outcome sentence by sentence, as a file
"""

from seq2seq_cli.evaluation.assessing import assess
from seq2seq_cli.evaluation.comparing import Comparison, compare_outcomes
from seq2seq_cli.evaluation.outcome import Outcome
from seq2seq_cli.evaluation.pairs import GivenPairs, scored_pairs
from seq2seq_cli.evaluation.summarising import summarise
from seq2seq_cli.evaluation.summary import (
    Details,
    Evaluation,
    FrequencyBin,
    LengthBin,
    Sample,
    SearchErrors,
)
from seq2seq_cli.evaluation.writing import sentence_form, write_sentences

__all__ = [
    "Comparison",
    "Details",
    "Evaluation",
    "FrequencyBin",
    "GivenPairs",
    "LengthBin",
    "Outcome",
    "Sample",
    "SearchErrors",
    "assess",
    "compare_outcomes",
    "scored_pairs",
    "sentence_form",
    "summarise",
    "write_sentences",
]
