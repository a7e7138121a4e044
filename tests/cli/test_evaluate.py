"""s2s evaluate: what is shown, and what stands in its way. The scores: tests/evaluation."""

import json
import shutil
from pathlib import Path

import pytest

from seq2seq_cli.runs import Store


def test_json_and_the_table_show_the_same_scores(workplace, succeeds):
    document = json.loads(succeeds("evaluate", "tiny", "--json"))
    table = succeeds("evaluate", "tiny")
    step = Store().find("tiny").step_of("best")
    assert (document["run"], document["part"], document["sentences"], document["step"]) == (
        "tiny",
        "test",
        45,
        step,
    )
    for score in ("loss", "perplexity", "token_accuracy", "bleu", "bleu_any", "chrf", "exact_match"):
        assert f" {document[score]:.2f} " in table
    assert f" {document['search_errors']['share']:.2f} " in table
    assert f"BLEU|{document['signatures']['bleu']}" in table
    assert "TER" not in table


def numbers(line):
    """Return what stands in a row of a table, without its bar."""
    return line.replace("█", "").split()


def shown(value):
    return f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.3g}"


def test_details_show_every_bin_that_json_has(workplace, succeeds):
    document = json.loads(succeeds("evaluate", "tiny", "--details", "--json"))
    lines = succeeds("evaluate", "tiny", "--details").splitlines()
    rows, details = [numbers(line) for line in lines], document["details"]
    for each in details["by_length"]:
        span = f"{each['first']}" if each["first"] == each["last"] else f"{each['first']}-{each['last']}"
        scores = (each["loss"], each["exact_match"], each["chrf"], each["bleu"])
        assert [span, str(each["sentences"]), *map(shown, scores)] in rows
    last = details["by_frequency"][-1]
    span = f"{last['first']}-{last['last']}"
    assert [span, str(last["reference"]), str(last["output"])] in [row[:3] for row in rows]
    assert details["by_length"]
    text = "\n".join(lines)
    assert f"{details['free_running_perplexity']:.2f} after its own" in text
    assert f"exposure gap of {details['exposure_gap']:.2f} nats" in text
    assert f"Search errors: in {document['search_errors']['sentences']} sentences" in text
    for name, title in {"bleu": "BLEU", "bleu_any": "BLEU, any", "chrf": "chrF", "ter": "TER"}.items():
        assert f"{title}|{document['signatures'][name]}" in lines
    assert ["TER", f"{document['ter']:.2f}"] in [row[:2] for row in rows]


VIEWS = {
    "default": [],
    "details": ["--details"],
    "comparison": ["--compare", "twin"],
    "samples": ["--best", "2", "--worst", "2", "--samples", "1"],
}


@pytest.fixture
def twin(workplace, succeeds, tiny):
    """Train another run, with another seed, and badly."""
    succeeds("train", *tiny, "--run", "twin", "--set", "training.seed=2", "--set", "training.max_steps=20")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_fits_into_80_columns_without_colour(workplace, request, s2s, view):
    if "twin" in VIEWS[view]:
        request.getfixturevalue("twin")
    result = s2s("evaluate", "tiny", *VIEWS[view])
    assert result.exit_code == 0, result.stderr
    assert "\x1b" not in result.stdout
    lines = result.stdout.splitlines()
    prose = ("Input: ", "Output: ", "Predicted Output: ", "tiny is better", "tiny and twin", "twin and tiny")
    for line in lines:  # prose is folded by the terminal
        assert len(line.rstrip()) <= 80 or line.startswith(prose), line
    assert len(lines) <= (30 if view == "default" else 60)


def test_a_comparison_shows_the_scores_of_both_and_what_they_mean(twin, succeeds):
    document = json.loads(succeeds("evaluate", "tiny", "--compare", "twin", "--json"))
    single = {name: json.loads(succeeds("evaluate", name, "--json")) for name in ("tiny", "twin")}
    comparison = document["comparison"]
    assert (comparison["first"], comparison["second"]) == ("tiny", "twin")
    assert comparison["second_step"] == single["twin"]["step"]
    for score in ("loss", "perplexity", "token_accuracy", "bleu", "bleu_any", "chrf", "exact_match"):
        both = comparison["differences"][score]
        assert both["first"] == pytest.approx(single["tiny"][score])
        assert both["second"] == pytest.approx(single["twin"][score])
    bleu = comparison["differences"]["bleu"]
    table = succeeds("evaluate", "tiny", "--compare", "twin").splitlines()
    assert comparison["verdict"] in table
    (row,) = [line.split() for line in table if line.startswith((" BLEU  ", "BLEU  "))]
    assert row[1:4] == [shown(bleu["first"]), shown(bleu["second"]), f"{bleu['difference']:+.2f}"]


