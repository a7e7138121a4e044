"""Beam search, against brute force and against a plain beam over one sentence."""

from itertools import product
from math import inf, log
from sys import float_info

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.decoding.beam import Beam
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.decoding.ranking import Ranking
from seq2seq_cli.symbols import EOS, PAD, SOS

MODEST = settings(derandomize=True, deadline=None, max_examples=40)
SEEDS = st.integers(0, 10**6)
PENALTIES = st.fixed_dictionaries(
    {
        "length_penalty": st.sampled_from([0.0, 0.6, 1.0, 2.0]),
        "length_normalization": st.sampled_from(["plain", "gnmt"]),
        "coverage_penalty": st.sampled_from([0.0, 0.2, 2.0]),
    }
)
RULES = st.fixed_dictionaries(
    {
        "max_length": st.integers(1, 4),
        "min_length": st.integers(0, 2),
        "min_length_ratio": st.sampled_from([0.0, 0.3, 0.5]),
        "max_length_ratio": st.sampled_from([None, 0.5, 0.7, 1.0]),
        "block_ngrams": st.sampled_from([0, 0, 1, 2, 3]),
    }
)
PREFIXES = st.lists(st.sampled_from([0, 1, 3]), max_size=2)


def words_of(found):
    return [hypothesis.tokens + (EOS,) * hypothesis.finished for hypothesis in found]


def score(model, sentence, length, words, length_penalty, length_normalization, coverage_penalty):
    """Return what a hypothesis is ranked by, in plain floats."""
    size = {"plain": len(words), "gnmt": (5 + len(words)) / 6}[length_normalization]
    looks = zip(*model.looks(sentence, length, words), strict=True)
    uncovered = sum(log(min(max(sum(look), float_info.min), 1)) for look in looks) if coverage_penalty else 0
    return model.log_probability(sentence, words) / size**length_penalty + coverage_penalty * uncovered


def plain_beam(model, rules, width, penalties, sentence, length, prefix=()):
    """Return what a beam finds, the best first: all extensions of all beginnings, sorted; nothing clever."""
    beginnings, ended = [()], []
    for _ in range(rules.longest(length - 1, prefix)):
        extended = [
            (*said, word)
            for said in beginnings
            for word in rules.allowed(length - 1, prefix, said, model.logits((sentence, SOS, *said)))
        ]
        extended.sort(key=lambda words: -model.log_probability(sentence, words))
        kept = extended[: width - len(ended)]
        ended += [words for words in kept if words[-1] == EOS]
        beginnings = [words for words in kept if words[-1] != EOS]
    return ranked(model, ended + beginnings, penalties, sentence, length)


def ranked(model, outputs, penalties, sentence, length):
    return sorted(outputs, key=lambda words: -score(model, sentence, length, words, **penalties))


@given(
    seed=SEEDS,
    width=st.integers(1, 7),
    penalties=PENALTIES,
    settings_=RULES,
    ending=st.floats(-2, 3),
    sentences=st.lists(st.tuples(st.integers(3, 9), st.integers(2, 5), PREFIXES), min_size=1, max_size=3),
)
@MODEST
def test_a_beam_keeps_the_likeliest_of_all_extensions(
    storyteller, search, rules, seed, width, penalties, settings_, ending, sentences
):
    model = storyteller(5, seed, ending, attentive=True)
    beam = Beam(**settings_, beam_size=width, outputs=width, **penalties)
    sentences = list({sentence: (sentence, *others) for sentence, *others in sentences}.values())
    firsts, lengths, prefixes = map(list, zip(*sentences, strict=True))
    together = search(beam, model, firsts, lengths, prefixes=prefixes)
    for found, (sentence, length, prefix) in zip(together, sentences, strict=True):
        expected = plain_beam(model, rules(**settings_), width, penalties, sentence, length, tuple(prefix))
        assert words_of(found) == expected


@given(
    seed=SEEDS,
    penalties=PENALTIES,
    settings_=RULES,
    ending=st.floats(-3, 3),
    lengths=st.integers(2, 5),
    prefix=PREFIXES,
)
@MODEST
def test_a_beam_as_wide_as_the_world_is_brute_force(
    storyteller, search, rules, seed, penalties, settings_, ending, lengths, prefix
):
    settings_ = {**settings_, "max_length": min(settings_["max_length"], 3)}
    model = storyteller(4, seed, ending, attentive=True)
    everything = rules(**settings_).every_output(model, 3, lengths - 1, tuple(prefix))
    for outputs in (len(everything), 2):
        beam = Beam(**settings_, beam_size=len(everything), outputs=outputs, **penalties)
        (found,) = search(beam, model, [3], [lengths], prefixes=[prefix])
        expected = ranked(model, everything, penalties, 3, lengths)[:outputs]
        assert words_of(found) == expected
        assert [hypothesis.log_probability for hypothesis in found] == pytest.approx(
            [model.log_probability(3, words) for words in expected], abs=1e-4
        )


