"""Where a decoder looks at each word that it writes: the alignment of an output with its source."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from seq2seq_cli.corpus.batching import pad
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.errors import RunError
from seq2seq_cli.inspection.loading import load_sound_model
from seq2seq_cli.inspection.tokens import Token, tokens_of
from seq2seq_cli.metrics import count_chrf
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs import Run
from seq2seq_cli.scoring import in_batches, search_all, texts
from seq2seq_cli.symbols import EOS, SPECIAL_SYMBOLS


@dataclass(frozen=True)
class Alignment:
    """A source, an output, and how each word of the output shared its attention among those of the source."""

    source: list[str]  # ends in <eos>
    target: list[str]  # ends in <eos>, unless it was cut off
    weights: list[list[float]]  # a row a word of the target, a number a word of the source; rows sum to 1
    reference: str | None  # the pair's own, where the source is from the data
    score: float | None  # the output's chrF against it, from 0 to 100


@dataclass(frozen=True)
class Alignments:
    """Where a run looks."""

    run: str
    checkpoint: str
    step: int
    attention: str
    sentences: list[Alignment]


def align(run: Run, sentences: Sequence[str], checkpoint: str = "best") -> Alignments:
    """Return where a run looks as it translates sentences, greedily.

    Raises:
        S2SError: the run cannot be loaded, or looks nowhere.
        CorpusError: a sentence holds no word.
    """
    model = _looking_model(run, checkpoint)
    sources = [tokens_of(text, run.source_pipeline, run.source_vocabulary) for text in sentences]
    return _of(run, checkpoint, [_alignment(run, model, source) for source in sources])


def align_extremes(
    run: Run, part: str = "valid", best: int = 2, worst: int = 2, checkpoint: str = "best"
) -> Alignments:
    """Return where a run looks in the sentences of a part that it translates best and worst.

    They are ranked by the chrF of the output against the pair's own reference; of equals the longest come
    first, since they show most.

    Args:
        run: what was trained.
        part: train, valid or test.
        best: how many of the best, which come first.
        worst: how many of the worst, the very worst last.
        checkpoint: which one of the run's, or which average; see Run.load_model.

    Raises:
        S2SError: the run or its data cannot be loaded, the run looks nowhere, or the part is empty.
    """
    model, chosen = _looking_model(run, checkpoint), run.dataset().part(part).not_empty()
    found = search_all(model, Greedy(run.config.decoding.max_length), in_batches(chosen), torch.device("cpu"))
    outputs = texts([first for first, *_ in found], run.target_vocabulary, run.target_pipeline)
    pairs = list(chosen.texts())
    scores = count_chrf(outputs, [[right] for _, right in pairs]).sentences().tolist()
    lengths = [len(source) for source, _ in pairs]
    rows = range(len(pairs))
    top = sorted(rows, key=lambda row: (-scores[row], -lengths[row]))[:best]
    bottom = sorted(set(rows) - set(top), key=lambda row: (scores[row], -lengths[row]))[:worst]
    alignments = []
    for row in [*top, *reversed(bottom)]:
        source, reference = pairs[row]
        tokens = tokens_of(source, run.source_pipeline, run.source_vocabulary)
        alignments.append(_alignment(run, model, tokens, reference, scores[row]))
    return _of(run, checkpoint, alignments)


def _of(run: Run, checkpoint: str, alignments: list[Alignment]) -> Alignments:
    return Alignments(run.name, checkpoint, run.step_of(checkpoint), run.config.model.attention, alignments)


def _looking_model(run: Run, checkpoint: str) -> Seq2Seq:
    """Return a run's model.

    Raises:
        RunError: its attention has no weights.
    """
    model = load_sound_model(run, checkpoint)
    if not model.decoder.attention.needs_query:
        raise RunError(
            f"The run {run.name} looks at no single word of the source: model.attention is "
            f"{run.config.model.attention}.",
            "Train one that does: s2s train --set model.attention=general --run look.",
        )
    return model


def _alignment(
    run: Run,
    model: Seq2Seq,
    source: Sequence[Token],
    reference: str | None = None,
    score: float | None = None,
) -> Alignment:
    """Translate one sentence, and keep the weights."""
    search = Greedy(run.config.decoding.max_length)
    ((found,),) = search(model, *pad([[token.index for token in source]]), attention=True)
    target = [run.target_vocabulary.index_to_word[index] for index in found.tokens]
    target += [SPECIAL_SYMBOLS[EOS]] * found.finished
    weights = [list(look) for look in found.attention or ()]
    return Alignment([token.text for token in source], target, weights, reference, score)
