"""A run against a part of its data: scores, speed and samples."""

import math
import random
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.build.experiment import build_search, find_device
from seq2seq_cli.config import Config
from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.runs import Run
from seq2seq_cli.scoring import Scorer
from seq2seq_cli.symbols import UNK


@dataclass(frozen=True)
class Sample:
    """A pair of the part, and what the model made of it."""

    source: str
    reference: str
    prediction: str
    correct: bool  # one of the references of this source


@dataclass(frozen=True)
class Evaluation:
    """How well a run does on a part."""

    run: str
    checkpoint: str  # as it was asked for: best, average:5, ...
    step: int  # of the checkpoint; of an average, its latest
    part: str
    sentences: int
    loss: float  # nats a word, teacher-forced
    perplexity: float
    bleu: float  # against each pair's own reference
    bleu_any: float  # against all references of the same source
    chrf: float  # against each pair's own reference
    exact_match: float  # per cent; any reference of the same source counts
    unknown_words: float  # per cent of the source's words
    seconds: float  # of the search
    sentences_per_second: float
    samples: tuple[Sample, ...]


def evaluate(
    run: Run,
    config: Config,
    part: str = "test",
    samples: int = 5,
    device: str = "auto",
    seed: int = 1,
    checkpoint: str = "best",
) -> Evaluation:
    """Score a run.

    Args:
        run: what was trained.
        config: its config, with another `decoding` section perhaps.
        part: train, valid or test.
        samples: how many outputs to show, drawn at random.
        device: where to compute.
        seed: decides which samples are drawn.
        checkpoint: which one of the run's, or which average; see Run.load_model.

    Raises:
        S2SError: the run or its data cannot be loaded, or the part is empty.
    """
    where = find_device(device)
    dataset = run.dataset()
    chosen = dataset.part(part).not_empty()
    scores = Scorer(
        run.load_model(checkpoint, where),
        build_search(config.decoding),
        chosen,
        run.target_vocabulary,
        run.target_pipeline,
        where,
    ).score()
    outputs, references = scores.outputs, scores.references
    drawn = sorted(random.Random(seed).sample(range(len(outputs)), min(samples, len(outputs))))
    sources = [source for source, _ in chosen.texts()]
    return Evaluation(
        run=run.name,
        checkpoint=checkpoint,
        step=run.step_of(checkpoint),
        part=part,
        sentences=len(outputs),
        loss=scores.loss,
        perplexity=math.exp(min(scores.loss, 700)),  # beyond, a float overflows
        bleu=scores.bleu,
        bleu_any=scores.bleu_any,
        chrf=scores.chrf,
        exact_match=scores.exact_match,
        unknown_words=_unknown_words(chosen),
        seconds=scores.seconds,
        sentences_per_second=len(outputs) / scores.seconds,
        samples=tuple(
            Sample(sources[i], references[i][0], outputs[i], outputs[i] in references[i]) for i in drawn
        ),
    )


def _unknown_words(part: Part) -> float:
    """Return how many of the sources' tokens, in per cent, the vocabulary lacks."""
    ids = [block.column("source_ids").flatten().to_numpy() for block in part.blocks()]
    unknown = sum(int(np.count_nonzero(tokens == UNK)) for tokens in ids)
    return 100 * unknown / (sum(map(len, ids)) - len(part))  # without <eos>
