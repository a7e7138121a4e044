"""A registry is a read-only mapping that helps with misspelt names."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.errors import S2SError, UnknownNameError
from seq2seq_cli.registry import Registry, did_you_mean

CELLS = Registry("cell", {"lstm": 1, "gru": 2, "peephole": 3})
names = st.text("abc_", min_size=1, max_size=5)
many = settings(derandomize=True, deadline=None, max_examples=100)


@many
@given(st.dictionaries(names, st.integers()))
def test_it_is_the_mapping_it_was_made_of_in_the_same_order(entries: dict[str, int]) -> None:
    registry = Registry("thing", entries)
    assert isinstance(registry, Mapping)
    assert list(registry.items()) == list(entries.items())
    assert list(registry) == list(entries)
    assert len(registry) == len(entries)
    assert registry == entries
    assert all(name in registry and registry[name] == entry for name, entry in entries.items())


@many
@given(st.dictionaries(names, st.integers()), names)
def test_it_knows_the_names_of_its_table_and_no_others(entries: dict[str, int], name: str) -> None:
    registry = Registry("thing", entries)
    assert (name in registry) == (name in entries)
    assert registry.get(name, -1) == entries.get(name, -1)


def test_it_cannot_be_written_to() -> None:
    with pytest.raises(TypeError):
        CELLS["rnn"] = 4  # type: ignore[index]
    with pytest.raises(TypeError):
        del CELLS["gru"]  # type: ignore[attr-defined]


def test_later_changes_of_the_table_do_not_reach_it() -> None:
    table = {"lstm": 1}
    registry = Registry("cell", table)
    table["gru"] = 2
    assert dict(registry) == {"lstm": 1}


@pytest.mark.parametrize(("name", "meant"), [("lsmt", "lstm"), ("gruu", "gru"), ("peep_hole", "peephole")])
def test_a_misspelt_name_gets_the_nearest_one(name: str, meant: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        CELLS[name]
    assert str(caught.value) == f"There is no cell {name!r}. Did you mean {meant!r}?"


def test_a_name_unlike_any_other_gets_the_whole_list() -> None:
    with pytest.raises(UnknownNameError) as caught:
        CELLS["transformer"]
    assert str(caught.value) == "There is no cell 'transformer'. Choose from: lstm, gru, peephole."


def test_the_error_is_a_key_error_for_programs_and_a_message_for_users() -> None:
    with pytest.raises(KeyError) as caught:
        CELLS["rnn"]
    assert isinstance(caught.value, S2SError)
    assert caught.value.__suppress_context__


def test_any_iterable_of_choices_will_do() -> None:
    assert did_you_mean("gur", iter(["lstm", "gru"])) == "Did you mean 'gru'?"
    assert did_you_mean("xyz", (name for name in CELLS)) == "Choose from: lstm, gru, peephole."


def test_it_shows_its_kind_and_names() -> None:
    assert repr(CELLS) == "Registry('cell': lstm, gru, peephole)"


@pytest.mark.parametrize("name", [None, 1, ("lstm",)])
def test_what_is_no_name_is_not_in_it(name: object) -> None:
    registry = Registry("cell", {"lstm": 1})
    assert name not in registry
    assert registry.get(name) is None  # type: ignore[call-overload]
