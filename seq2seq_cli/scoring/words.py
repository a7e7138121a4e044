"""How likely a model holds each word of the targets to be: after the words before it, or after its own."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from seq2seq_cli.batch import Batch
from seq2seq_cli.models.seq2seq import SearchState, Seq2Seq
from seq2seq_cli.symbols import SOS

_ROWS = 256
"""The output layer is asked of so many words at a time: their logits stay in the processor's cache."""


@dataclass(frozen=True)
class WordScores:
    """The words of targets, sentence after sentence, each <eos> among them.

    Attributes:
        nats: -log p of each word, (words,).
        right: whether no word was held to be likelier, (words,).
        lengths: how many words each sentence has, (sentences,).
    """

    nats: npt.NDArray[np.float32]
    right: npt.NDArray[np.bool_]
    lengths: npt.NDArray[np.int64]

    @classmethod
    def in_order(cls, parts: Iterable[tuple[Tensor, "WordScores"]]) -> "WordScores":
        """Put sentences together.

        Args:
            parts: some sentences, and the places of each, (sentences,); all places once.
        """
        places, scores = zip(*((rows.numpy(), words) for rows, words in parts), strict=True)
        lengths = np.concatenate([words.lengths for words in scores])
        order = np.argsort(np.concatenate(places))
        ends = lengths.cumsum()
        # Where in all of `scores` the words of each sentence stand, sentence after sentence in their order.
        ordered = lengths[order]
        shift = (ends - lengths)[order] - (ordered.cumsum() - ordered)
        where = np.arange(ends[-1]) + np.repeat(shift, ordered)
        nats, right = (
            np.concatenate([getattr(words, name) for words in scores])[where] for name in ("nats", "right")
        )
        return cls(nats, right, ordered)

    @property
    def loss(self) -> float:
        """The mean of -log p over all words, in nats."""
        return float(self.nats.mean(dtype=np.float64))

    @property
    def sentence_nats(self) -> npt.NDArray[np.float64]:
        """-log p of each sentence, (sentences,)."""
        return self._sums(self.nats)

    @property
    def sentence_right(self) -> npt.NDArray[np.float64]:
        """How many words of each sentence no word was held to be likelier than, (sentences,)."""
        return self._sums(self.right)

    def _sums(self, words: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        starts = self.lengths.cumsum() - self.lengths
        sums: npt.NDArray[np.float64] = np.add.reduceat(words, starts, dtype=np.float64)
        return sums


def forced_words(model: Seq2Seq, start: SearchState, batch: Batch) -> WordScores:
    """Score each target word after the right words before it (teacher forcing).

    Args:
        model: in evaluation mode.
        start: what its `start` gave for the sources.
        batch: the sources and their targets.
    """
    readouts, words = model.readouts_from(start, batch), batch.target_words
    scored = [
        _scored(model.output(some), right)
        for some, right in zip(torch.split(readouts, _ROWS), torch.split(words, _ROWS), strict=True)
    ]
    nats, right = (torch.cat(each).cpu().numpy() for each in zip(*scored, strict=True))
    return WordScores(nats, right, batch.target_lengths.cpu().numpy())


def free_running_words(model: Seq2Seq, start: SearchState, batch: Batch) -> WordScores:
    """Score each target word after the words that the model itself would have said before it.

    At time t the model is given what it held to be likeliest at t - 1, right or wrong, and asked for the
    target's word at t. Every word of the target counts: where the model says <eos> too early, that is what it
    is given next, and it goes on. So it is the loss of a training without teacher forcing (Williams & Zipser
    1989). How much worse it is than after the right words is the exposure gap: in training a model may never
    have seen what it has to go on from when it translates (exposure bias, Ranzato et al. 2016). The measure
    is harsh, for it goes by places: one word too many makes all that follow wrong. Others compare the quality
    of what is said after beginnings of either kind (He et al. 2021), which takes many outputs a sentence.

    Arguments as for forced_words.
    """
    sentences, time = batch.target.shape
    nats = torch.zeros(sentences, time, device=batch.target.device)
    right = torch.zeros(sentences, time, dtype=torch.bool, device=batch.target.device)
    alive = torch.arange(sentences, device=batch.target.device)  # those whose targets go on
    token, state = torch.full_like(alive, SOS), start
    for t in range(time):
        going = (batch.target_lengths[alive] > t).nonzero().squeeze(1)
        if len(going) < len(alive):
            alive, token, state = alive[going], token[going], state.select(going)
        logits, state, _ = model.step(token, state)
        nats[alive, t], right[alive, t] = _scored(logits, batch.target[alive, t])
        token = logits.max(dim=1).indices
    there = torch.arange(time, device=nats.device) < batch.target_lengths[:, None]  # (sentences, time)
    lengths = batch.target_lengths.cpu().numpy()
    return WordScores(nats[there].cpu().numpy(), right[there].cpu().numpy(), lengths)


def _scored(logits: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
    """Return -log p of words, (n,), and whether they are the likeliest, (n,), by logits (n, vocabulary)."""
    logits = logits.float()
    own = logits.gather(1, words[:, None]).squeeze(1)
    return logits.logsumexp(dim=1) - own, own >= logits.amax(dim=1)
