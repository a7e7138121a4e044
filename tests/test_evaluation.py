"""A run against a part of its data, beside the same scores computed from translated text."""

import math

import pytest
import sacrebleu

from seq2seq_cli.config import from_mapping
from seq2seq_cli.errors import DatasetError, RunError
from seq2seq_cli.evaluation import evaluate
from seq2seq_cli.runs import Store
from seq2seq_cli.translation import Translator


@pytest.fixture
def evaluation(tiny_run):
    return evaluate(tiny_run, tiny_run.config, "train", samples=20, device="cpu")


@pytest.fixture
def pairs(dataset):
    return list(dataset.part("train").texts())


@pytest.fixture
def outputs(tiny_run, pairs):
    """Return the translations of the part's sources as text, by the translator."""
    return Translator.of(tiny_run, device="cpu").translate([source for source, _ in pairs])


def right_targets(pairs):
    """Return every target that the part has for each pair's source."""
    return [[target for other, target in pairs if other == source] for source, _ in pairs]


def test_bleu_and_chrf_are_those_of_sacrebleu_on_the_translated_text(evaluation, outputs, pairs):
    own = [[target for _, target in pairs]]
    bleu = sacrebleu.corpus_bleu(outputs, own, tokenize="none", force=True)
    assert evaluation.bleu == pytest.approx(bleu.score)
    assert evaluation.chrf == pytest.approx(sacrebleu.corpus_chrf(outputs, own).score)
    assert 0 < evaluation.bleu < 100


def test_bleu_any_admits_all_references_of_the_same_source(evaluation, outputs, pairs):
    right = right_targets(pairs)
    most = max(map(len, right))
    streams = [[of[i] if i < len(of) else None for of in right] for i in range(most)]
    bleu = sacrebleu.corpus_bleu(outputs, streams, tokenize="none", force=True)
    assert most > 1
    assert evaluation.bleu_any == pytest.approx(bleu.score)
    assert evaluation.bleu_any > evaluation.bleu


def test_exact_match_admits_any_reference_of_the_same_source(evaluation, outputs, pairs):
    right = right_targets(pairs)
    any_of_them = sum(output in of for output, of in zip(outputs, right, strict=True))
    their_own = sum(output == target for output, (_, target) in zip(outputs, pairs, strict=True))
    assert evaluation.exact_match == pytest.approx(100 * any_of_them / len(pairs))
    assert any_of_them > their_own > 0


def test_perplexity_is_the_exponential_of_the_loss(evaluation):
    assert evaluation.perplexity == pytest.approx(math.exp(evaluation.loss))
    assert evaluation.sentences_per_second == pytest.approx(evaluation.sentences / evaluation.seconds)


def test_samples_are_pairs_of_the_part_with_their_translations(evaluation, outputs, pairs):
    translated = dict(zip(pairs, outputs, strict=True))
    assert len(evaluation.samples) == 20
    for sample in evaluation.samples:
        assert sample.prediction == translated[sample.source, sample.reference]
        targets = {target for source, target in pairs if source == sample.source}
        assert sample.correct == (sample.prediction in targets)
    assert {sample.correct for sample in evaluation.samples} == {True, False}


def test_the_seed_draws_the_samples(tiny_run):
    def drawn(seed):
        return evaluate(tiny_run, tiny_run.config, "test", samples=5, device="cpu", seed=seed).samples

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_more_samples_than_sentences_are_all_of_them(tiny_run, dataset):
    result = evaluate(tiny_run, tiny_run.config, "test", samples=10_000, device="cpu")
    assert [(s.source, s.reference) for s in result.samples] == list(dataset.part("test").texts())


def test_the_best_checkpoint_is_scored(tiny_run, evaluation):
    assert evaluation.step == tiny_run.step_of("best")
    assert evaluation.run == "tiny"
    valid = [event for event in tiny_run.events() if event["event"] == "valid"]
    (of_best,) = [event for event in valid if event["step"] == evaluation.step]
    again = evaluate(tiny_run, tiny_run.config, "valid", device="cpu")
    for score in ("loss", "perplexity", "bleu", "bleu_any", "exact_match"):
        assert getattr(again, score) == pytest.approx(of_best[score], rel=1e-5)


def test_decoding_can_change_and_the_loss_does_not(tiny_run, evaluation):
    wanted = from_mapping({"decoding": {"search": "beam", "max_length": 2}}, "test")
    short = evaluate(tiny_run, tiny_run.with_decoding(wanted), "train", samples=5, device="cpu")
    assert short.loss == evaluation.loss
    assert all(len(sample.prediction.split()) <= 2 for sample in short.samples)


def test_unknown_words_are_counted_by_the_running_word(workplace, succeeds, tiny):
    rare = ["--set", "data.min_frequency=25"]
    succeeds("prepare-data", "pairs.tsv", *rare, "--out", "data/rare")
    step = ["--set", "training.max_steps=1"]
    succeeds("train", *tiny, *rare, *step, "--data", "data/rare", "--run", "rare")
    run = Store().find("rare")
    words = [word for source, _ in run.dataset().part("test").texts() for word in source.split()]
    unknown = sum(word not in run.source_vocabulary.word_to_index for word in words)
    result = evaluate(run, run.config, "test", device="cpu")
    assert unknown > 0
    assert result.unknown_words == pytest.approx(100 * unknown / len(words))


def test_an_empty_part_is_an_error_that_says_what_to_do(workplace, succeeds, tiny):
    everything = ["--set", "data.split=[1, 0, 0]"]
    succeeds("prepare-data", "pairs.tsv", *everything, "--out", "data/all")
    step = ["--set", "training.max_steps=1"]
    succeeds("train", *tiny, *everything, *step, "--data", "data/all", "--run", "all")
    run = Store().find("all")
    with pytest.raises(DatasetError, match=r"test part is empty.*data\.split"):
        evaluate(run, run.config, "test", device="cpu")


def test_an_unknown_part_is_an_error_that_lists_the_parts(tiny_run):
    with pytest.raises(DatasetError, match=r"'dev'.*train, valid, test"):
        evaluate(tiny_run, tiny_run.config, "dev", device="cpu")


def test_a_run_that_does_not_say_what_it_was_trained_on_is_an_error(tiny_run):
    (tiny_run.path / "data.yaml").unlink()
    with pytest.raises(RunError, match=r"data\.yaml"):
        evaluate(tiny_run, tiny_run.config, "test", device="cpu")
