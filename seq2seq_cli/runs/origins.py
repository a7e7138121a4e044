"""origins.yaml: where the keys of a run's config come from, by dotted key, `bi.yaml, line 14` or `--set`."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from seq2seq_cli.errors import RunError
from seq2seq_cli.files import read_saved_yaml, write_text

_NAME = "origins.yaml"


def read_origins(folder: Path) -> dict[str, str]:
    """Return what a run's folder says; nothing for a run that was made before runs said it.

    Raises:
        RunError: the file is damaged.
    """
    path = folder / _NAME
    if not path.exists():
        return {}
    try:
        return {key: str(origin) for key, origin in read_saved_yaml(path).items()}
    except ValueError as error:
        raise RunError(f"Cannot read {path}: {error}.") from error


def write_origins(folder: Path, origins: Mapping[str, str]) -> None:
    """Write the file.

    Raises:
        OutputError: the disk is full, say.
    """
    write_text(folder / _NAME, yaml.safe_dump(dict(origins), sort_keys=False, allow_unicode=True))
