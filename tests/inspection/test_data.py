"""A data set in numbers, beside the same numbers counted from its text in plain Python."""

import json
import math
import random
import statistics
from collections import Counter
from dataclasses import asdict, replace
from itertools import combinations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus import dataset as dataset_module
from seq2seq_cli.corpus.dataset import PARTS, SCHEMA, Dataset, write_metadata
from seq2seq_cli.corpus.prepare import Recipe, prepare, writing
from seq2seq_cli.corpus.sources import Block, Source
from seq2seq_cli.corpus.text import TOKENIZERS, TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import ConfigError, DatasetError
from seq2seq_cli.inspection.data import length_bars, reading, summarise_data, tally
from seq2seq_cli.inspection.data.casing import count_capitals
from seq2seq_cli.inspection.data.digest import words_of
from seq2seq_cli.inspection.data.scripts import SCRIPTS, sentence_scripts

many = settings(derandomize=True, deadline=None, max_examples=25)

SIDES = ("source", "target")
WORDS = ("a", "b", "un", "Été", "EU", "x1", "да", "猫", "(c)")

sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
pairs_of_sentences = st.lists(st.tuples(sentences, sentences), max_size=12)
corpora = st.fixed_dictionaries(dict.fromkeys(PARTS, pairs_of_sentences))


def write(folder, least=1, *, config=None, counts=None, **parts):
    """Write a data set by hand, whatever prepare would say to it; words seen `least` times are known."""
    folder.mkdir(parents=True)
    parts = {name: parts.get(name, []) for name in PARTS}
    vocabularies = []
    for side, name in enumerate(SIDES):
        words = Counter(word for pair in parts["train"] for word in pair[side].split())
        vocabulary = Vocabulary.of_counts({word: n for word, n in words.items() if n >= least})
        vocabulary.save(folder / f"{name}.vocab")
        vocabularies.append(vocabulary)
    files = {}
    for name, pairs in parts.items():
        columns = [[pair[side] for pair in pairs] for side in range(2)]
        columns += [
            [vocabulary.indices(text.split()) for text in texts]
            for vocabulary, texts in zip(vocabularies, columns, strict=True)
        ]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
        with writing.PartWriter(folder, name, len(pairs)) as writer:
            writer.write(pa.record_batch(arrays, schema=SCHEMA))
        files[name] = writer.files
    write_metadata(folder, files, counts=counts or {}, settings=config or {}, provenance={"source": "hand"})
    return Dataset(folder)


def prepared(folder, pairs, recipe, **config):
    """Prepare a data set as the command line does."""
    block = Block(*(pa.array(column, pa.string()) for column in zip(*pairs, strict=True)))
    source = Source("memory", lambda: iter([block]), lambda: "0")
    for _ in prepare(source, folder, recipe, settings=config, provenance={"source": "memory"}):
        pass
    return Dataset(folder)


def recipe_of(tokenizer="word", **choices):
    return Recipe(TextPipeline("plain"), TOKENIZERS[tokenizer], 50, **choices)


@pytest.fixture
def fresh(tmp_path_factory):
    """Return a way to a folder that does not exist yet."""
    return lambda: tmp_path_factory.mktemp("made") / "data"


def ordinary(number, seed=1):
    """Return pairs that nobody would wonder at, different on both sides."""
    draw = random.Random(seed)
    letters = "abcdefghij"

    def sentence(first):
        return " ".join([first, *("".join(draw.choices(letters, k=6)) for _ in range(6))])

    return [(sentence(f"source{row}"), sentence(f"target{row}")) for row in range(number)]


def kind(summary, name):
    (found,) = [suspicion for suspicion in summary.suspicious if suspicion.kind == name]
    return found


