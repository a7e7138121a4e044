"""Options that commands share."""

import pytest

from seq2seq_cli.cli.options import decoding_overrides
from seq2seq_cli.config import given_keys, load_config


@pytest.mark.parametrize(
    ("beam", "search", "width"), [(None, "greedy", 5), (1, "beam", 1), (5, "beam", 5), (7, "beam", 7)]
)
def test_beam_becomes_a_search_of_that_width(beam, search, width):
    decoding = load_config(None, decoding_overrides(beam)).decoding
    assert (decoding.search, decoding.beam_size) == (search, width)


def test_without_beam_nothing_is_asked_for():
    assert given_keys(load_config(None, decoding_overrides(None))) == set()
    assert given_keys(load_config(None, decoding_overrides(5))) == {"decoding.search", "decoding.beam_size"}
