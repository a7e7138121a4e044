"""Whose fault is a wrong output: the search's, or the model's?"""

import numpy as np

from seq2seq_cli.evaluation.outcome import Outcome
from seq2seq_cli.evaluation.summary import SearchErrors

_NOISE = 1e-3
"""Nats by which the same sentence's log p may differ, step by step and all at once."""


def search_errors(outcome: Outcome) -> SearchErrors:
    """Count the sentences whose reference has a greater log p than what the search found.

    There are at least so many search errors: what is likelier than the output may as well be something else
    than the reference. An output that was cut off has the log p of its beginning, which is more than any end
    would leave it.
    """
    found = np.array([hypothesis.log_probability for hypothesis in outcome.scores.hypotheses])
    errors = -outcome.scores.words.sentence_nats > found + _NOISE
    wrong = ~outcome.right
    of_wrong = int((errors & wrong).sum())
    return SearchErrors(
        sentences=int(errors.sum()),
        share=100 * float(errors.mean()),
        wrong=int(wrong.sum()),
        of_wrong=of_wrong,
        share_of_wrong=100 * of_wrong / max(int(wrong.sum()), 1),
    )
