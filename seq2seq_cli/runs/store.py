"""The store: all runs, by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq_cli.config import Config, to_yaml
from seq2seq_cli.errors import RunError
from seq2seq_cli.files import new_folder
from seq2seq_cli.runs.origins import write_origins
from seq2seq_cli.runs.run import Run

if TYPE_CHECKING:
    from seq2seq_cli.corpus.dataset import Dataset


class Store:
    """All runs.

    Args:
        root: the folder that holds them.
    """

    def __init__(self, root: Path | str = "runs") -> None:
        self.root = Path(root)

    def path(self, name: str) -> Path:
        """Return the folder of a run by its name, or by its path."""
        given = Path(name)
        return given if given.name != name or (given / "config.yaml").is_file() else self.root / name

    def check_free(self, name: str) -> Path:
        """Return the folder of a new run.

        Raises:
            RunError: something stands there already.
        """
        path = self.path(name)
        if path.exists():
            raise RunError(
                f"{path} already exists.", "Go on with --resume, or choose another name with --run."
            )
        return path

    def create(
        self, name: str, config: Config, dataset: "Dataset", origins: Mapping[str, str] | None = None
    ) -> Run:
        """Make the folder of a new run.

        Args:
            name: what to call it, or its path.
            config: what it is made with.
            dataset: what it will be trained on.
            origins: where the keys of the config that the user gave come from.

        Raises:
            RunError: something stands there already.
            OutputError: it cannot be written.
        """
        path = self.check_free(name)
        with new_folder(path) as folder:
            (folder / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
            write_origins(folder, origins or {})
            for name in dataset.needed_to_translate:
                (folder / name).write_bytes((dataset.folder / name).read_bytes())
            (folder / "metrics.jsonl").touch()
            (folder / "checkpoints").mkdir()
        return Run(path)

    def all(self) -> list[Run]:
        """Return every run, the latest last."""
        folders = [
            file.parent for file in self.root.glob("*/config.yaml") if not file.parent.name.startswith(".")
        ]
        return sorted(map(Run, folders), key=lambda run: run.last_change())

    def find(self, name: str | None = None, *, trained: bool = True) -> Run:
        """Return the run of a name or path; without one, the latest.

        Args:
            name: a name under the root, or a path.
            trained: without a name, pass over runs that have no checkpoint.

        Raises:
            RunError: there is none.
        """
        if name is not None:
            return Run(self.path(name))
        runs = [run for run in self.all() if run.has_checkpoint() or not trained]
        if not runs:
            raise RunError(f"There is no trained run in {self.root}/.", "Train one first: s2s train.")
        return runs[-1]
