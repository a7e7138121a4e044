"""The page: what it accepts, what it refuses and in which words, and that it survives being written down."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from seq2seq_cli.config import (
    Config,
    DataConfig,
    TrainingConfig,
    data_folder,
    describe,
    finding,
    from_mapping,
    given_keys,
    load_config,
    load_with_origins,
    preset_folder,
    presets,
    to_yaml,
)
from seq2seq_cli.config.reading import YamlError, read_yaml
from seq2seq_cli.errors import ConfigError


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Load a config from the text of a file `my.yaml` in the working folder."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str | bytes, *overrides: str) -> Config:
        Path("my.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
        return load_config("my.yaml", overrides)

    return load_text


@pytest.fixture
def refusal(load):
    """Return the message with which a text and its overrides are refused."""

    def message(text: str | bytes, *overrides: str) -> str:
        with pytest.raises(ConfigError) as caught:
            load(text, *overrides)
        return str(caught.value)

    return message


# The page


def test_the_defaults_are_those_of_the_page():
    assert load_config() == Config()
    assert Config().data.split == (0.9, 0.05, 0.05)
    assert Config().training.schedule.factor == 0.5
    assert given_keys(Config()) == set()


def test_every_key_is_documented_in_one_sentence():
    for info in describe(Config()):
        assert info.description.endswith("."), info.key
        assert ". " not in info.description, info.key
        assert info.value == info.default


def test_keys_come_in_the_order_of_the_page():
    keys = [info.key for info in describe(Config())]
    assert keys[0] == "data.source"
    assert keys[-1] == "decoding.precision"
    assert keys.index("training.schedule.rise") + 1 == keys.index("training.clip_norm")
    assert len(keys) == len(set(keys))


def test_a_config_cannot_be_changed_but_hashed():
    config = Config()
    with pytest.raises(ValidationError):
        config.model.cell = "gru"
    assert hash(config) == hash(Config())


def test_the_page_imports_neither_torch_nor_the_command_line():
    code = "import sys, seq2seq_cli.config; assert not {'torch', 'typer', 'rich'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])


# Layers


def test_set_wins_over_yaml_and_yaml_over_defaults(load):
    config = load("model: {cell: gru, dropout: 0.1}\n", "model.dropout=0.2", "model.dropout=0.3")
    assert (config.model.cell, config.model.dropout, config.model.encoder) == ("gru", 0.3, "bi")


def test_given_keys_are_those_of_yaml_and_set_even_at_their_default(load):
    config = load("data: {reverse: false}\ntraining: {schedule: {factor: 0.1}}\n", "model.cell=lstm")
    assert given_keys(config) == {"data.reverse", "training.schedule.factor", "model.cell"}
    assert [info.key for info in describe(config) if info.given] == [
        "data.reverse",
        "model.cell",
        "training.schedule.factor",
    ]


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "null", "{}", "---\n", "\ufeff", "model:\ndata:\n"])
def test_an_empty_file_or_section_means_the_defaults(load, text):
    assert load(text) == Config()
    assert given_keys(load(text)) == set()


def test_set_reaches_into_an_empty_section(load):
    assert load("model:\ntraining:\n  schedule:\n", "training.schedule.policy=step", "model.cell=gru") == (
        load("model: {cell: gru}\ntraining: {schedule: {policy: step}}")
    )


def test_setting_a_whole_section_leaves_its_other_keys(load):
    config = load("training: {schedule: {factor: 0.1}}", "training.schedule={policy: step}")
    assert (config.training.schedule.policy, config.training.schedule.factor) == ("step", 0.1)


def test_setting_a_section_to_null_brings_the_defaults_back(load):
    assert load("model: {cell: gru}", "model=null") == Config()


def test_a_list_that_is_set_replaces_the_list_of_the_file(load):
    config = load("data:\n  prefixes:\n    - a\n    - b\n", "data.prefixes=[i m, he is]")
    assert config.data.prefixes == ("i m", "he is")


# Numbers


@pytest.mark.parametrize("text", ["3e-4", "0.0003", "'3e-4'", "3.0e-4", "+3E-4", "0.000_3"])
def test_a_number_is_read_however_it_is_spelled(load, text):
    assert load(f"training: {{learning_rate: {text}}}").training.learning_rate == 3e-4
    assert load("", f"training.learning_rate={text}").training.learning_rate == 3e-4


@pytest.mark.parametrize("text", ["1000", "1_000", "1e3", "1000.0", "'1000'", "01000", "1.0e+3"])
def test_a_whole_number_is_an_int_however_it_is_spelled(load, text):
    for config in (
        load(f"training: {{max_steps: {text}, epochs: {text}}}"),
        load("", f"training.max_steps={text}", f"training.epochs={text}"),
    ):
        for number in (config.training.max_steps, config.training.epochs):
            assert number == 1000
            assert type(number) is int


def test_an_int_is_a_float_where_a_float_belongs(load):
    assert type(load("training: {learning_rate: 1}").training.learning_rate) is float


NUMBERS = (
    "fast",
    "true",
    "no",
    "null",
    "[1]",
    "{a: 1}",
    ".nan",
    ".inf",
    "nan",
    "inf",
    "1:30",
    "0x1f",
    "''",
    "1e999",
)


@pytest.mark.parametrize("text", [*NUMBERS, "-1", "0", "-.inf", "9" * 5000])
def test_what_is_no_positive_number_is_refused(refusal, text):
    expected = "training.learning_rate: must be a number greater than 0, not "
    assert refusal(f"training:\n  learning_rate: {text}").startswith(f"my.yaml, line 2: {expected}")


@pytest.mark.parametrize("text", [*NUMBERS, "2.5", "0", "-3", "1e-3"])
def test_what_is_no_count_is_refused(refusal, text):
    expected = "training.epochs: must be a whole number of at least 1, not "
    assert refusal(f"training:\n  epochs: {text}").startswith(f"my.yaml, line 2: {expected}")


@pytest.mark.parametrize(
    ("key", "bad", "right"),
    [
        ("data.max_length", "1", "a whole number of at least 2"),
        ("data.max_vocabulary", "0", "a whole number of at least 1, or null"),
        ("data.seed", "-1", "a whole number of at least 0, less than 2^63"),
        ("training.seed", str(2**63), "a whole number of at least 0, less than 2^63"),
        ("model.dropout", "1.0", "a number of at least 0 and less than 1"),
        ("training.momentum", "-0.1", "a number of at least 0 and less than 1"),
        ("training.weight_decay", "-1", "a number of at least 0"),
        ("training.clip_norm", "0", "a number greater than 0, or null"),
        ("training.schedule.factor", "0", "a number greater than 0 and at most 1"),
        ("training.teacher_forcing.ratio", "1.5", "a number from 0 to 1"),
        ("decoding.temperature", "0", "a number greater than 0"),
        ("decoding.top_k", "0", "a whole number of at least 1, or null"),
        ("decoding.top_p", "0", "a number greater than 0 and at most 1"),
        ("decoding.top_p", "1.1", "a number greater than 0 and at most 1"),
        ("decoding.coverage_penalty", "-1", "a number of at least 0"),
        ("decoding.block_ngrams", "-1", "a whole number of at least 0"),
        ("decoding.min_length", "0.5", "a whole number from 0 to 1,000,000"),
        ("decoding.max_length_ratio", "0", "a number greater than 0, or null"),
        ("decoding.max_length", "1000001", "a whole number from 1 to 1,000,000"),
        ("decoding.min_length", "-1", "a whole number from 0 to 1,000,000"),
        ("data.reverse", "1", "true or false"),
        ("data.reverse", "maybe", "true or false"),
        ("data.path", "[a]", "text or null"),
    ],
)
def test_a_value_out_of_range_is_told_what_would_be_right(refusal, key, bad, right):
    assert refusal("", f"{key}={bad}").startswith(f"--set {key}={bad}: must be {right}, not ")


def test_the_value_found_is_shown(refusal):
    assert refusal("", "training.learning_rate=fast") == (
        "--set training.learning_rate=fast: must be a number greater than 0, not 'fast'"
    )
    assert refusal("training: {epochs: true}").endswith("not true")
    assert refusal("training: {epochs: }").endswith("not null")


@pytest.mark.parametrize(
    "split", ["[0.9, 0.2]", "[0.5, 0.2, 0.2]", "[0, 0.5, 0.5]", "[1.5, -0.5, 0]", "[a, b, c]", "0.9", "null"]
)
def test_shares_that_are_no_split_are_refused(refusal, split):
    message = refusal("", f"data.split={split}")
    assert "must be three shares that sum to 1, such as [0.9, 0.05, 0.05]" in message
    assert "[rest, 1000, 1000]" in message


@pytest.mark.parametrize("split", ["[1, 0, 0]", "[0.8, 0.1, 0.1]", "['8e-1', 1e-1, 1e-1]"])
def test_shares_that_sum_to_one_are_a_split(load, split):
    assert math.isclose(sum(load("", f"data.split={split}").data.split), 1)


@pytest.mark.parametrize(
    ("split", "read"),
    [
        ("[rest, 1000, 1000]", ("rest", 1000, 1000)),
        ("[rest, 0.1, 500]", ("rest", 0.1, 500)),
        ("[rest, 0, 1e3]", ("rest", 0, 1000)),
        ("[1, 0, 0]", (1.0, 0, 0)),
    ],
)
def test_validation_and_test_may_be_numbers_of_pairs(load, split, read):
    config = load("", f"data.split={split}")
    assert config.data.split == read
    assert "1000.0" not in to_yaml(config)
    assert load(to_yaml(config)).data.split == read


@pytest.mark.parametrize(
    "split", ["[rest, 1.5, 0]", "[rest, 0.5, 0.5]", "[rest, -1, 5]", "[0.5, rest, 0.5]", "rest"]
)
def test_numbers_of_pairs_that_are_none_are_refused(refusal, split):
    assert "[rest, 1000, 1000]" in refusal("", f"data.split={split}")


def test_two_aligned_files_may_be_the_source(load, refusal):
    assert load("data: {source: [train.en, train.de]}").data.source == ("train.en", "train.de")
    assert "a list of two files" in refusal("data: {source: [train.en]}")
    assert "a list of two files" in refusal("data: {source: [a, b, c]}")


def test_columns_are_two_names_or_numbers(load, refusal):
    assert load("", "data.columns=[2, 1]").data.columns == ("2", "1")
    assert load("", "data.columns=[en, de]").data.columns == ("en", "de")
    assert load("", "data.columns=[]").data.columns == ()
    for wrong in ("[1]", "[1, 2, 3]", "1", "[[1], 2]", "[true, false]"):
        assert "two names or numbers of columns" in refusal("", f"data.columns={wrong}")


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ("pairs.tsv.gz", "pairs"),
        ("a/corpus.jsonl.zst", "corpus"),
        ("tatoeba:eng-fra", "tatoeba-eng-fra"),
        ("'-'", "corpus"),
        ("[train.de.gz, train.en.gz]", "train.de-train.en"),
        ("../multi30k/", "multi30k"),
        ("fra-eng.zip/fra.txt", "fra"),
    ],
)
def test_prepared_data_lie_in_a_folder_called_like_their_source(load, source, folder):
    assert data_folder(load("", f"data.source={source}").data) == Path("data") / folder


# Text and lists


@pytest.mark.parametrize("word", ["no", "off", "True", "12", "1.5"])
def test_text_that_yaml_takes_for_something_else_is_told_to_be_quoted(refusal, load, word):
    message = refusal(f"data:\n  source: {word}")
    assert message.startswith("my.yaml, line 2: data.source: must be text, or a list of two files")
    assert "put text in quotes" in message
    assert load(f"data:\n  source: '{word}'").data.source == word


@pytest.mark.parametrize("bad", ["''", "' '", "null", "[a]", "{a: b}"])
def test_what_is_no_text_is_refused(refusal, bad):
    assert "must be text, not " in refusal(f"model: {{cell: {bad}}}")


@pytest.mark.parametrize("word", ["2024-05-01", "2024-99-99", "12:30", "=", "a,b", "0x1f"])
def test_text_that_only_looks_odd_stays_text(load, word):
    assert load(f"data: {{source: '{word}'}}") == load("", f"data.source={word}")


def test_a_scalar_for_a_list_is_told_what_a_list_looks_like(refusal):
    assert refusal("", "data.prefixes=i m") == (
        "--set data.prefixes=i m: must be a list, such as ['i m'], not 'i m'"
    )
    assert "such as ['i m'], not 5" in refusal("", "data.held_out=5")
    assert "not null" in refusal("", "data.held_out=")


def test_a_wrong_item_of_a_list_is_named_with_its_line(refusal):
    text = "data:\n  held_out:\n    - i m glad\n    - no\n"
    assert refusal(text).startswith("my.yaml, line 4: data.held_out, item 2: must be text, not false")
    assert refusal(text, "data.held_out=[5]").startswith(
        "--set data.held_out=[5]: data.held_out, item 1: must be text"
    )


# Unknown keys


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#\nmodel:\n  encodr: bi", "my.yaml, line 3: model.encodr: unknown key. Did you mean 'encoder'?"),
        ("modle: {}", "my.yaml, line 1: modle: unknown section. Did you mean 'model'?"),
        ("x: 1", "my.yaml, line 1: x: unknown section. Choose from: data, model, training, decoding."),
        ("batch_size: 2", "my.yaml, line 1: batch_size: unknown key. Did you mean 'training.batch_size'?"),
        (
            "model: {max_length: 3}",
            "my.yaml, line 1: model.max_length: unknown key. "
            "Did you mean 'data.max_length' or 'decoding.max_length'?",
        ),
        (
            "training: {schedule: {polcy: step}}",
            "my.yaml, line 1: training.schedule.polcy: unknown key. Did you mean 'policy'?",
        ),
        ("model: 5", "my.yaml, line 1: model: must hold keys (encoder, cell, "),
        ("training:\n  schedule: step", "my.yaml, line 2: training.schedule: must hold keys (policy, "),
        ("model: {<<: {cell: gru}}", "my.yaml, line 1: model.<<: unknown key. "),
        ("model: {no: 1}", "my.yaml, line 1: model.no: unknown key. "),
        ("model: {7: 1}", "my.yaml, line 1: model.7: unknown key. "),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_its_likeness(refusal, text, message):
    assert refusal(text).startswith(message)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("model.encodr=bi", "--set model.encodr=bi: unknown key. Did you mean 'encoder'?"),
        ("modle.cell=gru", "--set modle.cell=gru: modle: unknown section. Did you mean 'model'?"),
        ("cell=gru", "--set cell=gru: unknown key. Did you mean 'model.cell'?"),
        ("model.cell.x=1", "--set model.cell.x=1: model.cell: must be text, not {'x': 1}"),
        (
            "training.schedule={polcy: a}",
            "--set training.schedule={polcy: a}: training.schedule.polcy: unknown key.",
        ),
        ("model=5", "--set model=5: must hold keys"),
        ("model.cell", "--set model.cell: must look like section.key=value"),
        ("=5", "--set =5: must look like section.key=value"),
        ("model..cell=5", "--set model..cell=5: must look like section.key=value"),
        ("", "--set : must look like section.key=value"),
        ("data.prefixes=[a", "--set data.prefixes=[a: this is not YAML: "),
        ("data.source=*a", "--set data.source=*a: a value that begins with * is an alias"),
    ],
)
def test_a_wrong_override_is_named_as_it_was_given(refusal, option, message):
    assert refusal("", option).startswith(message)


def test_an_override_of_a_value_as_if_it_had_keys_is_refused(refusal):
    assert refusal("model: {cell: gru}", "model.cell.x=1") == (
        "--set model.cell.x=1: model.cell has a value, 'gru', so it has no keys"
    )


def test_all_mistakes_are_listed_one_a_line(refusal):
    text = "model:\n  encodr: bi\n  dropout: 2\ntraining: 3\n"
    lines = refusal(text, "data.seed=x", "data").splitlines()
    assert sorted(line.split(": ")[0] for line in lines) == [
        "--set data",
        "--set data.seed=x",
        "my.yaml, line 2",
        "my.yaml, line 3",
        "my.yaml, line 4",
    ]


def test_a_flood_of_mistakes_is_cut_short(refusal):
    lines = refusal("".join(f"k{n}: 1\n" for n in range(50))).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "... and 30 more"


def test_our_words_and_not_those_of_the_library_reach_the_user(refusal):
    message = refusal(
        "data: {split: x, reverse: x, seed: x}\nmodel: {cell: [], x: 1}\ntraining: {clip_norm: x}"
    )
    for phrase in ("Input should", "validation error", "Value error", "extra", "pydantic", "type="):
        assert phrase not in message


# Files


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model:\n  cell: [gru\n", "my.yaml, line 3, column 1: this is not YAML: "),
        ("model: a: b", "my.yaml, line 1, column 9: this is not YAML: mapping values are not allowed here"),
        ("model:\n\tcell: gru", "my.yaml, line 2, column 1: this is not YAML: "),
        ("model: 'x", "my.yaml, line 1, column 10: this is not YAML: "),
        ("- 1", "my.yaml: must hold the sections data, model, training, decoding, not [1]"),
        ("hello", "my.yaml: must hold the sections data, model, training, decoding, not 'hello'"),
        (
            "model:\n  cell: gru\n  cell: lstm",
            "my.yaml, line 3, column 3: model.cell: given twice, first in line 2",
        ),
        ("model: {}\nmodel: {}", "my.yaml, line 2, column 1: model: given twice, first in line 1"),
        ("data: {}\n--- {}", "my.yaml, line 2, column 1: this is not YAML: found another document"),
        ("? [a]\n: b", "my.yaml, line 1, column 3: a key must be a word"),
        ("model: !!python/object:os.system x", "my.yaml, line 1, column 8: the tag "),
        ("model: !x {cell: gru}", "my.yaml, line 1, column 8: the tag '!x' is not understood here"),
        ("a: &a [*a]", "my.yaml, line 1, column 8: a value that begins with * is an alias"),
        ("model:\n  cell: \x07", "my.yaml, line 2, column 9: YAML does not allow the character '\\x07'"),
        ('model: {cell: "\\UFFFFFFFF"}', "my.yaml, line 1, column 1: this is not YAML: an escape"),
        (b"model:\n  cell: \xff", "my.yaml, line 2: not UTF-8 text"),
        ("model: {}".encode("utf-16"), "my.yaml, line 1: not UTF-8 text"),
        ("#" * 1_000_001, "my.yaml: more than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_config_is_refused_with_its_place(refusal, text, message):
    assert refusal(text).startswith(message)


@pytest.mark.parametrize("text", ["[" * 50_000, "{a: " * 50_000, "- " * 50_000, "? " * 50_000])
def test_a_file_nested_without_end_is_refused(refusal, text):
    assert "nested too deeply" in refusal(text)


def test_an_alias_bomb_is_refused_before_it_goes_off(refusal):
    layers = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    assert "is an alias" in refusal("\n".join(layers))


def test_a_folder_is_no_config(tmp_path):
    with pytest.raises(ConfigError, match="a folder, not a YAML file"):
        load_config(tmp_path)


def test_a_path_through_a_file_cannot_be_read(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be read: Not a directory"):
        load_config(tmp_path / "file" / "my.yaml")


# Presets


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Two presets, and an empty working folder."""
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "bi.yaml").write_text("model: {cell: gru}")
    (folder / "uni.yaml").write_text("model: {encoder: uni, x: 1}")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(finding, "preset_folder", lambda: folder)
    return folder


