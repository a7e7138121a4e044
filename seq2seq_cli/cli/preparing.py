"""A preparation as a person sees it: progress on stderr, in plain lines off a terminal; then a report."""

import time
from collections.abc import Generator
from contextlib import closing
from itertools import groupby
from types import TracebackType

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from seq2seq_cli.cli.console import say, shortened, stderr, table
from seq2seq_cli.corpus.dataset import PARTS
from seq2seq_cli.corpus.naming import SIDES
from seq2seq_cli.corpus.prepare import Prepared
from seq2seq_cli.corpus.prepare import Progress as Stage
from seq2seq_cli.corpus.sources.download import Fetched

_SECONDS_BETWEEN_LINES = 10.0


class PreparationDisplay:
    """Draws a preparation as it goes: the stage, how far it is, how fast, and how long it will take."""

    def __init__(self) -> None:
        self.console = stderr()
        self.stage = ""
        self.began = self.last_line = time.monotonic()
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[state]}"),
            TimeRemainingColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
            transient=True,
        )
        self.task = self.progress.add_task("", total=None, state="")

    def __enter__(self) -> "PreparationDisplay":
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def follow(self, events: Generator[Fetched | Stage, None, Prepared]) -> Prepared:
        """Draw all events and return what they lead to."""
        ended = []

        def noting_the_end() -> Generator[Fetched | Stage, None, None]:
            ended.append((yield from events))

        with closing(noting_the_end()) as drawn:
            for event in drawn:
                self.show(event)
        return ended[0]

    def show(self, event: Fetched | Stage) -> None:
        """Draw an event."""
        if isinstance(event, Fetched):
            fraction = event.done / event.total if event.total else None
            self._draw(f"fetching {event.file}", event.done / 1e6, "MB", fraction)
        else:
            self._draw(event.stage, event.pairs, "pairs", event.fraction)

    def _draw(self, stage: str, done: float, unit: str, fraction: float | None) -> None:
        now = time.monotonic()
        if stage != self.stage:
            self.stage, self.began = stage, now
            self.progress.reset(self.task, description=stage, total=None)
        seconds = now - self.began
        rate = f", {done / seconds:,.0f} a second" if seconds > 0.5 else ""
        state = f"{done:,.0f} {unit}{rate}"
        total = None if fraction is None else 1.0
        self.progress.update(self.task, completed=fraction or 0.0, total=total, state=state)
        if not self.console.is_terminal and now - self.last_line > _SECONDS_BETWEEN_LINES:
            self.last_line = now
            share = "" if fraction is None else f" ({fraction:.0%})"
            self.console.print(f"{stage}: {state}{share}", soft_wrap=True)


def report(prepared: Prepared) -> None:
    """What was read, what was dropped and why, and what is left."""
    found, counts = prepared.report, prepared.metadata["counts"]
    rows = [("read", found.read, "")]
    rows += [
        (f"dropped: {reason}", count, " → ".join(map(shortened, found.examples[reason])))
        for reason, count in found.dropped.most_common()
    ]
    rows += [("kept", found.kept, f"in {found.groups:,} connected groups")]
    rows += [(f"  {name}", counts[name], "") for name in PARTS]
    table(str(prepared.folder), ["pairs", ">number", "for example"], rows)
    sizes = [f"{counts[f'{side}_vocabulary']:,} {side}" for side in SIDES]
    say(f"vocabulary: {', '.join(sizes)} tokens")
    for problem, count in found.invalid.most_common():
        shown = found.invalid_lines[problem]
        places = [
            f"{file}, line {', '.join(f'{line.line:,}' for line in lines)}"
            for file, lines in groupby(shown, key=lambda line: line.file)
        ]
        more = ", ..." if count > len(shown) else ""
        say(f"passed over: {count:,} line{'s' * (count > 1)}, {problem} ({'; '.join(places)}{more})")
    for sentence in found.held_out_missing:
        say(f"held_out: {sentence!r} does not occur in the source")
