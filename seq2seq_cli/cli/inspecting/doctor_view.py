"""An examination as a person sees it: progress on stderr, then every finding."""

from collections import Counter
from collections.abc import Iterator
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from seq2seq_cli.cli.console import prose, say, stderr, table
from seq2seq_cli.inspection.doctor import CHECKS, Diagnosis, Finding, Verdict


class Waiting:
    """Draws how many checks have been made; nothing off a terminal."""

    def __init__(self) -> None:
        console = stderr()
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )

    def __enter__(self) -> "Waiting":
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def for_all(self, findings: Iterator[Finding]) -> list[Finding]:
        """Return all findings, as they come in."""
        return list(self.progress.track(findings, total=len(CHECKS), description="examining"))


def show(found: Diagnosis) -> None:
    """Every finding on a line; below, what to do about those that are not well."""
    table(
        f"{found.run or 'a new model'}, on {found.data}",
        ["what should be so", "verdict", "figure"],
        [(finding.holds, finding.verdict, finding.figure) for finding in found.findings],
    )
    concerned: dict[str, list[str]] = {}
    for finding in found.findings:
        if finding.verdict in ("suspicious", "broken"):
            concerned.setdefault(finding.meaning, []).append(finding.check)
    for meaning, checks in concerned.items():
        prose(f"{', '.join(checks)}: {meaning}")
    counts = Counter(finding.verdict for finding in found.findings)
    say(", ".join(f"{counts[verdict]} {verdict}" for verdict in _IN_ORDER if counts[verdict]))


_IN_ORDER: tuple[Verdict, ...] = ("ok", "suspicious", "broken", "not asked")