def test_presets_lie_in_a_folder_called_configs():
    assert preset_folder().name == "configs"
    assert presets() == sorted(presets())


@pytest.mark.parametrize("name", ["bi", "bi.yaml"])
@pytest.mark.usefixtures("shelf")
def test_a_preset_is_found_by_name(name):
    assert presets() == ["bi", "uni"]
    assert load_config(name).model.cell == "gru"
    assert load_config(Path(name)).model.cell == "gru"


@pytest.mark.usefixtures("shelf")
def test_a_file_wins_over_a_preset_of_its_name():
    Path("bi.yaml").write_text("model: {cell: mine}")
    assert load_config("bi.yaml").model.cell == "mine"
    assert load_config("bi").model.cell == "gru"


@pytest.mark.usefixtures("shelf")
def test_a_mistake_in_a_preset_names_its_file():
    with pytest.raises(ConfigError, match=r"^uni\.yaml, line 1: model\.x: unknown key"):
        load_config("uni")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("uno.yaml", "Did you mean 'uni'?"),
        ("nothing", "Choose from: bi, uni."),
        ("x/bi.yaml", "Did you mean 'bi'?"),
    ],
)
@pytest.mark.usefixtures("shelf")
def test_a_missing_file_is_told_which_presets_there_are(name, hint):
    with pytest.raises(ConfigError) as caught:
        load_config(name)
    assert caught.value.message == f"{name}: there is no such file, nor a preset of this name."
    assert caught.value.hint == hint