def test_without_a_comparison_there_is_none_in_the_document(workplace, succeeds):
    document = json.loads(succeeds("evaluate", "--json"))
    assert (document["comparison"], document["details"], document["best"], document["worst"]) == (
        None,
        None,
        [],
        [],
    )


def test_samples_at_random_give_way_to_the_best_and_the_worst(workplace, succeeds):
    document = json.loads(succeeds("evaluate", "--best", "2", "--worst", "3", "--json"))
    assert [len(document[key]) for key in ("samples", "best", "worst")] == [0, 2, 3]
    lines = succeeds("evaluate", "--best", "2", "--worst", "3").splitlines()
    assert lines.index("The best, by chrF") < lines.index("The worst, by chrF")
    assert sum(line.startswith("Input: ") for line in lines) == 5


def test_pairs_of_ones_own_are_scored_and_written_line_by_line(workplace, succeeds):
    Path("own.tsv").write_text("I'm satisfied.\tJe suis satisfait.\n!\tRien.\nxyzzy\tquoi\n")
    document = json.loads(succeeds("evaluate", "--input", "own.tsv", "--output", "out.jsonl", "--json"))
    rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert (document["part"], document["sentences"]) == ("own.tsv", 3)
    assert [row["source"] for row in rows] == ["i m satisfied", "", "xyzzy"]
    assert rows[1]["hypothesis"] == ""
    Path("in").write_text("I'm satisfied.\n\nxyzzy\n")
    Path("out").write_text("Je suis satisfait.\nRien.\nquoi\n")
    succeeds("evaluate", "--input", "in", "--references", "out", "--output", "again.jsonl")
    assert Path("again.jsonl").read_text() == Path("out.jsonl").read_text()


def test_a_line_that_is_no_pair(workplace, fails):
    Path("own.tsv").write_text("a\tb\nc\n")
    fails("evaluate", "--input", "own.tsv", "--output", "out.tsv", mentions=["own.tsv, line 2: no tab"])


def test_a_file_of_no_known_form(workplace, fails):
    fails("evaluate", "--output", "out.txt", mentions=["out.txt", ".tsv or .jsonl"])


def test_runs_of_other_data_are_not_compared(workplace, succeeds, fails, tiny):
    succeeds("prepare-data", "pairs.tsv", "--set", "data.seed=2", "--out", "data/other")
    succeeds(
        "train",
        *tiny,
        *["--set", "data.seed=2", "--data", "data/other", "--run", "other"],
        "--set",
        "training.max_steps=1",
    )
    fails("evaluate", "tiny", "--compare", "other", mentions=["tiny and other cannot be compared", "--input"])


@pytest.mark.parametrize(
    "words",
    [
        ["--split", "test", "--input", "pairs.tsv"],
        ["--references", "pairs.tsv"],
        ["--best", "-1"],
        ["--worst", "-1"],
    ],
)
def test_wrong_usage(workplace, s2s, words):
    result = s2s("evaluate", *words)
    assert result.exit_code == 2
    assert result.stdout == ""


@pytest.mark.parametrize("number", [0, 1, 3])
def test_samples_are_shown_in_three_lines_each(number, workplace, succeeds):
    lines = succeeds("evaluate", "--samples", str(number)).splitlines()
    for start in ("Input: ", "Output: ", "Predicted Output: "):
        assert sum(line.startswith(start) for line in lines) == number
    document = json.loads(succeeds("evaluate", "--samples", str(number), "--json"))
    assert [f"Input: {sample['source']}" for sample in document["samples"]] == [
        line for line in lines if line.startswith("Input: ")
    ]


@pytest.mark.parametrize(("part", "sentences"), [("train", 210), ("valid", 45), ("test", 45)])
def test_every_part_can_be_scored(part, sentences, workplace, succeeds):
    document = json.loads(succeeds("evaluate", "--split", part, "--json"))
    assert (document["part"], document["sentences"]) == (part, sentences)


def test_a_beam_changes_the_outputs_and_not_the_loss(workplace, succeeds):
    greedy = json.loads(succeeds("evaluate", "--split", "train", "--json"))
    beam = json.loads(succeeds("evaluate", "--split", "train", "--beam", "4", "--json"))
    assert beam["loss"] == greedy["loss"]
    assert beam["bleu"] != greedy["bleu"]


@pytest.fixture
def kept(workplace, succeeds, tiny):
    """Train a run that keeps its last three checkpoints."""
    rules = ("max_steps=6", "checkpoints.every=2", "checkpoints.keep_last=3")
    succeeds("train", *tiny, "--run", "kept", *(w for rule in rules for w in ("--set", f"training.{rule}")))


