"""How an evaluation looks to a person."""

from collections.abc import Sequence

from seq2seq_cli.cli.console import prose, say, shortened, span, table
from seq2seq_cli.evaluation import (
    Comparison,
    Details,
    Evaluation,
    Sample,
)
from seq2seq_cli.metrics import CLEAR

_BAR = 8  # characters; a score of 100

_TITLES = {
    "loss": "loss",
    "perplexity": "perplexity",
    "token_accuracy": "token accuracy",
    "bleu": "BLEU",
    "bleu_any": "BLEU, any",
    "chrf": "chrF",
    "ter": "TER",
    "exact_match": "exact match",
}
_MEANINGS = {
    "loss": "nats a word, given the right words before",
    "perplexity": "as unsure as between so many words",
    "token_accuracy": "% of words that are held likeliest, given the same",
    "bleu": "against each pair's own reference",
    "bleu_any": "against all references of the same source",
    "chrf": "against each pair's own reference",
    "ter": "edits in 100 words of references; lower is better",
    "exact_match": "% of outputs that are a reference of their source",
}


def evaluation(result: Evaluation) -> None:
    """Scores, or a comparison; what was looked at more closely; samples in three lines each."""
    if result.comparison:
        first = _at(result.run, result.checkpoint, result.step)
        second = result.comparison
        against = _at(second.second, second.second_checkpoint, second.second_step)
        comparison(f"{first}, and {against}, on {_pairs(result)}", second)
    else:
        _scores(result)
    if result.details:
        _details(result, result.details)
    headed = bool(result.best or result.worst)
    _samples("The best, by chrF", result.best)
    _samples("The worst, by chrF", result.worst)
    _samples("At random" if headed else "", result.samples)


def _scores(result: Evaluation) -> None:
    errors = result.search_errors
    table(
        f"{_at(result.run, result.checkpoint, result.step)}, on {_pairs(result)}",
        ["score", ">value", "what it means"],
        [
            *(
                (title, value, _MEANINGS[name])
                for name, title in _TITLES.items()
                if (value := getattr(result, name)) is not None
            ),
            ("search errors", errors.share, "% of outputs held less likely than their reference"),
            ("unknown", result.unknown_words, "% of source words that training did not know"),
            ("speed", result.sentences_per_second, "sentences a second"),
        ],
    )
    if not result.details:
        say(f"BLEU|{result.signatures['bleu']}")
        say()


def comparison(title: str, result: Comparison) -> None:
    """Two runs beside each other, score by score, and what it means."""
    names = (f">{shortened(name, 8)}" for name in (result.first, result.second))
    table(
        title,
        ["score", *names, ">difference", ">95% interval", ">p "],
        [
            (
                _TITLES[name],
                each.first,
                each.second,
                f"{each.difference:+.2f}",
                f"{each.low:+.2f} to {each.high:+.2f}",
                f"{each.p_value:.3f}{'*' if each.clear else ' '}",
            )
            for name, each in result.differences.items()
        ],
    )
    if any(each.clear for each in result.differences.values()):
        say(f"* p is less than {CLEAR}: too little for chance")
    prose(result.verdict)
    say()


def _details(result: Evaluation, details: Details) -> None:
    say(
        f"Perplexity {result.perplexity:.2f} after the right words, {details.free_running_perplexity:.2f} "
        f"after its own:\nan exposure gap of {details.exposure_gap:.2f} nats a word. "
        f"Token accuracy: {result.token_accuracy:.1f}% and {details.free_running_accuracy:.1f}%."
    )
    say()
    errors = result.search_errors
    say(
        f"Search errors: in {errors.sentences:,} sentences ({errors.share:.1f}%) the model holds the "
        f"reference\nlikelier than what was found. That is the cause of {errors.of_wrong:,} of the "
        f"{errors.wrong:,}\nwrong outputs ({errors.share_of_wrong:.1f}%); the others are the model's own "
        "errors."
    )
    table(
        "by length of the source, in tokens",
        [">tokens", ">pairs", ">loss", ">exact %", ">chrF", ">BLEU", ""],
        [
            (
                span(each.first, each.last),
                each.sentences,
                each.loss,
                each.exact_match,
                each.chrf,
                each.bleu,
                _bar(each.bleu),
            )
            for each in details.by_length
        ],
    )
    table(
        "target words, by how often training saw them; the last three in %",
        [">seen", ">reference", ">output", ">loss", ">recall", ">precision", ">F1", ""],
        [
            (
                span(each.first, each.last),
                each.reference,
                each.output,
                each.loss,
                each.recall,
                each.precision,
                each.f1,
                _bar(each.f1),
            )
            for each in details.by_frequency
        ],
    )
    for name, signature in result.signatures.items():
        say(f"{_TITLES[name]}|{signature}")
    say()


def _samples(heading: str, samples: Sequence[Sample]) -> None:
    if samples and heading:
        say(f"{heading}\n")
    for sample in samples:
        say(f"Input: {sample.source}")
        say(f"Output: {sample.reference}")
        remark = f"   ({f'chrF {sample.chrf:.1f}' if heading else 'differs'})"
        say(f"Predicted Output: {sample.prediction}{'' if sample.correct else remark}")
        say()


def _at(run: str, checkpoint: str, step: int) -> str:
    average = f"{checkpoint} to " if checkpoint.startswith("average") else ""
    return f"{run}, {average}step {step:,}"


def _pairs(result: Evaluation) -> str:
    return f"{result.sentences:,} pairs of {result.part}"


def _bar(score: float) -> str:
    return "█" * round(_BAR * min(score, 100) / 100)
