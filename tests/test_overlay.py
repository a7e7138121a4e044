"""What is asked for now, over what was settled before."""

import pytest

from seq2seq_cli.config import Config, from_mapping, overlay
from seq2seq_cli.errors import ConfigError

SETTLED = from_mapping({"model": {"encoder": "uni"}, "training": {"epochs": 7}}, "test")


def laid_over(wanted, changeable=(), ignored=()):
    return overlay(
        SETTLED,
        from_mapping(wanted, "test"),
        "the run old",
        "Do something else.",
        changeable=changeable,
        ignored=ignored,
    )


def test_nothing_asked_for_changes_nothing():
    assert laid_over({}) == SETTLED


def test_a_default_that_nobody_asked_for_does_not_count():
    assert Config().training.epochs != SETTLED.training.epochs
    assert laid_over({"training": {"seed": 1}}).training.epochs == 7


def test_asking_for_what_is_settled_is_no_conflict():
    assert laid_over({"model": {"encoder": "uni"}}) == SETTLED


def test_a_default_that_was_asked_for_counts():
    with pytest.raises(ConfigError, match=r"model\.encoder is uni, not bi"):
        laid_over({"model": {"encoder": Config().model.encoder}})


@pytest.mark.parametrize("changeable", ["training.epochs", "training"])
def test_a_changeable_key_or_section_takes_the_new_value_and_leaves_the_rest(changeable):
    changed = laid_over({"training": {"epochs": 9}}, [changeable])
    assert changed.training.epochs == 9
    assert changed.model == SETTLED.model
    assert SETTLED.training.epochs == 7


def test_a_key_in_a_nested_section_can_change():
    changed = laid_over({"training": {"schedule": {"factor": 0.25}}}, ["training.schedule"])
    assert changed.training.schedule.factor == 0.25
    assert changed.training.schedule.policy == SETTLED.training.schedule.policy


def test_a_name_that_only_begins_alike_is_not_changeable():
    with pytest.raises(ConfigError):
        laid_over({"training": {"epochs": 9}}, ["training.epoch", "train"])


@pytest.mark.parametrize("ignored", ["training.epochs", "training"])
def test_an_ignored_key_or_section_may_differ_and_stays_as_it_was(ignored):
    assert laid_over({"training": {"epochs": 9}}, ignored=[ignored]) == SETTLED


def test_what_is_ignored_hides_no_other_conflict():
    with pytest.raises(ConfigError, match=r"model\.dropout") as caught:
        laid_over({"training": {"epochs": 9}, "model": {"dropout": 0.5}}, ignored=["training", "model.drop"])
    assert "epochs" not in caught.value.message


def test_both_values_are_spelled_as_yaml_spells_them():
    with pytest.raises(ConfigError) as caught:
        laid_over({"data": {"reverse": True, "prefixes": ["i m", "you"]}, "training": {"max_steps": 5}})
    for words in ("data.reverse is false, not true", "data.prefixes is [], not [i m, you]", "is null, not 5"):
        assert words in caught.value.message


def test_a_conflict_names_every_key_both_values_who_settled_it_and_what_to_do():
    with pytest.raises(ConfigError) as caught:
        laid_over({"model": {"encoder": "bi", "dropout": 0.5}, "training": {"epochs": 9}}, ["training"])
    for words in ("model.encoder is uni, not bi", "model.dropout is 0.0, not 0.5", "the run old"):
        assert words in caught.value.message
    assert "epochs" not in caught.value.message
    assert caught.value.hint == "Do something else."
