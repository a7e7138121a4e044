"""A run against a part of its data: scores, speed and samples."""

import math
import random
import time
from dataclasses import dataclass

from seq2seq_cli import metrics
from seq2seq_cli.build import build_pipeline, build_search, find_device
from seq2seq_cli.config import Config
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.runs import Run
from seq2seq_cli.scoring import all_references, corpus_loss, search_all, texts
from seq2seq_cli.symbols import UNK

_BATCH_SIZE = 128


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
    step: int  # of the checkpoint
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
    run: Run, config: Config, part: str = "test", samples: int = 5, device: str = "auto", seed: int = 1
) -> Evaluation:
    """Score a run's best checkpoint.

    Args:
        run: what was trained.
        config: its config, with another `decoding` section perhaps.
        part: train, valid or test.
        samples: how many outputs to show, drawn at random.
        device: where to compute.
        seed: decides which samples are drawn.

    Raises:
        S2SError: the run or its data cannot be loaded, or the part is empty.
    """
    where = find_device(device)
    dataset = run.dataset()
    chosen = dataset.part(part).not_empty()
    model = run.load_model("best", where)
    batches = Batches(chosen, _BATCH_SIZE)
    loss = corpus_loss(model, batches, where)
    began = time.perf_counter()
    hypotheses = search_all(model, build_search(config.decoding), batches, where)
    seconds = time.perf_counter() - began
    outputs = texts([best for best, *_ in hypotheses], run.target_vocabulary, build_pipeline(config.data))
    references = all_references(chosen)
    own = [right[:1] for right in references]
    words = batches.source.tokens
    drawn = sorted(random.Random(seed).sample(range(len(outputs)), min(samples, len(outputs))))
    sources = [source for source, _ in chosen.texts()]
    return Evaluation(
        run=run.name,
        step=run.step_of("best"),
        part=part,
        sentences=len(outputs),
        loss=loss,
        perplexity=math.exp(min(loss, 700)),  # beyond, a float overflows
        bleu=metrics.bleu(outputs, own),
        bleu_any=metrics.bleu(outputs, references),
        chrf=metrics.chrf(outputs, own),
        exact_match=metrics.exact_match(outputs, references),
        unknown_words=100 * float((words == UNK).sum()) / (len(words) - len(outputs)),
        seconds=seconds,
        sentences_per_second=len(outputs) / seconds,
        samples=tuple(
            Sample(sources[i], references[i][0], outputs[i], outputs[i] in references[i]) for i in drawn
        ),
    )
