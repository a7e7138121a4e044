"""What of a data set deserves attention, in sentences; nothing where all is well."""

import math
from collections.abc import Iterator

from seq2seq_cli.inspection.data.summary import DataSummary, PartSummary

_MUCH_UNKNOWN = 5.0  # per cent
_POINTS_OF_CASING = 10.0
_LARGE_VALID = 10_000  # pairs
_MUCH_AMBIGUITY = 10.0  # per cent
_MUCH_EMPTY = 1.0  # per cent
_MUCH_SUSPICIOUS = 1.0  # per cent

_REMEDIES = {
    "length ratio": "data.max_length_ratio drops such pairs",
    "other script": "take them out of the source if they are mistakes",
    "identical sides": "data.drop_identical drops such pairs",
}


def remarks_on(summary: DataSummary) -> Iterator[str]:
    """Yield what a person should know before training."""
    yield from _leaks(summary)
    yield from _empty_parts(summary)
    yield from _unknown(summary)
    yield from _casing(summary)
    yield from _large_valid(summary)
    yield from _ambiguity(summary)
    yield from _dropped(summary)
    yield from _suspicious(summary)


def _leaks(summary: DataSummary) -> Iterator[str]:
    for leak in summary.leaks:
        if leak.sentences:
            yield (
                f"{leak.sentences:,} sentences of {leak.parts[1]} occur in {leak.parts[0]} too: scores will "
                "be better than on new sentences. Prepare the data again; prepare-data keeps parts apart."
            )


def _empty_parts(summary: DataSummary) -> Iterator[str]:
    lost = {
        "train": "there is nothing to learn from",
        "valid": "training cannot tell which checkpoint is best",
        "test": "there is nothing to evaluate on",
    }
    for part in summary.parts:
        if not part.pairs:
            yield f"The {part.name} part is empty: {lost[part.name]}. Give it a share in data.split."


def _unknown(summary: DataSummary) -> Iterator[str]:
    test = summary.parts[-1]
    for name, side in (("source", test.source), ("target", test.target)):
        if side.unknown > _MUCH_UNKNOWN:
            yield (
                f"{side.unknown:.1f}% of the {name} tokens of test are unknown to the vocabulary. More "
                "pairs, a smaller data.min_frequency, a larger data.max_vocabulary or data.tokenizer=bpe "
                "help."
            )


def _casing(summary: DataSummary) -> Iterator[str]:
    parts = [part for part in summary.parts if part.pairs]
    for side in ("source", "target"):
        for what, values in (
            ("sentences that begin with a capital", [getattr(part, side).capitalised for part in parts]),
            ("words in capitals", [getattr(part, side).in_capitals for part in parts]),
        ):
            if _differ(values, parts):
                shares = ", ".join(
                    f"{value:.0f}% in {part.name}" for value, part in zip(values, parts, strict=True)
                )
                yield (
                    f"The parts differ in {what} ({side}): {shares}. "
                    "They may come from different sources; data.normalizer=lower makes them alike."
                )


def _differ(values: list[float], parts: list[PartSummary]) -> bool:
    """Tell whether shares are further apart than ten points, and than chance brings them in a small part."""
    smallest = min((part.pairs for part in parts), default=1)
    chance = 100 / math.sqrt(smallest)  # two standard errors of a share of one half
    return max(values, default=0.0) - min(values, default=0.0) > max(_POINTS_OF_CASING, chance)


def _large_valid(summary: DataSummary) -> Iterator[str]:
    valid = summary.parts[1]
    if valid.pairs > _LARGE_VALID:
        yield (
            f"Every validation goes through all {valid.pairs:,} pairs of valid, which takes long. A few "
            "thousand are enough: data.split=[rest, 2000, 2000]."
        )


def _ambiguity(summary: DataSummary) -> Iterator[str]:
    share = summary.several_targets.share
    if share > _MUCH_AMBIGUITY:
        yield (
            f"{share:.0f}% of the pairs have a source with several targets, of which a model can give but "
            "one: BLEU against a pair's own reference understates it. Look at 'BLEU, any' and exact match, "
            "which count all references of a source."
        )


def _dropped(summary: DataSummary) -> Iterator[str]:
    read, empty = summary.counts.get("read", 0), summary.counts.get("dropped", {}).get("empty", 0)
    if read and 100 * empty / read > _MUCH_EMPTY:
        yield (
            f"Of {empty:,} of the {read:,} pairs read, a side was empty, or the normalizer left nothing of "
            "it; they were dropped. data.normalizer=plain leaves all that can be seen."
        )


def _suspicious(summary: DataSummary) -> Iterator[str]:
    pairs = sum(part.pairs for part in summary.parts)
    for suspicion in summary.suspicious:
        found = sum(suspicion.pairs.values())
        if pairs and 100 * found / pairs > _MUCH_SUSPICIOUS:
            yield (
                f"{found:,} pairs ({100 * found / pairs:.1f}%) look wrong, {suspicion.kind}: "
                f"{_REMEDIES[suspicion.kind]}."
            )
