"""A model against a part: losses word by word, searches in order, references by source."""

from dataclasses import replace

import pytest
import sacrebleu
import torch

from seq2seq_cli.build.experiment import build_model, build_search
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.scoring import (
    Scorer,
    all_references,
    search_all,
    spread,
    texts,
)
from seq2seq_cli.symbols import EOS, SOS

CPU = torch.device("cpu")


@pytest.fixture
def model(tiny_run):
    return tiny_run.load_model()


@pytest.fixture
def part(dataset):
    return dataset.part("valid")


def indices(part):
    """Return the sources and the targets of a part as lists of indices."""
    return [side.to_pylist() for side in part.ids(range(len(part.chunk_rows)))]


def loss_word_by_word(model, part):
    """Return nats a word, one sentence and one word at a time, through the face that searches use."""
    nats, words = 0.0, 0
    for source, target in zip(*indices(part), strict=True):
        state = model.start(torch.tensor([source]), torch.tensor([len(source)]))
        before = SOS
        for word in target:
            step = model.step(torch.tensor([before]), state)
            nats -= float(step.logits.log_softmax(dim=1)[0, word])
            state, before, words = step.state, word, words + 1
    return nats / words


@pytest.mark.parametrize("tokens", [1, 60, 10_000])
def test_the_loss_is_that_of_a_loop_over_single_words(scorer, model, part, tokens, monkeypatch):
    monkeypatch.setattr("seq2seq_cli.scoring.scorer._TOKENS_A_BATCH", tokens)
    with torch.inference_mode():
        assert scorer.score().loss == pytest.approx(loss_word_by_word(model, part), rel=1e-5)


def test_scoring_switches_dropout_off_and_leaves_the_mode_as_it_was(scorer, model):
    expected = scorer.score()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.9
    model.train()
    again = scorer.score()
    assert again.loss == pytest.approx(expected.loss, rel=1e-6)
    assert again.outputs == expected.outputs
    assert model.training


def test_hypotheses_come_in_the_order_of_the_part(model, part):
    search = Greedy(12)
    found = search_all(model, search, Batches(part, 8), CPU)
    for source, hypotheses in zip(indices(part)[0], found, strict=True):
        alone = search(model, torch.tensor([source]), torch.tensor([len(source)]))[0]
        assert hypotheses[0].tokens == alone[0].tokens


def test_all_references_are_those_of_the_same_source_its_own_first():
    class Told:
        def texts(self):
            return zip(["you", "he", "you", "you", "she"], ["tu", "il", "vous", "tu", "elle"], strict=True)

    assert all_references(Told()) == [
        ["tu", "vous"],
        ["il"],
        ["vous", "tu"],
        ["tu", "vous"],
        ["elle"],
    ]


def test_hypotheses_become_text_without_special_symbols(tiny_run, model):
    words = tiny_run.target_vocabulary

    class Said:
        tokens = (words.word_to_index["est"], SOS, words.word_to_index["pas"], EOS, words.word_to_index["je"])

    assert texts([Said], words, tiny_run.target_pipeline) == ["est pas"]


@pytest.fixture
def scorer(tiny_run, model, part):
    config = tiny_run.config
    return Scorer(
        model,
        build_search(config.decoding),
        part,
        tiny_run.target_vocabulary,
        tiny_run.target_pipeline,
        CPU,
    )


def test_a_validation_has_the_scores_of_outputs_translated_one_by_one(scorer, model, part, tiny_run):
    outputs = []
    for source in indices(part)[0]:
        hypothesis = scorer.search(model, torch.tensor([source]), torch.tensor([len(source)]))[0][0]
        outputs.append(" ".join(tiny_run.target_vocabulary.index_to_word[i] for i in hypothesis.tokens))
    pairs = list(part.texts())
    right = [{target for other, target in pairs if other == source} for source, _ in pairs]
    own = sacrebleu.corpus_bleu(outputs, [[target for _, target in pairs]], tokenize="none", force=True)
    scores = scorer.validate()
    assert scores.bleu == pytest.approx(own.score)
    assert scores.exact_match == pytest.approx(
        100 * sum(output in of for output, of in zip(outputs, right, strict=True)) / len(pairs)
    )
    assert scores.bleu_any >= scores.bleu > 0
    with torch.inference_mode():
        assert scores.loss == pytest.approx(loss_word_by_word(model, part), rel=1e-5)