@given(seed=SEEDS, settings_=RULES, penalties=PENALTIES, ending=st.floats(-3, 3), prefix=PREFIXES)
@MODEST
def test_a_beam_of_one_is_greedy(storyteller, search, seed, settings_, penalties, ending, prefix):
    model, settings_ = storyteller(6, seed, ending), {**settings_, "max_length": 7}
    given_ = {"lengths": [2, 5, 9], "prefixes": [prefix, [], [4, 4]]}
    narrow = search(Beam(**settings_, beam_size=1, **penalties), model, [3, 4, 5], **given_)
    assert narrow == search(Greedy(**settings_), model, [3, 4, 5], **given_)


def test_of_equally_likely_words_a_beam_of_one_takes_the_one_that_greedy_search_takes(storyteller, search):
    class Undecided(storyteller):
        def logits(self, past):
            """Of many words, many are equally likely, and ever others."""
            turn = past[0] + 7 * len(past)
            return [float((word * 7919 + turn) % 11 > 5) for word in range(self.vocabulary)]

    for vocabulary in (9, 150, 500):
        model = Undecided(vocabulary)
        narrow, greedy = (search(searching, model, [3, 4, 5]) for searching in (Beam(6, 1), Greedy(6)))
        assert narrow == greedy
        for sentence, (hypothesis,) in zip([3, 4, 5], greedy, strict=True):
            first = model.logits((sentence, SOS)).index(1.0)
            assert words_of([hypothesis])[0][0] == first


@given(seed=SEEDS, width=st.integers(1, 6), penalties=PENALTIES, ending=st.floats(-3, 3))
@MODEST
def test_a_beam_gives_as_many_different_outputs_as_it_is_asked_for_the_best_first(
    storyteller, search, seed, width, penalties, ending
):
    model = storyteller(6, seed, ending, attentive=True)
    everything = search(Beam(5, width, outputs=width, **penalties), model, [3, 4, 5])
    for sentence, found in zip([3, 4, 5], everything, strict=True):
        assert len(found) == len(set(words_of(found))) == width
        scores = [score(model, sentence, 2, words, **penalties) for words in words_of(found)]
        assert scores == pytest.approx(sorted(scores, reverse=True), abs=1e-4)
    for outputs in range(1, width):
        fewer = search(Beam(5, width, outputs=outputs, **penalties), model, [3, 4, 5])
        assert fewer == [found[:outputs] for found in everything]


@given(
    seed=SEEDS,
    width=st.integers(2, 6),
    outputs=st.integers(1, 3),
    penalties=PENALTIES,
    ratio=st.sampled_from([None, 1.0, 2.0]),
    ending=st.floats(-1, 3),
)
@MODEST
def test_an_early_end_loses_nothing(storyteller, search, seed, width, outputs, penalties, ratio, ending):
    model = storyteller(6, seed, ending, attentive=True)
    beam = Beam(8, width, outputs=outputs, max_length_ratio=ratio, **penalties)
    early = search(beam, model, [3, 4, 5], [2, 4, 6])
    steps = len(model.rows_read)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ranking, "reach", lambda _, log_p, __: log_p.where(log_p == -inf, inf))
        patient = search(beam, model, [3, 4, 5], [2, 4, 6])
    assert early == patient
    assert steps <= len(model.rows_read) - steps


def test_a_search_ends_as_soon_as_nothing_better_can_come(storyteller, search):
    class Resigned(storyteller):
        def logits(self, past):
            """Ends at once with p = 0.9; whatever else it says, it says with p = 0.05 at most, for ever."""
            end = 0.9 if len(past) == 2 else 1e-9
            return [-99.0, -99.0, log(end), log((1 - end) / 2), log((1 - end) / 2)]

    model = Resigned(5)
    (found,) = search(Beam(30, 3, 0.0), model, [3])
    assert words_of(found) == [(EOS,)]
    assert len(model.rows_read) == 1
    search(Beam(30, 3, 0.0, outputs=2), model, [3])
    assert len(model.rows_read) > 2  # the second best is still to come


