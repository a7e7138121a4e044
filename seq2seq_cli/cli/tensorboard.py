"""A training in TensorBoard's files, for those who watch many in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from seq2seq_cli.cli.course import Speed
from seq2seq_cli.errors import ConfigError, OutputError
from seq2seq_cli.training.events import Event, Step, Validated

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


def writer_class() -> "type[SummaryWriter]":
    """Return what writes TensorBoard's files.

    Raises:
        ConfigError: the package is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ConfigError(
            "training.tensorboard needs the package tensorboard.", "pip install 'seq2seq-cli[tensorboard]'"
        ) from error
    return SummaryWriter


class TensorBoard:
    """Writes scalars of every update and every validation, and sample translations.

    Args:
        folder: where the files go; those that are there already are gone on with.
        done_steps: how many updates were made before; what the files have of later ones is forgotten.

    Raises:
        ConfigError: the package tensorboard is not installed.
        OutputError: the folder cannot be written.
    """

    def __init__(self, folder: Path, done_steps: int = 0) -> None:
        self.folder = folder
        self.speed = Speed()
        with self._reporting():
            self.writer = writer_class()(str(folder), purge_step=done_steps + 1)

    def __enter__(self) -> "TensorBoard":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._reporting():
            self.writer.close()

    def show(self, event: Event) -> None:
        """Write an event.

        Raises:
            OutputError: the disk is full, say.
        """
        with self._reporting():
            if isinstance(event, Step):
                self._step(event)
            elif isinstance(event, Validated):
                self._validated(event)

    def _step(self, event: Step) -> None:
        self.speed.add(event)
        speed = self.speed.tokens_per_second
        self.writer.add_scalar("train/loss", event.loss, event.step)
        self.writer.add_scalar("train/learning_rate", event.learning_rate, event.step)
        self.writer.add_scalar("train/gradient_norm", event.gradient_norm, event.step)
        if speed is not None:
            self.writer.add_scalar("train/tokens_per_second", speed, event.step)

    def _validated(self, event: Validated) -> None:
        for score in ("loss", "perplexity", "bleu", "bleu_any", "exact_match"):
            self.writer.add_scalar(f"valid/{score}", getattr(event, score), event.step)
        for number, sample in enumerate(event.samples, 1):
            # Indented, it is Markdown's code, in which no sign means anything.
            lines = (
                f"source     {sample.source}",
                f"reference  {sample.reference}",
                f"output     {sample.output}",
            )
            self.writer.add_text(f"sample/{number}", "\n".join(f"    {line}" for line in lines), event.step)
        self.writer.flush()

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(f"Cannot write {self.folder}: {error.strerror or error}.") from error
