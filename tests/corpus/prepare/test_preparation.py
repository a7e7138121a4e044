"""Whole preparations, compared with going through the pairs one by one in plain Python."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.dataset import PARTS, Dataset
from seq2seq_cli.corpus.prepare import Prepared, Progress, Recipe, blocks, groups, prepare, writing
from seq2seq_cli.corpus.prepare.sentences import Sentences
from seq2seq_cli.corpus.sources import Block, Invalid, Source
from seq2seq_cli.corpus.text import TOKENIZERS, TextPipeline
from seq2seq_cli.errors import ConfigError, CorpusError, DatasetError
from seq2seq_cli.symbols import SPECIAL_SYMBOLS

Pair = tuple[str, str]
Given = list[tuple[str | None, list[Pair]]]
Row = tuple[str, str, list[int], list[int]]
PlainSplit = Callable[..., list[str]]

WORD, SETTINGS, PROVENANCE = TOKENIZERS["word"], {"max_length": 10}, {"source": "memory"}
PLAIN = Recipe(TextPipeline(), WORD, 10, split=(0.1, 0.1))
ALL_IN_TRAIN = replace(PLAIN, split=(0, 0))


def source_of(given_pairs: Given, invalid: Sequence[Invalid] = (), rows: int = 1 << 20) -> Source:
    """A source in memory, in blocks of so many rows; what is invalid comes with the first."""
    cut: Given = [
        (part, pairs[start : start + rows])
        for part, pairs in given_pairs
        for start in range(0, max(len(pairs), 1), rows)
    ]

    def stream() -> Iterator[Block]:
        for number, (part, pairs) in enumerate(cut):
            first, second = (pa.array([pair[side] for pair in pairs], pa.string()) for side in (0, 1))
            yield Block(first, second, part, () if number else tuple(invalid), (number + 1) / len(cut))

    return Source("memory", stream, lambda: "checksum")


def run(
    source: Source, folder: Path, recipe: Recipe = PLAIN, *, again: bool = False
) -> tuple[Prepared, list[Progress]]:
    """Prepare to the end, perhaps in the place of another data set."""
    made: list[Prepared] = []

    def making() -> Iterator[Progress]:
        how: dict[str, Any] = {"settings": SETTINGS, "provenance": PROVENANCE, "replace": again}
        result = yield from prepare(source, folder, recipe, **how)
        made.append(result)

    progress = list(making())
    return made[0], progress


def prepared(pairs: list[Pair], folder: Path, recipe: Recipe = PLAIN) -> Prepared:
    return run(source_of([(None, pairs)]), folder, recipe)[0]


def texts(folder: Path, *names: str) -> list[Pair]:
    opened = Dataset(folder)
    return [pair for name in names or PARTS for pair in opened.part(name).texts()]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def numbered(count: int) -> list[Pair]:
    """Pairs that share no sentence, though they share words."""
    letters = [chr(97 + n // 26) + chr(97 + n % 26) for n in range(count)]
    return [(f"I am {word}", f"je suis {word * 2}") for word in letters]


@dataclass
class Expected:
    """What a preparation should make."""

    parts: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in PARTS})
    vocabularies: list[dict[str, int]] = field(default_factory=list)
    read: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Pair] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def drop(self, reason: str, pair: Pair) -> None:
        self.dropped[reason] += 1
        self.examples.setdefault(reason, pair)


def reason_to_drop(recipe: Recipe, first: list[str], second: list[str]) -> str | None:
    longer, shorter = max(len(first), len(second)), min(len(first), len(second))
    prefixes = [recipe.pipeline.words(prefix) for prefix in recipe.prefixes]
    if not shorter:
        return "empty"
    if longer >= recipe.max_length:
        return "too long"
    if recipe.max_length_ratio and longer > recipe.max_length_ratio * shorter:
        return "length ratio"
    if prefixes and not any(first[: len(prefix)] == prefix for prefix in prefixes):
        return "other beginning"
    return "identical sides" if recipe.drop_identical and first == second else None


def vocabulary_by_hand(recipe: Recipe, sentences: list[list[str]]) -> dict[str, int]:
    """Words and counts, in the order of their indices."""
    counts = Counter(token for sentence in sentences for token in sentence if token not in SPECIAL_SYMBOLS)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return dict([item for item in ranked if item[1] >= recipe.min_frequency][: recipe.max_vocabulary])


def prepare_by_hand(given_pairs: Given, recipe: Recipe, plain_split: PlainSplit) -> Expected:
    """Go through the pairs one by one, as Recipe's docstring tells."""
    expected, kept, given_parts = Expected(), [], []
    for part, pair in ((part, pair) for part, pairs in given_pairs for pair in pairs):
        expected.read += 1
        words = [recipe.pipeline.words(side) for side in pair]
        if reason := reason_to_drop(recipe, *words):
            expected.drop(reason, pair)
            continue
        source, target = reversed(words) if recipe.reverse else words
        kept.append((" ".join(source), " ".join(source if recipe.autoencoder else target)))
        given_parts.append(part)

    def number(text: str) -> int:
        return int(Sentences.of(pa.array([text]), TextPipeline("plain")).hashes[0])

    held_out = [" ".join(recipe.pipeline.words(sentence)) for sentence in recipe.held_out]
    expected.missing = [
        sentence
        for sentence, text in zip(recipe.held_out, held_out, strict=True)
        if text not in {source for source, _ in kept}
    ]
    hashes = [(number(source), number(target)) for source, target in kept]
    found = plain_split(hashes, given_parts, recipe.split, recipe.seed, list(map(number, held_out)))
    for name, pair in zip(found, kept, strict=True):
        if name not in PARTS:
            expected.drop("duplicate" if name == "duplicate" else "in another part", pair)
    return with_indices(
        expected, recipe, [(name, p) for name, p in zip(found, kept, strict=True) if name in PARTS]
    )


