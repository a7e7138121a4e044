"""The sentences of a part whose context vectors are nearest to others."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from seq2seq_cli.corpus.dataset import Part
from seq2seq_cli.inspection.latent.record import NearSentence
from seq2seq_cli.models.seq2seq import SearchState, Seq2Seq
from seq2seq_cli.scoring import in_batches


def vectors_of(model: Seq2Seq, state: SearchState) -> Tensor:
    """Return what a decoder begins with, (rows, size)."""
    parts = [part for layer in state.state.layers for part in layer]
    if not model.decoder.attention.needs_query:
        parts.append(state.memory.values.flatten(1))
    return torch.cat(parts, dim=1)


def nearest(model: Seq2Seq, part: Part, vectors: Tensor, n: int) -> list[list[NearSentence]]:
    """Return the sources of a part whose vectors are nearest to each of those given, (sentences, size)."""
    directions = torch.nn.functional.normalize(vectors, dim=1)
    cosines = torch.empty(len(part), len(vectors))
    for rows, batch in in_batches(part).in_order():
        found = vectors_of(model, model.start(batch.source, batch.source_lengths))
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