@many
@given(corpora, st.integers(1, 3))
def test_tokens_lengths_and_unknown_words_are_those_of_the_text(tmp_path_factory, corpus, least):
    summary = summarise_data(write(tmp_path_factory.mktemp("made") / "data", least, **corpus))
    for side, name in enumerate(SIDES):
        texts = {part: [pair[side].split() for pair in pairs] for part, pairs in corpus.items()}
        seen = Counter(word for words in texts["train"] for word in words)
        known = {word for word, n in seen.items() if n >= least}
        for part in summary.parts:
            running = [word for words in texts[part.name] for word in words]
            unknown = Counter(word for word in running if word not in known)
            found = getattr(part, name)
            assert part.pairs == len(texts[part.name])
            assert found.tokens == len(running)
            assert found.mean_length == pytest.approx(len(running) / max(part.pairs, 1))
            assert found.longest == max(map(len, texts[part.name]), default=0)
            assert found.unknown == pytest.approx(100 * unknown.total() / max(len(running), 1))
            assert found.unknown_words == len(unknown)
            ranked = sorted(unknown.items(), key=lambda item: (-item[1], item[0].encode()))
            assert found.frequent_unknown == ranked[:5]
            different = set(running)
            coverage = 100 * len(different & known) / len(different) if different else None
            assert found.coverage == pytest.approx(coverage)
        lengths = getattr(summary, f"{name}_lengths")
        assert lengths == Counter(map(len, texts["train"]))
        assert list(lengths) == sorted(lengths)


@many
@given(corpora)
def test_leaks_are_the_sentences_that_two_parts_have_on_whichever_side(tmp_path_factory, corpus):
    summary = summarise_data(write(tmp_path_factory.mktemp("made") / "data", **corpus))
    inside = {name: {text for pair in pairs for text in pair} for name, pairs in corpus.items()}
    assert [leak.parts for leak in summary.leaks] == list(combinations(PARTS, 2))
    for leak in summary.leaks:
        earlier, later = leak.parts
        both = inside[earlier] & inside[later]
        assert leak.sentences == len(both)
        order = dict.fromkeys(text for pair in corpus[later] for text in pair if text in both)
        assert leak.examples == list(order)[:3]
    occurrences = Counter(text for texts in inside.values() for text in texts)
    assert summary.shared_sentences == sum(n > 1 for n in occurrences.values())


@many
@given(corpora)
def test_sentences_with_several_counterparts_are_counted_over_all_parts(tmp_path_factory, corpus):
    summary = summarise_data(write(tmp_path_factory.mktemp("made") / "data", **corpus))
    pairs = [pair for name in PARTS for pair in corpus[name]]
    for side, found in enumerate((summary.several_targets, summary.several_sources)):
        counterparts = {}
        for pair in pairs:
            counterparts.setdefault(pair[side], {})[pair[1 - side]] = None
        several = {text: list(others) for text, others in counterparts.items() if len(others) > 1}
        assert found.sentences == len(several)
        assert found.share == pytest.approx(
            100 * sum(pair[side] in several for pair in pairs) / max(len(pairs), 1)
        )
        assert found.most == max(map(len, several.values()), default=0)
        if several:
            first = next(text for text, others in several.items() if len(others) == found.most)
            assert (found.greatest, found.counterparts) == (first, several[first][:3])
        else:
            assert (found.greatest, found.counterparts) == (None, [])


@many
@given(corpora)
def test_identical_sides_are_counted_in_each_part(tmp_path_factory, corpus):
    summary = summarise_data(write(tmp_path_factory.mktemp("made") / "data", **corpus))
    same = {name: [pair for pair in pairs if pair[0] == pair[1]] for name, pairs in corpus.items()}
    found = kind(summary, "identical sides")
    assert found.pairs == {name: len(pairs) for name, pairs in same.items()}
    assert found.examples == [pair for name in PARTS for pair in same[name]][:3]


