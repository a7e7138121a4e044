"""The tree of errors is what its docstring draws, and messages read well."""

import inspect
import re

import pytest

from seq2seq_cli import errors
from seq2seq_cli.errors import CheckpointError, RunError, S2SError, UnknownNameError

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]


def drawn_parents(drawing: str) -> dict[str, str | None]:
    """Read 'class -> parent' from a tree of box characters, four columns a level."""
    parents: dict[str, str | None] = {}
    above: list[str] = []
    for line in drawing.splitlines():
        if match := re.match(r"([│├└─ ]*)(\w+Error)\b", line):
            depth = len(match[1]) // 4
            parents[match[2]] = above[depth - 1] if depth else None
            above[depth:] = [match[2]]
    return parents


def real_parents() -> dict[str, str | None]:
    return {cls.__name__: None if cls is S2SError else cls.__bases__[0].__name__ for cls in CLASSES}


def test_the_reader_of_drawings_understands_levels() -> None:
    drawing = "Text.\n\nAError   the root\n├── BError  (also a KeyError)\n│   └── CError\n└── DError\n"
    assert drawn_parents(drawing) == {
        "AError": None,
        "BError": "AError",
        "CError": "BError",
        "DError": "AError",
    }


def test_the_drawn_tree_is_the_real_one() -> None:
    assert drawn_parents(errors.__doc__ or "") == real_parents()


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_is_an_s2s_error_with_a_message_and_a_hint(cls: type[S2SError]) -> None:
    error = cls("It is broken.", "Mend it.")
    assert isinstance(error, S2SError)
    assert (error.message, error.hint) == ("It is broken.", "Mend it.")
    assert str(error) == "It is broken. Mend it."
    assert str(cls("It is broken.")) == "It is broken."
    assert cls.__doc__


def test_an_unknown_name_is_a_key_error_without_its_quotes() -> None:
    error = UnknownNameError("There is no cell 'lsm'.", "Did you mean 'lstm'?")
    assert isinstance(error, KeyError)
    assert str(error) == "There is no cell 'lsm'. Did you mean 'lstm'?"


def test_a_checkpoint_error_is_a_run_error() -> None:
    assert issubclass(CheckpointError, RunError)
