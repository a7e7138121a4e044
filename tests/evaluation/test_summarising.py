"""A run's scores, beside the same computed from translated text by other means."""

import math

import pytest
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER

from seq2seq_cli.config import from_mapping
from seq2seq_cli.evaluation import assess, scored_pairs, summarise
from seq2seq_cli.runs import Store


@pytest.fixture(scope="session")
def evaluation(outcome):
    return summarise(outcome, 20, details=True)


def evaluate(run, part="test", config=None, **options):
    """Score a run."""
    (pairs,) = scored_pairs([run], part)
    return summarise(assess(run, config or run.config, pairs, "cpu"), **options)


def right_targets(pairs):
    """Return every target that the part has for each pair's source."""
    return [[target for other, target in pairs if other == source] for source, _ in pairs]


def test_bleu_and_chrf_are_those_of_sacrebleu_on_the_translated_text(evaluation, outputs, pairs):
    own = [[target for _, target in pairs]]
    bleu = sacrebleu.corpus_bleu(outputs, own, tokenize="none", force=True)
    assert evaluation.bleu == pytest.approx(bleu.score)
    assert evaluation.chrf == pytest.approx(sacrebleu.corpus_chrf(outputs, own).score)
    assert evaluation.ter == pytest.approx(sacrebleu.corpus_ter(outputs, own).score)
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


def test_signatures_are_those_of_sacrebleu(evaluation, outputs, pairs):
    metrics = {"bleu": BLEU(tokenize="none", force=True), "chrf": CHRF(), "ter": TER()}
    for name, metric in metrics.items():
        metric.corpus_score(outputs, [[target for _, target in pairs]])
        assert evaluation.signatures[name] == str(metric.get_signature())
    assert evaluation.signatures["bleu_any"] == evaluation.signatures["bleu"].replace("nrefs:1", "nrefs:var")


def test_details_tell_what_the_wrong_history_costs(evaluation, outcome):
    details, words = evaluation.details, outcome.scores.free_running
    assert details.free_running_loss == pytest.approx(words.nats.mean(), rel=1e-5)
    assert details.free_running_perplexity == pytest.approx(math.exp(details.free_running_loss))
    assert details.free_running_accuracy == pytest.approx(100 * words.right.mean())
    assert details.exposure_gap == pytest.approx(details.free_running_loss - evaluation.loss)
    assert details.exposure_gap > 0
    assert evaluation.token_accuracy == pytest.approx(100 * outcome.scores.words.right.mean())


def test_what_takes_longer_is_left_out_unless_asked_for(tiny_run, outcome):
    brief = summarise(outcome)
    assert (brief.details, brief.ter, "ter" in brief.signatures) == (None, None, False)
    (pairs,) = scored_pairs([tiny_run], "test")
    with pytest.raises(ValueError, match="free-running"):
        summarise(assess(tiny_run, tiny_run.config, pairs, "cpu"), details=True)


def test_the_seed_draws_the_samples(tiny_run):
    def drawn(seed):
        return evaluate(tiny_run, samples=5, seed=seed).samples

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_more_samples_than_sentences_are_all_of_them(tiny_run, dataset):
    result = evaluate(tiny_run, samples=10_000)
    assert [(s.source, s.reference) for s in result.samples] == list(dataset.part("test").texts())


def test_the_best_checkpoint_is_scored(tiny_run, evaluation):
    assert evaluation.step == tiny_run.step_of("best")
    assert evaluation.run == "tiny"
    valid = [event for event in tiny_run.events() if event["event"] == "valid"]
    (of_best,) = [event for event in valid if event["step"] == evaluation.step]
    again = evaluate(tiny_run, "valid")
    for score in ("loss", "perplexity", "bleu", "bleu_any", "exact_match"):
        assert getattr(again, score) == pytest.approx(of_best[score], rel=1e-5)


def test_decoding_can_change_and_the_loss_does_not(tiny_run, evaluation):
    wanted = from_mapping({"decoding": {"search": "beam", "max_length": 2}}, "test")
    short = evaluate(tiny_run, "train", tiny_run.with_decoding(wanted), samples=5)
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
    result = evaluate(run)
    assert unknown > 0
    assert result.unknown_words == pytest.approx(100 * unknown / len(words))