def test_a_missing_folder_of_presets_is_no_preset(shelf, monkeypatch):
    monkeypatch.setattr(finding, "preset_folder", lambda: shelf / "none")
    assert presets() == []
    with pytest.raises(ConfigError, match=r"a preset of this name\.$"):
        load_config("bi")


# Where the data lie


@pytest.mark.parametrize(
    ("keys", "folder"),
    [
        ({}, "data/sample"),
        ({"path": "elsewhere/x", "reverse": True}, "elsewhere/x"),
        ({"source": "corpora/eng-fra.tsv.gz"}, "data/eng-fra"),
        ({"source": "Fra-Eng.ZIP", "reverse": True}, "data/Fra-Eng-reversed"),
        ({"source": "v1.2.txt", "autoencoder": True}, "data/v1.2-autoencoder"),
        ({"source": "corpora/", "reverse": True, "autoencoder": True}, "data/corpora-reversed-autoencoder"),
        ({"source": ".."}, "data/corpus"),
        ({"source": "/"}, "data/corpus"),
        ({"source": ".txt"}, "data/corpus"),
    ],
)
def test_prepared_data_lie_in_a_folder_named_after_their_source(keys, folder):
    assert data_folder(DataConfig(**keys)) == Path(folder)


# A config that a run saved


def test_a_mapping_is_read_as_strictly_as_a_file():
    assert from_mapping({"model": {"cell": "gru"}, "data": None}, "run") == load_config(
        None, ["model.cell=gru"]
    )
    for mapping, message in [
        ({"model": {"cel": 1}}, "runs/a/config.yaml: model.cel: unknown key. Did you mean 'cell'?"),
        ({"model": {1: 1}}, "runs/a/config.yaml: model.1: unknown key. "),
        ({"training": {"epochs": True}}, "runs/a/config.yaml: training.epochs: must be a whole number"),
        ([], "runs/a/config.yaml: must hold the sections"),
    ]:
        with pytest.raises(ConfigError) as caught:
            from_mapping(mapping, "runs/a/config.yaml")
        assert str(caught.value).startswith(message)