def test_windows_make_no_difference(fresh, monkeypatch):
    draw = random.Random(3)
    corpus = {
        name: [tuple(" ".join(draw.choices(WORDS, k=draw.randint(1, 20))) for _ in SIDES) for _ in range(40)]
        for name in PARTS
    }
    corpus["train"] = [("früh " * 30 + "a", "b"), *corpus["train"], *[("ein Haus", "ein Haus")] * 2]
    whole = summarise_data(write(fresh(), 30, **corpus))
    monkeypatch.setattr(writing, "_CHUNK_ROWS", 2)
    monkeypatch.setattr(reading, "_WINDOW_ROWS", 5)
    monkeypatch.setattr(tally, "_MERGED_AT", 1)
    pieces = summarise_data(write(fresh(), 30, **corpus))
    assert whole.parts[0].source.unknown_words > 0
    assert replace(pieces, folder="") == replace(whole, folder="")


def test_everything_is_plain_data(fresh):
    corpus = {name: [("a b", "a b"), ("a b", "C"), ("ÉTÉ", "да")] for name in PARTS}
    document = asdict(summarise_data(write(fresh(), 2, **corpus)))
    parsed = json.loads(json.dumps(document))
    assert parsed["parts"][0]["source"]["tokens"] == 5
    assert parsed["leaks"][0]["sentences"] == 4


def test_of_a_prepared_data_set_nothing_is_shared_and_what_was_recorded_is_handed_on(fresh):
    pairs = [(f"word{row} is here", f"mot{row} est ici") for row in range(60)]
    dataset = prepared(fresh(), pairs, recipe_of(split=(0.2, 0.2)), max_length=50, split=[0.6, 0.2, 0.2])
    summary = summarise_data(dataset)
    assert summary.folder == str(dataset.folder)
    assert summary.provenance["source"] == "memory"
    assert summary.settings["max_length"] == 50
    assert summary.changed_settings == {"data.max_length": "50", "data.split": "[0.6, 0.2, 0.2]"}
    assert (summary.counts["read"], sum(part.pairs for part in summary.parts)) == (60, 60)
    assert summary.shared_sentences == 0
    test = summary.parts[-1]
    assert test.source.unknown_words == test.pairs  # every sentence has a word of its own


def test_settings_that_equal_the_defaults_and_places_are_left_out(fresh):
    dataset = write(
        fresh(), config={"seed": 1, "source": "x.tsv", "path": "d", "reverse": True}, train=[("a", "b")]
    )
    assert summarise_data(dataset).changed_settings == {"data.reverse": "true"}


def test_a_setting_that_does_not_exist_is_named(fresh):
    dataset = write(fresh(), config={"revers": True}, train=[("a", "b")])
    with pytest.raises(ConfigError, match=r"data\.yaml: data\.revers"):
        summarise_data(dataset)


def test_tokens_that_are_no_words_are_counted_but_not_named(fresh):
    pairs = [("aa bb", "cc dd"), ("ab ba", "cd dc"), ("zz", "xx"), ("ab", "cd")]
    dataset = prepared(fresh(), pairs, recipe_of("char", split=(0, 0), held_out=["zz"]), tokenizer="char")
    test = summarise_data(dataset).parts[-1]
    assert (test.source.tokens, test.source.longest) == (3, 3)  # ▁ z z
    assert test.source.unknown == pytest.approx(200 / 3)
    assert (test.source.unknown_words, test.source.frequent_unknown, test.source.coverage) == (None, [], None)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("vanished", [False, True])
def test_a_part_that_changed_or_vanished_is_named(fresh, name, vanished):
    dataset = write(fresh(), **{part: [("a", "b")] for part in PARTS})
    path = dataset.folder / f"{name}.arrow"
    content = path.read_bytes()
    path.unlink()
    if not vanished:
        path.write_bytes(content + b"x")
    with pytest.raises(DatasetError, match=rf"data/{name}\.arrow"):
        summarise_data(dataset)


def test_a_large_file_with_one_wrong_byte_is_found(fresh, monkeypatch):
    folder = write(fresh(), train=ordinary(50)).folder
    monkeypatch.setattr(dataset_module, "_CHECKED_AT_ONCE", 0)
    path = folder / "train.arrow"
    content = bytearray(path.read_bytes())
    content[content.index(b"source7")] ^= 1
    path.write_bytes(content)
    dataset = Dataset(folder)  # which compares the sizes of large files only
    with pytest.raises(DatasetError, match=r"train\.arrow is damaged"):
        summarise_data(dataset)


