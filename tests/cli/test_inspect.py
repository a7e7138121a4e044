"""s2s inspect: every view on 80 columns, with the numbers that matter."""

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from seq2seq_cli.cli import console
from seq2seq_cli.config import Config, describe, load_config, preset_folder
from seq2seq_cli.runs import Store

VIEWS = {
    "runs": ["runs"],
    "run": ["run", "tiny"],
    "compare": ["compare", "tiny", "tiny"],
    "config of a run": ["config", "tiny"],
    "config of a preset": ["config", "--config", "tatoeba"],
    "data": ["data", "data/pairs"],
    "vocab": ["vocab"],
    "vocab of data": ["vocab", "--data", "data/pairs"],
    "model": ["model"],
    "model of a config": ["model", "--config", "uni", "--data", "data/pairs"],
    "model without data": [
        *("model", "--config", "tatoeba", "--vocabulary", "32000", "--set", "model.attention=additive"),
        *("--set", "model.tied_embeddings=true", "--set", "model.layer_norm=true"),
    ],
}


@pytest.fixture
def on_80_columns(monkeypatch):
    monkeypatch.setattr(console, "_WIDTH_OF_A_FILE", 80)


@pytest.mark.parametrize("words", VIEWS.values(), ids=VIEWS)
def test_every_view_fits_on_80_columns(words, workplace, on_80_columns, s2s):
    result = s2s("inspect", *words)
    assert result.exit_code == 0
    assert result.stderr == ""
    tables = [line for line in result.stdout.splitlines() if line.startswith(" ") or "─" in line]
    assert tables
    assert all(cell_len(line) <= 80 for line in tables)


@pytest.mark.parametrize("words", VIEWS.values(), ids=VIEWS)
def test_every_view_can_be_json(words, workplace, succeeds):
    assert json.loads(succeeds("inspect", *words, "--json"))


def numbers_of(*values):
    return [console.shown(value) for value in values]


def assert_shows(output, *values):
    words = output.split()
    for number in numbers_of(*values):
        assert number in words


def test_config_shows_every_key_its_value_its_origin_and_what_it_means(workplace, succeeds):
    output = succeeds("inspect", "config", "tiny")
    rows = {words[0]: words[1:] for words in map(str.split, output.splitlines()) if words}
    run = Store().find("tiny")
    for info in describe(run.config, run.origins()):
        assert info.key in rows
        assert info.description in output
        words = [*info.text.split(), *info.origin.split(), *info.description.split()]
        assert rows[info.key] == words
    assert rows["model.encoder_hidden_size"][:2] == ["16", "--set"]
    assert rows["model.cell"][:2] == ["lstm", "default"]
    assert rows["data.path"][:3] == ["data/pairs", "the", "data"]


def test_config_says_what_keys_mean_on_80_columns_too(empty_folder, on_80_columns, succeeds):
    output = succeeds("inspect", "config", "--config", "tatoeba")
    squeezed = "".join(output.split())
    rows = {words[0]: words[1:] for words in map(str.split, output.splitlines()) if words}
    for info in describe(load_config("tatoeba")):
        assert info.key in rows
        assert all(word in squeezed for word in info.description.split())
    assert rows["model.dropout"][:3] == ["0.5", "tatoeba.yaml,", "line"]


def test_config_spells_values_as_set_takes_them(empty_folder, succeeds):
    settings = {
        "data.reverse": "true",
        "data.split": "[0.7, 0.15, 0.15]",
        "data.prefixes": "[i m, '1']",
        "training.clip_norm": "null",
        "data.path": "'no'",
    }
    words = [word for key, text in settings.items() for word in ("--set", f"{key}={text}")]
    rows = dict(
        line.strip().split(maxsplit=1)
        for line in succeeds("inspect", "config", *words).splitlines()
        if "." in line
    )
    for key, text in settings.items():
        assert rows[key].startswith(f"{text} ")


def test_config_without_run_shows_that_of_config_and_set(empty_folder, succeeds):
    words = ["--config", "uni", "--set", "model.dropout=0.5"]
    keys = {info["key"]: info for info in json.loads(succeeds("inspect", "config", *words, "--json"))}
    assert list(keys) == [info.key for info in describe(Config())]
    assert keys["model.dropout"] == {
        "key": "model.dropout",
        "value": 0.5,
        "text": "0.5",
        "default": 0.0,
        "default_text": "0.0",
        "given": True,
        "origin": "--set",
        "description": "The share of activations that training sets to zero at random, against overfitting.",
    }
    assert keys["model.encoder"]["value"] == "uni"
    line = int(keys["model.encoder"]["origin"].removeprefix("uni.yaml, line "))
    text = (preset_folder() / "uni.yaml").read_text(encoding="utf-8").splitlines()
    assert text[line - 1].split()[:2] == ["encoder:", "uni"]


