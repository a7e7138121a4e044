"""A config is written down again: as YAML, or key by key with what each key means."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from seq2seq_cli.config.schema import Config
from seq2seq_cli.config.section import Section


@dataclass(frozen=True)
class KeyInfo:
    """One key of the page: its dotted name, value and default, whether the user set it, what it means."""

    key: str
    value: Any
    text: str  # the value as YAML and --set spell it
    default: Any
    given: bool
    description: str


def describe(config: Config) -> list[KeyInfo]:
    """Return every key in the order of the page."""
    return list(_keys(config, ""))


def given_keys(config: Config) -> set[str]:
    """Return the dotted keys that YAML or --set gave a value, even if it is the default."""
    return {info.key for info in describe(config) if info.given}


def to_yaml(config: Config) -> str:
    """Return the complete config as YAML, in the order of the page; it loads back to an equal Config."""
    return yaml.dump(
        config.model_dump(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize
    )


def _keys(section: Section, prefix: str) -> Iterator[KeyInfo]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _keys(value, f"{prefix}{name}.")
        else:
            given = name in section.model_fields_set
            yield KeyInfo(
                prefix + name, value, _spelled(value), field.default, given, field.description or ""
            )


def _spelled(value: Any) -> str:
    """Return a value as YAML on one line."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, width=sys.maxsize
    )
    return text.removesuffix("...\n").strip()


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper, without aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_tuple(dumper: _Dumper, items: tuple[object, ...]) -> yaml.Node:
    """Write a list with numbers on one line, and texts one a line."""
    numbers = any(isinstance(item, float | int) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=numbers or None)


def _represent_text(dumper: _Dumper, text: str) -> yaml.Node:
    """Escape what cannot be seen: PyYAML would write some line breaks, such as U+0085, as others."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(tuple, _represent_tuple)
_Dumper.add_representer(str, _represent_text)
