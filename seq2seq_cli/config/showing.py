"""A config is written down again: as YAML, or key by key with what each key means."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from seq2seq_cli.config.schema import Config
from seq2seq_cli.config.section import Section


@dataclass(frozen=True)
class KeyInfo:
    """One key of the page: its dotted name, value and default, where it comes from, what it means."""

    key: str
    value: Any
    text: str  # the value as YAML and --set spell it
    default: Any
    default_text: str
    given: bool  # by YAML or --set, even if it is the default
    origin: str  # the file and line, or --set; `default`; or `given`, where nobody knows by what
    description: str

    @property
    def differs(self) -> bool:
        """Whether the value is not the default."""
        return bool(self.value != self.default)


def describe(config: Config, origins: Mapping[str, str] | None = None) -> list[KeyInfo]:
    """Return every key in the order of the page.

    Args:
        config: what to describe.
        origins: where keys come from, see load_with_origins; a config that was written down gives every key,
            and who reads it tells by these which were given in the first place.
    """
    return list(_keys(config, "", origins))


def given_keys(config: Config) -> set[str]:
    """Return the dotted keys that YAML or --set gave a value, even if it is the default."""
    return {info.key for info in describe(config) if info.given}


def to_yaml(config: Config) -> str:
    """Return the complete config as YAML, in the order of the page; it loads back to an equal Config."""
    return yaml.dump(
        config.model_dump(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize
    )


def _keys(section: Section, prefix: str, origins: Mapping[str, str] | None) -> Iterator[KeyInfo]:
    for name, field in type(section).model_fields.items():
        value, key = getattr(section, name), prefix + name
        if isinstance(value, Section):
            yield from _keys(value, f"{key}.", origins)
        else:
            origin = (origins or {}).get(key, "default" if value == field.default else "given")
            given = name in section.model_fields_set if origins is None else origin != "default"
            yield KeyInfo(
                key,
                value,
                _spelled(value),
                field.default,
                _spelled(field.default),
                given,
                origin,
                field.description or "",
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
