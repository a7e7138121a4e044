"""A model step by step: as a search sees it, and beside it the words that it should say."""

from collections.abc import Iterator

import torch
from torch import Tensor

from seq2seq_cli.batch import Batch, mask_of
from seq2seq_cli.inspection.doctor.handful import rows_of
from seq2seq_cli.models.seq2seq import ModelStep, Seq2Seq
from seq2seq_cli.symbols import SOS


@torch.no_grad()
def walk(model: Seq2Seq, batch: Batch, guessing: bool = False) -> Iterator[ModelStep]:
    """Yield every step of the batch's longest target.

    Args:
        model: what walks, by `start` and `step` alone.
        batch: sources, and the targets whose words are given; <sos> comes first.
        guessing: give the words that the model itself holds likeliest instead.
    """
    state = model.start(batch.source, batch.source_lengths)
    token = torch.full_like(batch.target[:, 0], SOS)
    for right in batch.target.unbind(1):
        step = model.step(token, state)
        yield step
        state, token = step.state, step.logits.argmax(1) if guessing else right


def walked_logits(model: Seq2Seq, batch: Batch, guessing: bool = False) -> Tensor:
    """Return the logits of every target word, (target tokens, vocabulary), sentence after sentence."""
    logits = torch.stack([step.logits for step in walk(model, batch, guessing)], dim=1)
    return logits[mask_of(batch.target_lengths, batch.target.shape[1])]


def nats_word_by_word(model: Seq2Seq, batch: Batch) -> float:
    """Return the sum of -log p of all target words, each sentence by itself, each word by a step."""
    nats = 0.0
    for row in range(len(batch)):
        alone = rows_of(batch, [row])
        for t, step in enumerate(walk(model, alone)):
            nats -= float(step.logits.double().log_softmax(1)[0, alone.target[0, t]])
    return nats
