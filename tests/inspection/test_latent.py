"""Context vectors: nearest by brute force, and what the line between two says."""

import math

import pytest
import torch

from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.corpus.batching import pad
from seq2seq_cli.errors import RunError
from seq2seq_cli.inspection.latent import latent
from seq2seq_cli.translation import Translator

FIRST, SECOND = "you re not sure", "he s reading"


def vector(run, model, text):
    """Return all that the decoder of a run without attention begins with."""
    ids, lengths = pad([run.source_vocabulary.indices(text.split())])
    with torch.inference_mode():
        return torch.cat(
            [part[0] for part in model.bridge(model.encode(ids, lengths).final_state)[0]]
        ).double()


def cosine(a, b):
    return float(a @ b / math.sqrt((a @ a) * (b @ b)))


def with_model(run, monkeypatch, **settings):
    """Put another model into a run, one that learnt nothing."""
    section = run.config.model.model_copy(update=settings)
    run.config = run.config.model_copy(update={"model": section})
    torch.manual_seed(1)
    model = build_model(section, len(run.source_vocabulary), len(run.target_vocabulary)).eval()
    monkeypatch.setattr(run, "load_model", lambda *_: model)
    return run


def test_the_nearest_sentences_are_those_of_the_greatest_cosine(tiny_run):
    model = tiny_run.load_model()
    own = {text: vector(tiny_run, model, text) for text in (FIRST, SECOND)}
    sources = sorted({source for source, _ in tiny_run.dataset().part("valid").texts()})
    found = latent(tiny_run, FIRST, SECOND, part="valid", n=6)
    assert (found.part, found.size) == ("valid", 48)
    for context, text in zip(found.contexts, own, strict=True):
        assert context.text == text
        cosines = {source: cosine(own[text], vector(tiny_run, model, source)) for source in sources}
        expected = sorted(cosines, key=lambda source: -cosines[source])[:6]
        assert [near.text for near in context.nearest] == expected
        for near in context.nearest:
            assert near.cosine == pytest.approx(cosines[near.text], abs=1e-5)
    assert found.cosine == pytest.approx(cosine(*own.values()), abs=1e-5)


def test_a_sentence_of_the_part_is_nearest_to_itself(tiny_run):
    source, _ = next(tiny_run.dataset().part("train").texts())
    nearest = latent(tiny_run, source, part="train").contexts[0].nearest
    assert nearest[0].text == source
    assert nearest[0].cosine == pytest.approx(1, abs=1e-5)
    assert len({near.text for near in nearest}) == len(nearest)


def test_the_ends_of_the_line_say_what_the_run_translates(tiny_run):
    line = latent(tiny_run, FIRST, SECOND, stops=5, part="valid").line
    assert [stop.position for stop in line] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    translations = Translator.of(tiny_run).translations([FIRST, SECOND])
    for stop, translation in zip((line[0], line[-1]), translations, strict=True):
        assert stop.text == translation.text
        assert stop.log_probability == pytest.approx(translation.outputs[0].log_probability, abs=1e-4)


def test_a_stop_says_what_the_decoder_makes_of_the_mean(tiny_run):
    model = tiny_run.load_model()
    (_, stop, _) = latent(tiny_run, FIRST, SECOND, stops=3, part="valid").line
    ids, lengths = pad([tiny_run.source_vocabulary.indices(text.split()) for text in (FIRST, SECOND)])
    with torch.inference_mode():
        start = model.start(ids, lengths)
        halves = tuple(tuple(part.mean(0, keepdim=True) for part in layer) for layer in start.state.layers)
        state = start.select(torch.tensor([0]))
        state = state._replace(state=state.state._replace(layers=halves))
        token, words = 1, []
        while token != 2 and len(words) < 12:
            logits, state, _ = model.step(torch.tensor([token]), state)
            token = int(logits.argmax())
            words += [tiny_run.target_vocabulary.index_to_word[token]] if token != 2 else []
    assert stop.text == " ".join(words)


def test_a_sentence_alone_has_no_line(tiny_run):
    found = latent(tiny_run, FIRST, part="valid")
    assert (len(found.contexts), found.cosine, found.line) == (1, None, [])


def test_a_summary_at_every_step_goes_along_the_line(tiny_run, monkeypatch):
    run = with_model(tiny_run, monkeypatch, attention="summary", bridge="zero", decoder_layers=2)
    found = latent(run, FIRST, SECOND, part="valid", n=1)
    assert found.size == 4 * 24 + 32
    translations = Translator.of(run).translations([FIRST, SECOND])
    assert [found.line[0].text, found.line[-1].text] == [translation.text for translation in translations]
    assert found.line[-1].log_probability == pytest.approx(
        translations[1].outputs[0].log_probability, abs=1e-4
    )


def test_a_decoder_that_looks_at_words_cannot_be_led_along_a_line(tiny_run, monkeypatch):
    run = with_model(tiny_run, monkeypatch, attention="general")
    with pytest.raises(RunError, match="looks at every word of its source"):
        latent(run, FIRST, SECOND)
    assert latent(run, FIRST, part="valid").size == 48


def test_a_bridge_that_hands_nothing_over_has_no_vectors(tiny_run, monkeypatch):
    run = with_model(tiny_run, monkeypatch, bridge="zero")
    with pytest.raises(RunError, match=r"model\.bridge is zero"):
        latent(run, FIRST)
