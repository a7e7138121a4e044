"""What every search has to fulfil."""

import math
from itertools import chain, cycle
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.decoding import SEARCHES
from seq2seq_cli.decoding.beam import Beam
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.decoding.hypothesis import IMPOSSIBLE
from seq2seq_cli.decoding.sampling import Sample
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.placement import DECODERS
from seq2seq_cli.symbols import EOS, PAD, SOS

MODEST = settings(derandomize=True, deadline=None, max_examples=25)

every_search = pytest.mark.parametrize("name", SEARCHES)

BOUNDED = {"min_length": 2, "max_length_ratio": 1.5, "block_ngrams": 2}
VARIED = [
    Greedy(8),
    Greedy(8, **BOUNDED),
    Beam(8, 4, outputs=3),
    Beam(8, 4, 0.6, "gnmt", 0.3, outputs=2, **BOUNDED),
    Sample(8, outputs=3),
    Sample(8, temperature=1.5, top_k=9, top_p=0.9, seed=7, outputs=2, **BOUNDED),
]
every_varied = pytest.mark.parametrize(
    "searching", VARIED, ids=[f"{name}-{kind}" for name in SEARCHES for kind in ("plain", "bounded")]
)


def real_models():
    """Return the settings of a model with each encoder, two of each; what else there is takes turns."""
    attentions = cycle(name for name in ATTENTIONS if name != "dot")  # which wants equal widths
    found = []
    for encoder, attention, placement in zip([*ENCODERS] * 2, attentions, cycle(DECODERS), strict=False):
        fed = len(found) % 3 != 0
        chosen = {"encoder": encoder, "attention": attention, "placement": placement, "input_feeding": fed}
        found.append(pytest.param(chosen, id=f"{encoder}-{attention}-{placement}-{'fed' * fed}"))
    return found


every_model = pytest.mark.parametrize("chosen", real_models())
every_encoder = pytest.mark.parametrize("chosen", real_models()[: len(ENCODERS)])


def rounded(hypotheses):
    """Return hypotheses with what rounding leaves of their probabilities."""
    return [
        (hypothesis.tokens, hypothesis.finished, pytest.approx(hypothesis.log_probability, abs=1e-4))
        for hypothesis in hypotheses
    ]


def plain(hypotheses):
    return [(found.tokens, found.finished, found.log_probability) for found in hypotheses]


def words_of(hypothesis):
    return [*hypothesis.tokens, *[EOS] * hypothesis.finished]


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
        assert plain(found) == [((), True, pytest.approx(0, abs=1e-6))]


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


@every_varied
@given(
    seed=st.integers(0, 10**6),
    sentences=st.lists(st.integers(3, 12), min_size=2, max_size=6),
    ending=st.floats(-3, 3),
)
@MODEST
def test_neighbours_and_order_do_not_matter(storyteller, search, searching, seed, sentences, ending):
    model = storyteller(seed=seed, ending=ending, attentive=True)
    lengths = [2 + sentence % 4 for sentence in sentences]
    together = search(searching, model, sentences, lengths)
    turned = search(searching, model, sentences[::-1], lengths[::-1])[::-1]
    for sentence, length, found, found_turned in zip(sentences, lengths, together, turned, strict=True):
        (alone,) = search(searching, model, [sentence], [length])
        assert plain(found) == rounded(alone)
        assert plain(found_turned) == rounded(alone)


@every_varied
@every_encoder
def test_a_translation_is_the_same_alone_in_a_batch_in_any_order_and_with_more_padding(
    real_model, sentences, searching, chosen
):
    model, lengths = real_model(**chosen), [1 + row * 7 % 9 for row in range(16)]
    tokens, true = sentences(lengths, padding=3)
    together = searching(model, tokens, true)
    turned = searching(model, tokens.flip(0), true.flip(0))[::-1]
    for row, length in enumerate(lengths):
        (alone,) = searching(model, tokens[row : row + 1, :length], true[row : row + 1])
        assert plain(together[row]) == rounded(alone)
        assert plain(turned[row]) == rounded(alone)
    assert len({found[0].tokens for found in together}) > 4


@every_varied
@every_model
def test_what_is_printed_of_an_output_is_what_the_model_says_of_it(
    real_model, sentences, teacher_forced, searching, chosen
):
    model, lengths = real_model(**chosen), [5, 2, 9]
    source, true = sentences(lengths)
    for row, found in enumerate(searching(model, source, true, attention=True)):
        alone, length = source[row : row + 1, : lengths[row]], true[row : row + 1]
        for hypothesis in found:
            words = words_of(hypothesis)
            expected = pytest.approx(teacher_forced(model, source[row], lengths[row], words), abs=1e-4)
            assert list(hypothesis.token_log_probabilities) == expected
            assert hypothesis.log_probability == math.fsum(hypothesis.token_log_probabilities)
            looks = looked(model, alone, length, words)
            assert (
                (hypothesis.attention is None)
                == (looks is None)
                == (chosen["attention"] in ("none", "summary"))
            )
            if looks is not None:
                torch.testing.assert_close(torch.tensor(hypothesis.attention), looks, rtol=0, atol=1e-5)


