"""What is examined."""

from collections.abc import Sequence
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from seq2seq_cli.batch import Batch
from seq2seq_cli.build.data import settle_data
from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.config import Config, data_folder
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.inspection.data import DataSummary, summarise_data
from seq2seq_cli.inspection.doctor.handful import handful
from seq2seq_cli.inspection.doctor.rehearsal import rehearse
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs import Run
from seq2seq_cli.training.loop import Trainer


class Patient:
    """A config, its data and, where it has been trained, the run. What several checks need is made once.

    Args:
        config: the whole experiment; its `data` section is that of the data set.
        dataset: what is, or was, learnt from.
        run: what has been learnt; None before any training.

    Attributes:
        pairs: a few pairs of the training part.

    Raises:
        DatasetError: the training part has too few pairs to ask anything.
    """

    def __init__(self, config: Config, dataset: Dataset, run: Run | None = None) -> None:
        self.config = config
        self.dataset = dataset
        self.run = run
        self.pairs = handful(dataset.part("train").not_empty())

    @cached_property
    def summary(self) -> DataSummary:
        """The data set in numbers; all of it is read."""
        return summarise_data(self.dataset)

    @cached_property
    def model(self) -> Seq2Seq:
        """The run's model of the best checkpoint, or a new one; without dropout, not to be changed.

        Raises:
            CheckpointError: the run has none that can be loaded.
        """
        return self.run.load_model("best") if self.run else self.new()

    @cached_property
    def exact(self) -> Seq2Seq:
        """The same in float64, where rounding hides nothing."""
        return deepcopy(self.model).double()

    def rehearse(self, batches: Sequence[Batch], **training: Any) -> tuple[Seq2Seq, Trainer]:
        """Return a new model and what trains it on given batches; see rehearsal.rehearse."""
        return rehearse(self.config, self.dataset, batches, **training)

    def new(self) -> Seq2Seq:
        """Return a new model, without dropout as long as it is not in training."""
        torch.manual_seed(self.config.training.seed)
        sizes = len(self.dataset.source_vocabulary), len(self.dataset.target_vocabulary)
        return build_model(self.config.model, *sizes).eval()


def patient_of_run(run: Run) -> Patient:
    """Return a run to be examined, with the data that it was trained on.

    Raises:
        S2SError: the run is damaged, or its data are gone or too few.
    """
    return Patient(run.config, run.dataset(), run)


def patient_of_config(config: Config, folder: Path | None = None) -> Patient:
    """Return what a config would train, to be examined.

    Args:
        config: what it looks like.
        folder: the prepared data; None for where the config puts them.

    Raises:
        DatasetError: there are no data, damaged ones, or too few.
        ConfigError: the config's `data` section is not that of the data.
    """
    dataset = Dataset(folder or data_folder(config.data))
    return Patient(settle_data(config, dataset), dataset)
