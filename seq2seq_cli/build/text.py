"""From the `data` section to the ways from text to tokens. Neither torch nor a data set here."""

from pathlib import Path

from seq2seq_cli.build.choices import choose
from seq2seq_cli.config import DataConfig
from seq2seq_cli.corpus.naming import SIDES, tokenizer_file
from seq2seq_cli.corpus.text import NORMALIZERS, TOKENIZERS, TextPipeline


def build_pipelines(data: DataConfig, folder: Path) -> tuple[TextPipeline, TextPipeline]:
    """Return the ways from text to tokens of the source and of the target.

    Args:
        data: which normalizer and tokenizer.
        folder: the data set or run that holds what the tokenizers have learnt.

    Raises:
        ConfigError: a name that the registries lack.
        DatasetError: what a tokenizer has learnt cannot be read.
    """
    choose(NORMALIZERS, data.normalizer, "data.normalizer")
    tokenizer = choose(TOKENIZERS, data.tokenizer, "data.tokenizer")
    source, target = (
        TextPipeline(data.normalizer, tokenizer.load(folder / tokenizer_file(side))) for side in SIDES
    )
    return source, target