def with_indices(expected: Expected, recipe: Recipe, pairs: list[tuple[str, Pair]]) -> Expected:
    tokenizer = recipe.tokenizer()
    cut = [
        (
            name,
            pair,
            [[token for word in side.split() for token in tokenizer.tokenize(word)] for side in pair],
        )
        for name, pair in pairs
    ]
    columns = [[tokens[side] for name, _, tokens in cut if name == "train"] for side in (0, 1)]
    if recipe.shared_vocabulary and not recipe.autoencoder:
        columns = [columns[0] + columns[1]] * 2
    expected.vocabularies = [vocabulary_by_hand(recipe, column) for column in columns]
    indices = [{word: n for n, word in enumerate(words, 4)} for words in expected.vocabularies]
    for name, pair, tokens in cut:
        ids = [[*(indices[side].get(token, 3) for token in tokens[side]), 2] for side in (0, 1)]
        expected.parts[name].append((*pair, *ids))
    return expected


def check(made: Prepared, expected: Expected) -> None:
    """Compare a data set and its report, all of it."""
    opened = Dataset(made.folder)
    for name in PARTS:
        rows = [row for block in opened.part(name).blocks() for row in block.to_pylist()]
        assert [tuple(row.values()) for row in rows] == expected.parts[name]
    for vocabulary, words in zip(
        (opened.source_vocabulary, opened.target_vocabulary), expected.vocabularies, strict=True
    ):
        assert vocabulary.index_to_word == [*SPECIAL_SYMBOLS, *words]
        assert vocabulary.counts.tolist() == [0, 0, 0, 0, *words.values()]
    report = made.report
    assert (report.read, report.dropped) == (expected.read, expected.dropped)
    assert (report.examples, report.held_out_missing) == (expected.examples, expected.missing)
    assert report.kept == sum(map(len, expected.parts.values()))
    assert opened.metadata == made.metadata
    assert opened.metadata["counts"] == {
        "read": expected.read,
        "invalid": {},
        "dropped": dict(expected.dropped),
        "groups": report.groups,
        **{name: len(rows) for name, rows in expected.parts.items()},
        "source_vocabulary": len(expected.vocabularies[0]) + 4,
        "target_vocabulary": len(expected.vocabularies[1]) + 4,
    }
    opened.verify()


