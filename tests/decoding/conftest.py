"""What the tests of searches share: models that have nothing but `start` and `step`, and a real one."""

import math
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import NamedTuple

import pytest
import torch

from seq2seq_cli.batch import Batch, mask_of
from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.symbols import EOS, PAD, SOS


@dataclass
class Pasts:
    """A row a hypothesis: the sentence's first word, and every word that was read."""

    rows: list[tuple[int, ...]]

    def select(self, rows):
        return Pasts([self.rows[row] for row in rows.flatten().tolist()])


class Said(NamedTuple):
    logits: torch.Tensor
    state: Pasts
    weights: torch.Tensor | None


class Storyteller:
    """A model with random logits for every past, and the same ones for the same past.

    Args:
        vocabulary: number of words, the special symbols counted.
        seed: which story.
        ending: what is added to the logit of <eos>.
        forbidden: words that have no probability at all.
        attentive: whether it looks back at the source.
    """

    def __init__(self, vocabulary=6, seed=0, ending=0.0, forbidden=(), attentive=False):
        self.vocabulary, self.seed, self.ending, self.forbidden = vocabulary, seed, ending, forbidden
        self.attentive, self.source_time, self.lengths = attentive, 0, {}
        self.rows_read, self.known = [], {}

    def start(self, source, lengths):
        sentences = source[:, 0].tolist()
        self.source_time, self.lengths = source.shape[1], dict(zip(sentences, lengths.tolist(), strict=True))
        return Pasts([(sentence,) for sentence in sentences])

    def step(self, token, state):
        pasts = [(*past, word) for past, word in zip(state.rows, token.tolist(), strict=True)]
        self.rows_read.append(pasts)
        for past in set(pasts) - set(self.known):
            self.known[past] = self.logits(past)
        logits = torch.tensor([self.known[past] for past in pasts])
        looks = [self.look(past, self.lengths[past[0]]) for past in pasts]
        padded = [[*look, *[0.0] * (self.source_time - len(look))] for look in looks]
        return Said(logits, Pasts(pasts), torch.tensor(padded) if self.attentive else None)

    def logits(self, past):
        random = Random(f"{self.seed} {past}")
        logits = [random.gauss(0, 2) for _ in range(self.vocabulary)]
        logits[EOS] += self.ending
        return [-math.inf if word in self.forbidden else logit for word, logit in enumerate(logits)]

    def look(self, past, length):
        """Return the weights of attention over a source of a true length."""
        random = Random(f"look {self.seed} {past}")
        weights = [random.random() ** 3 for _ in range(length)]
        return [weight / sum(weights) for weight in weights]

    def looks(self, sentence, length, words):
        """Return where it looks at each of some words."""
        return [self.look((sentence, SOS, *words[:j]), length) for j in range(len(words))]

    def log_probability(self, sentence, words):
        """Return log p of words after a sentence's first word, in plain floats."""
        past, total = (sentence, SOS), 0.0
        for word in words:
            logits = self.logits(past)
            total += logits[word] - math.log(sum(map(math.exp, logits)))
            past = (*past, word)
        return total


class Rules(NamedTuple):
    """What outputs may be, in plain Python."""

    max_length: int
    min_length: int = 0
    min_length_ratio: float = 0.0
    max_length_ratio: float | None = None
    block_ngrams: int = 0

    def longest(self, words, prefix):
        """Return the greatest length for a source of so many words, <eos> not counted."""
        longest = self.max_length
        if self.max_length_ratio is not None:
            longest = min(longest, max(1, math.floor(exact(self.max_length_ratio) * words)))
        return max(longest, len(prefix))

    def allowed(self, words, prefix, said, logits):
        """Return what may be said after something, to a source of so many words."""
        if len(said) < len(prefix):
            return [prefix[len(said)]]
        n, shortest = self.block_ngrams, max(self.min_length, exact(self.min_length_ratio) * words)
        said_before = {said[i : i + n] for i in range(len(said) - n + 1)} if n else set()
        free = [word for word in range(len(logits)) if (*said[len(said) - n + 1 :], word) not in said_before]
        others = [word for word in free if word != EOS and logits[word] > -math.inf]
        return [word for word in free if word != EOS] if len(said) < shortest and others else free

    def every_output(self, model, sentence, words, prefix=()):
        """Return everything that may be said, each cut off at the greatest length or ended by <eos>."""

        def go_on(said):
            if len(said) == self.longest(words, prefix) or EOS in said:
                return [said]
            allowed = self.allowed(words, prefix, said, model.logits((sentence, SOS, *said)))
            return [output for word in allowed for output in go_on((*said, word))]

        return go_on(())


def exact(ratio):
    """Return the number that somebody wrote, not the nearest binary one."""
    return Fraction(str(ratio))


@pytest.fixture(scope="session")
def rules():
    """Return the class of rules."""
    return Rules


@pytest.fixture(scope="session")
def storyteller():
    """Return the class of fake models."""
    return Storyteller


@pytest.fixture(scope="session")
def search():
    """Return how to search after sentences that are known by their first word."""

    def run(searching, model, sentences, lengths=None, **options):
        """Sources are as long as `lengths` says, <eos> counted, or two words long."""
        lengths = lengths or [2] * len(sentences)
        rows = [
            [sentence, *[3] * (length - 2), EOS] for sentence, length in zip(sentences, lengths, strict=True)
        ]
        source = torch.tensor([[*row, *[PAD] * (max(lengths) - len(row))] for row in rows])
        return searching(model, source, torch.tensor(lengths), **options)

    return run


@pytest.fixture(scope="session")
def real_model():
    """Return a maker of small models whose weights are large enough that outputs differ."""

    def make(engine="fused", dtype=torch.float32, **settings):
        torch.manual_seed(6)
        sizes = {"embedding_size": 6, "encoder_hidden_size": 8, "decoder_hidden_size": 12, "encoder_heads": 2}
        model = build_model(ModelConfig(engine=engine, **{**sizes, **settings}), 20, 20).to(dtype).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(4)
            model.decoder.output.bias[EOS] += 2
        return model

    return make


@pytest.fixture(scope="session")
def sentences():
    """Return random sources of the given true lengths, (batch, time), and the lengths."""

    def make(lengths, padding=0):
        lengths = torch.tensor(lengths)
        time = int(lengths.max()) + padding
        tokens = torch.randint(3, 20, (len(lengths), time), generator=torch.Generator().manual_seed(2))
        tokens[torch.arange(len(lengths)), lengths - 1] = EOS
        return tokens.where(mask_of(lengths, time), PAD), lengths

    return make


@pytest.fixture(scope="session")
def teacher_forced():
    """Return log p of each word of a target, by a pass over all of it at once."""

    @torch.inference_mode()
    def score(model, source, length, target):
        words = torch.tensor([target])
        batch = Batch(source[None, :length], torch.tensor([length]), words, torch.tensor([len(target)]))
        return model(batch).log_softmax(dim=1).gather(1, words.T).squeeze(1).tolist()

    return score