def test_reading_a_mapping_leaves_it_as_it_was():
    mapping = {"model": {"cell": "gru"}, "training": None}
    from_mapping(mapping, "run")
    assert mapping == {"model": {"cell": "gru"}, "training": None}


# Where keys come from


@pytest.fixture
def origins(tmp_path, monkeypatch):
    """Return where keys come from that the text of a file `my.yaml`, and overrides, give."""
    monkeypatch.chdir(tmp_path)

    def found(text: str, *overrides: str) -> dict[str, str]:
        Path("my.yaml").write_text(text, encoding="utf-8")
        return load_with_origins("my.yaml", overrides)[1]

    return found


def test_a_key_comes_from_its_line_of_the_file_or_from_set(origins):
    text = "model:\n  cell: gru\n\n  dropout: 0.0\ndata: {reverse: true,\n prefixes: [a, b]}\n"
    assert origins(text, "training.epochs=3", "model.cell=tanh") == {
        "data.prefixes": "my.yaml, line 6",
        "data.reverse": "my.yaml, line 5",
        "model.cell": "--set",
        "model.dropout": "my.yaml, line 4",
        "training.epochs": "--set",
    }


def test_what_set_takes_back_comes_from_nowhere(origins):
    text = "training:\n  schedule:\n    policy: step\n  epochs: 3\n"
    assert origins(text, "training.schedule=null") == {"training.epochs": "my.yaml, line 4"}
    assert origins(text, "training.schedule={step_size: 2}", "model=null") == {
        "training.epochs": "my.yaml, line 4",
        "training.schedule.policy": "my.yaml, line 3",
        "training.schedule.step_size": "--set",
    }


