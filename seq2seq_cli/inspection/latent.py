"""The vector that a sentence becomes: what lies near it, and what lies on the way to another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.corpus.batching import Batches, pad
from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.errors import RunError
from seq2seq_cli.inspection.loading import load_sound_model
from seq2seq_cli.inspection.tokens import tokens_of
from seq2seq_cli.models.seq2seq import ModelStep, SearchState, Seq2Seq
from seq2seq_cli.runs import Run
from seq2seq_cli.scoring import texts

_TOKENS_A_BATCH = 2048


@dataclass(frozen=True)
class NearSentence:
    """A sentence of the data."""

    text: str
    cosine: float  # of the angle between its context vector and the other's


@dataclass(frozen=True)
class Context:
    """A sentence, and those of the data whose context vectors point in nearly the same direction."""

    text: str
    nearest: list[NearSentence]  # the nearest first


@dataclass(frozen=True)
class Stop:
    """A stop on the straight line between two context vectors."""

    position: float  # from 0, the first sentence, to 1, the second
    text: str  # what the decoder makes of it, greedily
    log_probability: float  # nats, of all its tokens and <eos>


@dataclass(frozen=True)
class Latent:
    """Where sentences lie in the space of a run's context vectors."""

    run: str
    checkpoint: str
    step: int
    part: str  # whose sentences were compared
    size: int  # of a context vector
    contexts: list[Context]
    cosine: float | None  # between the two sentences; None for one
    line: list[Stop]  # empty for one sentence


def latent(
    run: Run,
    first: str,
    second: str | None = None,
    *,
    stops: int = 7,
    part: str = "train",
    n: int = 5,
    checkpoint: str = "best",
) -> Latent:
    """Return what lies near a sentence, and what the decoder makes of the line between it and another.

    A sentence's context vector is all that the decoder begins with: the first state of each of its layers, as
    the bridge hands it over, and with attention `summary` what that repeats at every step.

    Args:
        run: what was trained.
        first: a sentence of the source language.
        second: another; None for no line.
        stops: how many sentences to decode along the line, both ends included.
        part: the part of the data whose sources are compared.
        n: how many of them to name, equal ones counted once.
        checkpoint: which one of the run's, or which average; see Run.load_model.

    Raises:
        S2SError: the run or its data cannot be loaded, or the part is empty.
        CorpusError: a sentence holds no word.
        RunError: the run hands no vector over, or its decoder looks at the source's words, so that a vector
            does not say what it writes.
    """
    model, sentences = load_sound_model(run, checkpoint), [first, *([] if second is None else [second])]
    _check(run, model, line=second is not None)
    tokens = [tokens_of(text, run.source_pipeline, run.source_vocabulary) for text in sentences]
    sources = pad([[token.index for token in sentence] for sentence in tokens])
    with torch.inference_mode():
        state = model.start(*sources)
        vectors = _vectors(model, state)  # (sentences, size)
        nearest = _nearest(model, run.dataset().part(part).not_empty(), vectors, n)
        found = _decoded(run, model, state, stops) if second is not None else []
    cosines = torch.nn.functional.cosine_similarity(vectors[0], vectors[-1], dim=0)
    return Latent(
        run.name,
        checkpoint,
        run.step_of(checkpoint),
        part,
        vectors.shape[1],
        [Context(text, near) for text, near in zip(sentences, nearest, strict=True)],
        None if second is None else float(cosines),
        found,
    )


def _check(run: Run, model: Seq2Seq, *, line: bool) -> None:
    """Make sure that a run has context vectors, and that its decoder knows no more than them.

    Raises:
        RunError: it is not so.
    """
    attention, bridge = run.config.model.attention, run.config.model.bridge
    if bridge == "zero" and attention != "summary":
        raise RunError(
            f"The run {run.name} has no context vectors: model.bridge is zero, which hands nothing over.",
            "Choose a run with another bridge.",
        )
    if line and model.decoder.attention.needs_query:
        raise RunError(
            f"The decoder of {run.name} looks at every word of its source (model.attention is {attention}), "
            "and there are no words between two sentences: only a decoder that knows nothing but a vector "
            "can be led along a line.",
            "Choose a run with model.attention none or summary (autoencoder.yaml makes one), "
            "or give one sentence.",
        )


def _vectors(model: Seq2Seq, state: SearchState) -> Tensor:
    """Return what a decoder begins with, (rows, size)."""
    parts = [part for layer in state.state.layers for part in layer]
    if not model.decoder.attention.needs_query:
        parts.append(state.memory.values.flatten(1))
    return torch.cat(parts, dim=1)


def _nearest(model: Seq2Seq, part: Part, vectors: Tensor, n: int) -> list[list[NearSentence]]:
    """Return the sources of a part whose vectors are nearest to each of those given, (sentences, size)."""
    directions = torch.nn.functional.normalize(vectors, dim=1)
    cosines = torch.empty(len(part), len(vectors))
    for rows, batch in Batches(part, _TOKENS_A_BATCH, by="tokens").in_order():
        found = _vectors(model, model.start(batch.source, batch.source_lengths))
        cosines[rows] = torch.nn.functional.normalize(found, dim=1) @ directions.t()
    sources = [source for source, _ in part.texts()]
    return [list(_ranked(of_sentence, sources, n)) for of_sentence in cosines.unbind(1)]


def _ranked(cosines: Tensor, sources: Sequence[str], n: int) -> Iterator[NearSentence]:
    """Yield the n sources of the greatest cosines, (sources,), none of them twice."""
    named: set[str] = set()
    for row in cosines.argsort(descending=True, stable=True).tolist():
        if len(named) == n:
            break
        if sources[row] not in named:
            named.add(sources[row])
            yield NearSentence(sources[row], float(cosines[row]))


@dataclass(frozen=True)
class _Begun:
    """A model whose search begins in a given state, a row an output."""

    model: Seq2Seq
    state: SearchState

    def start(self, source: Tensor, lengths: Tensor) -> SearchState:
        return self.state

    def step(self, token: Tensor, state: SearchState) -> ModelStep:
        return self.model.step(token, state)


def _decoded(run: Run, model: Seq2Seq, ends: SearchState, stops: int) -> list[Stop]:
    """Return what the decoder makes of the line between two states, rows 0 and 1."""
    positions = torch.linspace(0, 1, stops)
    state = _between(ends, positions.unsqueeze(1))
    nothing = torch.empty(stops, 0), torch.zeros(stops)  # the model has begun, and asks for no source
    search = Greedy(run.config.decoding.max_length)
    hypotheses = [best for best, *_ in search(_Begun(model, state), *nothing)]
    written = texts(hypotheses, run.target_vocabulary, run.target_pipeline)
    return [
        Stop(position, text, hypothesis.log_probability)
        for position, text, hypothesis in zip(positions.tolist(), written, hypotheses, strict=True)
    ]


def _between(ends: SearchState, positions: Tensor) -> SearchState:
    """Return the states at positions, (stops, 1), of the line from row 0 to row 1."""

    def lerp(tensor: Tensor) -> Tensor:
        weight = positions.view(-1, *[1] * (tensor.dim() - 1)).to(tensor)
        return torch.lerp(tensor[:1].expand(len(weight), *tensor.shape[1:]), tensor[1:], weight)

    start = ends.select(torch.zeros(len(positions), dtype=torch.long))
    layers = tuple(tuple(lerp(part) for part in layer) for layer in ends.state.layers)
    memory = start.memory._replace(values=lerp(ends.memory.values))
    return SearchState(start.state._replace(layers=layers), memory)
