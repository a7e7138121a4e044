"""Which two columns: by name, by number, by what they are called."""

import pytest

from seq2seq_cli.corpus.sources.columns import choose, like_languages, like_source_and_target, two_columns
from seq2seq_cli.errors import ConfigError, CorpusError


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["source", "target"], (0, 1)),
        (["TRG ", "x", " Src"], (2, 0)),
        (["en", "fr"], (0, 1)),
        (["id", "en", "fr"], (1, 2)),
        (["id", "en"], (0, 1)),
        (["en", "en", "de"], (0, 2)),
        (["en", "source", "fr", "target"], (1, 3)),
        (["source", "fr"], (0, 1)),
        (["question", "answer", "more"], (0, 1)),
    ],
)
def test_columns_are_told_by_their_names(names, expected) -> None:
    assert choose(None, names, "pairs.csv") == expected


@pytest.mark.parametrize("names", [["en"], ["en", "en"], ["EN", "FR"], ["yes", "oui"], ["no", "non"], []])
def test_words_are_no_languages(names) -> None:
    assert like_languages(names) is None
    assert like_source_and_target(names) is None


def test_columns_are_named_or_numbered_in_any_order() -> None:
    names = ["a", "b", "2"]
    assert choose(("b", "a"), names, "x") == (1, 0)
    assert choose(("3", "1"), names, "x") == (2, 0)
    assert choose(("2", "b"), names, "x") == (2, 1)  # a name comes before a number
    for column in ("c", "4", "١", "99999999999999999999"):
        with pytest.raises(CorpusError, match=f"x has no column '{column}', which data.columns asks for"):
            choose(("a", column), names, "x")


def test_the_names_in_a_message_are_short() -> None:
    with pytest.raises(CorpusError) as caught:
        choose(("a", "b"), ["long " * 100] * 1000, "x")
    assert len(str(caught.value)) < 1000


def test_two_columns_or_none_are_asked_for() -> None:
    assert two_columns(()) is None
    assert two_columns(["2", "en"]) == ("2", "en")


@pytest.mark.parametrize("columns", [["en"], ["a", "b", "c"], ["0", "1"], ["", "en"], ["en", " "]])
def test_other_columns_are_refused(columns) -> None:
    with pytest.raises(ConfigError, match=r"data\.columns"):
        two_columns(columns)
