"""What outputs may be, whatever the model thinks of them: how long, beginning how, without repetitions."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_cli.decoding.hypothesis import NOTHING
from seq2seq_cli.symbols import EOS


class Constraints:
    """What the outputs of a batch's sentences may be.

    An output begins with its sentence's prefix, whatever the rest says. After that it repeats no n words in a
    row that it has said; and it ends no earlier than its least length, unless nothing else is left to say. At
    its greatest length it is cut off.

    Args:
        shortest: (sentences,) the least numbers of tokens, <eos> not counted.
        longest: (sentences,) the greatest numbers, at least 1.
        block_ngrams: n; 0 lets outputs repeat themselves.
        prefixes: the tokens that each output must begin with; a prefix may be longer than `longest`.

    Attributes:
        longest: (sentences,), as given, or the length of the prefix where that is greater.
        horizon: the greatest of them, in which every search ends.
    """

    def __init__(
        self,
        shortest: Tensor,
        longest: Tensor,
        block_ngrams: int = 0,
        prefixes: Sequence[Sequence[int]] | None = None,
    ) -> None:
        self.block_ngrams = block_ngrams
        self.prefix = _padded(prefixes or [[]] * len(longest), longest)  # (sentences, prefix time)
        self.longest = longest.maximum((self.prefix != NOTHING).sum(dim=1))
        self.horizon = int(self.longest.max())
        self._first_cut = int(self.longest.min())
        self._shortest, self._last_early = shortest, int(shortest.max())

    def allow(self, t: int, logits: Tensor, sentence: Tensor, said: Tensor | None) -> Tensor:
        """Return logits with -inf for the words that step t may not say; as they are if it may say all.

        Args:
            t: how many words have been said.
            logits: (rows, vocabulary).
            sentence: (rows,) which sentence a row belongs to.
            said: (rows, t) those words; may be None where nothing is blocked.
        """
        blocks = said is not None and 0 < self.block_ngrams <= t
        early, forced = t < self._last_early, t < self.prefix.shape[1]
        if not (blocks or early or forced):
            return logits
        allowed = logits.clone()
        if said is not None and blocks:
            row, word = repeated(said, self.block_ngrams)
            allowed[row, word] = -torch.inf
        if early:
            end = allowed[:, EOS].clone()
            allowed[:, EOS] = end.masked_fill(t < self._shortest[sentence], -torch.inf)
            speechless = allowed.amax(dim=1) == -torch.inf
            allowed[:, EOS] = torch.where(speechless, end, allowed[:, EOS])
        if forced:
            word = self.prefix[sentence, t]
            row = (word != NOTHING).nonzero().squeeze(1)
            allowed[row] = -torch.inf
            allowed[row, word[row]] = logits[row, word[row]]
        return allowed

    def cut(self, t: int, sentence: Tensor) -> Tensor | None:
        """Return where an output of t words has its greatest length, (rows,); None for nowhere.

        Args:
            t: how many words have been said.
            sentence: (rows,) which sentence a row belongs to.
        """
        return None if t < self._first_cut else self.longest[sentence] <= t


def repeated(said: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Return rows and words, (found,) each: saying the word would complete n words that the row has said.

    Args:
        said: (rows, t), with t at least n.
        n: of how many words.
    """
    windows = said.unfold(1, n, 1)  # (rows, t - n + 1, n), a view
    context = said[:, said.shape[1] - n + 1 :].unsqueeze(1)  # (rows, 1, n - 1)
    again = (windows[:, :, :-1] == context).all(dim=2)
    row, place = again.nonzero(as_tuple=True)
    return row, windows[row, place, -1]


def _padded(prefixes: Sequence[Sequence[int]], like: Tensor) -> Tensor:
    """Return prefixes as rows, (sentences, longest of them), filled up with NOTHING."""
    if len(prefixes) != len(like):
        raise ValueError(f"{len(prefixes)} prefixes for {len(like)} sentences")
    time = max(map(len, prefixes))
    rows = [[*prefix, *[NOTHING] * (time - len(prefix))] for prefix in prefixes]
    return torch.tensor(rows, dtype=torch.long, device=like.device).view(len(like), time)
