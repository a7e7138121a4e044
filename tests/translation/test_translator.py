"""Translator: lines in, lines out."""

import math

import pytest
import torch

from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.config import from_mapping
from seq2seq_cli.decoding.hypothesis import Hypothesis
from seq2seq_cli.errors import ConfigError, DeviceError
from seq2seq_cli.symbols import SOS, UNK
from seq2seq_cli.translation import Translator, batches
from seq2seq_cli.translation import translator as module

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
        self.search, self.shapes, self.outputs = search, [], search.outputs
        self.beam_size = getattr(search, "beam_size", 1)

    def __call__(self, model, source, lengths, **options):
        self.shapes.append(tuple(source.shape))
        return self.search(model, source, lengths, **options)


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


def test_batches_hold_lines_of_like_length(translator, lines, monkeypatch):
    expected = translator.translate(lines)
    translator.search = Recorder(translator.search)
    monkeypatch.setattr(batches, "_TOKENS_A_BATCH", 40)
    assert translator.translate(lines) == expected
    shapes = translator.search.shapes
    assert sum(rows for rows, _ in shapes) == len(lines)
    assert max(rows * time for rows, time in shapes) <= 40
    times = [time for _, time in shapes]
    assert len(times) > 5
    assert times == sorted(times)


def test_a_wide_beam_has_fewer_lines_side_by_side(tiny_run, lines, monkeypatch):
    translator = translator_of(tiny_run, **BEAM)
    expected = translator.translate(lines)
    translator.search = Recorder(translator.search)
    logits = BEAM["beam_size"] * len(translator.target_vocabulary)
    monkeypatch.setattr(batches, "_LOGITS_A_BATCH", 4 * logits)
    monkeypatch.setattr(batches, "MULTIPLE", 4)
    assert translator.translate(lines) == expected
    assert [rows for rows, _ in translator.search.shapes] == [4] * (len(lines) // 4)


def test_a_line_longer_than_a_batch_is_translated_by_itself(translator, monkeypatch):
    translator.search = Recorder(translator.search)
    monkeypatch.setattr(batches, "_TOKENS_A_BATCH", 40)
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


@pytest.mark.parametrize("decoding", [{}, BEAM, {"search": "sample"}], ids=str)
def test_outputs_are_the_same_without_probabilities(tiny_run, lines, decoding):
    translator = translator_of(tiny_run, **decoding)
    expected = [one.text for one in translator.translations(lines)]
    assert translator.translate(lines) == expected
    translator.probabilities = False
    assert [one.text for one in translator.translations(lines)] == expected


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


# Tokens and attention


@pytest.mark.parametrize("decoding", [{}, BEAM], ids=["greedy", "beam"])
def test_an_output_tells_its_tokens_and_their_log_probabilities(tiny_run, lines, decoding):
    for one in translator_of(tiny_run, **decoding).translations(lines):
        for output in one.outputs:
            assert len(output.tokens) == len(output.token_log_probabilities)
            assert math.fsum(output.token_log_probabilities) == pytest.approx(
                output.log_probability, abs=1e-4
            )
            assert output.text.split() == [token for token in output.tokens if token != "<eos>"]
            assert output.attention is None


def attending(run, **options):
    """Return a translator of a model with attention, and with parameters as they came."""
    page = run.config.model_dump()
    page["model"]["attention"] = "additive"
    torch.manual_seed(3)
    model = build_model(
        from_mapping(page, "test").model, len(run.source_vocabulary), len(run.target_vocabulary)
    ).eval()
    plain = Translator.of(run, device="cpu")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    parts = (plain.source_pipeline, plain.target_pipeline, plain.source_vocabulary, plain.target_vocabulary)
    return Translator(model, plain.search, *parts, plain.device, **options)


def test_attention_comes_a_row_a_token_and_a_column_a_source_token(tiny_run, lines):
    for one in attending(tiny_run, attention=True).translations(lines):
        for output in one.outputs:
            assert [len(row) for row in output.attention] == [len(one.tokens) + 1] * len(output.tokens)
            assert [sum(row) for row in output.attention] == pytest.approx([1] * len(output.tokens), abs=1e-4)


def test_attention_that_nobody_asked_for_is_not_handed_out(tiny_run, lines):
    one, *_ = attending(tiny_run, replace_unknown=True).translations(lines)
    assert one.outputs[0].attention is None


@pytest.mark.parametrize(
    ("options", "decoding", "mentions"),
    [({"attention": True}, {}, "alignment"), ({}, {"replace_unknown": True}, "decoding.replace_unknown")],
)
def test_a_model_without_attention_can_show_none(tiny_run, options, decoding, mentions):
    config = from_mapping({"decoding": decoding}, "test")
    with pytest.raises(ConfigError) as caught:
        Translator.of(tiny_run, tiny_run.with_decoding(config), device="cpu", **options)
    for words in (mentions, "tiny", "model.attention none"):
        assert words in str(caught.value)


class Says:
    """A search that always says the same."""

    outputs = 1

    def __init__(self, *words, attention=None):
        self.hypothesis = Hypothesis(
            words, -1.0, True, (-1.0 / (len(words) + 1),) * (len(words) + 1), attention
        )

    def __call__(self, model, source, lengths, *, prefixes, attention, probabilities):
        assert attention
        return [[self.hypothesis] for _ in source]


def test_an_unknown_word_is_replaced_by_the_source_word_that_attention_points_to(translator):
    known = translator.target_vocabulary.word_to_index["est"]
    looks = ((0.1, 0.2, 0.6, 0.1), (0.9, 0.03, 0.03, 0.04), (0.1, 0.1, 0.05, 0.75), (0, 0, 0, 1))
    translator.search = Says(UNK, known, UNK, attention=looks)
    translator.replace_unknown = True
    (one,) = translator.translations(["You're zzyzx"])
    assert one.text == "zzyzx est you"  # never <eos>, to which the third looks
    assert one.outputs[0].tokens == ("<unk>", "est", "<unk>", "<eos>")


# Prefixes


def test_outputs_begin_as_they_must(tiny_run, lines):
    translator = translator_of(tiny_run, **BEAM)
    prefixes = [("", "elle est", "Vous N'ETES")[i % 3] for i in range(len(lines))]
    free, forced = translator.translations(lines), translator.translations(lines, prefixes)
    for without, one, prefix in zip(free, forced, prefixes, strict=True):
        beginning = translator.target_pipeline.tokens(prefix)
        assert all(output.text.split()[: len(beginning)] == beginning for output in one.outputs)
        if not prefix:
            assert one.text == without.text


def test_a_prefix_may_have_words_that_the_model_does_not_know(translator):
    (one,) = translator.translations(["you re not sure"], ["Zzyzx est"])
    assert one.text.split()[:2] == ["zzyzx", "est"]
    assert one.outputs[0].tokens[0] == "<unk>"


def test_there_is_a_prefix_for_every_line_or_none_at_all(translator):
    with pytest.raises(ValueError, match="1 prefixes for 2 lines"):
        translator.translate(["you", "he"], ["elle"])


def test_a_blank_line_stays_blank_whatever_its_prefix(translator):
    assert translator.translate(["", "you re not sure"], ["elle", ""])[0] == ""


def test_log_probabilities_of_what_was_forced_are_the_models_own(tiny_run):
    translator, line = translator_of(tiny_run), "you re not sure"
    (one,) = translator.translations([line], ["elle est"])
    words = translator.target_vocabulary.indices(one.text.split())
    source = torch.tensor([translator.source_vocabulary.indices(line.split())])
    with torch.inference_mode():
        state = translator.model.start(source, torch.tensor([source.shape[1]]))
        for before, word, log_p in zip(
            [SOS, *words], words, one.outputs[0].token_log_probabilities, strict=False
        ):
            step = translator.model.step(torch.tensor([before]), state)
            assert log_p == pytest.approx(float(step.logits.log_softmax(dim=1)[0, word]), abs=1e-4)
            state = step.state


# Lines that are too long, and precision


def test_a_line_that_is_too_long_is_read_in_part_and_tells_so(translator, monkeypatch):
    monkeypatch.setattr(module, "LONGEST_SOURCE", 5)
    first, long, last = translator.translations(["you re", "we re not satisfied with the price", "he s late"])
    (beginning,) = translator.translations(["we re not satisfied with"])
    assert (long.text, long.tokens, long.left_out) == (beginning.text, beginning.tokens, 2)
    assert long.source == "we re not satisfied with the price"
    assert (first.left_out, last.left_out) == (0, 0)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_precision_is_that_of_the_config(tiny_run, precision):
    translator = translator_of(tiny_run, precision=precision)
    assert translator.model.precision == getattr(torch, precision)
    assert translator.translate(["you re not sure"])


def test_an_unknown_precision_is_an_error(tiny_run):
    with pytest.raises(ConfigError, match=r"decoding\.precision"):
        translator_of(tiny_run, precision="float8")
