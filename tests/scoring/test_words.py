"""The probabilities of the targets' words, beside a loop over single words of single sentences."""

import numpy as np
import pytest
import torch

from seq2seq_cli.batch import Batch
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.scoring import WordScores, forced_words, free_running_words
from seq2seq_cli.scoring import words as module
from seq2seq_cli.symbols import SOS


@pytest.fixture
def model(tiny_run):
    return tiny_run.load_model()


@pytest.fixture
def batch(dataset):
    return max(
        (batch for _, batch in Batches(dataset.part("valid"), 20).in_order()), key=lambda b: b.target_tokens
    )


def one_by_one(model, batch, forced):
    """Return nats, whether right, and lengths, through the face that searches use."""
    nats, right = [], []
    for row in range(len(batch)):
        source = batch.source[row : row + 1, : batch.source_lengths[row]]
        state, before = model.start(source, batch.source_lengths[row : row + 1]), SOS
        for word in batch.target[row, : batch.target_lengths[row]].tolist():
            step = model.step(torch.tensor([before]), state)
            log_p = step.logits.double().log_softmax(dim=1)[0]
            likeliest = int(log_p.argmax())
            nats.append(-float(log_p[word]))
            right.append(likeliest == word)
            state, before = step.state, word if forced else likeliest
    return nats, right


@pytest.mark.parametrize("rows", [5, 1000])
@pytest.mark.parametrize("score", [forced_words, free_running_words])
@torch.inference_mode()
def test_words_are_scored_as_one_by_one(model, batch, score, rows, monkeypatch):
    monkeypatch.setattr(module, "_ROWS", rows)
    scored = score(model, model.start(batch.source, batch.source_lengths), batch)
    nats, right = one_by_one(model, batch, forced=score is forced_words)
    assert scored.nats == pytest.approx(nats, rel=1e-4, abs=1e-5)
    assert scored.right.tolist() == right
    assert scored.lengths.tolist() == batch.target_lengths.tolist()
    assert len(set(scored.lengths.tolist())) > 1
    assert 0 < sum(right) < len(right)


@torch.inference_mode()
def test_free_running_is_the_loss_of_training_without_teacher_forcing(model, batch):
    """Beyond an <eos> of its own the model goes on, as it does there."""
    logits = model(batch, torch.zeros_like(batch.target, dtype=torch.bool))
    expected = torch.nn.functional.cross_entropy(logits, batch.target_words, reduction="none")
    start = model.start(batch.source, batch.source_lengths)
    assert free_running_words(model, start, batch).nats == pytest.approx(expected.numpy(), rel=1e-4, abs=1e-5)


@torch.inference_mode()
def test_with_other_words_before_them_words_are_less_likely(model, batch):
    start = model.start(batch.source, batch.source_lengths)
    forced, free = (score(model, start, batch) for score in (forced_words, free_running_words))
    assert free.loss > forced.loss
    first = forced.lengths.cumsum() - forced.lengths  # nothing stands before the first words
    assert free.nats[first] == pytest.approx(forced.nats[first], rel=1e-4, abs=1e-5)


def test_sentences_are_put_into_their_places():
    def scores(*sentences):
        nats = [nat for sentence in sentences for nat in sentence]
        return WordScores(
            np.array(nats, np.float32),
            np.array(nats) > 4,
            np.array([len(sentence) for sentence in sentences]),
        )

    together = WordScores.in_order(
        [
            (torch.tensor([3, 0]), scores([1.0, 2.0, 3.0], [4.0])),
            (torch.tensor([2, 1]), scores([5.0, 6.0], [7.0, 8.0, 9.0])),
        ]
    )
    assert together.nats.tolist() == [4, 7, 8, 9, 5, 6, 1, 2, 3]
    assert together.right.tolist() == [False, True, True, True, True, True, False, False, False]
    assert together.lengths.tolist() == [1, 3, 2, 3]
    assert together.sentence_nats.tolist() == [4, 24, 11, 6]
    assert together.sentence_right.tolist() == [0, 3, 2, 0]
    assert together.loss == pytest.approx(5)


@torch.inference_mode()
def test_a_sentence_scores_the_same_alone_and_among_others(model, batch):
    for score in (forced_words, free_running_words):
        together = score(model, model.start(batch.source, batch.source_lengths), batch).sentence_nats
        for row in (0, 7, len(batch) - 1):
            source, target = int(batch.source_lengths[row]), int(batch.target_lengths[row])
            alone = Batch(
                batch.source[row : row + 1, :source],
                batch.source_lengths[row : row + 1],
                batch.target[row : row + 1, :target],
                batch.target_lengths[row : row + 1],
            )
            start = model.start(alone.source, alone.source_lengths)
            assert score(model, start, alone).sentence_nats == pytest.approx([together[row]], rel=1e-4)
