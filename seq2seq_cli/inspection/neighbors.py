"""Words as a model knows them: which are near each other, and a map of them in two dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.errors import UnknownNameError
from seq2seq_cli.inspection.loading import load_sound_model
from seq2seq_cli.registry import did_you_mean
from seq2seq_cli.runs import Run
from seq2seq_cli.symbols import SPECIAL_SYMBOLS

_FIRST = len(SPECIAL_SYMBOLS)


@dataclass(frozen=True)
class Neighbor:
    """A word near another."""

    word: str
    index: int
    count: int  # in the training part
    cosine: float  # of the angle between both words' embeddings


@dataclass(frozen=True)
class Neighborhood:
    """A word, and those whose embeddings point in nearly the same direction."""

    run: str
    checkpoint: str
    step: int
    side: str
    word: str
    index: int
    count: int
    neighbors: list[Neighbor]  # the nearest first


@dataclass(frozen=True)
class Place:
    """A word on a map."""

    word: str
    index: int
    count: int
    x: float
    y: float


@dataclass(frozen=True)
class WordMap:
    """The most frequent words by the two directions in which their embeddings differ most."""

    run: str
    checkpoint: str
    step: int
    side: str
    words: list[Place]  # the most frequent first
    shares: tuple[float, float]  # of all differences, that x and y show


def nearest_words(
    run: Run, word: str, side: str = "source", n: int = 10, checkpoint: str = "best"
) -> Neighborhood:
    """Return the words whose embeddings are nearest to a word's, by the cosine.

    Args:
        run: what was trained.
        word: as the vocabulary has it, or as text has it.
        side: source or target.
        n: how many.
        checkpoint: which one of the run's, or which average; see Run.load_model.

    Raises:
        S2SError: the run cannot be loaded.
        UnknownNameError: its vocabulary lacks the word.
    """
    vocabulary, embedding = _words_of(run, side, checkpoint)
    index = _find(run, word, side, vocabulary)
    directions = torch.nn.functional.normalize(embedding, dim=1)
    cosines = directions @ directions[index]  # (vocabulary,)
    cosines[:_FIRST] = cosines[index] = -torch.inf
    values, indices = cosines.topk(min(n, len(vocabulary) - _FIRST - 1))
    found = [
        Neighbor(vocabulary.index_to_word[i], i, int(vocabulary.counts[i]), cosine)
        for i, cosine in zip(indices.tolist(), values.tolist(), strict=True)
    ]
    known, count = vocabulary.index_to_word[index], int(vocabulary.counts[index])
    return Neighborhood(run.name, checkpoint, run.step_of(checkpoint), side, known, index, count, found)


def word_map(
    run: Run, side: str = "source", most: int = 200, also: Sequence[str] = (), checkpoint: str = "best"
) -> WordMap:
    """Return a map of the most frequent words, by the principal components of their embeddings.

    Args:
        run: what was trained.
        side: source or target.
        most: how many words.
        also: words of the vocabulary that are shown too, be they frequent or not.
        checkpoint: which one of the run's, or which average; see Run.load_model.

    Raises:
        S2SError: the run cannot be loaded.
    """
    vocabulary, embedding = _words_of(run, side, checkpoint)
    ranked = torch.from_numpy(-vocabulary.counts[_FIRST:]).argsort(stable=True)[:most] + _FIRST
    more = [vocabulary.word_to_index[word] for word in also]
    indices = [*ranked.tolist(), *(index for index in more if index not in ranked)]
    places, shares = principal_places(embedding[indices])
    words = [
        Place(vocabulary.index_to_word[index], index, int(vocabulary.counts[index]), x, y)
        for index, (x, y) in zip(indices, places.tolist(), strict=True)
    ]
    return WordMap(run.name, checkpoint, run.step_of(checkpoint), side, words, shares)


def principal_places(vectors: Tensor) -> tuple[Tensor, tuple[float, float]]:
    """Return where vectors lie along the two directions in which they differ most, and those shares.

    The directions are the first two principal components (Pearson 1901), each turned so that its greatest
    part is positive: the same vectors give the same map.

    Args:
        vectors: (words, size).

    Returns:
        The places (words, 2), and which share of the variance each direction has, from 0 to 1.
    """
    centred = vectors.double() - vectors.double().mean(0)
    _, spread, directions = torch.linalg.svd(centred, full_matrices=False)
    greatest = directions.gather(1, directions.abs().argmax(1, keepdim=True))  # (components, 1)
    places = centred @ (directions * greatest.sign())[:2].t()  # (words, 2), or fewer columns
    variance = spread.square()
    shares = variance[:2] / variance.sum().clamp(min=torch.finfo(torch.float64).tiny)
    missing = 2 - places.shape[1]
    x, y = torch.nn.functional.pad(shares, (0, missing)).tolist()
    return torch.nn.functional.pad(places, (0, missing)), (x, y)


def _words_of(run: Run, side: str, checkpoint: str) -> tuple[Vocabulary, Tensor]:
    """Return a side's vocabulary and the embeddings of its words, (vocabulary, embedding)."""
    model = load_sound_model(run, checkpoint)
    if side == "source":
        return run.source_vocabulary, model.encoder.embedding.weight.detach()
    return run.target_vocabulary, model.decoder.embedding.weight.detach()


def _find(run: Run, word: str, side: str, vocabulary: Vocabulary) -> int:
    """Return the index of a word.

    Raises:
        UnknownNameError: the vocabulary lacks it.
    """
    pipeline = run.source_pipeline if side == "source" else run.target_pipeline
    for tokens in ([word], pipeline.tokens(word)):
        if len(tokens) == 1 and tokens[0] in vocabulary:
            return vocabulary.word_to_index[tokens[0]]
    known = vocabulary.index_to_word[_FIRST:]
    near = did_you_mean(word, known)
    hint = near if near.startswith("Did") else "See which it knows: s2s inspect vocab --most 100."
    raise UnknownNameError(f"The {side} vocabulary of {run.name} has no word {word!r}.", hint)
