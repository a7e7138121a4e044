"""Several models that speak with one voice."""

import math

import pytest
import torch

from seq2seq_cli.decoding import SEARCHES
from seq2seq_cli.decoding.beam import Beam
from seq2seq_cli.decoding.ensemble import Ensemble
from seq2seq_cli.symbols import EOS, SOS


@pytest.mark.parametrize("name", SEARCHES)
def test_copies_of_one_model_are_that_model(real_model, sentences, name):
    model, (source, lengths) = real_model(attention="general", input_feeding=True), sentences([5, 2, 9, 4, 7])
    searching = SEARCHES[name](8, outputs=3)
    found = searching(Ensemble([model] * 3), source, lengths, attention=True)
    for of_sentence, expected in zip(found, searching(model, source, lengths, attention=True), strict=True):
        assert [one.tokens for one in of_sentence] == [one.tokens for one in expected]
        for ours, theirs in zip(of_sentence, expected, strict=True):
            assert ours.token_log_probabilities == pytest.approx(theirs.token_log_probabilities, abs=1e-4)
            torch.testing.assert_close(torch.tensor(ours.attention), torch.tensor(theirs.attention))


def test_a_word_is_as_likely_as_its_members_think_on_the_mean(storyteller, search):
    members = [storyteller(5, seed) for seed in (1, 2)]
    found = search(Beam(4, 4, outputs=4), Ensemble(members), [3, 4])
    for sentence, of_sentence in zip([3, 4], found, strict=True):
        for hypothesis in of_sentence:
            words = hypothesis.tokens + (EOS,) * hypothesis.finished
            for t, log_p in enumerate(hypothesis.token_log_probabilities):
                past = (sentence, SOS, *words[:t])
                chances = [torch.tensor(member.logits(past)).softmax(0)[words[t]] for member in members]
                assert log_p == pytest.approx(math.log(sum(map(float, chances)) / 2), abs=1e-4)


def test_it_looks_where_those_look_that_look(storyteller, search, real_model, sentences):
    looking = [storyteller(5, seed, attentive=True) for seed in (1, 2)]
    members = [looking[0], storyteller(5, 3), looking[1]]
    ((found,),) = search(SEARCHES["greedy"](3), Ensemble(members), [3], attention=True)
    words = found.tokens + (EOS,) * found.finished
    for t, row in enumerate(found.attention):
        one, other = (model.look((3, SOS, *words[:t]), 2) for model in looking)
        assert row == pytest.approx([(a + b) / 2 for a, b in zip(one, other, strict=True)], abs=1e-6)
    ((blind,),) = search(SEARCHES["greedy"](3), Ensemble([storyteller(), storyteller()]), [3], attention=True)
    assert blind.attention is None


def test_members_may_be_of_different_kinds(real_model, sentences, teacher_forced):
    source, lengths = sentences([5, 2, 9])
    members = [real_model(encoder="uni", cell="gru"), real_model(encoder="bag", attention="additive")]
    found = Beam(8, 3, outputs=2)(Ensemble(members), source, lengths)
    for row, of_sentence in enumerate(found):
        for hypothesis in of_sentence:
            target = [*hypothesis.tokens, *[EOS] * hypothesis.finished]
            one, other = (
                torch.tensor(teacher_forced(member, source[row], int(lengths[row]), target))
                for member in members
            )
            mean = ((one.exp() + other.exp()) / 2).log()
            assert list(hypothesis.token_log_probabilities) == pytest.approx(mean.tolist(), abs=1e-4)
