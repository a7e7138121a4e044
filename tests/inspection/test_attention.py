"""Where a run looks: the weights of the model's own steps, and which sentences are picked."""

import pytest
import torch
from sacrebleu.metrics.chrf import CHRF

from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.errors import CorpusError, DatasetError, RunError
from seq2seq_cli.inspection.attention import align, align_extremes
from seq2seq_cli.inspection.trace import trace
from seq2seq_cli.translation import Translator

TEXTS = ("you re not sure", "he s a zebra")


@pytest.fixture
def looking_run(tiny_run, monkeypatch):
    """Return the tiny run with another model in it, which has attention and learnt nothing."""
    tiny_run.config = tiny_run.config.model_copy(
        update={"model": tiny_run.config.model.model_copy(update={"attention": "additive"})}
    )
    torch.manual_seed(1)
    model = build_model(
        tiny_run.config.model, len(tiny_run.source_vocabulary), len(tiny_run.target_vocabulary)
    ).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    monkeypatch.setattr(tiny_run, "load_model", lambda *_: model)
    return tiny_run


def test_an_alignment_has_the_weights_of_a_trace(looking_run):
    found = align(looking_run, TEXTS)
    assert (found.run, found.attention) == ("tiny", "additive")
    for text, alignment in zip(TEXTS, found.sentences, strict=True):
        expected = trace(looking_run, text)
        assert alignment.source == [token.text for token in expected.source] == [*text.split(), "<eos>"]
        assert alignment.target == [step.choice.word for step in expected.decoding]
        for weights, step in zip(alignment.weights, expected.decoding, strict=True):
            assert weights == pytest.approx(step.weights, abs=1e-6)
            assert sum(weights) == pytest.approx(1)
        assert (alignment.reference, alignment.score) == (None, None)


def test_an_alignment_that_never_ends_is_cut_off(looking_run):
    with torch.no_grad():
        looking_run.load_model("best").decoder.output.bias[2] = -1e9
    (alignment,) = align(looking_run, TEXTS[:1]).sentences
    assert len(alignment.target) == len(alignment.weights) == looking_run.config.decoding.max_length


def test_the_extremes_are_those_of_highest_and_lowest_chrf(looking_run, monkeypatch):
    part = looking_run.dataset().part("test")
    pairs = list(part.texts())
    translator = Translator.of(looking_run)
    outputs = translator.translate([source for source, _ in pairs])
    chrf = CHRF()
    scores = [
        chrf.sentence_score(output, [right]).score for output, (_, right) in zip(outputs, pairs, strict=True)
    ]
    found = align_extremes(looking_run, "test", best=3, worst=2).sentences
    ranked = sorted(scores)
    assert [alignment.score for alignment in found] == pytest.approx(
        [*ranked[:-4:-1], *reversed(ranked[:2])], abs=1e-6
    )
    for alignment in found:
        source = " ".join(alignment.source[:-1])
        assert (source, alignment.reference) in pairs
        assert alignment.score == pytest.approx(
            chrf.sentence_score(
                " ".join(w for w in alignment.target if w != "<eos>"), [alignment.reference]
            ).score,
            abs=1e-6,
        )


def test_no_sentence_is_among_the_best_and_the_worst(looking_run):
    rows = len(looking_run.dataset().part("valid"))
    found = align_extremes(looking_run, "valid", best=rows - 1, worst=5).sentences
    assert len(found) == rows
    assert align_extremes(looking_run, "valid", best=0, worst=0).sentences == []


def test_a_run_without_attention_looks_nowhere(tiny_run):
    for look in (lambda: align(tiny_run, TEXTS), lambda: align_extremes(tiny_run)):
        with pytest.raises(RunError, match=r"model\.attention is none.*--set model\.attention=general"):
            look()


def test_blank_sentences_and_unknown_parts_are_errors(looking_run):
    with pytest.raises(CorpusError, match="no word"):
        align(looking_run, ["you re not sure", " "])
    with pytest.raises(DatasetError, match="no part 'exam'"):
        align_extremes(looking_run, "exam")
