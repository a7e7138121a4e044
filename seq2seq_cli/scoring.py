"""A model against a part of the data: its loss, its outputs, and how they score."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from seq2seq_cli import metrics
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.decoding.hypothesis import Hypothesis
from seq2seq_cli.decoding.search import Search
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.training.events import Sample, Scores
from seq2seq_cli.training.loss import cross_entropy_sum
from seq2seq_cli.training.precision import computing_in

_TOKENS_A_BATCH = 2048


@torch.inference_mode()
def corpus_loss(model: Seq2Seq, batches: Batches, device: torch.device) -> float:
    """Return the mean of -log p(word) over all target words, teacher-forced, in nats a word."""
    nats, words = 0.0, 0
    with evaluating(model):
        for _, batch in batches.in_order():
            batch = batch.to(device)
            nats += float(cross_entropy_sum(model(batch), batch.target_words))
            words += batch.target_tokens
    return nats / words


def search_all(
    model: Seq2Seq, search: Search, batches: Batches, device: torch.device
) -> list[list[Hypothesis]]:
    """Return the hypotheses of every source, in the order of the part."""
    found: dict[int, list[Hypothesis]] = {}
    with evaluating(model):
        for rows, batch in batches.in_order():
            hypotheses = search(model, batch.source.to(device), batch.source_lengths.to(device))
            found.update(zip(rows.tolist(), hypotheses, strict=True))
    return [found[row] for row in range(len(found))]


def all_references(part: Part) -> list[list[str]]:
    """Return, for every pair of a part, each right target of its source: its own first, then the others."""
    right: dict[str, dict[str, None]] = {}
    pairs = list(part.texts())
    for source, target in pairs:
        right.setdefault(source, {})[target] = None
    return [[target, *(other for other in right[source] if other != target)] for source, target in pairs]


@dataclass(frozen=True)
class PartScores:
    """A model's outputs for a part, beside what they should be.

    `bleu` and `chrf` compare each output with the reference of its own pair, as other toolkits do; `bleu_any`
    and `exact_match` admit every reference that the part has for the same source.
    """

    loss: float  # nats a word, teacher-forced
    outputs: list[str]
    references: list[list[str]]  # each pair's own first
    seconds: float  # of the search

    @property
    def bleu(self) -> float:
        """BLEU against each pair's own reference."""
        return metrics.bleu(self.outputs, [right[:1] for right in self.references])

    @property
    def bleu_any(self) -> float:
        """BLEU against all references of the same source."""
        return metrics.bleu(self.outputs, self.references)

    @property
    def chrf(self) -> float:
        """The chrF against each pair's own reference."""
        return metrics.chrf(self.outputs, [right[:1] for right in self.references])

    @property
    def exact_match(self) -> float:
        """The share of outputs, in per cent, that are a reference of their source."""
        return metrics.exact_match(self.outputs, self.references)


@dataclass(frozen=True)
class Scorer:
    """Scores a model on a part.

    Attributes:
        model: what is scored.
        search: how it translates.
        part: sentence pairs.
        vocabulary: the target's.
        pipeline: the target's.
        device: where the model is.
        precision: of products; see computing_in.
        samples: how many translations a validation shows.
    """

    model: Seq2Seq
    search: Search
    part: Part
    vocabulary: Vocabulary
    pipeline: TextPipeline
    device: torch.device
    precision: torch.dtype = torch.float32
    samples: int = 0

    def score(self) -> PartScores:
        """Return the scores of the model as it is now."""
        batches = Batches(self.part, _TOKENS_A_BATCH, by="tokens")
        with computing_in(self.precision, self.device):
            loss = corpus_loss(self.model, batches, self.device)
            began = time.perf_counter()
            found = search_all(self.model, self.search, batches, self.device)
            seconds = time.perf_counter() - began
        outputs = texts([best for best, *_ in found], self.vocabulary, self.pipeline)
        return PartScores(loss, outputs, all_references(self.part), seconds)

    def validate(self) -> Scores:
        """Return what a training loop wants to know, and some translations: always of the same pairs."""
        scores = self.score()
        pairs, shown = list(self.part.texts()), spread(self.samples, len(scores.outputs))
        samples = tuple(Sample(*pairs[row], scores.outputs[row]) for row in shown)
        return Scores(scores.loss, scores.bleu, scores.bleu_any, scores.exact_match, samples)


def spread(count: int, rows: int) -> list[int]:
    """Return `count` of the numbers 0, ..., rows - 1, or all if there are fewer, at even distances."""
    count = min(count, rows)
    return [(2 * i + 1) * rows // (2 * count) for i in range(count)]


def texts(hypotheses: Sequence[Hypothesis], vocabulary: Vocabulary, pipeline: TextPipeline) -> list[str]:
    """Return hypotheses as text."""
    return [pipeline.text(vocabulary.words(hypothesis.tokens)) for hypothesis in hypotheses]


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Switch dropout off for a while."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)
