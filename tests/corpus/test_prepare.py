"""From a source to a data set: what is kept, why the rest is dropped, which way round, which words count."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.prepare import PARTS, Filter, Prepared, prepare
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import CorpusError
from seq2seq_cli.symbols import SPECIAL_SYMBOLS

Pairs = list[tuple[str, str]]
TRAIN_ONLY = (1.0, 0.0, 0.0)

many = settings(derandomize=True, deadline=None, max_examples=150)
sides = st.lists(st.sampled_from(["A", "b", "é", "d!", "?", "..."]), max_size=4).map(" ".join)
some_pairs = st.lists(st.tuples(sides, sides), min_size=1, max_size=25)


def prepared(pairs: Pairs, **changes: object) -> Prepared:
    arguments: dict[str, object] = {
        "max_length": 10,
        "prefixes": [],
        "held_out": [],
        "reverse": False,
        "autoencoder": False,
        "min_frequency": 1,
        "max_vocabulary": None,
        "split": (0.8, 0.1, 0.1),
        "seed": 1,
    }
    return prepare(pairs, TextPipeline(), **(arguments | changes))  # type: ignore[arg-type]


def texts(result: Prepared, *names: str) -> Pairs:
    return [
        (" ".join(source), " ".join(target))
        for name in names or PARTS
        for source, target in result.parts[name]
    ]


def numbered(count: int) -> Pairs:
    """Pairs that share no sentence, though they share words."""
    letters = [chr(97 + i) + chr(97 + j) for i in range(26) for j in range(26)][:count]
    return [(f"I am {word}", f"je suis {word * 2}") for word in letters]


def test_every_pair_is_normalized_and_put_into_a_part() -> None:
    result = prepared(
        [("I'm glad.", "Je suis content !"), ("Yes.", "Oui."), ("Summer's here", "C'est l'été")]
    )
    assert list(result.parts) == ["train", "valid", "test"]
    assert sorted(texts(result)) == [
        ("i m glad", "je suis content"),
        ("summer s here", "c est l ete"),
        ("yes", "oui"),
    ]
    assert (result.report.read, result.report.groups, result.report.dropped) == (3, 3, Counter())


def test_the_reasons_for_dropping_are_counted_with_an_example_each() -> None:
    result = prepared(
        [
            ("I am here", "Je suis la"),
            ("I am here!", "Je suis là."),
            ("...", "Rien"),
            ("I am", "?!"),
            ("I am one two", "un"),
            ("I am", "un deux trois quatre"),
            ("You are", "Tu es"),
            ("I am, here", "Je suis la"),
        ],
        max_length=4,
        prefixes=["i am"],
        split=TRAIN_ONLY,
    )
    assert texts(result) == [("i am here", "je suis la")]
    assert result.report.read == 8
    assert result.report.dropped == {"duplicate": 2, "empty": 2, "too long": 2, "other beginning": 1}
    assert result.report.examples == {
        "duplicate": ("I am here!", "Je suis là."),
        "empty": ("...", "Rien"),
        "too long": ("I am one two", "un"),
        "other beginning": ("You are", "Tu es"),
    }


@many
@given(some_pairs, st.integers(2, 5), st.booleans(), st.booleans())
def test_what_is_read_is_kept_or_dropped(
    pairs: Pairs, max_length: int, reverse: bool, autoencoder: bool
) -> None:
    words = [tuple(tuple(TextPipeline().tokens(side)) for side in pair) for pair in pairs]
    oracle = set()
    for first, second in words:
        if first and second and len(first) < max_length and len(second) < max_length:
            source, target = (second, first) if reverse else (first, second)
            oracle.add((source, source if autoencoder else target))
    if not oracle:
        with pytest.raises(CorpusError, match=f"None of the {len(pairs)} pairs"):
            prepared(pairs, max_length=max_length, reverse=reverse, autoencoder=autoencoder)
        return
    result = prepared(pairs, max_length=max_length, reverse=reverse, autoencoder=autoencoder)
    kept = [pair for part in result.parts.values() for pair in part]
    assert Counter(kept) == Counter(oracle)
    assert result.report.read == len(pairs) == len(kept) + result.report.dropped.total()


@pytest.mark.parametrize(("words", "kept"), [(8, True), (9, True), (10, False), (11, False)])
def test_max_length_means_fewer_words_than_that_on_both_sides(words: int, kept: bool) -> None:
    keep = Filter(max_length=10)
    long = ["word"] * words
    for pair in ((long, ["oui"]), (["yes"], long), (long, long)):
        assert keep.reason_to_drop(*pair) == (None if kept else "too long")


def test_a_prefix_admits_whole_words_only() -> None:
    pairs = [("She's here", "a"), ("She seems tired", "b"), ("She", "c"), ("Then she s", "d")]
    assert texts(prepared(pairs, prefixes=["she s"], split=TRAIN_ONLY)) == [("she s here", "a")]


@pytest.mark.parametrize("prefix", ["She's", "she s", "SHE S "])
def test_prefixes_are_normalized_like_the_text(prefix: str) -> None:
    result = prepared([("She's here", "a"), ("He's here", "b")], prefixes=[prefix])
    assert texts(result) == [("she s here", "a")]


def test_any_of_several_prefixes_admits_a_pair() -> None:
    pairs = [("I am x", "a"), ("He is x", "b"), ("We are x", "c")]
    result = prepared(pairs, prefixes=["i am", "he is"], split=TRAIN_ONLY)
    assert texts(result) == [("i am x", "a"), ("he is x", "b")]


def test_reverse_translates_the_other_way_and_prefixes_still_judge_the_first_column() -> None:
    pairs = [("I am here", "Je suis la"), ("Yes", "I am")]
    result = prepared(pairs, reverse=True, prefixes=["i am"])
    assert texts(result) == [("je suis la", "i am here")]


def test_an_autoencoder_learns_each_source_once_as_its_own_target() -> None:
    pairs = [("Glad", "Content"), ("Glad", "Contente"), ("Sad", "Triste")]
    result = prepared(pairs, autoencoder=True, split=TRAIN_ONLY)
    assert texts(result) == [("glad", "glad"), ("sad", "sad")]
    assert result.report.dropped == {"duplicate": 1}
    assert result.source_vocabulary == result.target_vocabulary
    reversed_result = prepared(pairs, autoencoder=True, reverse=True, split=TRAIN_ONLY)
    assert texts(reversed_result) == [("content", "content"), ("contente", "contente"), ("triste", "triste")]


def test_held_out_sentences_are_kept_out_of_training_with_all_that_is_connected() -> None:
    pairs = [*numbered(60), ("I am ab", "autre"), ("other", "autre")]
    result = prepared(pairs, held_out=["I am ab!", "I am ac"], split=(0.9, 0.1, 0.0))
    assert sorted(texts(result, "test")) == [
        ("i am ab", "autre"),
        ("i am ab", "je suis abab"),
        ("i am ac", "je suis acac"),
        ("other", "autre"),
    ]
    elsewhere = {side for pair in texts(result, "train", "valid") for side in pair}
    assert not elsewhere & {"i am ab", "i am ac", "autre", "je suis abab", "je suis acac", "other"}
    assert result.report.held_out_missing == []


def test_a_held_out_sentence_that_is_not_there_is_reported_as_it_was_written() -> None:
    result = prepared(numbered(20), held_out=["I am ab.", "I'm not here!"])
    assert result.report.held_out_missing == ["I'm not here!"]


def test_a_held_out_sentence_that_the_filter_dropped_is_missing_too() -> None:
    result = prepared(
        [*numbered(5), ("one two three four five", "x")], max_length=5, held_out=["one two three four five"]
    )
    assert result.report.held_out_missing == ["one two three four five"]


def test_when_reversed_the_held_out_sentences_are_of_the_second_column() -> None:
    result = prepared(numbered(20), held_out=["Je suis abab", "I am ac"], reverse=True)
    assert ("je suis abab", "i am ab") in texts(result, "test")
    assert result.report.held_out_missing == ["I am ac"]


def test_only_the_words_of_the_training_part_are_counted() -> None:
    result = prepared(numbered(100))
    train, rest = texts(result, "train"), texts(result, "valid", "test")
    assert rest
    for side, vocabulary in enumerate((result.source_vocabulary, result.target_vocabulary)):
        counts = Counter(word for pair in train for word in pair[side].split())
        assert dict(zip(vocabulary.index_to_word[4:], vocabulary.counts[4:], strict=True)) == counts
        assert any(word not in vocabulary for pair in rest for word in pair[side].split())


def test_rare_words_and_those_beyond_the_limit_are_left_out_on_both_sides() -> None:
    pairs = [("a b", "x y"), ("a c", "x z"), ("a b d", "x y w")]
    result = prepared(pairs, min_frequency=2, split=TRAIN_ONLY)
    assert result.source_vocabulary == Vocabulary({"a": 3, "b": 2})
    assert result.target_vocabulary == Vocabulary({"x": 3, "y": 2})
    result = prepared(pairs, max_vocabulary=1, split=TRAIN_ONLY)
    assert result.source_vocabulary.index_to_word == [*SPECIAL_SYMBOLS, "a"]
    assert result.target_vocabulary.index_to_word == [*SPECIAL_SYMBOLS, "x"]


def test_the_seed_decides_the_parts() -> None:
    pairs = numbered(200)
    assert prepared(pairs, seed=3).parts == prepared(pairs, seed=3).parts
    assert prepared(pairs, seed=3).parts != prepared(pairs, seed=4).parts
    assert sorted(texts(prepared(pairs, seed=3))) == sorted(texts(prepared(pairs, seed=4)))


def test_an_empty_source_is_an_error() -> None:
    with pytest.raises(CorpusError, match="source is empty"):
        prepared([])


def test_when_nothing_is_left_the_error_says_why() -> None:
    with pytest.raises(CorpusError) as caught:
        prepared([("You are", "Tu es"), ("You", "Tu"), ("!", "?")], prefixes=["i am"])
    assert "None of the 3 pairs" in str(caught.value)
    assert "2 other beginning" in str(caught.value)
    assert "1 empty" in str(caught.value)


def test_missing_held_out_sentences_are_named_in_the_order_given() -> None:
    code = """
from seq2seq_cli.corpus.prepare import prepare
from seq2seq_cli.corpus.text import TextPipeline
prepared = prepare([("a", "b")], TextPipeline(), max_length=9, prefixes=[], held_out=list("zyxwv"),
    reverse=False, autoencoder=False, min_frequency=1, max_vocabulary=None, split=(0.8, 0.1, 0.1), seed=1)
print(prepared.report.held_out_missing)"""
    environment = {**os.environ, "PYTHONHASHSEED": "2"}
    command = [sys.executable, "-c", code]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert output.stdout.strip() == str(list("zyxwv"))
