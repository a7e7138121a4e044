"""What every search has to fulfil."""

from itertools import chain
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.batch import mask_of
from seq2seq_cli.decoding.search import SEARCHES
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.symbols import EOS, PAD, SOS

MODEST = settings(derandomize=True, deadline=None, max_examples=25)

every_search = pytest.mark.parametrize("name", SEARCHES)
every_sure_search = pytest.mark.parametrize("name", [name for name in SEARCHES if name != "sample"])
"""Those that draw no random numbers."""


def rounded(hypotheses):
    """Return hypotheses with what rounding leaves of their probabilities."""
    return [
        (hypothesis.tokens, hypothesis.finished, pytest.approx(hypothesis.log_probability, abs=1e-4))
        for hypothesis in hypotheses
    ]


def plain(hypotheses):
    return [(found.tokens, found.finished, found.log_probability) for found in hypotheses]


@every_search
@given(seed=st.integers(0, 10**6), max_length=st.integers(1, 7), ending=st.floats(-6, 6))
@MODEST
def test_hypotheses_are_as_probable_as_they_say(storyteller, search, name, seed, max_length, ending):
    model, sentences = storyteller(seed=seed, ending=ending), [3, 4, 5, 3]
    for sentence, found in zip(sentences, search(SEARCHES[name](max_length), model, sentences), strict=True):
        assert found
        for hypothesis in found:
            words = (*hypothesis.tokens, EOS) if hypothesis.finished else hypothesis.tokens
            expected = model.log_probability(sentence, words)
            assert hypothesis.log_probability == pytest.approx(expected, abs=1e-4)


@every_search
@given(seed=st.integers(0, 10**6), max_length=st.integers(1, 7), ending=st.floats(-6, 6))
@MODEST
def test_outputs_end_or_are_cut_off(storyteller, search, name, seed, max_length, ending):
    model = storyteller(seed=seed, ending=ending)
    for hypothesis in chain(*search(SEARCHES[name](max_length), model, [3, 4, 5])):
        assert EOS not in hypothesis.tokens
        if hypothesis.finished:
            assert len(hypothesis.tokens) < max_length
        else:
            assert len(hypothesis.tokens) == max_length


@every_search
def test_a_model_that_never_ends_is_cut_off(storyteller, search, name):
    model = storyteller(forbidden=[EOS])
    for found in search(SEARCHES[name](5), model, [3, 4]):
        assert {(len(hypothesis.tokens), hypothesis.finished) for hypothesis in found} == {(5, False)}


@every_search
def test_a_model_that_ends_at_once_says_nothing(storyteller, search, name):
    model = storyteller(vocabulary=4, forbidden=[PAD, SOS, 3])
    for found in search(SEARCHES[name](5), model, [3, 4]):
        assert plain(found) == [((), True, 0.0)]


@every_search
@pytest.mark.parametrize("word", [PAD, SOS], ids=["pad", "sos"])
def test_a_special_symbol_that_a_model_utters_is_a_word_like_any_other(storyteller, search, name, word):
    others = [other for other in range(6) if other not in (word, EOS)]
    model = storyteller(ending=-3.0, forbidden=others)
    for sentence, found in zip([3, 4], search(SEARCHES[name](4), model, [3, 4]), strict=True):
        for hypothesis in found:
            assert set(hypothesis.tokens) <= {word}
            words = hypothesis.tokens + (EOS,) * hypothesis.finished
            expected = model.log_probability(sentence, words)
            assert hypothesis.log_probability == pytest.approx(expected, abs=1e-4)
    assert any(hypothesis.tokens for hypothesis in found)


@every_search
def test_the_first_word_read_is_sos(storyteller, search, name):
    model = storyteller()
    search(SEARCHES[name](4), model, [3, 4, 5])
    assert {past[1:] for past in model.rows_read[0]} == {(SOS,)}


@every_search
def test_a_sentence_that_is_done_is_no_longer_worked_on(storyteller, search, name):
    class Mixed(storyteller):
        def logits(self, past):
            """Sentence 3 ends at once; sentence 4 has ended after four words."""
            only = EOS if past[0] == 3 or len(past) > 5 else 5
            return [0.0 if word == only else -torch.inf for word in range(6)]

    model = Mixed()
    short, long = search(SEARCHES[name](9), model, [3, 4])
    assert plain(short) == [((), True, 0.0)]
    assert plain(long) == [((5, 5, 5, 5), True, 0.0)]
    assert {past[0] for past in model.rows_read[1]} == {4}
    assert len(model.rows_read) == 5


@every_search
def test_searching_leaves_no_trace_in_the_model(real_model, name):
    model = real_model()
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    SEARCHES[name](5)(model, torch.tensor([[5, 6, EOS]]), torch.tensor([3]))
    assert all(torch.equal(before[key], tensor) for key, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


@every_sure_search
@given(
    seed=st.integers(0, 10**6),
    sentences=st.lists(st.integers(3, 12), min_size=2, max_size=6),
    ending=st.floats(-3, 3),
)
@MODEST
def test_neighbours_and_order_do_not_matter(storyteller, search, name, seed, sentences, ending):
    searching, model = SEARCHES[name](6), storyteller(seed=seed, ending=ending)
    together = search(searching, model, sentences)
    turned = search(searching, model, sentences[::-1])[::-1]
    for sentence, found, found_turned in zip(sentences, together, turned, strict=True):
        (alone,) = search(searching, model, [sentence])
        assert plain(found) == rounded(alone)
        assert plain(found_turned) == rounded(alone)


@every_sure_search
@pytest.mark.parametrize("engine", ENGINES)
def test_a_translation_is_the_same_alone_in_a_batch_of_64_and_with_more_padding(real_model, name, engine):
    model, searching = real_model(engine), SEARCHES[name](5)
    generator = torch.Generator().manual_seed(2)
    lengths = 1 + torch.arange(64) * 7 % 9
    tokens = torch.randint(3, 20, (64, 9), generator=generator)
    tokens[torch.arange(64), lengths - 1] = EOS
    tokens = tokens.where(mask_of(lengths, 9), PAD)
    together = searching(model, tokens, lengths)
    padded = searching(model, torch.nn.functional.pad(tokens, (0, 4), value=PAD), lengths)
    for row, length in enumerate(lengths.tolist()):
        (alone,) = searching(model, tokens[row : row + 1, :length], lengths[row : row + 1])
        assert plain(together[row]) == rounded(alone)
        assert plain(padded[row]) == rounded(alone)
    assert len({found[0].tokens for found in together}) > 12
    assert {found[0].finished for found in together} == {True, False}


@every_sure_search
def test_a_model_in_double_precision_is_searched_alike(real_model, name):
    tokens, lengths = torch.tensor([[5, 6, 7, EOS], [8, EOS, PAD, PAD]]), torch.tensor([4, 2])
    single, double = (
        SEARCHES[name](8)(real_model(dtype=dtype), tokens, lengths)
        for dtype in (torch.float32, torch.float64)
    )
    for found, expected in zip(double, single, strict=True):
        assert plain(found) == rounded(expected)


@every_sure_search
def test_a_model_that_gives_no_numbers_still_gives_a_hypothesis(name):
    found = SEARCHES[name](3)(NoNumbers(), torch.tensor([[5, EOS], [6, EOS]]), torch.tensor([2, 2]))
    assert [len(of_sentence) >= 1 for of_sentence in found] == [True, True]


class NoNumbers:
    """A model whose parameters have been ruined."""

    def start(self, source, lengths):
        return self

    def select(self, rows):
        return self

    def step(self, token, state):
        return SimpleNamespace(logits=torch.full((len(token), 6), torch.nan), state=self)