def test_a_validation_touches_neither_parameters_nor_random_generators(scorer, model):
    model.train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    generator = torch.get_rng_state()
    assert scorer.validate() == scorer.validate()
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(generator, torch.get_rng_state())
    assert model.training


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_samples_are_pairs_of_the_part_with_what_the_model_makes_of_them(scorer, part, count):
    samples = replace(scorer, samples=count).validate().samples
    outputs, pairs = scorer.score().outputs, list(part.texts())
    assert len(samples) == min(count, len(pairs))
    rows = spread(count, len(pairs))
    assert [(sample.source, sample.reference) for sample in samples] == [pairs[row] for row in rows]
    assert [sample.output for sample in samples] == [outputs[row] for row in rows]


@pytest.mark.parametrize(
    ("count", "rows", "expected"),
    [
        (0, 9, []),
        (1, 9, [4]),
        (2, 8, [2, 6]),
        (3, 100, [16, 50, 83]),
        (4, 4, [0, 1, 2, 3]),
        (9, 2, [0, 1]),
        (3, 0, []),
    ],
)
def test_what_is_shown_is_spread_evenly(count, rows, expected):
    assert spread(count, rows) == expected


def test_a_validation_is_computed_in_its_precision(scorer):
    exact, rounded = scorer.score(), replace(scorer, precision=torch.bfloat16).score()
    assert rounded.loss == pytest.approx(exact.loss, rel=0.02)
    assert rounded.loss != exact.loss


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
def test_loss_and_search_are_in_the_same_precision(scorer, precision, monkeypatch):
    told, readouts_from = [], type(scorer.model).readouts_from

    def search(reader, *given, **how):
        told.append(("search", reader.prepared.precision == torch.bfloat16))
        return scorer.search(reader, *given, **how)

    def read(*given):
        told.append(("loss", torch.is_autocast_enabled("cpu")))
        return readouts_from(*given)

    monkeypatch.setattr(type(scorer.model), "readouts_from", read)
    replace(scorer, precision=precision, search=search).score()
    assert set(told) == {(what, precision == torch.bfloat16) for what in ("loss", "search")}


def test_lower_precision_gives_the_same_with_one_thread_and_with_several(part, tiny_run, monkeypatch):
    """Torch rounds products in all threads or in none; a decoder that is fed back has some of its own."""
    monkeypatch.setattr("seq2seq_cli.scoring.scorer._TOKENS_A_BATCH", 60)
    torch.manual_seed(1)
    vocabulary = tiny_run.target_vocabulary
    config = ModelConfig(attention="additive", input_feeding=True, embedding_size=64, decoder_hidden_size=64)
    model = build_model(config, len(tiny_run.source_vocabulary), len(vocabulary))
    scorer = Scorer(model, Greedy(12), part, vocabulary, tiny_run.target_pipeline, CPU, torch.bfloat16)
    threads, scores = torch.get_num_threads(), []
    for count in (1, 3, 3):
        torch.set_num_threads(count)
        scores.append(scorer.score().words.nats)
    torch.set_num_threads(threads)
    assert (scores[0] == scores[1]).all()
    assert (scores[1] == scores[2]).all()


def test_a_source_is_read_once_for_search_and_probabilities(scorer, monkeypatch):
    read = []
    encode = type(scorer.model).encode
    monkeypatch.setattr(
        type(scorer.model), "encode", lambda *given: read.append(len(given[1])) or encode(*given)
    )
    scorer.score(free_running=True)
    assert sum(read) == len(scorer.part)


def test_outputs_and_probabilities_are_in_the_order_of_the_part(scorer, model, part, monkeypatch):
    monkeypatch.setattr("seq2seq_cli.scoring.scorer._TOKENS_A_BATCH", 60)
    scores = scorer.score(free_running=True)
    sources, targets = indices(part)
    assert scores.words.lengths.tolist() == scores.free_running.lengths.tolist() == list(map(len, targets))
    with torch.inference_mode():
        for row, source in enumerate(sources[:10]):
            (alone, *_) = scorer.search(model, torch.tensor([source]), torch.tensor([len(source)]))[0]
            assert scores.hypotheses[row].tokens == alone.tokens
            assert scores.outputs[row] == texts([alone], scorer.vocabulary, scorer.pipeline)[0]


def test_a_search_may_read_sources_of_its_own_choice(scorer, model):
    """It is handed a model that has read the batch, which must not answer for other sentences."""

    def search(known, source, lengths, **how):
        rows = torch.arange(len(source)).flip(0)
        return scorer.search(known, source[rows], lengths[rows], **how)[::-1]

    expected = [hypothesis.tokens for hypothesis in scorer.score().hypotheses]
    found = replace(scorer, search=search).score().hypotheses
    assert [hypothesis.tokens for hypothesis in found] == expected