def test_an_empty_sentence_has_no_words(fresh):
    summary = summarise_data(write(fresh(), train=[("", "a b"), ("c", "")]))
    assert summary.source_lengths == {0: 1, 1: 1}
    assert (summary.parts[0].source.tokens, summary.parts[0].source.unknown_words) == (1, 0)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("i m glad", "Latin"),
        ("Ça va, Zoë ?", "Latin"),
        ("я рад", "Cyrillic"),
        ("είμαι χαρούμενος", "Greek"),
        ("我很高兴", "Han"),
        ("彼は学生です", "kana"),
        ("中華人民共和国の", "kana"),
        ("彼の学生生活 OKAY", "kana"),
        ("나는 기쁘다", "Hangul"),
        ("أنا سعيد", "Arabic"),
        ("אני שמח", "Hebrew"),
        ("मैं खुश हूँ", "Devanagari"),
        ("ฉันดีใจ", "Thai"),
        ("мы читаем YAML", "Cyrillic"),
        ("он wrote it", "Latin"),
        ("12 + 3 = 15 !", "none"),
        ("، ؟", "none"),  # signs of the Arabic script are no letters
        ("", "none"),
    ],
)
def test_the_script_of_a_sentence_is_that_of_most_letters(text, script):
    words = words_of(pa.array([text, "other words"], pa.string()))
    assert SCRIPTS[sentence_scripts(words)[0]] == script


ALPHABETS = {"Latin": "abcéß", "Cyrillic": "абвж", "Greek": "αβγω", "Hangul": "가나다", "none": "1!? -"}


@many
@given(st.lists(st.lists(st.sampled_from("".join(ALPHABETS.values())), max_size=12).map("".join), min_size=1))
def test_scripts_of_mixed_sentences_are_those_that_counting_letters_gives(texts):
    texts = [" ".join(text.split()) for text in texts]
    found = sentence_scripts(words_of(pa.array(texts, pa.string())))
    for text, number in zip(texts, found.tolist(), strict=True):
        letters = Counter(name for sign in text for name, signs in ALPHABETS.items() if sign in signs)
        del letters["none"]
        most = max(letters.values(), default=0)
        assert SCRIPTS[number] in ([name for name, n in letters.items() if n == most] or ["none"])


def test_sentences_in_another_script_than_their_column_are_found(fresh):
    usual = [(f"the {word} is here", f"{word} здесь") for word in ("cat", "dog", "house", "river")]
    usual = [(source, target.replace(source.split()[1], "кот")) for source, target in usual]
    foreign = [("всё хорошо", "всё хорошо да"), ("it is well", "很好"), ("12 %", "12 , %")]
    summary = summarise_data(write(fresh(), train=[*usual, foreign[0]], test=foreign[1:]))
    found = kind(summary, "other script")
    assert found.usual == "Latin → Cyrillic"
    assert found.pairs == {"train": 1, "valid": 0, "test": 1}
    assert found.examples == foreign[:2]


def test_a_japanese_sentence_may_be_of_chinese_characters_alone(fresh):
    japanese = [("i go", "行きます"), ("no", "いいえ"), ("understood", "了解")]
    assert kind(summarise_data(write(fresh(), train=japanese)), "other script").pairs["train"] == 0
    chinese = [("i go", "我走"), ("good", "很好"), ("no", "いいえ")]
    assert kind(summarise_data(write(fresh(), train=chinese)), "other script").pairs["train"] == 1


