"""A vocabulary in numbers, beside the same numbers counted from the text."""

from collections import Counter

import pytest

from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.inspection.words import summarise_vocabulary


@pytest.mark.parametrize(("side", "column"), [("source", 0), ("target", 1)])
def test_numbers_are_those_of_the_training_text(dataset, side, column):
    counts = Counter(word for pair in dataset.part("train").texts() for word in pair[column].split())
    vocabulary = (dataset.source_vocabulary, dataset.target_vocabulary)[column]
    summary = summarise_vocabulary(vocabulary, side, most=10)
    assert summary.side == side
    assert summary.size == len(counts) + 4
    assert summary.tokens == counts.total()
    assert summary.seen_once == sum(count == 1 for count in counts.values())
    assert [count for _, _, count in summary.frequent] == [count for _, count in counts.most_common(10)]
    for index, word, count in summary.frequent:
        assert vocabulary.index_to_word[index] == word
        assert counts[word] == count


def test_half_is_the_fewest_words_that_make_half_of_the_running_words(dataset):
    counts = Counter(word for pair in dataset.part("train").texts() for word in pair[1].split())
    ranked = [count for _, count in counts.most_common()]
    half = summarise_vocabulary(dataset.target_vocabulary, "target").half
    assert sum(ranked[:half]) >= counts.total() / 2 > sum(ranked[: half - 1])


@pytest.mark.parametrize(
    ("counts", "half"), [({}, 0), ({"a": 1}, 1), ({"a": 2, "b": 2}, 1), ({"a": 1, "b": 1, "c": 1}, 2)]
)
def test_half_of_small_vocabularies(counts, half):
    assert summarise_vocabulary(Vocabulary.of_counts(counts), "source").half == half


def test_the_most_frequent_come_first_even_where_indices_do_not():
    summary = summarise_vocabulary(
        Vocabulary.of_counts({"rare": 1, "frequent": 9, "middling": 5}), "source", most=2
    )
    assert summary.frequent == [(5, "frequent", 9), (6, "middling", 5)]


@pytest.mark.parametrize("most", [0, 1, 1000])
def test_no_more_words_are_named_than_asked_for_or_there_are(most):
    vocabulary = Vocabulary.of_counts({"a": 3, "b": 1})
    assert len(summarise_vocabulary(vocabulary, "source", most).frequent) == min(most, 2)
