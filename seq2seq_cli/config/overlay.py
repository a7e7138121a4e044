"""What was asked for now, over what was settled before (a prepared data set, a trained run)."""

from collections.abc import Sequence
from typing import Any

from seq2seq_cli.config.schema import Config
from seq2seq_cli.config.showing import describe
from seq2seq_cli.errors import ConfigError


def overlay(
    settled: Config,
    wanted: Config,
    settled_by: str,
    hint: str,
    *,
    changeable: Sequence[str] = (),
    ignored: Sequence[str] = (),
) -> Config:
    """Return `settled` with the keys that the user gave in `wanted`.

    Args:
        settled: the config that something on disk was made with.
        wanted: what the user asks for now; only keys that were given count.
        settled_by: what was made with `settled`, for the error message.
        hint: what to do about a conflict.
        changeable: dotted keys or sections that may differ, and then are as wanted.
        ignored: dotted keys or sections that may differ, and stay as settled.

    Raises:
        ConfigError: a key was given that differs and may not.
    """
    before = {info.key: info for info in describe(settled)}
    merged = settled.model_dump()
    conflicts = []
    for info in describe(wanted):
        was = before[info.key]
        if not info.given or info.value == was.value or _among(info.key, ignored):
            continue
        if _among(info.key, changeable):
            _put(merged, info.key.split("."), info.value)
        else:
            conflicts.append(f"{info.key} is {was.text}, not {info.text}")
    if conflicts:
        raise ConfigError(f"The config does not fit {settled_by}: {'; '.join(conflicts)}.", hint)
    return Config.model_validate(merged)


def _among(key: str, names: Sequence[str]) -> bool:
    """Tell whether a dotted key is one of the names, or in a section that is."""
    return any(key == name or key.startswith(f"{name}.") for name in names)


def _put(tree: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for name in path[:-1]:
        tree = tree[name]
    tree[path[-1]] = value
