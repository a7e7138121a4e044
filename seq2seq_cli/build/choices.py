"""Names in the config, looked up in the tables of variants."""

import inspect
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, NamedTuple, TypeVar

from seq2seq_cli.config import Config
from seq2seq_cli.errors import ConfigError, UnknownNameError
from seq2seq_cli.registry import Registry

T = TypeVar("T")


class Choice(NamedTuple):
    """A key of the config that names a variant, and the keys beside it that some of the variants take."""

    registry: Registry[Any]
    section: str
    key: str
    options: tuple[str, ...]


def choose(registry: Registry[T], name: str, key: str) -> T:
    """Look a name up.

    Raises:
        ConfigError: it is unknown; the error says which key of the config it came from.
    """
    try:
        return registry[name]
    except UnknownNameError as error:
        raise ConfigError(f"{key}: {error.message}", error.hint) from None


def make(choice: Choice, section: object, *arguments: Any) -> Any:
    """Make the variant that a section names, of `arguments` and those of the section's keys that it takes.

    Raises:
        ConfigError: a name that the registries lack.
    """
    variant = _variant(choice, section)
    taken = inspect.signature(variant).parameters
    return variant(*arguments, **{key: getattr(section, key) for key in choice.options if key in taken})


def unused_keys(config: Config, choices: Sequence[Choice]) -> list[str]:
    """Return what to tell the user of keys that were set and that the chosen variants do not take.

    Raises:
        ConfigError: a name that the registries lack.
    """
    found = []
    for choice in choices:
        section = reduce(getattr, choice.section.split("."), config)
        taken = inspect.signature(_variant(choice, section)).parameters
        for key in choice.options:
            if key not in taken and getattr(section, key) != type(section).model_fields[key].default:
                name = getattr(section, choice.key)
                found.append(
                    f"{choice.section}.{key} has no effect with {choice.section}.{choice.key} {name}."
                )
    return found


def _variant(choice: Choice, section: object) -> Callable[..., Any]:
    """Return the variant that a section of the config names."""
    variant: Callable[..., Any] = choose(
        choice.registry, getattr(section, choice.key), f"{choice.section}.{choice.key}"
    )
    return variant
