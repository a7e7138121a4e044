"""Translator: lines in, lines out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from seq2seq_cli.build.experiment import build_search, find_device
from seq2seq_cli.config import Config
from seq2seq_cli.corpus.batching import pad
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.decoding.hypothesis import Hypothesis
from seq2seq_cli.decoding.search import Search
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs import Run
from seq2seq_cli.scoring import texts

_ROWS_A_BATCH = 256
_TOKENS_A_BATCH = 8192  # padding counted; so long lines come in smaller batches


@dataclass(frozen=True)
class Output:
    """One possible translation."""

    text: str
    log_probability: float  # nats, of all its tokens and <eos>


@dataclass(frozen=True)
class Translation:
    """A line and what became of it."""

    source: str
    outputs: tuple[Output, ...]  # the best first; a blank line has one, which is blank
    unknown: tuple[str, ...]  # source words that the vocabulary lacks

    @property
    def text(self) -> str:
        """The best output."""
        return self.outputs[0].text


class Translator:
    """Translates text with a trained model, treating it exactly as training did.

    Args:
        model: the trained model, in evaluation mode.
        search: how outputs are found.
        source_pipeline: text -> tokens, for the source language.
        target_pipeline: tokens -> text, for the target language.
        source_vocabulary: the source language's tokens.
        target_vocabulary: the target language's tokens.
        device: where the model is.
    """

    def __init__(
        self,
        model: Seq2Seq,
        search: Search,
        source_pipeline: TextPipeline,
        target_pipeline: TextPipeline,
        source_vocabulary: Vocabulary,
        target_vocabulary: Vocabulary,
        device: torch.device,
    ) -> None:
        self.model = model
        self.search = search
        self.source_pipeline = source_pipeline
        self.target_pipeline = target_pipeline
        self.source_vocabulary = source_vocabulary
        self.target_vocabulary = target_vocabulary
        self.device = device

    @classmethod
    def of(
        cls,
        run: Run,
        config: Config | None = None,
        device: str = "auto",
        outputs: int = 1,
        checkpoint: str = "best",
    ) -> "Translator":
        """Return the translator of a run.

        Args:
            run: what was trained.
            config: its config, with another `decoding` section perhaps; None for its own.
            device: where to compute.
            outputs: how many to find for a line.
            checkpoint: which one of the run's, or which average; see Run.load_model.

        Raises:
            S2SError: the run cannot be loaded.
        """
        config = config or run.config
        where = find_device(device)
        return cls(
            run.load_model(checkpoint, where),
            build_search(config.decoding, outputs),
            run.source_pipeline,
            run.target_pipeline,
            run.source_vocabulary,
            run.target_vocabulary,
            where,
        )

    def translate(self, lines: Sequence[str]) -> list[str]:
        """Return the best translation of each line, in order; that of a blank line is blank."""
        return [translation.text for translation in self.translations(lines)]

    def translations(self, lines: Sequence[str]) -> list[Translation]:
        """Return each line's translations, in order."""
        tokens = [self.source_pipeline.tokens(line) for line in lines]
        found: dict[int, Translation] = {
            i: Translation(line, (Output("", 0.0),), ()) for i, line in enumerate(lines) if not tokens[i]
        }
        for rows in self._batches(tokens):
            source, lengths = pad([self.source_vocabulary.indices(tokens[i]) for i in rows])
            hypotheses = self.search(self.model, source.to(self.device), lengths.to(self.device))
            for i, of_line in zip(rows, hypotheses, strict=True):
                unknown = tuple(token for token in tokens[i] if token not in self.source_vocabulary)
                found[i] = Translation(lines[i], self._outputs(of_line), unknown)
        return [found[i] for i in range(len(lines))]

    def _outputs(self, hypotheses: Sequence[Hypothesis]) -> tuple[Output, ...]:
        written = texts(hypotheses, self.target_vocabulary, self.target_pipeline)
        return tuple(
            Output(text, hypothesis.log_probability)
            for text, hypothesis in zip(written, hypotheses, strict=True)
        )

    def _batches(self, tokens: Sequence[Sequence[str]]) -> Iterator[list[int]]:
        """Yield rows of like length, blank ones left out, as many at a time as fit into a batch."""
        rows: list[int] = []
        for i in sorted(range(len(tokens)), key=lambda i: len(tokens[i])):
            full = len(rows) == _ROWS_A_BATCH or (len(rows) + 1) * (len(tokens[i]) + 1) > _TOKENS_A_BATCH
            if rows and full:
                yield rows
                rows = []
            if tokens[i]:
                rows.append(i)
        if rows:
            yield rows
