"""A data set in numbers, beside the same numbers counted from its text."""

from collections import Counter

import pytest

from seq2seq_cli.errors import DatasetError
from seq2seq_cli.inspection.data import summarise_data


@pytest.fixture
def summary(dataset):
    return summarise_data(dataset)


@pytest.fixture
def texts(dataset):
    return {name: list(dataset.part(name).texts()) for name in ("train", "valid", "test")}


def test_pairs_and_running_words_are_those_of_the_text(summary, texts):
    assert [part.name for part in summary.parts] == ["train", "valid", "test"]
    for part in summary.parts:
        assert part.pairs == len(texts[part.name])
        assert part.source_words == sum(len(source.split()) for source, _ in texts[part.name])
        assert part.target_words == sum(len(target.split()) for _, target in texts[part.name])
    assert sum(part.pairs for part in summary.parts) == 300


def test_unknown_words_are_those_that_training_did_not_have(workplace, succeeds):
    from seq2seq_cli.corpus.dataset import Dataset

    succeeds("prepare-data", "pairs.tsv", "--set", "data.min_frequency=25", "--out", "data/rare")
    dataset = Dataset(workplace / "data" / "rare")
    counts = [Counter(), Counter()]
    for pair in dataset.part("train").texts():
        for counter, sentence in zip(counts, pair, strict=True):
            counter.update(sentence.split())
    for part in summarise_data(dataset).parts:
        for side, share in enumerate((part.source_unknown, part.target_unknown)):
            words = [word for pair in dataset.part(part.name).texts() for word in pair[side].split()]
            unknown = sum(counts[side][word] < 25 for word in words)
            assert share == pytest.approx(100 * unknown / len(words))
            assert share > 0


def test_lengths_are_those_of_the_training_part_in_order(summary, texts):
    for side, lengths in enumerate((summary.source_lengths, summary.target_lengths)):
        assert lengths == Counter(len(pair[side].split()) for pair in texts["train"])
        assert list(lengths) == sorted(lengths)


def test_what_was_recorded_is_handed_on(summary, dataset):
    assert summary.folder == "data/pairs"
    assert summary.provenance["source"] == "pairs.tsv"
    assert summary.settings["split"] == [0.7, 0.15, 0.15]
    assert summary.counts["read"] == 300
    assert summary.shared_sentences == 0


def test_sentences_in_two_parts_are_counted(dataset):
    (dataset.folder / "test.arrow").write_bytes((dataset.folder / "valid.arrow").read_bytes())
    checksums = dataset.metadata["checksums"]
    checksums["test.arrow"] = checksums["valid.arrow"]
    summary = summarise_data(dataset)
    sentences = {sentence for pair in dataset.part("valid").texts() for sentence in pair}
    assert summary.shared_sentences == len(sentences)


@pytest.mark.parametrize("name", ["train", "valid", "test"])
@pytest.mark.parametrize("vanished", [False, True])
def test_a_part_that_changed_or_vanished_is_named(dataset, name, vanished):
    path = dataset.folder / f"{name}.arrow"
    content = path.read_bytes()
    path.unlink()
    if not vanished:
        path.write_bytes(content + b"x")
    with pytest.raises(DatasetError, match=rf"data/pairs/{name}\.arrow"):
        summarise_data(dataset)


def test_an_empty_part_has_no_unknown_words(workplace, succeeds):
    from seq2seq_cli.corpus.dataset import Dataset

    succeeds("prepare-data", "pairs.tsv", "--set", "data.split=[1, 0, 0]", "--out", "data/all")
    *_, test = summarise_data(Dataset(workplace / "data" / "all")).parts
    assert (test.pairs, test.source_words, test.source_unknown) == (0, 0, 0.0)
