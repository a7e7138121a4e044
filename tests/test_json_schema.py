"""The JSON Schema of configs: what editors are told is what the page accepts, and the presets point to it."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.build import data, experiment, text, training
from seq2seq_cli.build.choices import Choice
from seq2seq_cli.build.names import names_by_key
from seq2seq_cli.config import Config, describe, from_mapping, json_schema, preset_folder
from seq2seq_cli.errors import ConfigError
from seq2seq_cli.translation import translator

PRESETS = sorted(preset_folder().glob("*.yaml"))
WITHOUT_NAMES = json_schema()
KEYS = [info.key for info in describe(Config())]

every_preset = pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)


class EditorsLoader(yaml.SafeLoader):
    """Reads numbers as YAML 1.2 has them, and editors with it: 2e-3 is one."""


EditorsLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+(\.[0-9]*)?e[-+]?[0-9]+"), list("-+0123456789")
)


def as_editors_read(text):
    return yaml.load(text, Loader=EditorsLoader)


@pytest.fixture(scope="module")
def mistakes():
    """Return what a validator of others finds wrong with a document, each as the dotted key and the rule."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = json_schema(names_by_key())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    return lambda document: [
        (".".join(map(str, error.absolute_path)), error.validator)
        for error in validator.iter_errors(document)
    ]


def nested(key, value):
    for name in reversed(key.split(".")):
        value = {name: value}
    return value


def property_of(schema, key):
    for name in key.split("."):
        schema = schema["properties"][name]
    return schema


def test_the_shipped_schema_is_that_of_the_page():
    """Else: s2s inspect config --schema > configs/schema.json."""
    shipped = (preset_folder() / "schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == json.loads(json.dumps(json_schema(names_by_key())))


def test_the_command_prints_the_file_that_is_shipped(succeeds):
    shipped = (preset_folder() / "schema.json").read_text(encoding="utf-8")
    assert succeeds("inspect", "config", "--schema") == shipped


@every_preset
def test_a_preset_points_to_the_schema_beside_it(path):
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named
    assert json.loads((path.parent / named[1]).read_text(encoding="utf-8"))["title"] == "s2s config"


@every_preset
def test_a_preset_is_valid(path, mistakes):
    document = as_editors_read(path.read_text(encoding="utf-8"))
    assert document
    assert mistakes(document) == []


def test_every_key_has_its_meaning_and_its_default():
    for info in describe(Config()):
        found = property_of(WITHOUT_NAMES, info.key)
        assert found["description"] == info.description
        assert found["default"] == json.loads(json.dumps(info.default))


def test_a_key_that_names_a_variant_lists_those_there_are():
    schema = json_schema(names_by_key())
    assert property_of(schema, "model.cell")["enum"] == ["lstm", "gru", "tanh"]
    assert "one_cycle" in property_of(schema, "training.schedule.policy")["enum"]
    assert "enum" not in property_of(schema, "data.source")
    assert "enum" not in property_of(WITHOUT_NAMES, "model.cell")


def test_every_name_that_is_looked_up_is_listed():
    """What build looks up by a key of the config, read from its own text; formats are looked up in corpus."""
    looked_up = set()
    for module in (data, experiment, text, training, translator):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "choose":
                looked_up.add(ast.literal_eval(node.args[2]))
    looked_up |= {
        f"{choice.section}.{choice.key}"
        for module in (experiment, training)
        for choice in vars(module).values()
        if isinstance(choice, Choice)
    }
    assert len(looked_up) > 12
    assert looked_up | {"data.format"} == names_by_key().keys()
    assert looked_up <= set(KEYS)


def test_every_default_is_among_the_names():
    defaults = {info.key: info.default for info in describe(Config())}
    for key, names in names_by_key().items():
        assert defaults[key] in names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("model: {encoder: bu}", ("model.encoder", "enum")),
        ("model: {encodr: bi}", ("model", "additionalProperties")),
        ("modle: {}", ("", "additionalProperties")),
        ("training: {epochs: 0}", ("training.epochs", "minimum")),
        ("training: {epochs: three}", ("training.epochs", "type")),
        ("training: {schedule: {factor: 2}}", ("training.schedule.factor", "maximum")),
        ("training: {learning_rate: 0}", ("training.learning_rate", "exclusiveMinimum")),
        ("data: {reverse: 1}", ("data.reverse", "type")),
        ("data: {split: [0.9, 0.1]}", ("data.split", "minItems")),
        ("data: {prefixes: i m}", ("data.prefixes", "type")),
    ],
)
def test_a_mistake_is_marked_where_it_stands(text, found, mistakes):
    assert mistakes(as_editors_read(text)) == [found]


@pytest.mark.parametrize(
    "text",
    ["", "model:", "training: {schedule: }", "data: {columns: [1, de]}", "data: {split: [rest, 5, 5]}"],
)
def test_what_is_unusual_and_right_is_not_marked(text, mistakes):
    assert mistakes(as_editors_read(text)) == []
    from_mapping(as_editors_read(text) or {}, "test")


simple = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, 1, 2, 0.5, 1.0, 1.5, "rest", "a b", " ", "", 2**63])
)


@given(st.sampled_from(KEYS), simple | st.lists(simple, max_size=3) | st.just({}))
def test_a_value_is_marked_if_and_only_if_the_page_refuses_it(key, value):
    jsonschema = pytest.importorskip("jsonschema")
    document = nested(key, value)
    valid = jsonschema.Draft202012Validator(WITHOUT_NAMES).is_valid(document)
    try:
        from_mapping(document, "test")
    except ConfigError:
        # That shares sum to 1 is beyond a schema, and so is that columns are not counted in floats.
        assert not valid or key in ("data.split", "data.columns")
    else:
        assert valid
