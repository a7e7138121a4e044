"""An outcome sentence by sentence, as a file."""

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from sacrebleu.metrics import BLEU, CHRF

from seq2seq_cli.errors import OutputError
from seq2seq_cli.evaluation import write_sentences

FORMS = ["jsonl", "tsv"]


def read(path):
    """Return the rows of a file as dictionaries of text and numbers."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab", quoting=csv.QUOTE_NONE))
    for row in rows:
        row["references"], row["tokens"] = row["references"].split(" ||| "), row["tokens"].split()
        for name in ("bleu", "chrf", "log_probability", "reference_log_probability"):
            row[name] = float(row[name])
        for name in ("exact_match", "finished"):
            row[name] = {"0": False, "1": True}[row[name]]
    return rows


@pytest.mark.parametrize("form", FORMS)
def test_a_row_a_sentence_in_order_with_sacrebleus_scores(outcome, outputs, form, tmp_path):
    path = tmp_path / f"scored.{form}"
    write_sentences(outcome, path)
    rows = read(path)
    assert [(row["source"], row["references"][0]) for row in rows] == outcome.pairs
    assert [row["hypothesis"] for row in rows] == outputs
    bleu, chrf = BLEU(tokenize="none", force=True, effective_order=True), CHRF()
    for row, right, nats in zip(rows, outcome.right, outcome.scores.words.sentence_nats, strict=True):
        own = [row["references"][0]]
        assert row["bleu"] == pytest.approx(bleu.sentence_score(row["hypothesis"], own).score, abs=1e-4)
        assert row["chrf"] == pytest.approx(chrf.sentence_score(row["hypothesis"], own).score, abs=1e-4)
        assert row["exact_match"] == right == (row["hypothesis"] in row["references"])
        assert row["reference_log_probability"] == pytest.approx(-nats, abs=1e-4)
        assert row["tokens"] == row["hypothesis"].split()
        assert row["finished"]
    log_p = [found.log_probability for found in outcome.scores.hypotheses]
    assert [row["log_probability"] for row in rows] == pytest.approx(log_p, abs=1e-4)
    assert any(len(row["references"]) > 1 for row in rows)


def test_what_a_broken_model_says_is_still_json(made, tmp_path):
    outcome = made([("a", "x", "x")], found=[-math.inf])
    write_sentences(outcome, tmp_path / "scored.jsonl")

    def refuse(constant):
        raise AssertionError(constant)

    text = (tmp_path / "scored.jsonl").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=refuse)["log_probability"] is None


@pytest.mark.parametrize("form", FORMS)
def test_a_file_appears_whole_or_not_at_all(made, form, tmp_path):
    outcome = made([("a", "x", "x"), ("b", "y", "y")])
    path = tmp_path / f"scored.{form}"
    path.write_text("as it was")
    broken = replace(outcome.scores, hypotheses=[outcome.scores.hypotheses[0], None])
    with pytest.raises(AttributeError):
        write_sentences(replace(outcome, scores=broken), path)
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_must_tell_the_form(made):
    with pytest.raises(OutputError, match=r"scored\.txt.*\.tsv or \.jsonl"):
        write_sentences(made([("a", "x", "x")]), Path("scored.txt"))
