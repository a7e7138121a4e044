"""What a training looks like: a live panel on a terminal, plain lines elsewhere, all on stderr."""

import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from rich.live import Live

from seq2seq_cli.cli.console import shortened, stderr
from seq2seq_cli.cli.panel import Panel
from seq2seq_cli.config import TrainingConfig
from seq2seq_cli.training.events import Event, Finished, Step, Validated

_SECONDS_BETWEEN_LINES = 10.0
_SECONDS_BETWEEN_DRAWINGS = 0.125
_LARGEST_SHARE = 0.01  # of the time that drawing may take, on a terminal however slow


class TrainingDisplay:
    """Draws a training as it goes.

    Args:
        training: what was asked for.
        total_steps: how many updates there will be in all.
        done_steps: how many were made before.
        past: the events before, as metrics.jsonl has them: the curves go on from there.
    """

    def __init__(
        self,
        training: TrainingConfig,
        total_steps: int,
        done_steps: int = 0,
        past: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self.console = stderr()
        # A terminal that cannot go back, or lacks the signs for curves, gets lines.
        self.live = self.console.is_interactive and not self.console.options.ascii_only
        self.validation = training.validation
        self.panel = Panel(total_steps, training.epochs, step=done_steps)
        self._recall(past)
        self.first_step = done_steps
        self.began = self.drawn = self.last_line = time.monotonic()
        self.pause = _SECONDS_BETWEEN_DRAWINGS
        self.drawing = Live(
            get_renderable=lambda: self.panel,
            console=self.console,
            auto_refresh=False,
            redirect_stdout=False,
        )

    def __enter__(self) -> "TrainingDisplay":
        if self.live:
            self.drawing.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drawing.stop()

    def show(self, event: Event) -> None:
        """Draw an event."""
        if isinstance(event, Step):
            self._step(event)
        elif isinstance(event, Validated):
            self._validated(event)
        elif isinstance(event, Finished):
            self._finished(event)

    def _recall(self, past: Iterable[Mapping[str, Any]]) -> None:
        """Take over the curves, and the step of the best checkpoint."""
        for event in past:
            if event["step"] > self.panel.step:  # came after the checkpoint, and is to be done again
                continue
            if event["event"] == "step":
                self.panel.epoch = event["epoch"]
                self.panel.losses.add(event["loss"])
                self.panel.rates.add(event["learning_rate"])
            elif event["event"] == "valid" and event["best"]:
                self.panel.best_step = event["step"]

    def _step(self, event: Step) -> None:
        panel = self.panel
        panel.step, panel.epoch = event.step, event.epoch
        panel.losses.add(event.loss)
        panel.rates.add(event.learning_rate)
        panel.speed.add(event)
        now = time.monotonic()
        if self.live:
            if now - self.drawn >= self.pause:
                self._draw(now)
        elif now - self.last_line > _SECONDS_BETWEEN_LINES:
            speed = panel.speed.tokens_per_second or event.tokens_per_second
            place = f"epoch {event.epoch:>3}  step {event.step:>6,} of {panel.total_steps:,}"
            self._line(f"{place}  loss {panel.losses.mean_of_late:.3f}  {speed:,.0f} tokens/s")

    def _validated(self, event: Validated) -> None:
        panel = self.panel
        panel.before, panel.samples = panel.samples, event.samples
        panel.validated = event
        if event.best:
            panel.best_step = event.step
        self._line(
            f"epoch {event.epoch:>3}  step {event.step:>6,}  valid loss {event.loss:.3f}  "
            f"perplexity {event.perplexity:.2f}  BLEU {event.bleu_any:.1f}  "
            f"exact {event.exact_match:.1f}%  {event.seconds:.0f} s{'  *' if event.best else ''}"
        )
        if not self.live:  # the panel shows them
            for sample in event.samples:
                source, output, reference = (
                    shortened(text, 300) for text in (sample.source, sample.output, sample.reference)
                )
                self._line(f"    {source} -> {output}   ({reference})")

    def _finished(self, event: Finished) -> None:
        self.panel.seconds_left = None
        self.drawing.stop()  # what is printed from now on stands below
        if event.stopped_early:
            score, patience = self.validation.score, self.validation.patience
            self._line(f"stopped early: no better {score} for {patience} validation{'s' * (patience != 1)}")
        self._line(
            f"finished after {event.step:,} steps, {event.seconds:.0f} s, "
            f"{event.tokens_per_second:,.0f} target tokens a second"
        )

    def _draw(self, now: float) -> None:
        """Draw the panel, and let the next drawing wait so long that all of them take little time."""
        panel = self.panel
        made = panel.step - self.first_step
        # Validations count: what is left has its own.
        panel.seconds_left = (now - self.began) / made * (panel.total_steps - panel.step) if made else None
        self.drawing.refresh()
        self.drawn = time.monotonic()
        self.pause = max(_SECONDS_BETWEEN_DRAWINGS, (self.drawn - now) / _LARGEST_SHARE)

    def _line(self, line: str) -> None:
        """Print a line, above the panel where there is one."""
        self.last_line = time.monotonic()
        self.console.print(line, soft_wrap=True)
