"""A model against sentence pairs: its outputs, and the probabilities of the targets."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from seq2seq_cli import metrics
from seq2seq_cli.corpus import batching
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.decoding.hypothesis import Hypothesis
from seq2seq_cli.decoding.search import Search
from seq2seq_cli.models.seq2seq import ModelStep, SearchState, Seq2Seq
from seq2seq_cli.scoring.references import Texts, all_references
from seq2seq_cli.scoring.words import WordScores, forced_words, free_running_words
from seq2seq_cli.training.events import Sample, Scores
from seq2seq_cli.training.precision import computing_in

_TOKENS_A_BATCH = 2048


class Pairs(batching.Part, Texts, Protocol):
    """Sentence pairs, as token indices and as text."""


@dataclass(frozen=True)
class PartScores:
    """A model's outputs for sentence pairs, beside what they should be.

    `bleu` compares each output with the reference of its own pair, as other toolkits do; `bleu_any` and
    `exact_match` admit every reference that the pairs have for the same source.
    """

    hypotheses: list[Hypothesis]  # the best of each source
    outputs: list[str]  # the same as text
    references: list[list[str]]  # each pair's own first
    words: WordScores  # of the targets, teacher-forced
    free_running: WordScores | None  # of the targets, after the model's own words
    seconds: float  # of the search, with the reading of the sources

    @property
    def loss(self) -> float:
        """Nats a word, teacher-forced."""
        return self.words.loss

    @property
    def bleu(self) -> float:
        """BLEU against each pair's own reference."""
        return metrics.bleu(self.outputs, [right[:1] for right in self.references])

    @property
    def bleu_any(self) -> float:
        """BLEU against all references of the same source."""
        return metrics.bleu(self.outputs, self.references)

    @property
    def exact_match(self) -> float:
        """The share of outputs, in per cent, that are a reference of their source."""
        return metrics.exact_match(self.outputs, self.references)


@dataclass(frozen=True)
class Scorer:
    """Scores a model on sentence pairs.

    Attributes:
        model: what is scored.
        search: how it translates.
        part: sentence pairs.
        vocabulary: the target's.
        pipeline: the target's.
        device: where the model is.
        precision: of products; see computing_in.
        samples: how many translations a validation shows.
        attention: whether hypotheses come with the weights of attention, if the model has any.
    """

    model: Seq2Seq
    search: Search
    part: Pairs
    vocabulary: Vocabulary
    pipeline: TextPipeline
    device: torch.device
    precision: torch.dtype = torch.float32
    samples: int = 0
    attention: bool = False

    @torch.inference_mode()
    def score(self, free_running: bool = False) -> PartScores:
        """Return what the model as it is now makes of the pairs.

        Args:
            free_running: whether to score the targets after the model's own words, too.
        """
        batches = Batches(self.part, _TOKENS_A_BATCH, by="tokens")
        best: dict[int, Hypothesis] = {}
        forced, free, seconds = [], [], 0.0
        with evaluating(self.model), computing_in(self.precision, self.device):
            for rows, batch in batches.in_order():
                began = time.perf_counter()
                batch = batch.to(self.device)
                start = self.model.start(batch.source, batch.source_lengths)
                known = _Read(self.model, batch.source, start)
                found = self.search(known, batch.source, batch.source_lengths, attention=self.attention)
                best.update((row, first) for row, (first, *_) in zip(rows.tolist(), found, strict=True))
                seconds += time.perf_counter() - began
                forced.append((rows, forced_words(self.model, start, batch)))
                if free_running:
                    free.append((rows, free_running_words(self.model, start, batch)))
        hypotheses = [best[row] for row in range(len(best))]
        return PartScores(
            hypotheses,
            texts(hypotheses, self.vocabulary, self.pipeline),
            all_references(self.part),
            WordScores.in_order(forced),
            WordScores.in_order(free) if free_running else None,
            seconds,
        )

    def validate(self) -> Scores:
        """Return what a training loop wants to know, and some translations: always of the same pairs."""
        scores = self.score()
        pairs, shown = list(self.part.texts()), spread(self.samples, len(scores.outputs))
        samples = tuple(Sample(*pairs[row], scores.outputs[row]) for row in shown)
        return Scores(scores.loss, scores.bleu, scores.bleu_any, scores.exact_match, samples)


@dataclass(frozen=True)
class _Read:
    """A model that has read its sources already: a search need not have them read again."""

    model: Seq2Seq
    source: Tensor
    state: SearchState

    def start(self, source: Tensor, lengths: Tensor) -> SearchState:
        """Return the state before the first word; a row a source sentence."""
        return self.state if source is self.source else self.model.start(source, lengths)

    def step(self, token: Tensor, state: SearchState) -> ModelStep:
        """Read a word a row, (rows,), and return the next word's logits and the state after."""
        return self.model.step(token, state)


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
