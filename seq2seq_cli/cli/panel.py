"""The panel that a terminal shows while a training goes on: how far, how well, and what comes out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from seq2seq_cli.cli.console import clock, shortened
from seq2seq_cli.cli.course import Course, Speed
from seq2seq_cli.cli.curve import curve, plot
from seq2seq_cli.training.events import Sample, Validated

_PLAIN, _FAINT = Style.null(), Style(dim=True)
_BAR, _LOSS, _RATE = Style(color="green"), Style(color="cyan"), Style(color="magenta")
_RIGHT, _BEST = Style(color="green"), Style(color="green", bold=True)

_BESIDE = 72  # from so many columns on, the two curves stand side by side
_GAP = 3

Line = list[tuple[str, Style]]


@dataclass(frozen=True)
class _Form:
    """How much is shown."""

    plot_rows: int  # 0: each curve on one line
    whole_samples: bool  # several lines each, or else one
    blanks: bool = False


_FORMS = (_Form(6, True, blanks=True), _Form(4, True), _Form(4, False), _Form(2, False), _Form(0, False))


@dataclass
class Panel:
    """What stands in the panel. It is drawn in the form that the terminal has room for.

    Lines are put together by hand: rich's tables and bars would take milliseconds that training waits for.
    """

    total_steps: int
    epochs: int
    step: int = 0
    epoch: int = 1
    seconds_left: float | None = None
    losses: Course = field(default_factory=Course)
    rates: Course = field(default_factory=Course)
    speed: Speed = field(default_factory=Speed)
    validated: Validated | None = None
    best_step: int | None = None
    samples: Sequence[Sample] = ()
    before: Sequence[Sample] = ()  # the samples of the validation before

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw all lines."""
        for number, line in enumerate(self.lines(options.max_width, console.height)):
            if number:
                yield Segment.line()
            room = options.max_width
            for text, style in line:
                if room > 0:
                    text = fitted(text, room)
                    room -= cell_len(text)
                    yield Segment(text, style)

    def lines(self, width: int, height: int) -> list[Line]:
        """Return the lines of the richest form that fits; what still does not fit is cut off below."""
        for form in _FORMS:
            lines = list(self._lines(form, width))
            if len(lines) < height:  # one is left for the cursor
                break
        return lines[: max(height - 1, 1)]

    def _lines(self, form: _Form, width: int) -> Iterator[Line]:
        blank: list[Line] = [[]] if form.blanks else []
        yield from self._progress(width)
        if self.losses.points:
            yield from blank
            yield from self._curves(form.plot_rows, width)
        if self.validated:
            yield from blank
            yield self._validation(self.validated)
        for number, sample in enumerate(self.samples):
            yield from blank
            before = self.before[number].output if number < len(self.before) else None
            yield from (_whole if form.whole_samples else _short)(sample, before)

    def _progress(self, width: int) -> Iterator[Line]:
        """Yield the bar and its numbers, on one line where there is room."""
        share = self.step / max(self.total_steps, 1)
        speed = self.speed.tokens_per_second
        numbers = [f"{self.step:,}/{self.total_steps:,}", f"{share:.0%}"]
        if self.seconds_left is not None:
            numbers.append(f"{clock(self.seconds_left)} left")
        if speed is not None:
            numbers.append(f"{speed:,.0f} tokens/s")
        epoch, rest = f"epoch {self.epoch}/{self.epochs}  ", "  " + "  ".join(numbers)
        room = width - len(epoch)
        alone = room - len(rest) < 10
        bar = min(room if alone else room - len(rest), 60)
        done = round(share * bar)
        line = [(epoch, _PLAIN), ("━" * done, _BAR), ("━" * (bar - done), _FAINT)]
        yield line if alone else [*line, (rest, _PLAIN)]
        if alone:
            yield [(rest.strip(), _PLAIN)]

    def _curves(self, rows: int, width: int) -> Iterator[Line]:
        loss, rate = self.losses, self.rates
        titles = f"loss {loss.mean_of_late:.3f}", f"learning rate {rate.recent[-1]:.3g}"
        if not rows:
            for title, course, style in zip(titles, (loss, rate), (_LOSS, _RATE), strict=True):
                yield [(f"{title} ", _PLAIN), (curve(course.points, max(width - len(title) - 1, 1)), style)]
        elif width >= _BESIDE:
            half = (width - _GAP) // 2
            left, right = plot(loss.points, half, rows), plot(rate.points, half, rows)
            yield [(titles[0].ljust(half + _GAP), _PLAIN), (titles[1], _PLAIN)]
            for (label, dots), (other, others) in zip(left, right, strict=True):
                yield [(label, _FAINT), (dots, _LOSS), (" " * _GAP + other, _FAINT), (others, _RATE)]
        else:
            for title, course, style in zip(titles, (loss, rate), (_LOSS, _RATE), strict=True):
                yield [(title, _PLAIN)]
                for label, dots in plot(course.points, width, max(rows // 2, 2)):
                    yield [(label, _FAINT), (dots, style)]

    def _validation(self, event: Validated) -> Line:
        scores = (
            f"step {event.step:,}  valid loss {event.loss:.3f}  perplexity {event.perplexity:.2f}  "
            f"BLEU {event.bleu_any:.1f}  exact {event.exact_match:.1f}%  "
        )
        best = ("* best so far", _BEST) if event.best else (f"best: step {self.best_step or 0:,}", _FAINT)
        return [(scores, _PLAIN), best]


def _whole(sample: Sample, before: str | None) -> Iterator[Line]:
    """Yield a sample, a line each for source, reference, output and the output before."""
    yield [("source     ", _FAINT), (_shown(sample.source), _PLAIN)]
    yield [("reference  ", _FAINT), (_shown(sample.reference), _PLAIN)]
    yield [("output     ", _FAINT), (_shown(sample.output), _colour(sample))]
    if before is not None:
        yield [("before     ", _FAINT), (_shown(before), _FAINT)]


def _short(sample: Sample, before: str | None) -> Iterator[Line]:
    """Yield a sample on one line."""
    line = [(f"{_shown(sample.source)} -> ", _FAINT), (_shown(sample.output), _colour(sample))]
    was = "" if before in (None, sample.output) else f"   (before: {_shown(before or '')})"
    yield [*line, (was, _FAINT)]


def _colour(sample: Sample) -> Style:
    return _RIGHT if sample.output == sample.reference else _PLAIN


def _shown(text: str) -> str:
    return shortened(text, 300)  # no terminal is wider


def fitted(text: str, width: int) -> str:
    """Return a text that takes `width` columns at most, cut where it is longer."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"