WORDS = ["A", "b", "é", "c-d", "?", "...", "<unk>", "ﬁ", "▁", "x\ty", "\u2028"]
sides = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
distinct = st.integers(0, 60).map(lambda n: (f"w{chr(97 + n % 26)} a", f"v{chr(97 + n % 25)}. B{n}"))
some_pairs = st.lists(st.tuples(sides, sides) | distinct, max_size=30)
corpora = st.one_of(
    some_pairs.map(lambda pairs: [(None, pairs)]),
    st.lists(st.tuples(st.sampled_from([None, *PARTS]), some_pairs), max_size=4),
)
recipes = st.builds(
    Recipe,
    pipeline=st.sampled_from(["tutorial", "lower", "plain"]).map(TextPipeline),
    tokenizer=st.sampled_from([TOKENIZERS[name] for name in ("word", "punctuation", "char")]),
    max_length=st.integers(2, 9),
    max_length_ratio=st.none() | st.sampled_from([1.0, 2.0]),
    prefixes=st.just([]) | st.lists(st.sampled_from(["A", "a b", "W", "wa", "c-d"]), max_size=2),
    drop_identical=st.booleans(),
    held_out=st.just([]) | st.lists(st.sampled_from(["A", "wa  A", "nobody", "vb. B1", "c d"]), max_size=3),
    reverse=st.booleans(),
    autoencoder=st.booleans(),
    min_frequency=st.integers(1, 3),
    max_vocabulary=st.none() | st.integers(0, 6),
    shared_vocabulary=st.booleans(),
    split=st.tuples(*2 * [st.sampled_from([0, 0.05, 0.1, 0.3, 2])]),
    seed=st.integers(0, 2**63 - 1),
)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(corpora, recipes, *3 * [st.integers(1, 40)])
def test_a_data_set_is_what_going_through_the_pairs_one_by_one_makes(
    tmp_path_factory: pytest.TempPathFactory,
    plain_split: PlainSplit,
    given_pairs: Given,
    recipe: Recipe,
    source_rows: int,
    block_rows: int,
    chunk_rows: int,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "prepared"
    expected = prepare_by_hand(given_pairs, recipe, plain_split)
    source = source_of(given_pairs, rows=source_rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_ROWS", block_rows)
        patch.setattr(writing, "_CHUNK_ROWS", chunk_rows)
        patch.setattr(writing, "_SHARD_ROWS", 2 * chunk_rows)
        patch.setattr(groups, "_ROWS_AT_A_TIME", block_rows)
        if expected.parts["train"]:
            check(run(source, folder, recipe, again=True)[0], expected)
            return
        with pytest.raises(CorpusError) as caught:
            run(source, folder, recipe, again=True)
    if not expected.read:
        assert " is empty" in caught.value.message
    elif not any(expected.parts.values()):
        assert f"None of the {expected.read} pairs" in caught.value.message
    else:
        assert "Nothing is left to train on" in caught.value.message


def test_every_pair_is_normalized_and_put_into_a_part(tmp_path: Path) -> None:
    pairs = [("I'm glad.", "Je suis content !"), ("Yes.", "Oui."), ("Summer's here", "C'est l'été")]
    made = prepared(pairs, tmp_path / "data")
    assert sorted(texts(made.folder)) == [
        ("i m glad", "je suis content"),
        ("summer s here", "c est l ete"),
        ("yes", "oui"),
    ]
    assert [len(Dataset(made.folder).part(name)) for name in PARTS] == [1, 1, 1]
    assert (made.report.read, made.report.groups, made.report.dropped) == (3, 3, Counter())


def test_the_folder_holds_what_the_design_says_and_nothing_is_beside_it(tmp_path: Path) -> None:
    made = prepared(numbered(30), tmp_path / "deep" / "data")
    names = ["data.yaml", "source.vocab", "target.vocab", "test.arrow", "train.arrow", "valid.arrow"]
    assert sorted(contents(made.folder)) == names
    assert list(made.folder.parent.iterdir()) == [made.folder]
    metadata = Dataset(made.folder).metadata
    assert metadata["settings"] == SETTINGS
    assert metadata["provenance"] == {**PROVENANCE, "sha256": "checksum"}


def test_the_reasons_for_dropping_are_counted_with_an_example_each(tmp_path: Path) -> None:
    pairs = [
        ("I am here", "Je suis la"),
        ("I am here!", "Je suis là."),
        ("...", "Rien"),
        ("I am", "?!"),
        ("I am one two", "un"),
        ("I am", "un deux trois quatre"),
        ("You are", "Tu es"),
        ("I am, here", "Je suis la"),
    ]
    made = prepared(pairs, tmp_path / "data", replace(ALL_IN_TRAIN, max_length=4, prefixes=["I AM"]))
    assert texts(made.folder) == [("i am here", "je suis la")]
    assert made.report.read == 8
    assert made.report.dropped == {"duplicate": 2, "empty": 2, "too long": 2, "other beginning": 1}
    assert made.report.examples == {
        "duplicate": ("i am here", "je suis la"),
        "empty": ("...", "Rien"),
        "too long": ("I am one two", "un"),
        "other beginning": ("You are", "Tu es"),
    }


def test_reverse_translates_the_other_way_and_prefixes_still_judge_the_first_column(tmp_path: Path) -> None:
    recipe = replace(ALL_IN_TRAIN, reverse=True, prefixes=["i am"])
    made = prepared([("I am here", "Je suis la"), ("Yes", "I am")], tmp_path / "data", recipe)
    assert texts(made.folder) == [("je suis la", "i am here")]


def test_an_autoencoder_learns_each_source_once_as_its_own_target(tmp_path: Path) -> None:
    pairs = [("Glad", "Content"), ("Glad", "Contente"), ("Sad", "Triste")]
    made = prepared(pairs, tmp_path / "data", replace(ALL_IN_TRAIN, autoencoder=True))
    assert texts(made.folder) == [("glad", "glad"), ("sad", "sad")]
    assert made.report.dropped == {"duplicate": 1}
    opened = Dataset(made.folder)
    assert opened.source_vocabulary == opened.target_vocabulary
    turned = prepared(pairs, tmp_path / "turned", replace(ALL_IN_TRAIN, autoencoder=True, reverse=True))
    assert texts(turned.folder) == [("content", "content"), ("contente", "contente"), ("triste", "triste")]


def test_a_shared_vocabulary_counts_both_sides(tmp_path: Path) -> None:
    recipe = replace(ALL_IN_TRAIN, shared_vocabulary=True)
    opened = Dataset(prepared([("taxi a", "taxi b"), ("a a", "c")], tmp_path / "data", recipe).folder)
    assert opened.source_vocabulary == opened.target_vocabulary
    assert opened.source_vocabulary.index_to_word[4:] == ["a", "taxi", "b", "c"]
    assert opened.source_vocabulary.counts.tolist()[4:] == [3, 2, 1, 1]


def test_the_tokens_of_other_parts_are_not_counted(tmp_path: Path) -> None:
    made = run(source_of([("train", [("a b", "c")]), ("test", [("d a", "e")])]), tmp_path / "data")[0]
    opened = Dataset(made.folder)
    assert opened.source_vocabulary.index_to_word[4:] == ["a", "b"]
    assert opened.part("test").ids([0])[0].to_pylist() == [[3, 4, 2]]


def test_held_out_sentences_are_kept_out_of_training_with_all_that_is_connected(tmp_path: Path) -> None:
    pairs = [*numbered(60), ("I am ab", "autre"), ("other", "autre")]
    recipe = replace(PLAIN, held_out=["I am ab!", "I am ac"], split=(0.1, 0))
    made = prepared(pairs, tmp_path / "data", recipe)
    assert sorted(texts(made.folder, "test")) == [
        ("i am ab", "autre"),
        ("i am ab", "je suis abab"),
        ("i am ac", "je suis acac"),
        ("other", "autre"),
    ]
    elsewhere = {side for pair in texts(made.folder, "train", "valid") for side in pair}
    assert not elsewhere & {"i am ab", "i am ac", "autre", "je suis abab", "je suis acac", "other"}
    assert made.report.held_out_missing == []


def test_held_out_sentences_that_are_not_there_are_reported_as_and_in_the_order_they_were_written(
    tmp_path: Path,
) -> None:
    held_out = [*reversed([f"Not {letter}!" for letter in "abcdefgh"]), "I am ab.", "one two three four five"]
    pairs = [*numbered(20), ("one two three four five", "x")]  # the last is dropped for its length
    made = prepared(pairs, tmp_path / "data", replace(PLAIN, max_length=5, held_out=held_out))
    assert made.report.held_out_missing == [sentence for sentence in held_out if sentence != "I am ab."]


def test_when_reversed_the_held_out_sentences_are_of_the_second_column(tmp_path: Path) -> None:
    recipe = replace(PLAIN, held_out=["Je suis abab", "I am ac"], reverse=True)
    made = prepared(numbered(20), tmp_path / "data", recipe)
    assert ("je suis abab", "i am ab") in texts(made.folder, "test")
    assert made.report.held_out_missing == ["I am ac"]


@pytest.mark.parametrize(
    ("key", "field_name"), [("data.prefixes", "prefixes"), ("data.held_out", "held_out")]
)
def test_a_setting_that_holds_no_word_is_named(tmp_path: Path, key: str, field_name: str) -> None:
    with pytest.raises(ConfigError, match=rf"{key}: '\?!' holds no word"):
        prepared(numbered(5), tmp_path / "data", replace(PLAIN, **{field_name: ["I am", "?!"]}))
    assert list(tmp_path.iterdir()) == []


def test_the_seed_decides_the_parts_and_nothing_else(tmp_path: Path) -> None:
    made = [
        prepared(numbered(200), tmp_path / str(n), replace(PLAIN, seed=seed)).folder
        for n, seed in enumerate([3, 3, 4])
    ]
    assert contents(made[0]) == contents(made[1])
    assert texts(made[0], "test") != texts(made[2], "test")
    assert sorted(texts(made[0])) == sorted(texts(made[2]))


def test_a_data_set_does_not_depend_on_the_blocks_of_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 64)
    made = [
        contents(run(source_of([(None, numbered(300))], rows=rows), tmp_path / str(rows))[0].folder)
        for rows in (1, 7, 64, 300)
    ]
    assert made[0] == made[1] == made[2] == made[3]


def test_the_size_of_blocks_changes_nothing_but_where_chunks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for rows in (1, 13, 1 << 16):
        monkeypatch.setattr(blocks, "BLOCK_ROWS", rows)
        folder = prepared(numbered(200), tmp_path / str(rows)).folder
        parts = {
            name: [row for block in Dataset(folder).part(name).blocks() for row in block.to_pylist()]
            for name in PARTS
        }
        vocabularies = {name: text for name, text in contents(folder).items() if name.endswith(".vocab")}
        found.append((parts, vocabularies, Dataset(folder).metadata["counts"]))
    assert found[0] == found[1] == found[2]


def test_progress_goes_through_all_stages_and_ends_with_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 10)
    _, progress = run(source_of([(None, numbered(100))], rows=10), tmp_path / "data")
    stages = [step.stage for step in progress]
    assert list(dict.fromkeys(stages)) == ["reading", "splitting", "counting", "indexing", "writing"]
    for stage in ("reading", "writing"):
        steps = [step for step in progress if step.stage == stage and step.pairs]
        assert [step.pairs for step in steps] == list(range(10, 101, 10))
        fractions = [step.fraction or 0 for step in steps]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1


