"""A model against sentence pairs: its outputs, and the probabilities of the targets."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from seq2seq_cli import metrics
from seq2seq_cli.batch import Batch
from seq2seq_cli.corpus import batching
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.decoding.hypothesis import Hypothesis
from seq2seq_cli.decoding.search import Search
from seq2seq_cli.models.encoders import EncoderOutput
from seq2seq_cli.models.evaluating import evaluating
from seq2seq_cli.models.prepared import PreparedModel, PreparedState, PreparedStep
from seq2seq_cli.models.rounding import rounding
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.scoring.references import Texts, all_references
from seq2seq_cli.scoring.words import WordScores, forced_words, free_running_words
from seq2seq_cli.threads import side_by_side
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

    def score(self, free_running: bool = False) -> PartScores:
        """Return what the model as it is now makes of the pairs.

        Args:
            free_running: whether to score the targets after the model's own words, too.
        """
        began = time.perf_counter()
        rounds = self.precision != torch.float32 and self.device.type == "cpu"
        # Torch has one switch for all threads: else it would round now for one of them, now for another.
        with evaluating(self.model), rounding() if rounds else nullcontext():
            work = partial(self._scored, PreparedModel(self.model, self.precision), free_running)
            scored = list(side_by_side(work, in_batches(self.part).in_order(), self.device))
        seconds = time.perf_counter() - began
        searching = sum(each.searching for each in scored) / sum(each.working for each in scored)
        best: dict[int, Hypothesis] = {}
        for each in scored:
            best.update(zip(each.rows.tolist(), each.best, strict=True))
        hypotheses = [best[row] for row in range(len(best))]
        return PartScores(
            hypotheses,
            texts(hypotheses, self.vocabulary, self.pipeline),
            all_references(self.part),
            WordScores.in_order((each.rows, each.forced) for each in scored),
            WordScores.in_order((each.rows, each.free) for each in scored if each.free)
            if free_running
            else None,
            seconds * searching,
        )

    @torch.inference_mode()
    def _scored(
        self, prepared: PreparedModel, free_running: bool, rows_and_batch: tuple[Tensor, Batch]
    ) -> "_BatchScores":
        """Return what becomes of one batch; its sources are read once for everything."""
        began = time.perf_counter()
        rows, batch = rows_and_batch
        batch = batch.to(self.device)
        with computing_in(self.precision, self.device):
            encoded = self.model.encode(batch.source, batch.source_lengths)
        reader = _Read(prepared, batch.source, encoded)
        found = self.search(reader, batch.source, batch.source_lengths, attention=self.attention)
        searched = time.perf_counter()
        with computing_in(self.precision, self.device):
            start = self.model.start_from(encoded)
            forced = forced_words(self.model, start, batch)
            free = free_running_words(self.model, start, batch) if free_running else None
        ended = time.perf_counter()
        return _BatchScores(
            rows, [first for first, *_ in found], forced, free, searched - began, ended - began
        )

    def validate(self) -> Scores:
        """Return what a training loop wants to know, and some translations: always of the same pairs."""
        scores = self.score()
        pairs, shown = list(self.part.texts()), spread(self.samples, len(scores.outputs))
        samples = tuple(Sample(*pairs[row], scores.outputs[row]) for row in shown)
        return Scores(scores.loss, scores.bleu, scores.bleu_any, scores.exact_match, samples)


class _BatchScores(NamedTuple):
    """What became of a batch."""

    rows: Tensor  # (sentences,) their places
    best: list[Hypothesis]
    forced: WordScores
    free: WordScores | None
    searching: float  # seconds, of
    working: float


@dataclass(frozen=True)
class _Read:
    """A model whose encoder has read its sources already: a search need not have them read again."""

    prepared: PreparedModel
    source: Tensor
    encoded: EncoderOutput

    def start(self, source: Tensor, lengths: Tensor) -> PreparedState:
        """Return the state before the first word; one row a source sentence."""
        if source is self.source:
            return self.prepared.start_from(self.encoded)
        return self.prepared.start(source, lengths)

    def step(self, token: Tensor, state: PreparedState) -> PreparedStep:
        """Read a word a row, (rows,), and return the next word's logits and the state after."""
        return self.prepared.step(token, state)


def in_batches(part: batching.Part) -> Batches:
    """Return a part in batches of the size in which it is scored."""
    return Batches(part, _TOKENS_A_BATCH, by="tokens")


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
