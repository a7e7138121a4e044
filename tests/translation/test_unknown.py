"""Unknown words, replaced by what attention points to."""

import pytest

from seq2seq_cli.translation.unknown import replaced

SOURCE = ["le", "zork", "dort"]


@pytest.mark.parametrize(
    ("words", "looks", "expected"),
    [
        (["the", "<unk>"], [[1, 0, 0, 0], [0.2, 0.5, 0.3, 0]], ["the", "zork"]),
        (["<unk>", "<unk>"], [[0.4, 0.3, 0.3, 0], [0, 0.1, 0.2, 0.7]], ["le", "dort"]),
        (["<unk>"], [[0.25, 0.25, 0.25, 0.25]], ["le"]),
        (["the"], [[0, 1, 0, 0]], ["the"]),
        ([], [[0, 0, 0, 1]], []),
    ],
    ids=["one", "never <eos>", "the first of equals", "nothing unknown", "nothing said"],
)
def test_the_source_word_with_the_greatest_weight_takes_the_place(words, looks, expected):
    rows = [*looks, [0, 0, 0, 1]]  # and one for the output's <eos>
    assert replaced(words, SOURCE, rows) == expected