@torch.inference_mode()
def looked(model, source, length, words):
    """Return where a model looks, (words, source time), one step after the other; None if it doesn't look."""
    state, looks = model.start(source, length), []
    for word in [SOS, *words[:-1]]:
        _, state, weights = model.step(torch.tensor([word]), state)
        looks.append(weights)
    return None if looks[0] is None else torch.cat(looks)


@every_search
def test_attention_is_given_only_when_asked_for(real_model, sentences, name):
    source, lengths = sentences([4, 3])
    ((found, *_), _) = SEARCHES[name](5)(real_model(attention="general"), source, lengths)
    assert found.attention is None


@every_search
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_is_searched_alike(real_model, sentences, name, engine):
    source, lengths = sentences([5, 2, 9, 4])
    found, expected = (
        SEARCHES[name](8)(real_model(of, attention="additive"), source, lengths) for of in (engine, "fused")
    )
    for of_sentence, of_other in zip(found, expected, strict=True):
        assert plain(of_sentence) == rounded(of_other)


@every_search
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_model_in_another_precision_is_searched_alike(real_model, sentences, teacher_forced, name, dtype):
    source, lengths = sentences([4, 2])
    model = real_model(dtype=dtype, attention="general", engine="scratch")
    found = SEARCHES[name](8)(model, source, lengths)
    if dtype == torch.float64:
        single = SEARCHES[name](8)(real_model(attention="general"), source, lengths)
        assert [plain(of_sentence) for of_sentence in found] == [rounded(of_other) for of_other in single]
    for row, (hypothesis,) in enumerate(found):
        expected = teacher_forced(model, source[row], int(lengths[row]), words_of(hypothesis))
        tolerance = 0.2 if dtype == torch.bfloat16 else 1e-4
        assert list(hypothesis.token_log_probabilities) == pytest.approx(expected, abs=tolerance)


# Constraints


@every_search
@given(
    seed=st.integers(0, 10**6),
    prefixes=st.lists(st.lists(st.sampled_from([0, 1, 3, 4]), max_size=4), min_size=3, max_size=3),
    bounds=st.fixed_dictionaries(
        {
            "min_length": st.integers(0, 6),
            "min_length_ratio": st.sampled_from([0.0, 0.5, 0.7]),
            "max_length_ratio": st.sampled_from([None, 0.3, 1.1]),
            "block_ngrams": st.integers(0, 3),
        }
    ),
    ending=st.floats(-3, 3),
)
@MODEST
def test_outputs_keep_to_the_rules(storyteller, search, rules, name, seed, prefixes, bounds, ending):
    model, given_ = storyteller(6, seed, ending), rules(6, **bounds)
    searching = SEARCHES[name](6, **bounds, outputs=1 if name == "greedy" else 3)
    found = search(searching, model, [3, 4, 5], [2, 6, 11], prefixes=prefixes)
    for sentence, words, prefix, of_sentence in zip([3, 4, 5], [1, 5, 10], prefixes, found, strict=True):
        for hypothesis in of_sentence:
            said, longest = tuple(words_of(hypothesis)), given_.longest(words, prefix)
            assert said[: len(prefix)] == tuple(prefix)
            assert len(said) <= longest
            assert hypothesis.finished or len(said) == longest
            for t, word in enumerate(said):
                logits = model.logits((sentence, SOS, *said[:t]))
                assert word in given_.allowed(words, prefix, said[:t], logits)


@every_search
def test_as_many_prefixes_as_sentences_are_wanted(storyteller, search, name):
    with pytest.raises(ValueError, match="1 prefixes for 2 sentences"):
        search(SEARCHES[name](5), storyteller(), [3, 4], prefixes=[[3]])


# Ruin


@every_varied
def test_a_model_that_gives_no_numbers_gives_an_output_without_words_or_probability(searching):
    found = searching(Ruined(3), torch.tensor([[5, EOS], [6, EOS], [7, EOS]]), torch.tensor([2, 2, 2]))
    assert found == [[IMPOSSIBLE]] * 3


@every_varied
def test_a_sentence_without_numbers_does_not_spoil_its_neighbours(searching):
    ruined, *sound = searching(Ruined(1), torch.tensor([[5, EOS], [6, EOS]]), torch.tensor([2, 2]))
    assert ruined == [IMPOSSIBLE]
    for hypothesis, *_ in sound:
        assert hypothesis != IMPOSSIBLE
        assert set(hypothesis.tokens) <= {0, 1, 3, 4, 5}
        assert math.isfinite(hypothesis.log_probability)


class Ruined:
    """A model whose parameters have been ruined, for the first sentences of a batch at least."""

    def __init__(self, ruined, sentence=None):
        self.ruined, self.sentence = ruined, sentence

    def start(self, source, lengths):
        return Ruined(self.ruined, source[:, 0] - 5)

    def select(self, rows):
        return Ruined(self.ruined, self.sentence[rows.flatten()])

    def step(self, token, state):
        logits = torch.linspace(0, 1, 6).repeat(len(token), 1)
        logits[state.sentence < state.ruined] = torch.nan
        return SimpleNamespace(logits=logits, state=state, weights=None)
