"""The page as a JSON Schema: what an editor needs to complete keys, explain them and mark mistakes.

A YAML file names its schema in a comment, `# yaml-language-server: $schema=schema.json`. The schema is JSON
Schema draft 2020-12 and expects numbers as YAML 1.2 has them, in which 2e-3 is one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from seq2seq_cli.config.schema import Config

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/"


def json_schema(names: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
    """Return the schema of a config.

    Args:
        names: the names that a key may have, by dotted key; other texts may be any.
    """
    page = Config.model_json_schema()
    return {"$schema": _DRAFT, "title": "s2s config", **_section(page, page["$defs"], names or {}, "")}


def _section(
    section: Mapping[str, Any], sections: Mapping[str, Any], names: Mapping[str, Sequence[str]], prefix: str
) -> dict[str, Any]:
    """Return a section with those inside it written out; an empty one is null, and means the defaults."""
    properties = {}
    for name, value in section["properties"].items():
        if "$ref" in value:
            inner = sections[value["$ref"].removeprefix(_REFERENCE)]
            properties[name] = _section(inner, sections, names, f"{prefix}{name}.")
        else:
            properties[name] = _key(value, names.get(prefix + name))
    return {
        "description": section["description"],
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
    }


def _key(value: Mapping[str, Any], names: Sequence[str] | None) -> dict[str, Any]:
    described = {"description": value["description"], "default": value["default"]}
    rest = {word: part for word, part in value.items() if word not in {*described, "title"}}
    return described | ({"enum": list(names)} if names is not None else rest)