@pytest.mark.parametrize(
    ("which", "step", "title"),
    [
        ("best", 6, "kept, step 6, on 45 pairs of test"),
        ("2", 2, "kept, step 2, on 45 pairs of test"),
        ("step-4", 4, "kept, step 4, on 45 pairs of test"),
        ("average", 6, "kept, average to step 6, on 45 pairs of test"),
        ("average:2", 6, "kept, average:2 to step 6, on 45 pairs of test"),
    ],
)
def test_the_checkpoint_that_was_asked_for_is_scored_and_named(kept, succeeds, which, step, title):
    document = json.loads(succeeds("evaluate", "kept", "--checkpoint", which, "--json"))
    assert (document["checkpoint"], document["step"]) == (which, step)
    assert succeeds("evaluate", "kept", "--checkpoint", which).splitlines()[0].strip() == title


def test_every_checkpoint_and_every_average_has_a_loss_of_its_own(kept, succeeds):
    names = ("best", "2", "4", "average", "average:2")
    scored = [json.loads(succeeds("evaluate", "kept", "--checkpoint", name, "--json")) for name in names]
    assert len({document["loss"] for document in scored}) == len(names)


@pytest.mark.parametrize(
    ("which", "mentions"),
    [
        ("lst", ["kept has no checkpoint 'lst'", "2, 4, 6", "Did you mean 'last'?"]),
        ("3", ["kept has no checkpoint '3'", "2, 4, 6"]),
        ("average:4", ["3 checkpoints", "'average:4'", "training.checkpoints.keep_last"]),
    ],
)
def test_a_checkpoint_that_is_not_there(kept, fails, which, mentions):
    fails("evaluate", "kept", "--checkpoint", which, mentions=mentions)


def test_no_run_at_all(empty_folder, fails):
    fails("evaluate", mentions=["no trained run in runs/", "s2s train"])


def test_an_unknown_run(workplace, fails):
    fails("evaluate", "nowhere", mentions=["runs/nowhere", "s2s inspect runs"])


def test_an_unknown_part(workplace, fails):
    fails("evaluate", "--split", "dev", mentions=["'dev'", "train, valid, test"])


def test_data_that_were_prepared_anew(workplace, succeeds, fails):
    succeeds("prepare-data", "pairs.tsv", "--set", "data.seed=2", "--force")
    fails("evaluate", mentions=["data/pairs has been prepared anew", "tiny", "Train again"])


def test_data_that_are_gone(workplace, fails):
    shutil.rmtree("data")
    fails("evaluate", mentions=["data/pairs", "tiny"])


def test_a_damaged_part(workplace, fails):
    Path("data/pairs/test.arrow").write_bytes(b"\xff" * 50)
    fails("evaluate", mentions=["data/pairs/test.arrow", "--force"])


@pytest.mark.parametrize("content", [None, "", "[", "\0"])
def test_a_run_that_lost_the_record_of_its_data(workplace, fails, content):
    path = Path("runs/tiny/data.yaml")
    path.unlink()
    if content is not None:
        path.write_text(content)
    fails("evaluate", mentions=["runs/tiny/data.yaml"])


def test_settings_that_cannot_change_any_more(workplace, fails):
    fails("evaluate", "--config", "uni.yaml", mentions=["model.encoder is bi, not uni", "tiny", "decoding"])


def test_settings_of_the_training_do_not_matter(workplace, succeeds):
    Path("same.yaml").write_text("training: {epochs: 99}\ndata: {source: elsewhere.tsv, path: elsewhere}\n")
    plain, same = (
        json.loads(succeeds("evaluate", *words, "--json")) for words in ([], ["--config", "same.yaml"])
    )
    for document in (plain, same):
        del document["seconds"], document["sentences_per_second"]
    assert same == plain


def test_a_setting_without_effect_is_told(workplace, s2s):
    result = s2s("evaluate", "--set", "decoding.length_penalty=0.5")
    assert result.exit_code == 0
    assert (
        result.stderr.splitlines()[0]
        == "Note: decoding.length_penalty has no effect with decoding.search greedy."
    )


def test_a_penalty_for_coverage_without_attention_is_told(workplace, s2s):
    result = s2s("evaluate", "--beam", "2", "--set", "decoding.coverage_penalty=0.2")
    assert result.exit_code == 0
    note = "Note: decoding.coverage_penalty has no effect with model.attention none."
    assert result.stderr.splitlines()[0] == note


def test_a_device_that_is_not_here(workplace, fails):
    fails("evaluate", "--device", "cuda:99", mentions=["'cuda:99'", "cpu"])
