"""How runs look to a person: all of them, one, several beside each other."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING

from seq2seq_cli.cli.chart import chart
from seq2seq_cli.cli.console import clock, prose, say, shortened, shown, stdout, table
from seq2seq_cli.cli.curve import curve

if TYPE_CHECKING:  # which would load torch
    from seq2seq_cli.inspection.compare import Comparison
    from seq2seq_cli.inspection.history import RunHistory
    from seq2seq_cli.inspection.runs import RunSummary

_WIDE = 170  # columns, from which on a run takes one line
_CURVE = 48  # columns
_CHART = 80, 12  # columns, lines

_RUNS = (  # what stands under each other where there is no room for one line; > as in `table`
    ("run", "state", "changed"),
    ("data", "model"),
    (">parameters", ">steps", ">best step"),
    (">loss", ">BLEU", ">exact %"),
    (">trained", ">MB"),
)


def runs(summaries: list[RunSummary]) -> None:
    """All runs, a line each, or three lines on a narrow terminal."""
    facts = [_facts(summary) for summary in summaries]
    if stdout().width < _WIDE:
        columns = ["\n".join(names).replace("\n>", "\n") for names in _RUNS]
        rows = [["\n".join(shown(fact[name]) for name in names) for names in _RUNS] for fact in facts]
    else:
        columns = [name for names in _RUNS for name in names]
        rows = [[shown(fact[name]) for name in columns] for fact in facts]
    table("runs", columns, rows)
    for summary in summaries:
        if summary.problem:
            prose(f"{summary.name} is broken: {summary.problem}")


def _facts(summary: RunSummary) -> dict[str, object]:
    """Return a run's summary by the names of the columns."""
    return {
        "run": summary.name,
        "state": summary.state + ", kept" * summary.kept,
        "changed": summary.changed[:16].replace("T", " "),
        "data": summary.data,
        "model": summary.model,
        ">parameters": summary.parameters,
        ">steps": summary.steps,
        ">best step": summary.best_step,
        ">loss": summary.loss,
        ">BLEU": summary.bleu_any,
        ">exact %": summary.exact_match,
        ">trained": None if summary.seconds is None else clock(summary.seconds),
        ">MB": summary.megabytes,
    }


def run(course: RunHistory) -> None:
    """One run's course."""
    runs([course.summary])
    losses = [loss for _, loss in course.losses]
    if losses:
        say(f"training loss    {losses[0]:.3f} {curve(losses, _CURVE)} {losses[-1]:.3f}")
    valid = [event["loss"] for event in course.validations]
    if valid:
        say(f"validation loss  {valid[0]:.3f} {curve(valid, _CURVE)} {valid[-1]:.3f}")
    rates = [rate for _, rate in course.learning_rates]
    if rates:
        say(f"learning rate    {rates[0]:.3g} {curve(rates, _CURVE)} {rates[-1]:.3g}")
    table(
        "validations",
        [">step", ">epoch", ">loss", ">perplexity", ">BLEU", ">exact %", "best"],
        [
            (
                event["step"],
                event["epoch"],
                event["loss"],
                event["perplexity"],
                event["bleu_any"],
                event["exact_match"],
                event["best"],
            )
            for event in course.validations
        ],
    )
    for sample in course.samples:
        outputs = [(f"from step {step:,}", shortened(output, 300)) for step, output in sample.outputs]
        source, reference = shortened(sample.source, 300), shortened(sample.reference, 300)
        table("a sample of the valid part", ["source", source], [("reference", reference), *outputs])
    table(
        "checkpoints that were kept",
        [">step", "name", ">loss", ">BLEU", ">exact %", ">MB"],
        [
            (c.step, ", ".join(c.names), c.loss, c.bleu_any, c.exact_match, c.megabytes)
            for c in course.checkpoints
        ],
    )
    table(
        "settings that differ from the defaults",
        ["key", "value", "default", "from"],
        [(info.key, info.text, info.default_text, info.origin) for info in course.settings],
    )


def comparison(result: Comparison) -> None:
    """Runs beside each other, each with a letter."""
    letters = ascii_uppercase[: len(result.runs)]
    named = [f"{letter}\n{run.summary.name}" for letter, run in zip(letters, result.runs, strict=True)]
    table(
        "settings that differ",
        ["key", *named],
        [(difference.key, *difference.values) for difference in result.settings],
    )
    facts = [_facts(run.summary) | {"tokens/s": _whole(run.tokens_per_second)} for run in result.runs]
    rows = [[name.removeprefix(">"), *(fact[name] for fact in facts)] for name in facts[0] if name != "run"]
    table("how they did", ["", *named], rows)
    for score, curves in (
        ("loss", [run.losses for run in result.runs]),
        ("BLEU", [run.bleus for run in result.runs]),
    ):
        if any(curves):
            say(f"{score} of the valid part by steps; * is where several meet")
            say("\n".join(chart(list(zip(letters, curves, strict=True)), *_CHART)))
            say()
    if not result.same_data:
        say("They were trained on different data: their scores above cannot be compared.")
    if result.differences:
        from seq2seq_cli.cli import evaluating  # not above: it loads torch

        for each in result.differences:
            evaluating.comparison(f"{each.first} and {each.second}, on {result.part}", each)


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)
