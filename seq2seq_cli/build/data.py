"""From the `data` section to a data set. No torch here."""

from collections.abc import Generator, Sequence
from pathlib import Path

from seq2seq_cli.build.choices import choose
from seq2seq_cli.config import WHERE_DATA_ARE, Config, DataConfig, from_mapping, overlay
from seq2seq_cli.corpus.dataset import Dataset, check_free
from seq2seq_cli.corpus.prepare import Prepared, Progress, Recipe, prepare
from seq2seq_cli.corpus.sources import open_source
from seq2seq_cli.corpus.sources.download import Fetched, corpus_folder, download
from seq2seq_cli.corpus.sources.known import find_known
from seq2seq_cli.corpus.text import NORMALIZERS, TOKENIZERS, TextPipeline


def prepare_data(
    data: DataConfig, folder: Path, *, strict: bool = False, replace: bool = False
) -> Generator[Fetched | Progress, None, Prepared]:
    """Make a data set, fetching a known corpus first.

    Args:
        data: what to prepare, and how.
        folder: where to.
        strict: whether a line that is no pair is an error.
        replace: whether a data set that already stands there gives way.

    Yields:
        How far it has come.

    Returns:
        What was made.

    Raises:
        S2SError: see corpus.prepare; a known corpus cannot be fetched.
        ConfigError: a name that the registries lack.
    """
    check_free(folder, replace)
    recipe = build_recipe(data, strict)
    names: Sequence[str] = (data.source,) if isinstance(data.source, str) else data.source
    columns = data.columns
    provenance = {"source": " ".join(names)}
    if known := find_known(names[0]) if len(names) == 1 else None:
        yield from download(known)
        names, columns = known.sources(corpus_folder(known)), columns or known.columns
        provenance["licence"] = known.licence
    source = open_source(names, data.format, columns)
    settings = {**data.model_dump(mode="json"), "path": str(folder)}
    making = prepare(source, folder, recipe, settings=settings, provenance=provenance, replace=replace)
    return (yield from making)


def build_recipe(data: DataConfig, strict: bool = False) -> Recipe:
    """Return what is to be done with the pairs.

    Raises:
        ConfigError: a name that the registries lack.
    """
    choose(NORMALIZERS, data.normalizer, "data.normalizer")
    return Recipe(
        TextPipeline(data.normalizer),
        choose(TOKENIZERS, data.tokenizer, "data.tokenizer"),
        data.max_length,
        subwords=data.subwords,
        max_length_ratio=data.max_length_ratio,
        prefixes=data.prefixes,
        drop_identical=data.drop_identical,
        strict=strict,
        held_out=data.held_out,
        reverse=data.reverse,
        autoencoder=data.autoencoder,
        min_frequency=data.min_frequency,
        max_vocabulary=data.max_vocabulary,
        shared_vocabulary=data.shared_vocabulary,
        vocabulary=Path(data.vocabulary) if data.vocabulary else None,
        split=data.split[1:],
        seed=data.seed,
    )


def settle_data(config: Config, dataset: Dataset) -> Config:
    """Return the config with its `data` section as the data set was really prepared.

    Raises:
        ConfigError: the user gave a key of that section another value.
    """
    data = {**dataset.settings, "path": str(dataset.folder)}
    settled = from_mapping({**config.model_dump(), "data": data}, str(dataset.folder / "data.yaml"))
    hint = "Prepare them anew (s2s prepare-data --force), or into another folder (--out)."
    overlay(settled, config, f"the data in {dataset.folder}", hint, ignored=WHERE_DATA_ARE)
    return settled
