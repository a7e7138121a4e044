"""Translator: lines in, lines out."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from seq2seq_cli.build.choices import choose
from seq2seq_cli.build.experiment import build_search, find_device
from seq2seq_cli.build.precision import PRECISIONS
from seq2seq_cli.config import Config
from seq2seq_cli.corpus.ragged import pad
from seq2seq_cli.corpus.text import TextPipeline
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.decoding.ensemble import Ensemble
from seq2seq_cli.decoding.hypothesis import Hypothesis, Steppable
from seq2seq_cli.decoding.search import Search
from seq2seq_cli.errors import ConfigError
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.attention.scored import ScoredAttention
from seq2seq_cli.models.prepared import PreparedModel
from seq2seq_cli.runs import Run
from seq2seq_cli.symbols import EOS, SPECIAL_SYMBOLS, UNK
from seq2seq_cli.threads import side_by_side
from seq2seq_cli.translation.batches import batches
from seq2seq_cli.translation.ensemble import check_alike
from seq2seq_cli.translation.output import Output, Translation
from seq2seq_cli.translation.unknown import replaced

LONGEST_SOURCE = 2048
"""Tokens; what a line has beyond them is not read, for an encoder's memory may grow with their square."""


class Translator:
    """Translates text with a trained model, treating it exactly as training did.

    Args:
        model: the trained model, in evaluation mode; or an ensemble of several.
        search: how outputs are found.
        source_pipeline: text -> tokens, for the source language.
        target_pipeline: tokens -> text, for the target language.
        source_vocabulary: the source language's tokens.
        target_vocabulary: the target language's tokens.
        device: where the model is.
        replace_unknown: whether a source word takes the place of an <unk> of the output; the model must have
            attention.
        attention: whether outputs come with the weights of attention; the model must have some.
        probabilities: whether outputs come with their probabilities, if they can be found without.
    """

    def __init__(
        self,
        model: Steppable[Any],
        search: Search,
        source_pipeline: TextPipeline,
        target_pipeline: TextPipeline,
        source_vocabulary: Vocabulary,
        target_vocabulary: Vocabulary,
        device: torch.device,
        *,
        replace_unknown: bool = False,
        attention: bool = False,
        probabilities: bool = True,
    ) -> None:
        self.model = model
        self.search = search
        self.source_pipeline = source_pipeline
        self.target_pipeline = target_pipeline
        self.source_vocabulary = source_vocabulary
        self.target_vocabulary = target_vocabulary
        self.device = device
        self.replace_unknown = replace_unknown
        self.attention = attention
        self.probabilities = probabilities

    @classmethod
    def of(
        cls,
        runs: Run | Sequence[Run],
        config: Config | None = None,
        device: str = "auto",
        outputs: int = 1,
        checkpoint: str = "best",
        *,
        attention: bool = False,
        probabilities: bool = True,
    ) -> "Translator":
        """Return the translator of a run, or of several, the mean of whose probabilities is searched.

        Args:
            runs: what was trained.
            config: the first one's config, with another `decoding` section perhaps; None for its own.
            device: where to compute.
            outputs: how many to find for a line.
            checkpoint: which one of each run's, or which average; see Run.load_model.
            attention: whether outputs come with the weights of attention.
            probabilities: whether outputs come with their probabilities, if they can be found without.

        Raises:
            S2SError: a run cannot be loaded; runs have different vocabularies or treat text differently;
                attention is needed, and there is none.
        """
        runs = [runs] if isinstance(runs, Run) else runs
        first, where = runs[0], find_device(device)
        decoding = (config or first.config).decoding
        check_alike(runs)
        if attention or decoding.replace_unknown:
            check_attention(runs, "decoding.replace_unknown" if decoding.replace_unknown else "An alignment")
        precision = choose(PRECISIONS, decoding.precision, "decoding.precision")(where)
        models = [PreparedModel(run.load_model(checkpoint, where), precision) for run in runs]
        return cls(
            Ensemble(models) if len(models) > 1 else models[0],
            build_search(decoding, outputs),
            first.source_pipeline,
            first.target_pipeline,
            first.source_vocabulary,
            first.target_vocabulary,
            where,
            replace_unknown=decoding.replace_unknown,
            attention=attention,
            probabilities=probabilities,
        )

    def translate(self, lines: Sequence[str], prefixes: Sequence[str] | None = None) -> list[str]:
        """Return the best translation of each line, in order; that of a blank line is blank.

        Args:
            lines: text of the source language.
            prefixes: for each line what its translation must begin with, perhaps nothing.

        Raises:
            ValueError: there are more or fewer prefixes than lines.
        """
        found = self._translations(lines, prefixes, probabilities=False)
        return [translation.text for translation in found]

    def translations(self, lines: Sequence[str], prefixes: Sequence[str] | None = None) -> list[Translation]:
        """Return each line's translations, in order; the arguments are those of `translate`.

        Lines of like length are translated side by side, however far apart they stand: many lines at a
        time go faster than some.

        Raises:
            ValueError: there are more or fewer prefixes than lines.
        """
        return self._translations(lines, prefixes, probabilities=self.probabilities)

    def _translations(
        self, lines: Sequence[str], prefixes: Sequence[str] | None, *, probabilities: bool
    ) -> list[Translation]:
        """Return each line's translations, in order."""
        if prefixes is not None and len(prefixes) != len(lines):
            raise ValueError(f"{len(prefixes)} prefixes for {len(lines)} lines")
        sources = self.source_pipeline.tokens_of(lines)
        forced = self.target_pipeline.tokens_of(prefixes or [""] * len(lines))
        found: dict[int, Translation] = {
            i: Translation(line, (Output("", 0.0),), (), ()) for i, line in enumerate(lines) if not sources[i]
        }
        sizes = [min(len(tokens), LONGEST_SOURCE) for tokens in sources]
        work = partial(
            self._translated, lines=lines, sources=sources, forced=forced, probabilities=probabilities
        )
        for of_batch in side_by_side(work, batches(sizes, self._logits), self.device):
            found |= of_batch
        return [found[i] for i in range(len(lines))]

    @property
    def _logits(self) -> int:
        """How many logits a step makes for a line: one a word for each hypothesis."""
        hypotheses = max(self.search.outputs, getattr(self.search, "beam_size", 1))
        return hypotheses * len(self.target_vocabulary)

    def _translated(
        self,
        rows: Sequence[int],
        lines: Sequence[str],
        sources: Sequence[list[str]],
        forced: Sequence[list[str]],
        *,
        probabilities: bool,
    ) -> dict[int, Translation]:
        """Return the translations of one batch, by row."""
        read = [sources[i][:LONGEST_SOURCE] for i in rows]
        beginnings = [forced[i][:LONGEST_SOURCE] for i in rows]
        indices = [self.source_vocabulary.indices(tokens) for tokens in read]
        source, lengths = pad(indices)
        hypotheses = self.search(
            self.model,
            source.to(self.device),
            lengths.to(self.device),
            prefixes=[self.target_vocabulary.indices(tokens)[:-1] for tokens in beginnings],
            attention=self.attention or self.replace_unknown,
            probabilities=probabilities,
        )
        found = {}
        for i, of_line, tokens, beginning, known in zip(
            rows, hypotheses, read, beginnings, indices, strict=True
        ):
            found[i] = Translation(
                lines[i],
                tuple(self._output(hypothesis, tokens, beginning) for hypothesis in of_line),
                tuple(tokens),
                tuple(token for token, index in zip(tokens, known, strict=False) if index == UNK),
                left_out=len(sources[i]) - len(tokens) + len(forced[i]) - len(beginning),
            )
        return found

    def _output(self, hypothesis: Hypothesis, source: Sequence[str], beginning: Sequence[str]) -> Output:
        table = self.target_vocabulary.index_to_word
        said = [table[index] for index in hypothesis.tokens]
        words = [*beginning, *said[len(beginning) :]]  # what was forced may have unknown words
        if self.replace_unknown and hypothesis.attention:
            words = replaced(words, source, hypothesis.attention)
        shown = [word for word, index in zip(words, hypothesis.tokens, strict=False) if index >= UNK]
        return Output(
            self.target_pipeline.text(shown),
            hypothesis.log_probability,
            (*said, SPECIAL_SYMBOLS[EOS]) if hypothesis.finished else tuple(said),
            hypothesis.token_log_probabilities,
            hypothesis.attention if self.attention else None,
        )


def check_attention(runs: Sequence[Run], what: str) -> None:
    """See to it that a run has attention, whose weights something needs.

    Raises:
        ConfigError: none has; it begins with `what` needs them.
    """
    kinds = [run.config.model.attention for run in runs]
    if not any(issubclass(ATTENTIONS[kind], ScoredAttention) for kind in kinds):
        names = " and ".join(run.name for run in runs)
        raise ConfigError(
            f"{what} needs a model with attention; {names}: model.attention {', '.join(kinds)}.",
            "Leave it out, or train with model.attention general.",
        )