def test_config_without_anything_shows_the_defaults(empty_folder, succeeds):
    for info in json.loads(succeeds("inspect", "config", "--json")):
        assert (info["value"], info["origin"], info["given"]) == (info["default"], "default", False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["config", "tiny", "--config", "uni"], "either RUN, or --config and --set"),
        (["config", "tiny", "--set", "model.dropout=0.5"], "either RUN, or --config and --set"),
        (["config", "--schema", "--config", "uni"], "give it alone"),
        (["config", "--schema", "tiny"], "give it alone"),
        (["data", "data/pairs", "--config", "uni"], "either DIR, or --config and --set"),
        (["data", "data/pairs", "--set", "data.source=pairs.tsv"], "either DIR, or --config and --set"),
        (["vocab", "tiny", "--data", "data/pairs"], "either RUN or --data"),
        (["model", "tiny", "--config", "uni"], "either RUN, or --config, --set"),
        (["model", "tiny", "--set", "model.dropout=0.5"], "either RUN, or --config, --set"),
        (["model", "tiny", "--data", "data/pairs"], "either RUN, or --config, --set"),
        (["model", "tiny", "--vocabulary", "99"], "either RUN, or --config, --set"),
        (["model", "--data", "data/pairs", "--vocabulary", "99"], "either --data or --vocabulary"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_there_and_what_would_be_at_once_is_a_usage_error(words, message, workplace, s2s):
    result = s2s("inspect", *words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr


def test_data_shows_sizes_and_lengths(workplace, on_80_columns, succeeds):
    document = json.loads(succeeds("inspect", "data", "data/pairs", "--json"))
    output = succeeds("inspect", "data", "data/pairs")
    rows = {tuple(words[:2]): words[2:] for words in map(str.split, output.splitlines()) if len(words) == 8}
    for part in document["parts"]:
        for name in ("source", "target"):
            side = part[name]
            shares = (side["mean_length"], side["longest"], side["unknown"], side["coverage"])
            assert rows[part["name"], name] == numbers_of(part["pairs"], side["tokens"], *shares)
            assert (
                f"unknown in {part['name']}, {name}: {side['unknown_words']} words" in output
                or not side["unknown"]
            )
    bars = {words[0]: words[1:] for words in map(str.split, output.splitlines()) if "█" in "".join(words)}
    lengths = {*document["source_lengths"], *document["target_lengths"]}
    assert bars.keys() == lengths  # so few that each has a bar
    for length, words in bars.items():
        sentences = [document[f"{side}_lengths"].get(length, 0) for side in ("source", "target")]
        assert [word for word in words if "█" not in word] == numbers_of(*sentences)
        assert sum("█" in word for word in words) == sum(n > 0 for n in sentences)
    assert "more than one part: 0" in output
    assert "capitals" not in output  # the normalizer left none


def test_data_fits_on_a_screen_and_a_half(workplace, on_80_columns, succeeds):
    assert len(succeeds("inspect", "data", "data/pairs").splitlines()) <= 60


def test_data_shows_what_was_asked_for_and_what_was_lost(workplace, succeeds):
    Path("odd.tsv").write_text(
        "a b c\td e\n" * 2 + "no tab\n" + "i\tje\n" * 8 + "you\ttu\n", encoding="utf-8"
    )
    settings = [
        "--set",
        "data.normalizer=plain",
        "--set",
        "data.max_length=3",
        "--set",
        "data.split=[1, 0, 0]",
    ]
    succeeds("prepare-data", "odd.tsv", *settings, "--out", "data/odd")
    output = succeeds("inspect", "data", "data/odd")
    assert "from odd.tsv" in output
    assert "settings: data.normalizer=plain, data.max_length=3, data.split=[" in output
    assert "read 11 pairs; invalid 1 (1 no tab); dropped 9 (2 too long, 7 duplicate)" in output
    assert "- The valid part is empty" in output


def test_data_shows_what_is_wrong_with_examples(workplace, succeeds):
    pairs = [(f"word{row} " * 6, f"Mot{row} \x1b[31m " * 6) for row in range(30)]
    pairs += [
        ("same", "same"),
        ("не то", "Zut"),
        ("long", "A much too long answer to one word"),
        ("long", "Non"),
    ]
    Path("odd.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in pairs), encoding="utf-8")
    succeeds("prepare-data", "odd.tsv", "--set", "data.normalizer=plain", "--set", "data.max_length=20")
    output = succeeds("inspect", "data", "data/odd")
    assert "identical sides: same → same" in output
    assert "other script: не то → Zut" in output
    assert "length ratio: long → A much too long answer to one word" in output
    assert "sources with several targets: 1, in 5.9% of the pairs" in output
    assert "- 2 for 'long': " in output
    assert "capitals" in output
    assert "\x1b" not in output


@pytest.mark.parametrize("name", ["data.yaml", "source.vocab", "target.vocab", "train.arrow", "test.arrow"])
def test_damaged_data_cannot_be_looked_at(name, workplace, fails):
    path = Path("data/pairs") / name
    path.write_bytes(path.read_bytes()[:-9] if name != "data.yaml" else b"\0")
    fails("inspect", "data", "data/pairs", mentions=[f"data/pairs/{name}"])


def test_data_finds_the_folder_by_the_config(workplace, succeeds):
    by_config = succeeds("inspect", "data", "--set", "data.source=pairs.tsv")
    assert by_config == succeeds("inspect", "data", "data/pairs")


def test_vocab_shows_as_many_words_as_asked_for(workplace, on_80_columns, succeeds):
    for most in (0, 3, 12):
        sides = json.loads(succeeds("inspect", "vocab", "--most", str(most), "--json"))
        output = succeeds("inspect", "vocab", "--most", str(most))
        for side in sides:
            assert len(side["frequent"]) == most
            assert f"{side['side']}: {side['size']}" in output
            assert all(word in output.split() for _, word, _ in side["frequent"])


@pytest.mark.parametrize("width", [80, 1000])
def test_model_shows_every_layer_and_what_they_come_to(width, workplace, monkeypatch, succeeds):
    monkeypatch.setattr(console, "_WIDTH_OF_A_FILE", width)
    words = VIEWS["model without data"]
    document = json.loads(succeeds("inspect", *words, "--json"))
    output = succeeds("inspect", *words)
    squeezed = "".join(output.split())
    for layer in document["layers"]:
        assert_shows(output, layer["parameters"], layer["multiply_adds"], layer["per"])
        assert layer["name"].split(".")[-1] in output
        assert layer["kind"] in output
        for own, shape in layer["shapes"].items():
            assert "×".join(map(str, shape)) + "*" * (own in layer["tied"]) in squeezed
    work, memory = document["multiply_adds"], document["memory"]
    assert_shows(output, document["parameters"], work["source"], work["target"], work["sentence"])
    assert_shows(output, *memory.values())
    assert f"a batch of {document['sentences']} sentences" in output
    assert f"sentences of {document['tokens']} tokens" in output
    assert "decoder.output.weight is tied: it is decoder.embedding.weight" in output


def test_model_is_a_line_a_layer_on_a_pipe(workplace, succeeds):
    document = json.loads(succeeds("inspect", "model", "--json"))
    lines = [line.split() for line in succeeds("inspect", "model").splitlines()]
    for layer in document["layers"]:
        (line,) = [line for line in lines if line and line[0] == layer["name"]]
        assert line[-1] == layer["per"]


def test_model_of_any_config_needs_no_data_where_the_words_are_counted(empty_folder, succeeds):
    document = json.loads(succeeds("inspect", "model", "--config", "uni", "--vocabulary", "500", "--json"))
    shapes = {layer["name"]: layer["shapes"] for layer in document["layers"]}
    assert shapes["encoder.embedding"]["weight"] == shapes["decoder.embedding"]["weight"] == [500, 256]
    assert list(Path().iterdir()) == []


def test_model_without_data_names_both_ways_out(empty_folder, fails):
    fails("inspect", "model", "--config", "uni", mentions=["data/sample", "s2s prepare-data", "--vocabulary"])


def test_model_of_a_config_is_the_one_that_would_be_trained(workplace, succeeds, tiny):
    planned = succeeds("inspect", "model", *tiny, "--data", "data/pairs", "--json")
    assert planned == succeeds("inspect", "model", "tiny", "--json")


@pytest.mark.parametrize("words", [["run"], ["vocab"], ["model"]], ids=" ".join)
def test_no_run_at_all(words, empty_folder, fails):
    fails("inspect", *words, mentions=["no trained run in runs/", "s2s train"])


@pytest.mark.parametrize(
    "words",
    [["data"], ["vocab", "--data", "nowhere"], ["model", "--data", "nowhere"], ["model", "--config", "uni"]],
    ids=" ".join,
)
def test_no_data_at_all(words, empty_folder, fails):
    fails(
        "inspect", *words, mentions=["no prepared data", "nowhere" if "nowhere" in words else "data/sample"]
    )


@pytest.mark.parametrize("view", ["run", "config", "vocab", "model", "keep", "remove"])
def test_an_unknown_run(view, workplace, fails):
    fails("inspect", view, "nowhere", mentions=["runs/nowhere", "s2s inspect runs"])


def test_a_damaged_run_is_listed_and_cannot_be_looked_at(workplace, succeeds, fails):
    Path("runs/tiny/config.yaml").write_text("data: [")
    assert "tiny is broken: Cannot read runs/tiny/config.yaml" in succeeds("inspect", "runs")
    for view in (["run", "tiny"], ["config", "tiny"], ["compare", "tiny", "tiny"]):
        fails("inspect", *view, mentions=["runs/tiny/config.yaml"])
