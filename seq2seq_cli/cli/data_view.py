"""How a data set looks to a person."""

from collections.abc import Iterator

from seq2seq_cli.cli.console import prose, say, shortened, span, table
from seq2seq_cli.corpus.naming import SIDES
from seq2seq_cli.inspection.data import Ambiguity, DataSummary, length_bars

_BAR = 16  # characters


def data(summary: DataSummary) -> None:
    """A data set in numbers."""
    _origin(summary)
    _parts(summary)
    _capitals(summary)
    _lengths(summary)
    _sharing(summary)
    _suspicious(summary)
    if summary.remarks:
        say("Worth attention:")
        for remark in summary.remarks:
            prose(f"- {remark}")


def _origin(summary: DataSummary) -> None:
    """Where the pairs came from, how they were prepared, and how many were lost on the way."""
    provenance = [
        f"{key} {shortened(str(value))}" for key, value in summary.provenance.items() if key != "source"
    ]
    say(f"{summary.folder}, from {shortened(str(summary.provenance.get('source', '?')))}")
    if provenance:
        say(f"provenance: {', '.join(provenance)}")
    if summary.changed_settings:
        changed = (f"{key}={shortened(text)}" for key, text in summary.changed_settings.items())
        say(f"settings: {', '.join(changed)}")
    lost = [f"read {summary.counts.get('read', 0):,} pairs"]
    for what in ("invalid", "dropped"):
        reasons = summary.counts.get(what, {})
        named = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())
        lost.append(f"{what} {sum(reasons.values()):,}" + f" ({named})" * bool(named))
    say("; ".join(lost))
    say("all files are as they were written")


def _parts(summary: DataSummary) -> None:
    """Each side of each part, and the words that it has and the vocabulary lacks."""
    columns = ["part", "side", ">pairs", ">tokens", ">mean", ">max", ">unknown %", ">coverage %"]
    sides = [(part, name, getattr(part, name)) for part in summary.parts for name in SIDES]
    table(
        "the parts, in tokens",
        columns,
        [
            (
                part.name,
                name,
                part.pairs,
                side.tokens,
                side.mean_length,
                side.longest,
                side.unknown,
                side.coverage,
            )
            for part, name, side in sides
        ],
    )
    for part, name, side in sides:
        if side.unknown_words:
            words = ", ".join(f"{shortened(word, 20)} {count:,}" for word, count in side.frequent_unknown)
            say(f"unknown in {part.name}, {name}: {side.unknown_words:,} words: {words}")


def _capitals(summary: DataSummary) -> None:
    """The use of capitals, where there are any."""
    rows = [
        (
            part.name,
            part.source.capitalised,
            part.source.in_capitals,
            part.target.capitalised,
            part.target.in_capitals,
        )
        for part in summary.parts
    ]
    if any(share for _, *shares in rows for share in shares):
        columns = ["part", ">sources begin %", ">words %", ">targets begin %", ">words % "]
        table("capitals", columns, rows)


def _lengths(summary: DataSummary) -> None:
    """Both sides' histogram."""
    bars = length_bars(summary.source_lengths, summary.target_lengths)
    most = max((max(bar.source, bar.target) for bar in bars), default=1)
    rows = [
        (
            span(bar.first, bar.last),
            _drawn(bar.source, most),
            bar.source,
            _drawn(bar.target, most),
            bar.target,
        )
        for bar in bars
    ]
    table("sentences of train by length", [">words", "source", ">", "target", "> "], rows)


def _drawn(count: int, most: int) -> str:
    return "█" * max(count > 0, round(_BAR * count / most))


def _sharing(summary: DataSummary) -> None:
    """Sentences that parts share, and those with several counterparts."""
    say(f"sentences that occur in more than one part: {summary.shared_sentences:,}")
    for leak in summary.leaks:
        if leak.sentences:
            examples = "; ".join(map(shortened, leak.examples))
            say(f"- {' and '.join(leak.parts)}: {leak.sentences:,}, for example: {examples}")
    for line in (
        *_ambiguous(summary.several_targets, "sources with several targets"),
        *_ambiguous(summary.several_sources, "targets with several sources"),
    ):
        say(line)


def _ambiguous(found: Ambiguity, what: str) -> Iterator[str]:
    yield f"{what}: {found.sentences:,}, in {found.share:.1f}% of the pairs"
    if found.greatest is not None:
        examples = "; ".join(map(shortened, found.counterparts))
        more = "; ..." if found.most > len(found.counterparts) else ""
        yield f"- {found.most:,} for {shortened(found.greatest)!r}: {examples}{more}"


def _suspicious(summary: DataSummary) -> None:
    """Pairs that look wrong, with examples of each kind."""
    names = [part.name for part in summary.parts]
    rows = [(s.kind, *(s.pairs[name] for name in names), s.usual) for s in summary.suspicious]
    table("pairs that look wrong", ["", *(f">{name}" for name in names), "usual"], rows)
    for suspicion in summary.suspicious:
        for source, target in suspicion.examples:
            say(f"{suspicion.kind}: {shortened(source)} → {shortened(target)}")