def test_a_wider_beam_finds_what_a_greedy_eye_overlooks(storyteller, search):
    class Trap(storyteller):
        def logits(self, past):
            """The likelier first word, 3, leads nowhere in particular; the other one leads to the end."""
            end, three, four = {(): (-9.0, 0.1, 0.0), (3,): (0.0, 0.0, 0.0), (4,): (9.0, 0.0, 0.0)}[past[2:]]
            return [-9.0, -9.0, end, three, four]

    assert search(Greedy(2), Trap(5), [3])[0][0].tokens[0] == 3
    assert words_of(search(Beam(2, 2, 0.0), Trap(5), [3])[0])[0] == (4, EOS)


def test_the_penalty_decides_between_short_and_long(storyteller, search):
    class Choice(storyteller):
        def logits(self, past):
            """Ends at once with p = 0.4; else says 3 four times, and ends with p = 0.6."""
            end = {2: 0.4, 6: 0.6}.get(len(past), 1e-9)
            return [-99.0, -99.0, log(end), log(1 - end)]

    short, long = (EOS,), (3, 3, 3, 3, EOS)
    by_penalty = {
        penalty: words_of(search(Beam(6, 2, penalty), Choice(4), [3])[0])[0] for penalty in (0.0, 1.0)
    }
    assert by_penalty == {0.0: short, 1.0: long}


def test_the_penalty_for_coverage_decides_between_looking_at_some_and_at_all(storyteller, search):
    class Choice(storyteller):
        def logits(self, past):
            """Says 3 or 4 with p = 0.6 and 0.4, then ends."""
            return (
                [-99.0, -99.0, -99.0, log(0.6), log(0.4)]
                if len(past) == 2
                else [-99.0, -99.0, 0, -99.0, -99.0]
            )

        def look(self, past, length):
            """After 3 it looks where it has looked; after 4, at the other word."""
            return [0.1, 0.9] if past[2:] == (4,) else [0.9, 0.1]

    for penalty, expected in ((0.0, (3, EOS)), (1.0, (4, EOS))):
        beam = Beam(4, 4, coverage_penalty=penalty)
        assert words_of(search(beam, Choice(5, attentive=True), [3])[0]) == [expected]
        assert words_of(search(beam, Choice(5), [3])[0]) == [(3, EOS)]  # it cannot look


def test_where_there_is_but_one_output_a_wide_beam_gives_one(storyteller, search):
    class Sure(storyteller):
        def logits(self, past):
            only = 3 if len(past) < 4 else EOS
            return [0.0 if word == only else -inf for word in range(4)]

    (found,) = search(Beam(8, 5, outputs=5), Sure(4), [3])
    assert words_of(found) == [(3, 3, EOS)]
    assert found[0].log_probability == 0


@given(seed=SEEDS, width=st.integers(1, 6))
@MODEST
def test_what_has_no_probability_is_never_found(storyteller, search, seed, width):
    model = storyteller(6, seed, forbidden=[PAD, SOS, 3])
    for found in search(Beam(3, width, outputs=width), model, [3, 4]):
        assert found
        for hypothesis in found:
            assert set(hypothesis.tokens) <= {4, 5}
            assert -100 < hypothesis.log_probability < 0


def test_a_beam_may_be_wider_than_the_vocabulary(storyteller, search):
    (found,) = search(Beam(2, 50, 0.0, outputs=50), storyteller(4), [3])
    words = [word for word in range(4) if word != EOS]
    ended = [(EOS,), *((word, EOS) for word in words)]
    assert sorted(words_of(found)) == sorted([*ended, *product(words, repeat=2)])


def test_one_beginning_without_numbers_does_not_spoil_the_others(storyteller, search):
    class HalfRuined(storyteller):
        def logits(self, past):
            """After 3, which is likelier than 4, nothing is a number."""
            if past[2:3] == (3,):
                return [torch.nan] * 5
            return [-99.0, -99.0, -99.0 if len(past) == 2 else 9.0, 1.0, 0.0]

    for penalty in (0.0, 1.0):
        beam = Beam(4, 3, outputs=3, coverage_penalty=penalty)
        (found,) = search(beam, HalfRuined(5, attentive=True), [3])
        assert words_of(found)[0] == (4, EOS)
        assert all(hypothesis.log_probability > -inf for hypothesis in found)
