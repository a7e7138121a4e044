"""What is known of a model before its training: its config, and how many words it is to know."""

from dataclasses import dataclass
from pathlib import Path

import torch

from seq2seq_cli.batch import Batch
from seq2seq_cli.config import Config, data_folder
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.errors import DatasetError
from seq2seq_cli.runs import Run
from seq2seq_cli.symbols import EOS, UNK

LONGEST = 50
"""Made-up sentences have at most so many tokens, whatever length the config admits."""


@dataclass(frozen=True)
class Plan:
    """A model to be looked at."""

    config: Config
    source_words: int  # special symbols counted
    target_words: int
    max_length: int  # sentences have fewer words than this, see data.max_length

    @property
    def tokens(self) -> int:
        """The length of a made-up sentence, <eos> counted: the longest that the data may have."""
        return min(self.max_length, LONGEST)

    def batch(self, sentences: int) -> Batch:
        """Return so many made-up sentence pairs: what the words are changes no count."""
        tokens = torch.full((sentences, self.tokens), UNK)
        tokens[:, -1] = EOS
        lengths = torch.full((sentences,), self.tokens)
        return Batch(tokens, lengths, tokens.clone(), lengths)


def plan_of_run(run: Run) -> Plan:
    """Return a run's model as its config describes it; it needs no checkpoint.

    Raises:
        S2SError: the run is damaged.
    """
    words = len(run.source_vocabulary), len(run.target_vocabulary)
    return Plan(run.config, *words, run.config.data.max_length)


def plan_of_config(config: Config, folder: Path | None = None, vocabulary: int | None = None) -> Plan:
    """Return the model that a config would train.

    Args:
        config: what it looks like.
        folder: the prepared data; None for where the config puts them.
        vocabulary: how many words each side has, special symbols counted; None asks the data.

    Raises:
        DatasetError: the data are asked, and are not there.
    """
    if vocabulary is not None:
        return Plan(config, vocabulary, vocabulary, config.data.max_length)
    try:
        dataset = Dataset(folder or data_folder(config.data))
    except DatasetError as error:
        hint = f"{error.hint} Or say how many words each side has: --vocabulary 8000."
        raise DatasetError(error.message, hint.strip()) from None
    words = len(dataset.source_vocabulary), len(dataset.target_vocabulary)
    return Plan(config, *words, dataset.settings.get("max_length", config.data.max_length))
