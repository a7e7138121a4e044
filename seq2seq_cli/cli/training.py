"""Progress of a training: a bar on a terminal, plain lines elsewhere, all on stderr."""

import time
from collections import deque
from types import TracebackType

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from seq2seq_cli.cli.console import curve, stderr
from seq2seq_cli.training.events import Event, Finished, Step, Validated

_SECONDS_BETWEEN_LINES = 10.0


class TrainingDisplay:
    """Draws a training as it goes.

    Args:
        total_steps: how many updates there will be in all.
        done_steps: how many were made before.
        epochs: how many epochs there will be.
    """

    def __init__(self, total_steps: int, done_steps: int, epochs: int) -> None:
        self.console = stderr()
        self.epochs = epochs
        self.total_steps = total_steps
        self.losses: deque[float] = deque(maxlen=200)
        self.last_line = time.monotonic()
        self.progress = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar_width=20),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
            TextColumn("loss {task.fields[loss]} {task.fields[curve]}"),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
            transient=True,
        )
        self.task = self.progress.add_task(
            "", total=total_steps, completed=done_steps, epoch=f"1/{epochs}", loss="-", curve="", speed=""
        )

    def __enter__(self) -> "TrainingDisplay":
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def show(self, event: Event) -> None:
        """Draw an event."""
        if isinstance(event, Step):
            self._step(event)
        elif isinstance(event, Validated):
            self._line(
                f"epoch {event.epoch:>3}  step {event.step:>6,}  valid loss {event.loss:.3f}  "
                f"perplexity {event.perplexity:.2f}  BLEU {event.bleu_any:.1f}  "
                f"exact {event.exact_match:.1f}%  {event.seconds:.0f} s{'  *' if event.best else ''}"
            )
        elif isinstance(event, Finished):
            self._line(
                f"finished after {event.step:,} steps, {event.seconds:.0f} s, "
                f"{event.tokens_per_second:,.0f} target tokens a second"
            )

    def _step(self, event: Step) -> None:
        self.losses.append(event.loss)
        speed = f"{event.tokens_per_second:,.0f} tokens/s"
        recent = sum(self.losses) / len(self.losses)
        if self.console.is_terminal:
            self.progress.update(
                self.task,
                completed=event.step,
                epoch=f"{event.epoch}/{self.epochs}",
                loss=f"{recent:.3f}",
                curve=curve(list(self.losses), width=20),
                speed=speed,
            )
        elif time.monotonic() - self.last_line > _SECONDS_BETWEEN_LINES:
            place = f"epoch {event.epoch:>3}  step {event.step:>6,} of {self.total_steps:,}"
            self._line(f"{place}  loss {recent:.3f}  {speed}")

    def _line(self, line: str) -> None:
        self.last_line = time.monotonic()
        self.progress.console.print(line, soft_wrap=True)
