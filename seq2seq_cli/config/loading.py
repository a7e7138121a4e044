"""Defaults < YAML < --set: three layers become one Config, or one message that names all mistakes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from seq2seq_cli.config.finding import find
from seq2seq_cli.config.reading import Key, YamlError, dotted, read_yaml
from seq2seq_cli.config.schema import Config
from seq2seq_cli.config.section import Section
from seq2seq_cli.config.values import shown
from seq2seq_cli.errors import ConfigError
from seq2seq_cli.registry import did_you_mean

_MAX_PROBLEMS = 20  # more than a person mends at a time


def load_config(source: str | Path | None = None, overrides: Sequence[str] = ()) -> Config:
    """Read an experiment.

    Args:
        source: a YAML file, or the name of a preset (`bi` or `bi.yaml`); None means the defaults.
        overrides: what the user gave as `--set section.key=value`; a later one wins.

    Raises:
        ConfigError: a file that cannot be read, a key that does not exist, a value that does not fit; the
            message lists all mistakes, one a line.
    """
    return load_with_origins(source, overrides)[0]


def load_with_origins(
    source: str | Path | None = None, overrides: Sequence[str] = ()
) -> tuple[Config, dict[str, str]]:
    """Read an experiment as load_config does; return with it where each key that was given comes from.

    Origins are by dotted key, `bi.yaml, line 14` or `--set`; a key that is not among them has its default.

    Raises:
        ConfigError: see load_config.
    """
    draft = _Draft()
    if source is not None:
        draft.read(*find(source))
    for option in overrides:
        draft.override(option)
    return draft.config(), draft.origins()


def from_mapping(mapping: Mapping[str, Any], origin: str) -> Config:
    """Make a Config of plain data, such as a run saved; `origin` names the place in messages.

    Raises:
        ConfigError: as load_config does, without lines.
    """
    draft = _Draft(origin)
    draft.set_sections(mapping)
    return draft.config()


class _Place(NamedTuple):
    """Where the user gave a key its value."""

    origin: str  # "bi.yaml, line 14", or "--set"
    start: str  # how a message about this key begins


class _Draft:
    """What the user wrote: the values, where each of them stands, and what is wrong so far."""

    def __init__(self, origin: str = "config") -> None:
        self.origin = origin
        self.values: dict[str, Any] = {}
        self.places: dict[Key, _Place] = {}
        self.problems: list[ConfigError] = []

    def read(self, name: str, text: str) -> None:
        """Lay a file over the defaults."""
        try:
            document = read_yaml(text)
        except YamlError as error:
            raise ConfigError(f"{name}, line {error.line}, column {error.column}: {error.problem}") from None
        self.origin = name
        for key, line in document.lines.items():
            self.places[key] = _Place(f"{name}, line {line}", f"{name}, line {line}: {dotted(key)}")
        self.set_sections({} if document.value is None else document.value)

    def set_sections(self, sections: Any) -> None:
        if not isinstance(sections, Mapping):
            right = f"must hold the sections {', '.join(Config.model_fields)}"
            raise ConfigError(f"{self.origin}: {right}, not {shown(sections)}")
        self.values = dict(sections)

    def override(self, option: str) -> None:
        """Lay one `section.key=value` over everything before it."""
        place = f"--set {option if len(option) <= 100 else option[:97] + '...'}"
        path, equals, text = option.partition("=")
        names = tuple(name.strip() for name in path.split("."))
        if not equals or not all(names):
            self.problems.append(ConfigError(f"{place}: must look like section.key=value"))
            return
        try:
            value = read_yaml(text).value
        except YamlError as error:
            hint = "Text with special characters needs quotes: --set 'section.key=\"...\"'."
            self.problems.append(ConfigError(f"{place}: {error.problem}.", hint))
            return
        for key, leaf in _leaves(names, value):
            self._put(key, leaf, lambda key: place if key == names else f"{place}: {dotted(key)}")

    def _put(self, key: tuple[str, ...], value: Any, place: Callable[[Key], str]) -> None:
        section = self.values
        for depth, name in enumerate(key[:-1], 1):
            above = key[:depth]
            if section.get(name) is None:
                section[name] = {}
                self.places[above] = _Place("--set", place(above))
            section = section[name]
            if not isinstance(section, dict):
                problem = f"{place(key)}: {dotted(above)} has a value, {shown(section)}, so it has no keys"
                self.problems.append(ConfigError(problem))
                return
        section[key[-1]] = value
        self.places = {old: where for old, where in self.places.items() if old[: len(key)] != key}
        self.places[key] = _Place("--set", place(key))
        if isinstance(value, list):
            items = range(len(value))
            self.places.update({(*key, item): _Place("--set", place((*key, item))) for item in items})

    def origins(self) -> dict[str, str]:
        """Return where each key that was given comes from, in the order of the page."""
        return {
            dotted(key): self.places[key].origin
            for key, is_section in _all_keys(Config)
            if key in self.places and not is_section
        }

    def config(self) -> Config:
        """Return the valid Config, or raise the one ConfigError that names every problem."""
        try:
            config = Config.model_validate(self.values)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            self.problems += [
                self._problem(detail["loc"], detail["type"], detail["msg"]) for detail in details
            ]
        if not self.problems:
            return config
        if len(self.problems) == 1:
            raise self.problems[0]
        lines = [str(problem) for problem in self.problems[:_MAX_PROBLEMS]]
        if more := len(self.problems) - len(lines):
            lines.append(f"... and {more} more")
        raise ConfigError("\n".join(lines))

    def _problem(self, key: Key, kind: str, message: str) -> ConfigError:
        if kind != "wrong_value":  # a key that does not exist, or is no text
            key = (*key[:-1], str(key[-1]))
            message = _unknown(key)
        start = self.places[key].start if key in self.places else f"{self.origin}: {dotted(key)}"
        return ConfigError(f"{start}: {message}")


def _unknown(key: Key) -> str:
    """Say where a key of this name lives, or which of its neighbours is spelled alike."""
    homes = [repr(dotted(home)) for home, _ in _all_keys(Config) if home[-1] == key[-1]]
    if homes:
        return f"unknown key. Did you mean {' or '.join(homes)}?"
    section: type[Section] = Config
    for name in key[:-1]:
        section = section.model_fields[str(name)].annotation  # type: ignore[assignment]
    kind = "section" if len(key) == 1 else "key"
    return f"unknown {kind}. {did_you_mean(str(key[-1]), section.model_fields)}"


def _all_keys(section: type[Section], above: Key = ()) -> Iterator[tuple[Key, bool]]:
    """Yield every key in the order of the page, and whether it is a section."""
    for name, field in section.model_fields.items():
        key, kind = (*above, name), field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield key, True
            yield from _all_keys(kind, key)
        else:
            yield key, False


def _leaves(key: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield what a value sets: `training.schedule={policy: step}` sets one key and leaves its neighbours."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves((*key, name), inner)
    else:
        yield key, value