INVALID = [Invalid("pairs.tsv", 3, "no tab"), Invalid("pairs.tsv", 1_700, "not UTF-8")]


def test_lines_that_are_no_pairs_are_passed_over_and_reported(tmp_path: Path) -> None:
    made = run(source_of([(None, numbered(10))], INVALID), tmp_path / "data")[0]
    assert made.report.read == 10
    assert made.report.invalid == {"no tab": 1, "not UTF-8": 1}
    assert made.report.invalid_lines["no tab"] == INVALID[:1]
    assert made.metadata["counts"]["invalid"] == {"no tab": 1, "not UTF-8": 1}


def test_when_strict_the_first_line_that_is_no_pair_is_an_error(tmp_path: Path) -> None:
    source = source_of([(None, numbered(10))], INVALID)
    with pytest.raises(CorpusError, match=r"pairs\.tsv, line 3: no tab\. .*--strict"):
        run(source, tmp_path / "data", replace(PLAIN, strict=True))
    assert list(tmp_path.iterdir()) == []


def test_a_source_of_nothing_but_invalid_lines_says_what_they_look_like(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        run(source_of([(None, [])], INVALID), tmp_path / "data")
    for words in ("2 lines", "pairs.tsv, line 3: no tab", "pairs.tsv, line 1,700: not UTF-8"):
        assert words in caught.value.message
    assert "right file" in caught.value.hint


def test_an_empty_source_is_an_error(tmp_path: Path) -> None:
    for given_pairs in ([], [(None, [])]):
        with pytest.raises(CorpusError, match="is empty"):
            run(source_of(given_pairs), tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_when_nothing_is_left_the_error_says_why(tmp_path: Path) -> None:
    pairs = [("You are", "Tu es"), ("You", "Tu"), ("!", "?")]
    with pytest.raises(
        CorpusError, match="None of the 3 pairs read is left: 2 other beginning, 1 empty"
    ) as caught:
        prepared(pairs, tmp_path / "data", replace(PLAIN, prefixes=["i am"]))
    assert "data.prefixes" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_when_nothing_is_left_to_train_on_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"Nothing is left to train on.*data\.held_out.*data\.split"):
        prepared([("a", "b"), ("a", "c")], tmp_path / "data", replace(PLAIN, held_out=["a"]))
    with pytest.raises(CorpusError, match="Nothing is left to train on"):
        run(source_of([("test", [("a", "b")])]), tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_a_vocabulary_edited_by_hand_gives_the_words_and_the_text_their_counts(tmp_path: Path) -> None:
    first = prepared([("a b c", "x"), ("a b", "y")], tmp_path / "first", ALL_IN_TRAIN).folder
    vocabulary = first / "source.vocab"
    head = "".join(f"{symbol}\t0\n" for symbol in SPECIAL_SYMBOLS)
    assert vocabulary.read_text() == head + "a\t2\nb\t2\nc\t1\n"
    vocabulary.write_text(head + "new\t9\nc\t1\na\t7\n")  # b deleted, new added, the order changed
    recipe = replace(ALL_IN_TRAIN, vocabulary=first, min_frequency=5, max_vocabulary=1)
    second = Dataset(prepared([("a a b c d", "x z"), ("c", "w")], tmp_path / "second", recipe).folder)
    assert (second.folder / "source.vocab").read_text() == head + "new\t0\nc\t2\na\t2\n"
    assert (second.folder / "target.vocab").read_text() == head + "x\t1\ny\t0\n"
    ids = [side.to_pylist() for side in second.part("train").ids([0])]
    assert ids == [[[6, 6, 3, 5, 3, 2], [5, 2]], [[4, 3, 2], [3, 2]]]


def test_a_given_vocabulary_may_be_that_of_the_data_set_that_gives_way(tmp_path: Path) -> None:
    folder = prepared([("a b", "x")], tmp_path / "data", ALL_IN_TRAIN).folder
    recipe = replace(ALL_IN_TRAIN, vocabulary=folder)
    run(source_of([(None, [("b c", "x")])]), folder, recipe, again=True)
    assert Dataset(folder).source_vocabulary.index_to_word[4:] == ["a", "b"]
    assert texts(folder) == [("b c", "x")]


def test_a_given_vocabulary_that_is_broken_or_missing_is_named(tmp_path: Path) -> None:
    first = prepared([("a b", "x")], tmp_path / "first", ALL_IN_TRAIN).folder
    recipe = replace(ALL_IN_TRAIN, vocabulary=first)
    with (first / "target.vocab").open("a") as file:
        file.write("word without count\n")
    with pytest.raises(DatasetError, match=r"target\.vocab, line 6: expected a word, a tab and a count"):
        prepared([("a", "x")], tmp_path / "second", recipe)
    (first / "target.vocab").unlink()
    with pytest.raises(DatasetError, match=r"Cannot read the vocabulary .*target\.vocab"):
        prepared([("a", "x")], tmp_path / "second", recipe)
    assert list(tmp_path.iterdir()) == [first]


def test_subwords_are_learnt_from_training_saved_and_used_again(tmp_path: Path) -> None:
    pytest.importorskip("sentencepiece")
    bpe = TOKENIZERS["bpe"]
    recipe = replace(PLAIN, tokenizer=bpe, subwords=60)
    folder = prepared(numbered(120), tmp_path / "data", recipe).folder
    opened = Dataset(folder)
    assert {"source.subwords", "target.subwords"} < set(opened.needed_to_translate)
    for side, name in enumerate(("source", "target")):
        tokenizer = bpe.load(folder / f"{name}.subwords")
        vocabulary = (opened.source_vocabulary, opened.target_vocabulary)[side]
        counts: Counter[str] = Counter()
        for pair in texts(folder, "train"):
            counts.update(token for word in pair[side].split() for token in tokenizer.tokenize(word))
        assert dict(zip(vocabulary.index_to_word[4:], vocabulary.counts.tolist()[4:], strict=True)) == counts
        for part in map(opened.part, PARTS):
            for pair, ids in zip(part.texts(), part.ids([0])[side].to_pylist(), strict=True):
                tokens = [token for word in pair[side].split() for token in tokenizer.tokenize(word)]
                assert ids == vocabulary.indices(tokens)
                if 3 not in ids:
                    assert tokenizer.detokenize(vocabulary.words(ids)) == pair[side]
    assert any("▁" in word and len(word) > 2 for word in opened.source_vocabulary.index_to_word)
    again = prepared(numbered(40), tmp_path / "again", replace(recipe, vocabulary=folder)).folder
    for name in ("source.subwords", "target.subwords"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()
    assert Dataset(again).source_vocabulary.index_to_word == opened.source_vocabulary.index_to_word


def test_shared_subwords_are_one_set_of_them(tmp_path: Path) -> None:
    pytest.importorskip("sentencepiece")
    recipe = replace(PLAIN, tokenizer=TOKENIZERS["bpe"], subwords=60, shared_vocabulary=True)
    folder = prepared(numbered(120), tmp_path / "data", recipe).folder
    assert (folder / "source.subwords").read_bytes() == (folder / "target.subwords").read_bytes()
    assert (folder / "source.vocab").read_bytes() == (folder / "target.vocab").read_bytes()


PREPARE_AND_PRINT = """
import hashlib, sys
from pathlib import Path
import pyarrow as pa
from seq2seq_cli.corpus.prepare import Recipe, prepare
from seq2seq_cli.corpus.sources import Block, Source
from seq2seq_cli.corpus.text import TOKENIZERS, TextPipeline
first, second = pa.array([f"I'm {n} here" for n in range(200)]), pa.array([f"{n}e, oui!" for n in range(200)])
source = Source("memory", lambda: iter([Block(first, second)]), lambda: "checksum")
recipe = Recipe(TextPipeline("lower"), TOKENIZERS["punctuation"], 10, held_out=["i'm 5 here", "x", "y", "z"])
folder = Path(sys.argv[1])
for _ in prepare(source, folder, recipe, settings={}, provenance={}):
    pass
for path in sorted(folder.iterdir()):
    print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
"""


def test_another_process_with_other_hashes_writes_the_same_bytes(tmp_path: Path) -> None:
    printed = []
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", PREPARE_AND_PRINT, str(tmp_path / seed)]
        printed.append(
            subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        )
    assert printed[0] == printed[1]
    assert printed[0].count("\n") == 6