def test_defaults_come_from_nowhere():
    assert load_with_origins() == (Config(), {})


def test_a_preset_is_called_by_its_file():
    config, origins = load_with_origins("uni")
    assert config == load_config("uni")
    assert origins.keys() == given_keys(config)
    assert all(re.fullmatch(r"uni\.yaml, line \d+", origin) for origin in origins.values())


def test_a_description_names_the_origin_or_says_that_nobody_knows_it(load):
    config = load("model: {cell: gru, dropout: 0.0}", "training.epochs=3")
    infos = {info.key: info for info in describe(config, {"model.cell": "my.yaml, line 1"})}
    assert infos["model.cell"].origin == "my.yaml, line 1"
    assert infos["training.epochs"].origin == "given"
    assert infos["model.dropout"].origin == infos["data.seed"].origin == "default"
    assert {key for key, info in infos.items() if info.given} == {"model.cell", "training.epochs"}
    assert [key for key, info in infos.items() if info.differs] == ["model.cell", "training.epochs"]
    assert (infos["model.cell"].text, infos["model.cell"].default_text) == ("gru", "lstm")


# Round trips

text = st.text(min_size=1).filter(str.strip) | st.sampled_from(
    [
        "no",
        "3e-4",
        "null",
        "~",
        "1_000",
        "*a",
        "&a",
        "a: b",
        "# c",
        "- d",
        "'",
        '"',
        "\\",
        "é\u2028\x85\ufeff😀",
        "<<",
        "=",
    ]
)
texts = st.lists(text, max_size=3).map(tuple)
count = st.integers(1, 10**30)
seed = st.integers(0, 2**63 - 1)
positive = st.floats(0, exclude_min=True, allow_nan=False, allow_infinity=False)
below_one = st.floats(0, 1, exclude_max=True)
split = st.tuples(st.floats(0.1, 0.9), st.floats(0, 1)).map(
    lambda cut: (cut[0], (1 - cut[0]) * cut[1], (1 - cut[0]) * (1 - cut[1]))
)
configs = st.fixed_dictionaries(
    {
        "data": st.fixed_dictionaries(
            {},
            optional={
                "source": text,
                "path": st.none() | text,
                "max_length": st.integers(2, 10**6),
                "prefixes": texts,
                "held_out": texts,
                "reverse": st.booleans(),
                "max_vocabulary": st.none() | count,
                "split": split,
                "seed": seed,
            },
        ),
        "model": st.fixed_dictionaries(
            {}, optional={"cell": text, "embedding_size": count, "dropout": below_one}
        ),
        "training": st.fixed_dictionaries(
            {},
            optional={
                "learning_rate": positive,
                "weight_decay": positive,
                "clip_norm": st.none() | positive,
                "momentum": below_one,
                "schedule": st.fixed_dictionaries({"factor": st.floats(0, 1, exclude_min=True)}),
                "teacher_forcing": st.none()
                | st.fixed_dictionaries({"policy": text, "ratio": st.floats(0, 1)}),
            },
        ),
        "decoding": st.none() | st.fixed_dictionaries({"beam_size": count, "length_penalty": positive}),
    }
)


