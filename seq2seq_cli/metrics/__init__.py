"""How good are outputs? Strings in, numbers out.

scores.py       of a whole corpus, at once
statistics.py   what is counted of each sentence, and the score of any of them together
sacre.py        what BLEU, chrF and TER count, by sacreBLEU
shares.py       what scores count that are a mean: exact match, token accuracy, loss, perplexity
formulas.py     from counts to scores, for many sets of sentences at once
bootstrap.py    whether two systems differ by more than chance
"""

from seq2seq_cli.metrics.bootstrap import CLEAR, Difference, paired_bootstrap
from seq2seq_cli.metrics.sacre import count_bleu, count_chrf, count_ter
from seq2seq_cli.metrics.scores import bleu, chrf, exact_match, ter
from seq2seq_cli.metrics.shares import count_accuracy, count_exact_match, count_loss, count_perplexity
from seq2seq_cli.metrics.statistics import Statistics

__all__ = [
    "CLEAR",
    "Difference",
    "Statistics",
    "bleu",
    "chrf",
    "count_accuracy",
    "count_bleu",
    "count_chrf",
    "count_exact_match",
    "count_loss",
    "count_perplexity",
    "count_ter",
    "exact_match",
    "paired_bootstrap",
    "ter",
]
