"""What the tests of training share: a small model, its batches, and a trainer of it."""

import inspect

import pytest
import torch

from seq2seq_cli.batch import Batch, mask_of
from seq2seq_cli.models.attention import NoAttention
from seq2seq_cli.models.bridge import LinearBridge
from seq2seq_cli.models.cells import LSTMCell
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.encoders import BiEncoder
from seq2seq_cli.models.engines import fused
from seq2seq_cli.models.placement import AttendAfter
from seq2seq_cli.models.recurrent import Recurrence
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.symbols import EOS, PAD, UNK
from seq2seq_cli.training.forcing import FORCINGS
from seq2seq_cli.training.loop import Trainer, updates
from seq2seq_cli.training.objective import Objective
from seq2seq_cli.training.optim import OPTIMIZERS
from seq2seq_cli.training.processes import Processes
from seq2seq_cli.training.schedule import SCHEDULES

VOCABULARY = 9


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(1)


class FakeBatches:
    """Batches in an order that depends on the epoch alone, and a record of what was asked for."""

    def __init__(self, batches):
        self.batches = batches
        self.asked = []

    def __len__(self):
        return len(self.batches)

    def shuffled(self, epoch, start=0):
        self.asked.append((epoch, start))
        order = torch.randperm(len(self), generator=torch.Generator().manual_seed(epoch)).tolist()
        yield from (self.batches[number] for number in order[start:])


@pytest.fixture
def make_batches():
    """Return a maker of random batches of different sizes."""

    def sentences(lengths, generator):
        time = int(lengths.max())
        tokens = torch.randint(UNK, VOCABULARY, (len(lengths), time), generator=generator)
        tokens[torch.arange(len(lengths)), lengths - 1] = EOS
        return tokens.where(mask_of(lengths, time), PAD)

    def make(number=3):
        generator = torch.Generator().manual_seed(5)
        batches = []
        for size in range(2, number + 2):
            lengths = torch.randint(2, 6, (2, size), generator=generator)
            source, target = (sentences(part, generator) for part in lengths)
            batches.append(Batch(source, lengths[0], target, lengths[1]))
        return FakeBatches(batches)

    return make


@pytest.fixture
def make_model():
    """Return a maker of small models with a bridge that has parameters."""

    def make(dropout=0.0):
        recurrence, falling = Recurrence(LSTMCell, fused), Dropout(dropout)
        encoder = BiEncoder(VOCABULARY, 4, 4, 1, recurrence, falling)
        bridge = LinearBridge(encoder.state_sizes, 6, 2, LSTMCell.state_parts)
        decoder = AttendAfter(VOCABULARY, 4, 6, 2, recurrence, NoAttention(6, 8, 8), falling)
        return Seq2Seq(encoder, bridge, decoder)

    return make


@pytest.fixture(scope="session")
def make_variant():
    """Return a maker of a registry's variants, each of which is given those of the options that it takes."""

    def make(registry, name, *arguments, **options):
        taken = {variant: set(inspect.signature(registry[variant]).parameters) for variant in registry}
        assert set(options) <= set.union(*taken.values()), "an option that no variant takes tests nothing"
        return registry[name](
            *arguments, **{key: value for key, value in options.items() if key in taken[name]}
        )

    return make


@pytest.fixture
def make_trainer(make_model, make_batches, make_variant):
    """Return a maker of trainers; what is not said is a plain choice."""

    def make(
        model=None,
        batches=None,
        optimizer="sgd",
        momentum=0.0,
        learning_rate=0.1,
        schedule="constant",
        forcing="always",
        validate=None,
        label_smoothing=0.0,
        processes=None,
        **settings,
    ):
        model, batches = model or make_model(), batches or make_batches()
        settings = {"epochs": 2, "max_steps": None, "accumulation": 1, **settings}
        total = updates(len(batches), settings["epochs"], settings["accumulation"], settings["max_steps"])
        return Trainer(
            Objective(model, label_smoothing),
            make_variant(OPTIMIZERS, optimizer, dict(model.named_parameters()), momentum=momentum),
            SCHEDULES[schedule](learning_rate, total),
            make_variant(FORCINGS, forcing, ratio=0.5, unit="token", decay_steps=4),
            batches,
            validate,
            lambda scores: (scores.bleu_any, -scores.loss),
            processes=processes or Processes(0, 1, torch.device("cpu")),
            **settings,
        )

    return make
