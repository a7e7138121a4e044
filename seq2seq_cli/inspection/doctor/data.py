"""Are the parts of the data apart, their words known, and their sentences no longer than outputs may be?"""

import numpy as np

from seq2seq_cli.inspection.doctor.answer import Answer, not_asked
from seq2seq_cli.inspection.doctor.patient import Patient

_MUCH_UNKNOWN = 10.0  # per cent


def overlap(patient: Patient) -> Answer:
    """Ask whether any sentence is in two parts."""
    summary = patient.summary
    shared = summary.shared_sentences
    figure = f"{shared:,} sentences are shared"
    if not shared:
        return Answer("ok", 0, figure, "No sentence of one part is in another.")
    places = ", ".join(
        f"{leak.sentences:,} of {leak.parts[1]} in {leak.parts[0]}"
        for leak in summary.leaks
        if leak.sentences
    )
    return Answer(
        "broken",
        shared,
        figure,
        f"Scores will be better than on new sentences ({places}): prepare the data again, prepare-data keeps "
        "the parts apart.",
    )


def unknown_words(patient: Patient) -> Answer:
    """Ask what share of the running words of test, or else valid, the vocabulary lacks."""
    part = next((part for part in reversed(patient.summary.parts[1:]) if part.pairs), None)
    if part is None:
        return not_asked("There is neither a valid nor a test part.")
    share, side = max((part.source.unknown, "source"), (part.target.unknown, "target"))
    figure = f"{share:.1f}% of the {side}s of {part.name}"
    if share <= _MUCH_UNKNOWN:
        return Answer("ok", share, figure, "Nearly all words are known.")
    return Answer(
        "suspicious",
        share,
        figure,
        "So many words become <unk>: more pairs, a smaller data.min_frequency, a larger data.max_vocabulary "
        "or data.tokenizer=bpe help.",
    )


def cut_outputs(patient: Patient) -> Answer:
    """Ask what share of the targets is longer than an output may be."""
    longest = patient.config.decoding.max_length
    parts = [patient.dataset.part(name) for name in ("train", "valid", "test")]
    lengths = (
        np.concatenate([part.lengths(range(len(part.chunk_rows)))[1] for part in parts]) - 1
    )  # without <eos>
    share = 100 * float((lengths > longest).mean())
    figure = f"{share:.1f}% longer than {longest:,}"
    if not share:
        return Answer("ok", share, figure, "No target is longer than an output may be.")
    return Answer(
        "suspicious",
        share,
        figure,
        f"These can never be said in full, the longest has {int(lengths.max()):,} tokens: raise "
        "decoding.max_length.",
    )
