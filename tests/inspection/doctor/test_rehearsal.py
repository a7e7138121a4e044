"""A training that is tried is the config's own, but for what keeps it from learning a few pairs by heart."""

import pytest
import torch

from seq2seq_cli.config import load_config
from seq2seq_cli.inspection.doctor.handful import handful
from seq2seq_cli.inspection.doctor.rehearsal import rehearse, steps_of
from seq2seq_cli.inspection.doctor.walking import nats_word_by_word, walked_logits
from seq2seq_cli.training.optim import SGD


@pytest.fixture
def pairs(dataset):
    return handful(dataset.part("train"))


@pytest.fixture
def config():
    sets = ["model.embedding_size=8", "model.encoder_hidden_size=8", "model.decoder_hidden_size=8"]
    sets += ["training.optimizer=sgd", "training.momentum=0.5", "training.learning_rate=0.3"]
    sets += ["training.clip_norm=0.25", "training.weight_decay=0.1", "model.dropout=0.4"]
    sets += ["training.schedule.policy=cosine", "training.teacher_forcing.policy=never"]
    return load_config(None, sets)


def test_optimizer_rate_and_clipping_are_the_configs_and_regularisation_is_off(config, dataset, pairs):
    model, trainer = rehearse(config, dataset, [pairs] * 5)
    assert isinstance(trainer.optimizer, SGD)
    assert (trainer.optimizer.momentum, trainer.optimizer.weight_decay) == (0.5, 0)
    assert trainer.clip_norm == 0.25
    assert [step.learning_rate for step in steps_of(trainer)] == [0.3] * 5
    assert trainer.forcing.mask(pairs.target, 0) is None
    assert model.encoder.dropout.p == 0


def test_keys_of_the_training_can_be_given_other_values(config, dataset, pairs):
    _, trainer = rehearse(config, dataset, [pairs, pairs], learning_rate=0.1, accumulation=2)
    (step,) = steps_of(trainer)
    assert (step.learning_rate, step.target_tokens) == (0.1, 2 * pairs.target_tokens)


def test_the_same_rehearsal_comes_out_the_same(config, dataset, pairs):
    losses = [[step.loss for step in steps_of(rehearse(config, dataset, [pairs] * 3)[1])] for _ in range(2)]
    assert losses[0] == losses[1]
    assert losses[0][2] < losses[0][0]


def test_words_one_by_one_have_the_loss_of_torchs_cross_entropy(config, dataset, pairs):
    model = rehearse(config, dataset, [])[0].double().eval()
    with torch.no_grad():
        logits = model(pairs)
    expected = torch.nn.functional.cross_entropy(logits, pairs.target_words, reduction="sum")
    assert nats_word_by_word(model, pairs) == pytest.approx(float(expected), rel=1e-12)
    torch.testing.assert_close(walked_logits(model, pairs), logits, rtol=0, atol=1e-12)