@given(configs)
@example({"data": {"prefixes": ("a",) * 2, "held_out": ("a",) * 2}})
@example({"training": {"learning_rate": 5e-324, "weight_decay": -0.0, "clip_norm": 1.7976931348623157e308}})
def test_every_config_survives_being_written_down(mapping):
    config = from_mapping(mapping, "test")
    written = to_yaml(config)
    ours = from_mapping(read_yaml(written).value, "written")
    assert ours == config
    assert to_yaml(ours) == written
    assert from_mapping(yaml.safe_load(written), "written") == config  # any YAML reader will do
    assert given_keys(ours) == {info.key for info in describe(config)}


@given(texts)
def test_a_written_config_survives_the_disk(tmp_path_factory, prefixes):
    config = Config(data=DataConfig(prefixes=prefixes), training=TrainingConfig(max_steps=3))
    path = tmp_path_factory.getbasetemp() / "config.yaml"
    path.write_text(to_yaml(config), encoding="utf-8")
    assert load_config(path) == config


def test_what_is_written_can_be_read_by_a_person():
    lines = to_yaml(load_config(None, ["data.prefixes=[i m, he is]"])).splitlines()
    assert "  split: [0.9, 0.05, 0.05]" in lines
    assert lines[lines.index("  prefixes:") + 1 :][:2] == ["  - i m", "  - he is"]
    assert [line for line in lines if not line.startswith(" ")] == [
        "data:",
        "model:",
        "training:",
        "decoding:",
    ]


yaml_like = st.text(st.sampled_from("ab1.:-[]{}#&*!|>'\"%@\\?,<=_ \n\t~é\x00\ud800U")) | st.text()


@given(yaml_like)
def test_any_text_is_read_or_refused_but_never_breaks(text):
    place = (1, 1)
    try:
        read_yaml(text)
    except YamlError as error:
        place = (error.line, error.column)
    assert min(place) >= 1


@given(st.sampled_from([info.key for info in describe(Config())]), yaml_like)
def test_any_override_is_taken_or_refused_but_never_breaks(key, value):
    option = f"{key}={value}"
    try:
        message, keys = "", given_keys(load_config(None, [option]))
    except ConfigError as error:
        message, keys = str(error), {key}
    assert keys == {key}
    assert not message or message.startswith(f"--set {key}=")


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(anything, st.sampled_from([info.key for info in describe(Config())]))
def test_any_value_is_taken_or_refused_but_never_breaks(value, key):
    for name in reversed(key.split(".")):
        value = {name: value}
    try:
        message = ""
        from_mapping(value, "run")
    except ConfigError as error:
        message = str(error)
    assert not message or message.startswith(f"run: {key}")