def test_pairs_of_a_strange_length_ratio_are_found(fresh):
    long, short = "one more word " * 12, "words of some length " * 2
    planted = [(long.strip(), short.strip() + " end"), ("of", short.strip())]
    harmless = [("no", "certainly not at all")]  # too short to tell
    train = [*ordinary(40), *planted, *harmless]
    found = kind(summarise_data(write(fresh(), train=train)), "length ratio")
    assert found.pairs == {"train": 2, "valid": 0, "test": 0}
    assert found.examples == planted
    assert found.usual == "0.5 to 2 source/target characters"


def test_what_ratio_is_usual_follows_from_the_corpus(fresh):
    draw = random.Random(2)
    train = [("a" * 100, "b" * draw.randint(60, 400)) for _ in range(99)]
    ratios = [math.log(100 / len(target)) for _, target in train]
    middle = statistics.median(ratios)
    spread = 4 * 1.4826 * statistics.median(abs(ratio - middle) for ratio in ratios)
    assert spread > math.log(2)
    outside = ("a" * 100, "b" * round(100 / math.exp(middle + spread) * 0.9))
    inside = ("a" * 100, "b" * round(100 / math.exp(middle + spread) * 1.1))
    summary = summarise_data(write(fresh(), train=train, test=[inside, outside]))
    assert kind(summary, "length ratio").pairs["train"] == 0
    assert kind(summary, "length ratio").examples == [outside]


def test_an_autoencoder_has_identical_sides_by_design(fresh):
    pairs = [("a b", "a b"), ("c", "c")]
    kinds = [
        s.kind for s in summarise_data(write(fresh(), config={"autoencoder": True}, train=pairs)).suspicious
    ]
    assert kinds == ["length ratio", "other script"]


@many
@given(
    st.lists(
        st.lists(st.text("aZéÉßΩω1'(I猫да", min_size=1, max_size=4), max_size=5).map(" ".join), min_size=1
    )
)
def test_capitals_are_those_that_python_sees(texts):
    begins = capitals = 0
    for text in texts:
        letters = [sign for sign in text if sign.isalpha()]
        begins += bool(letters) and letters[0].isupper()
        words = ["".join(filter(str.isalpha, word)) for word in text.split()]
        capitals += sum(len(word) > 1 and word.isupper() for word in words)
    assert count_capitals(words_of(pa.array(texts, pa.string()))) == (begins, capitals)


def test_parts_that_differ_in_casing_are_remarked_on(fresh):
    pairs = ordinary(400)
    capital = [(source.capitalize(), target) for source, target in pairs]
    summary = summarise_data(write(fresh(), train=capital[:200], valid=pairs[200:300], test=capital[300:]))
    assert [part.source.capitalised for part in summary.parts] == [100, 0, 100]
    assert [part.target.capitalised for part in summary.parts] == [0, 0, 0]
    (remark,) = [remark for remark in summary.remarks if "capital" in remark]
    assert "begin with a capital (source): 100% in train, 0% in valid, 100% in test" in remark


@pytest.mark.parametrize(("capitals", "remarked"), [(36, False), (48, True)])
def test_ten_points_of_casing_are_remarked_on(fresh, capitals, remarked):
    pairs = ordinary(800)
    test = [(s, t.upper() if row < capitals else t) for row, (s, t) in enumerate(pairs[:400])]
    remarks = summarise_data(write(fresh(), train=pairs[400:], test=test)).remarks
    assert any("words in capitals (target)" in remark for remark in remarks) == remarked


def test_casing_of_a_few_sentences_is_chance(fresh):
    pairs = ordinary(30)
    test = [(s.capitalize(), t) if row < 2 else (s, t) for row, (s, t) in enumerate(pairs[:10])]
    assert not any(
        "capital" in r for r in summarise_data(write(fresh(), train=pairs[10:], test=test)).remarks
    )


def well(number=120):
    """Return parts of which there is nothing to say: every word of valid and test is known."""
    pairs = ordinary(number)
    turned = [tuple(" ".join(reversed(text.split())) for text in pair) for pair in pairs]
    return {"train": pairs, "valid": turned[:30], "test": turned[30:60]}


