"""YAML text becomes plain data, and the line of every key.

Only what a config needs is understood: mappings, lists and scalars. Tags and aliases are refused, which
leaves nothing that could run code, recurse or grow; a key that is given twice is an error.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import yaml

from seq2seq_cli.config.values import shown

Key = tuple[str | int, ...]  # ("data", "prefixes", 0): names of keys, and places in a list


@dataclass(frozen=True)
class Document:
    """What a YAML text says, and the line, from 1, on which each key stands."""

    value: Any
    lines: dict[Key, int]


class YamlError(Exception):
    """The text is no YAML, or more than a config needs. Lines and columns count from 1."""

    def __init__(self, problem: str, line: int = 1, column: int = 1) -> None:
        super().__init__(problem)
        self.problem, self.line, self.column = problem, line, column


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, without aliases."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _at(event, "a value that begins with * is an alias; write the value out or quote it")
        return super().compose_node(parent, index)


def dotted(key: Key) -> str:
    """Return the key as a person writes it: `data.prefixes, item 1`."""
    names = (name if str(name).isprintable() else repr(name) for name in key if isinstance(name, str))
    items = (f", item {place + 1}" for place in key if isinstance(place, int))
    return ".".join(names) + "".join(items)


def read_yaml(text: str) -> Document:
    """Read one YAML document; an empty text is null.

    Raises:
        YamlError: a syntax error, a key given twice, an alias, a tag, a character that YAML forbids.
    """
    lines: dict[Key, int] = {}
    try:
        node = yaml.compose(text, Loader=_Loader)
        return Document(None if node is None else _plain(node, (), lines), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise YamlError(
            f"this is not YAML: {(error.problem or '').removeprefix('but ')}", line, column
        ) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        column = len(before) - before.rfind("\n")
        problem = f"YAML does not allow the character {chr(error.character)!r}"
        raise YamlError(problem, before.count("\n") + 1, column) from None
    except (ValueError, OverflowError):  # PyYAML checks the length of an escape, not its number
        raise YamlError("this is not YAML: an escape such as \\UFFFFFFFF names no character") from None
    except RecursionError:
        raise YamlError("lists or mappings are nested too deeply") from None


def _plain(node: yaml.Node, key: Key, lines: dict[Key, int]) -> Any:
    """Return the node as dict, list, str, int, float, bool or None, and note where its keys stand."""
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if isinstance(node, yaml.MappingNode) and kind == "map":
        mapping: dict[str, Any] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                raise _at(name, "a key must be a word, not a list or a mapping")
            inner = (*key, name.value)
            if name.value in mapping:
                raise _at(name, f"{dotted(inner)}: given twice, first in line {lines[inner]}")
            lines[inner] = name.start_mark.line + 1
            mapping[name.value] = _plain(value, inner, lines)
        return mapping
    if isinstance(node, yaml.SequenceNode) and kind == "seq":
        items = []
        for place, item in enumerate(node.value):
            inner = (*key, place)
            lines[inner] = item.start_mark.line + 1
            items.append(_plain(item, inner, lines))
        return items
    if isinstance(node, yaml.ScalarNode) and kind in _SCALARS:
        return _SCALARS[kind](node.value)
    raise _at(node, f"the tag {shown(node.tag)} is not understood here")


def _number(text: str) -> int | float | str:
    """Read decimal numbers; what else YAML 1.1 takes for one (1:30, 0x1f, .nan) stays text."""
    with suppress(ValueError):
        return int(text)
    with suppress(ValueError):
        return float(text)
    return text


_SCALARS: dict[str, Any] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() in {"yes", "true", "on"},
    "int": _number,
    "float": _number,
    "str": str,
    "timestamp": str,  # a corpus may be called 2024-05-01
    "value": str,  # =
    "merge": str,  # <<
}


def _at(place: Any, problem: str) -> YamlError:
    """Return the error at a node or an event of PyYAML."""
    return YamlError(problem, place.start_mark.line + 1, place.start_mark.column + 1)
