"""What outputs may be."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.decoding.constraints import Constraints, repeated
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.symbols import EOS

MODEST = settings(derandomize=True, deadline=None, max_examples=60)


@given(
    said=st.lists(st.lists(st.integers(0, 4), min_size=9, max_size=9), min_size=1, max_size=4), data=st.data()
)
@MODEST
def test_a_word_is_repeated_if_it_completes_what_was_said_before(said, data):
    t = data.draw(st.integers(1, 9))
    n = data.draw(st.integers(1, t))
    row, word = repeated(torch.tensor(said)[:, :t], n)
    expected = {
        (k, other)
        for k, words in enumerate(said)
        for other in range(5)
        if any(words[i : i + n] == [*words[t - n + 1 : t], other] for i in range(t - n + 1))
    }
    assert set(zip(row.tolist(), word.tolist(), strict=True)) == expected


@given(
    lengths=st.lists(st.integers(1, 200), min_size=1, max_size=4),
    bounds=st.fixed_dictionaries(
        {
            "max_length": st.integers(1, 60),
            "min_length": st.integers(0, 60),
            "min_length_ratio": st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.1]),
            "max_length_ratio": st.sampled_from([None, 0.1, 0.3, 0.7, 1.1, 2.0]),
        }
    ),
)
@MODEST
def test_lengths_relative_to_the_source_are_what_one_would_reckon(rules, lengths, bounds):
    constraints = Greedy(**bounds).constraints(torch.tensor(lengths), None)
    given_ = rules(**bounds)
    assert constraints.longest.tolist() == [given_.longest(length - 1, ()) for length in lengths]
    assert constraints.horizon == max(constraints.longest.tolist())
    rows, logits = torch.arange(len(lengths)), torch.zeros(len(lengths), 5)
    for t in range(1 + max(constraints.longest.tolist())):
        allowed = constraints.allow(t, logits, rows, None)
        for k, length in enumerate(lengths):
            may_end = EOS in given_.allowed(length - 1, (), (3,) * t, [0.0] * 5)
            assert allowed[k].tolist() == [
                -math.inf if word == EOS and not may_end else 0.0 for word in range(5)
            ]
        cut = constraints.cut(t, rows)
        assert (cut.tolist() if cut is not None else [False] * len(rows)) == (
            constraints.longest <= t
        ).tolist()


def test_where_nothing_is_forbidden_the_logits_are_left_alone():
    constraints = Constraints(torch.tensor([0, 2]), torch.tensor([9, 9]), 2, [[], [4]])
    logits, rows, said = torch.zeros(2, 5), torch.tensor([0, 1]), torch.tensor([[3, 3], [3, 4]])
    assert constraints.allow(2, logits, rows, None) is logits
    forced = constraints.allow(0, logits, rows, said[:, :0])
    assert forced.tolist() == [[0.0] * 5, [-math.inf, -math.inf, -math.inf, -math.inf, 0.0]]
    assert not logits.any()


def test_who_has_nothing_else_to_say_may_end_early():
    constraints = Constraints(torch.tensor([5, 5]), torch.tensor([9, 9]), block_ngrams=1)
    said = torch.tensor([[0, 1, 3], [0, 1, 1]])
    allowed = constraints.allow(3, torch.zeros(2, 4), torch.tensor([0, 1]), said)
    assert allowed.isfinite().tolist() == [[False, False, True, False], [False, False, False, True]]


@pytest.mark.parametrize("prefixes", [[[3]], [[3], [4], [5]]])
def test_every_sentence_has_a_prefix_or_none_has(prefixes):
    with pytest.raises(ValueError, match="prefixes for 2 sentences"):
        Constraints(torch.tensor([0, 0]), torch.tensor([9, 9]), 0, prefixes)