def test_nothing_is_remarked_where_all_is_well(fresh):
    assert (
        summarise_data(write(fresh(), counts={"read": 180, "dropped": {"empty": 1}}, **well())).remarks == []
    )


@pytest.mark.parametrize(
    ("change", "counts", "words"),
    [
        ({"test": ordinary(2)}, {}, ["4 sentences of test occur in train too"]),
        ({"train": []}, {}, ["The train part is empty", "unknown"]),
        ({"valid": []}, {}, ["The valid part is empty", "data.split"]),
        ({"test": []}, {}, ["The test part is empty"]),
        ({"test": [("new words", "source0 target0")]}, {}, ["100.0% of the source tokens of test", "bpe"]),
        (
            {"train": [*ordinary(120), *[("same again", f"target{n} is it") for n in range(40)]]},
            {},
            ["18%", "any"],
        ),
        ({}, {"read": 100, "dropped": {"empty": 2}}, ["2 of the 100 pairs read", "normalizer"]),
        (
            {"train": [*ordinary(120), *[(f"no{n}", f"no{n}") for n in range(9)]]},
            {},
            ["9 pairs (4.8%)", "identical"],
        ),
    ],
    ids=["leak", "no train", "no valid", "no test", "unknown", "ambiguous", "empty", "identical"],
)
def test_what_deserves_attention_is_remarked_on(fresh, change, counts, words):
    remarks = summarise_data(write(fresh(), counts=counts, **{**well(), **change})).remarks
    assert remarks
    for word in words:
        assert any(word in remark for remark in remarks), remarks


def test_a_large_valid_part_is_remarked_on(fresh, monkeypatch):
    from seq2seq_cli.inspection.data import remarks

    monkeypatch.setattr(remarks, "_LARGE_VALID", 29)
    (remark,) = summarise_data(write(fresh(), **well())).remarks
    assert "all 30 pairs of valid" in remark


lengths = st.dictionaries(st.integers(1, 300), st.integers(1, 1000), max_size=30)


@many
@given(lengths, lengths, st.integers(2, 20))
def test_every_length_is_in_the_bar_that_says_so(source, target, most):
    bars = length_bars(source, target, most)
    assert len(bars) <= most
    for bar in bars:
        for found, side in ((bar.source, source), (bar.target, target)):
            last = math.inf if bar.last is None else bar.last
            assert found == sum(n for length, n in side.items() if bar.first <= length <= last)
    assert sum(bar.source + bar.target for bar in bars) == sum(source.values()) + sum(target.values())
    assert [bar.first for bar in bars[1:]] == [bar.last + 1 for bar in bars[:-1]]
    assert len({bar.last - bar.first for bar in bars if bar.last is not None}) <= 1
    for side in (source, target) if bars and bars[-1].last is None else ():
        tail = sum(n for length, n in side.items() if length >= bars[-1].first)
        assert tail <= 0.0101 * sum(side.values())


def test_short_sentences_have_a_bar_for_each_length():
    bars = length_bars({3: 5, 5: 1}, {4: 2})
    assert [(bar.first, bar.last, bar.source, bar.target) for bar in bars] == [
        (3, 3, 5, 0),
        (4, 4, 0, 2),
        (5, 5, 1, 0),
    ]


def test_a_long_tail_is_one_bar():
    bars = length_bars(dict.fromkeys(range(1, 41), 1000) | {900: 3}, {7: 1}, most=10)
    assert [(bar.first, bar.last, bar.source) for bar in bars[-3:]] == [
        (36, 40, 5000),
        (41, 45, 0),
        (46, None, 3),
    ]


def test_the_bar_of_the_tail_holds_nothing_else():
    bars = length_bars(dict.fromkeys(range(1, 11), 1000) | {900: 3}, {}, most=10)
    assert [(bar.first, bar.last) for bar in bars[:2]] == [(1, 2), (3, 4)]
    assert bars[-1].source == 3


def test_no_sentences_have_no_bars():
    assert length_bars({}, {}) == []
