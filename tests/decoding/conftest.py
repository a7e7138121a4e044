"""What the tests of searches share: models that have nothing but `start` and `step`, and a real one."""

import math
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

import pytest
import torch

from seq2seq_cli.models.attention import NoAttention
from seq2seq_cli.models.bridge import LinearBridge
from seq2seq_cli.models.cells import LSTMCell
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.encoders import BiEncoder
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.placement import AttendAfter
from seq2seq_cli.models.recurrent import Recurrence
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.symbols import EOS, SOS


@dataclass
class Pasts:
    """A row a hypothesis: the sentence's first word, and every word that was read."""

    rows: list[tuple[int, ...]]

    def select(self, rows):
        return Pasts([self.rows[row] for row in rows.tolist()])


class Said(NamedTuple):
    logits: torch.Tensor
    state: Pasts


class Storyteller:
    """A model with random logits for every past, and the same ones for the same past.

    Args:
        vocabulary: number of words, the special symbols counted.
        seed: which story.
        ending: what is added to the logit of <eos>.
        forbidden: words that have no probability at all.
    """

    def __init__(self, vocabulary=6, seed=0, ending=0.0, forbidden=()):
        self.vocabulary, self.seed, self.ending, self.forbidden = vocabulary, seed, ending, forbidden
        self.rows_read = []

    def start(self, source, lengths):
        return Pasts([(word,) for word in source[:, 0].tolist()])

    def step(self, token, state):
        pasts = [(*past, word) for past, word in zip(state.rows, token.tolist(), strict=True)]
        self.rows_read.append(pasts)
        return Said(torch.tensor([self.logits(past) for past in pasts]), Pasts(pasts))

    def logits(self, past):
        random = Random(f"{self.seed} {past}")
        logits = [random.gauss(0, 2) for _ in range(self.vocabulary)]
        logits[EOS] += self.ending
        return [-math.inf if word in self.forbidden else logit for word, logit in enumerate(logits)]

    def log_probability(self, sentence, words):
        """Return log p of words after a sentence's first word, in plain floats."""
        past, total = (sentence, SOS), 0.0
        for word in words:
            logits = self.logits(past)
            total += logits[word] - math.log(sum(map(math.exp, logits)))
            past = (*past, word)
        return total


@pytest.fixture(scope="session")
def storyteller():
    """Return the class of fake models."""
    return Storyteller


@pytest.fixture(scope="session")
def search():
    """Return how to search after sentences that are known by their first word."""

    def run(searching, model, sentences):
        source = torch.tensor([[sentence, EOS] for sentence in sentences])
        return searching(model, source, torch.full((len(sentences),), 2))

    return run


@pytest.fixture(scope="session")
def real_model():
    """Return a maker of small models whose weights are large enough that outputs differ."""

    def make(engine="fused", dtype=torch.float32):
        torch.manual_seed(6)
        recurrence = Recurrence(LSTMCell, ENGINES[engine])
        encoder = BiEncoder(20, 6, 8, 1, recurrence, Dropout())
        bridge = LinearBridge(encoder.state_sizes, 12, 1, LSTMCell.state_parts)
        decoder = AttendAfter(20, 6, 12, 1, recurrence, NoAttention(12, 16, 16), Dropout())
        model = Seq2Seq(encoder, bridge, decoder).to(dtype).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(3)
            model.decoder.output.bias[EOS] += 3
        return model

    return make
