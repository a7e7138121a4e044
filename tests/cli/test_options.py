"""Options that commands share."""

import pytest

from seq2seq_cli.cli.options import decoding_overrides
from seq2seq_cli.config import load_config


@pytest.mark.parametrize(
    ("beam", "n_best", "search", "width"),
    [
        (None, 1, "greedy", 5),
        (1, 1, "beam", 1),
        (7, 1, "beam", 7),
        (None, 3, "beam", 5),
        (None, 9, "beam", 9),
        (2, 4, "beam", 4),
    ],
)
def test_beam_and_n_best_become_a_search_that_is_wide_enough(beam, n_best, search, width):
    decoding = load_config(None, decoding_overrides(beam, n_best)).decoding
    assert (decoding.search, decoding.beam_size) == (search, width)
