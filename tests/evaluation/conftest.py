"""Outcomes: of the tiny run, and made up of a few sentences."""

import numpy as np
import pytest

from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.corpus.lists import Lists
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.decoding.hypothesis import Hypothesis
from seq2seq_cli.evaluation import Outcome, assess, scored_pairs
from seq2seq_cli.runs import Store
from seq2seq_cli.scoring import PartScores, WordScores, all_references
from seq2seq_cli.translation import Translator


@pytest.fixture(scope="session")
def outcome(workshop):
    """Return what the tiny run makes of its training part."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workshop)
        run = Store().find("tiny")
        (part,) = scored_pairs([run], "train")
        return assess(run, run.config, part, "cpu", free_running=True)


@pytest.fixture(scope="session")
def pairs(workshop):
    """Return the training part as text."""
    return list(Dataset(workshop / "data/pairs").part("train").texts())


@pytest.fixture(scope="session")
def outputs(workshop, pairs):
    """Return the translations of its sources, by the translator."""
    run = Store(workshop / "runs").find("tiny")
    return Translator.of(run, device="cpu").translate([source for source, _ in pairs])


class _Told:
    def __init__(self, pairs):
        self.pairs = pairs

    def texts(self):
        return iter(self.pairs)


@pytest.fixture
def made():
    """Return what makes an outcome: triples of source, reference, output; counts of training words.

    `nats` is -log p of each reference's words, and `found` log p of each output; 1 nat a word if left out.
    """

    def make(triples, counts=None, nats=None, found=None, name="made"):
        pairs, outputs = [triple[:2] for triple in triples], [triple[2] for triple in triples]
        words = {word for _, *texts in triples for text in texts for word in text.split()}
        counts = dict.fromkeys(sorted(words), 1) if counts is None else counts
        vocabulary = Vocabulary.of_counts(counts)
        target = Lists.of([vocabulary.indices(reference.split()) for _, reference in pairs])
        said = [tuple(vocabulary.indices(output.split())[:-1]) for output in outputs]
        log_p = [-float(len(each) + 1) for each in said] if found is None else found
        nats = np.ones(len(target.values), np.float32) if nats is None else np.array(nats, np.float32)
        scores = PartScores(
            [Hypothesis(tokens, each, True) for tokens, each in zip(said, log_p, strict=True)],
            outputs,
            all_references(_Told(pairs)),
            WordScores(nats, nats < 0.7, target.lengths),
            None,
            1.0,
        )
        source = Lists.of([[9] * len(text.split()) + [2] for text, _ in pairs])
        return Outcome(name, "best", 7, "test", pairs, source, target, vocabulary, scores)

    return make
