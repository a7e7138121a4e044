"""Translator: lines in, lines out."""

import pytest
import torch

from seq2seq_cli import translation
from seq2seq_cli.config import from_mapping
from seq2seq_cli.errors import DeviceError
from seq2seq_cli.symbols import SOS
from seq2seq_cli.translation import Translator

BEAM = {"search": "beam", "beam_size": 4, "max_length": 12}


def translator_of(run, **decoding):
    config = run.config.model_dump()
    config["decoding"].update(decoding)
    return Translator.of(run, from_mapping(config, "test"), device="cpu")


@pytest.fixture
def translator(tiny_run):
    return translator_of(tiny_run)


@pytest.fixture
def lines(workplace):
    """Return 64 lines of different lengths."""
    text = (workplace / "pairs.tsv").read_text(encoding="utf-8").splitlines()
    words = " ".join(line.split("\t")[0] for line in text).split()
    return [" ".join(words[7 * i : 7 * i + 1 + i % 12]) for i in range(64)]


class Recorder:
    """A search that remembers how large its batches were."""

    def __init__(self, search):
        self.search, self.shapes = search, []

    def __call__(self, model, source, lengths):
        self.shapes.append(tuple(source.shape))
        return self.search(model, source, lengths)


@pytest.mark.parametrize("decoding", [{}, BEAM], ids=["greedy", "beam"])
def test_a_line_is_translated_alike_alone_and_among_64(tiny_run, lines, decoding):
    translator = translator_of(tiny_run, **decoding)
    together = translator.translations(lines)
    assert len({one.text for one in together}) > 10
    for line, among_others in zip(lines, together, strict=True):
        (alone,) = translator.translations([line])
        assert [output.text for output in alone.outputs] == [output.text for output in among_others.outputs]
        for one, other in zip(alone.outputs, among_others.outputs, strict=True):
            assert one.log_probability == pytest.approx(other.log_probability, abs=1e-4)


def test_translations_come_in_the_order_of_the_lines(translator, lines):
    forwards, backwards = translator.translations(lines), translator.translations(lines[::-1])
    assert [one.source for one in forwards] == lines
    assert [one.text for one in forwards] == [one.text for one in backwards[::-1]]


@pytest.mark.parametrize("blank", ["", "   ", "\t", "?!", "12", "\ufeff", "\u2028"])
def test_a_line_without_words_has_a_blank_translation_and_moves_no_other(translator, blank):
    before, after = "you re not sure", "we re not satisfied with the price"
    expected = translator.translate([before, after])
    assert translator.translate([blank, before, blank, after, blank]) == [
        "",
        expected[0],
        "",
        expected[1],
        "",
    ]
    (only,) = translator.translations([blank])
    assert (only.source, only.unknown, len(only.outputs)) == (blank, (), 1)


def test_no_lines_have_no_translations(translator):
    assert translator.translate([]) == []


def test_text_is_cleaned_as_it_was_for_training(translator):
    assert translator.translate(["  YOU'RE   not, sûre! "]) == translator.translate(["you re not sure"])


def test_unknown_words_are_named_in_order(translator):
    (one,) = translator.translations(["you zzyzx not qwerty zzyzx"])
    assert one.unknown == ("zzyzx", "qwerty", "zzyzx")
    assert translator.translations(["you re not"])[0].unknown == ()


def test_a_line_of_unknown_words_alone_has_a_translation(translator):
    assert isinstance(translator.translate(["zzyzx qwerty"])[0], str)


def test_batches_are_bounded_by_tokens_and_hold_every_line_once(translator, lines, monkeypatch):
    expected = translator.translate(lines)
    translator.search = Recorder(translator.search)
    monkeypatch.setattr(translation, "_TOKENS_A_BATCH", 40)
    assert translator.translate(lines) == expected
    shapes = translator.search.shapes
    assert sum(rows for rows, _ in shapes) == len(lines)
    assert max(rows * time for rows, time in shapes) <= 40
    assert len(shapes) > 5


def test_a_line_longer_than_a_batch_is_translated_by_itself(translator, monkeypatch):
    translator.search = Recorder(translator.search)
    monkeypatch.setattr(translation, "_TOKENS_A_BATCH", 40)
    long = " ".join(["you re not sure"] * 100)
    first, _, last = translator.translate(["you re", long, "we re not"])
    assert (1, 401) in translator.search.shapes
    assert [first, last] == translator.translate(["you re", "we re not"])


def test_log_probabilities_are_those_of_the_model_word_by_word(tiny_run):
    translator = translator_of(tiny_run, **BEAM)
    line = "they re not sure of the result"
    source = torch.tensor([translator.source_vocabulary.indices(translator.source_pipeline.tokens(line))])
    for output in translator.translations([line])[0].outputs:
        words = translator.target_vocabulary.indices(output.text.split())
        if len(words) > BEAM["max_length"]:
            continue  # cut off before <eos>
        total = 0.0
        with torch.inference_mode():
            state = translator.model.start(source, torch.tensor([source.shape[1]]))
            for before, word in zip([SOS, *words], words, strict=False):
                step = translator.model.step(torch.tensor([before]), state)
                total += float(step.logits.log_softmax(dim=1)[0, word])
                state = step.state
        assert output.log_probability == pytest.approx(total, abs=1e-4)


def test_the_best_checkpoint_translates_and_not_the_last(tiny_run, lines):
    checkpoints = tiny_run.path / "checkpoints"
    expected = translator_of(tiny_run).translate(lines)
    (checkpoints / "last").write_text("step-999\n")
    assert translator_of(tiny_run).translate(lines) == expected


@pytest.mark.parametrize(
    ("decoding", "outputs", "width"),
    [({}, 1, None), ({}, 3, 5), ({}, 7, 7), (BEAM, 1, 4), (BEAM, 4, 4), (BEAM, 6, 6)],
)
def test_the_search_is_wide_enough_for_the_outputs_asked_for(tiny_run, decoding, outputs, width):
    page = tiny_run.config.model_dump()
    page["decoding"].update(decoding)
    translator = Translator.of(tiny_run, from_mapping(page, "test"), device="cpu", outputs=outputs)
    (one,) = translator.translations(["you re not sure"])
    assert getattr(translator.search, "beam_size", None) == width
    assert len(one.outputs) >= outputs


def test_a_device_that_is_not_here_is_an_error(tiny_run):
    with pytest.raises(DeviceError):
        Translator.of(tiny_run, device="quantum")
