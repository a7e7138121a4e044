"""s2s translate --format jsonl, --input-format jsonl: every number of a translation, and a line a line."""

import json
import math
from pathlib import Path

import pytest

from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.decoding.hypothesis import Hypothesis
from seq2seq_cli.runs import Store
from seq2seq_cli.translation import Translator

SURE, PRICE = "you re not sure", "we re not satisfied with the price"


def lines_of(text):
    assert text.endswith("\n")
    return text[:-1].split("\n")


def objects(text):
    return [json.loads(line) for line in lines_of(text)]


def as_input(*lines):
    return "".join(f"{line}\n" for line in lines).encode()


def strictly(constant):
    raise AssertionError(f"{constant} is no JSON")


def test_it_is_one_object_a_line_with_unknown_words_and_scores(workplace, succeeds):
    texts = ["you re zzyzx", "été \u2028 \U0001f600", "", PRICE]
    rows = objects(succeeds("translate", "--format", "jsonl", "--n-best", "3", stdin=as_input(*texts)))
    plain = lines_of(succeeds("translate", "--n-best", "3", stdin=as_input(*texts)))
    assert [row["source"] for row in rows] == texts
    assert [row["unknown"] for row in rows] == [["zzyzx"], ["ete"], [], []]
    for row, line in zip(rows, plain, strict=True):
        assert [output["text"] for output in row["outputs"]] == line.split("\t")
        assert all(output["log_probability"] <= 0 for output in row["outputs"])
    assert [len(row["outputs"]) for row in rows] == [3, 3, 1, 3]


def test_tokens_come_with_their_log_probabilities(workplace, succeeds):
    for row in objects(succeeds("translate", "--format", "jsonl", "--beam", "3", SURE, PRICE)):
        (output,) = row["outputs"]
        said = [token["token"] for token in output["tokens"] if token["token"] != "<eos>"]
        assert " ".join(said) == output["text"]
        total = math.fsum(token["log_probability"] for token in output["tokens"])
        assert total == pytest.approx(output["log_probability"], abs=1e-4)
        assert row.keys() == {"source", "unknown", "outputs"}
        assert output.keys() == {"text", "log_probability", "tokens"}


def test_an_output_without_probability_is_json_all_the_same(workplace, succeeds, monkeypatch):
    nothing = Hypothesis((), -math.inf, finished=False)
    monkeypatch.setattr(Greedy, "__call__", lambda *_, **__: [[nothing]])
    (line,) = lines_of(succeeds("translate", "--format", "jsonl", SURE))
    (output,) = json.loads(line, parse_constant=strictly)["outputs"]
    assert output == {"text": "", "log_probability": None, "tokens": []}


def test_requests_may_be_objects_or_strings_and_extra_keys_do_not_matter(workplace, succeeds):
    given = [{"id": 1, "source": SURE}, PRICE, {"source": "", "prefix": "elle"}]
    translated = Translator.of(Store().find("tiny"), device="cpu").translate([SURE, PRICE, ""])
    stdin = as_input(*map(json.dumps, given))
    assert lines_of(succeeds("translate", "--input-format", "jsonl", stdin=stdin)) == translated
    rows = objects(succeeds("translate", "--input-format", "jsonl", "--format", "jsonl", stdin=stdin))
    assert [row["outputs"][0]["text"] for row in rows] == translated
    Path("in.jsonl").write_bytes(stdin)
    assert lines_of(succeeds("translate", "--input-format", "jsonl", "--input", "in.jsonl")) == translated


def test_what_it_writes_it_can_read(workplace, succeeds):
    first = succeeds("translate", "--format", "jsonl", "--input-format", "text", SURE, "", PRICE)
    again = succeeds("translate", "--format", "jsonl", "--input-format", "jsonl", stdin=first.encode())
    assert again == first


def test_each_line_may_have_a_prefix_of_its_own(workplace, succeeds):
    given = [{"source": SURE, "prefix": "elle est"}, {"source": SURE}, {"source": SURE, "prefix": ""}]
    arguments = ["translate", "--input-format", "jsonl", "--prefix", "nous"]
    own, general, free = lines_of(succeeds(*arguments, stdin=as_input(*map(json.dumps, given))))
    assert own.startswith("elle est")
    assert general.startswith("nous")
    assert [free] == lines_of(succeeds("translate", SURE))


def test_a_broken_line_has_an_error_in_its_place(workplace, s2s):
    stdin = as_input(json.dumps(SURE), "{", "", '{"sauce": 1}', json.dumps({"source": PRICE}))
    result = s2s("translate", "--input-format", "jsonl", "--format", "jsonl", stdin=stdin)
    assert result.exit_code == 0
    rows = objects(result.stdout)
    assert ["error" in row for row in rows] == [False, True, False, True, False]
    assert "JSON" in rows[1]["error"]
    assert "'source'" in rows[3]["error"]
    messages = result.stderr.splitlines()
    assert [message.split(" was ")[0] for message in messages] == ["Line 2", "Line 4"]
    plain = s2s("translate", "--input-format", "jsonl", stdin=stdin)
    assert [bool(line) for line in lines_of(plain.stdout)] == [True, False, False, False, True]


def test_half_a_sign_comes_back_as_it_was_written(workplace, succeeds):
    stdin = b'"\\ud800 you"\n"he"\n'
    output = succeeds("translate", "--input-format", "jsonl", "--format", "jsonl", stdin=stdin)
    assert [row["source"] for row in objects(output)] == ["\ud800 you", "he"]


def test_an_alignment_needs_attention_and_json(workplace, s2s, fails):
    fails("translate", "--format", "jsonl", "--alignment", SURE, mentions=["attention", "tiny"])
    result = s2s("translate", "--alignment", SURE)
    assert result.exit_code == 2
    assert "--alignment needs --format jsonl" in result.stderr


def test_an_alignment_has_a_row_a_token_and_a_column_a_source_token(workplace, succeeds, tiny):
    options = ["--set", "model.attention=general", "--set", "training.max_steps=1"]
    succeeds("train", *tiny, *options, "--run", "attending")
    arguments = ["translate", "--format", "jsonl", "--alignment", "--n-best", "2"]
    sure, blank = objects(succeeds(*arguments, SURE, ""))
    assert sure["source_tokens"] == ["you", "re", "not", "sure", "<eos>"]
    for output in sure["outputs"]:
        assert [len(row) for row in output["attention"]] == [5] * len(output["tokens"])
        assert [sum(row) for row in output["attention"]] == pytest.approx(
            [1] * len(output["tokens"]), abs=1e-3
        )
    assert "source_tokens" not in blank
