"""s2s translate: N lines in, N lines out, whatever the lines are like."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from seq2seq_cli import lines as arriving
from seq2seq_cli.errors import CorpusError
from seq2seq_cli.runs import Store
from seq2seq_cli.translation import Translator

ROOT = Path(__file__).parents[2]
ENGLISH = ["you re not sure", "we re not satisfied with the price", "he s allergic to milk"]


@pytest.fixture
def translated(workplace):
    """Return what the run makes of lines."""
    return Translator.of(Store().find("tiny"), device="cpu").translate


def as_input(texts):
    return "".join(f"{text}\n" for text in texts)


def test_text_gives_exactly_one_line_a_sentence_and_nothing_else(translated, s2s):
    result = s2s("translate", *ENGLISH)
    assert result.stdout == as_input(translated(ENGLISH))
    assert result.stderr == ""
    assert all(translated(ENGLISH))


@pytest.mark.parametrize("text", ["", "  ", "two\nlines", "three\r\nlines\u2028more", "\x00"])
def test_text_of_any_kind_gives_one_line(text, workplace, succeeds):
    output = succeeds("translate", text, "you re not sure")
    assert output.endswith("\n")
    assert output.count("\n") == 2


def test_standard_input_gives_the_same_lines_in_the_same_order(translated, succeeds):
    assert succeeds("translate", stdin=as_input(ENGLISH).encode()) == as_input(translated(ENGLISH))


@pytest.mark.parametrize(
    ("stdin", "expected"),
    [
        (b"you re not sure\n\nhe s late\n", 3),
        (b"you re not sure\nhe s late", 2),
        (b"you re not sure\r\n\r\nhe s late\r\n", 3),
        (b"\n\n\n", 3),
        (b"", 0),
        (b"\n", 1),
        (b"zzyzx qwerty\nxyzzy\n", 2),
        ("\ufeffyou re not sure\n\u2028\u2029\x85\x0b\x0c\x1c\n".encode(), 2),
        ("e\u0301te\u0301 \U0001f600\n\u05e9\u05dc\n\u4f60\u597d\n\u00df \u0130 \ufb01\n".encode(), 4),
        (b"a\rb\x00c\x1b[31m\n", 1),
        (b"you re " * 2000 + b"\nshort\n", 2),
        (b"a" * 300_000 + b"\n", 1),
    ],
    ids=[
        "blank in the middle",
        "no newline at the end",
        "CRLF",
        "blank",
        "empty",
        "one blank",
        "unknown words",
        "separators",
        "scripts",
        "control characters",
        "long line",
        "long word",
    ],
)
def test_as_many_lines_come_out_as_went_in(stdin, expected, workplace, s2s):
    result = s2s("translate", stdin=stdin)
    assert result.exit_code == 0
    assert result.stdout.count("\n") == expected
    assert result.stdout == "" or result.stdout.endswith("\n")
    assert "Error" not in result.stderr


def test_lines_that_cannot_become_what_they_should_are_told(translated, s2s, monkeypatch):
    monkeypatch.setattr("seq2seq_cli.translation.translator.LONGEST_SOURCE", 3)
    result = s2s("translate", stdin=b"you re not\nzzyzx qwerty\n\nyou zzyzx\nwe re not very sure\n?!\n")
    assert result.stdout.count("\n") == 6
    assert result.stderr.splitlines() == [
        "Line 2 has no word that the model knows.",
        "Line 5 is too long; 2 of its tokens were not read.",
    ]


@pytest.mark.parametrize("beam", [1, 3])
def test_what_a_ruined_model_has_no_word_for_is_told(s2s, workplace, beam):
    for file in Path("runs/tiny/checkpoints").glob("step-*.safetensors"):
        save_file({name: part * torch.nan for name, part in load_file(file).items()}, file)
    result = s2s("translate", "--beam", beam, ENGLISH[0], "", ENGLISH[1])
    assert result.stdout == "\n\n\n"
    assert [line.split(",")[0] for line in result.stderr.splitlines()] == [
        "Line 1 has no translation",
        "Line 3 has no translation",
    ]


def test_a_great_limit_of_length_costs_nothing(translated, s2s):
    result = s2s("translate", "--set", "decoding.max_length=1000000", *ENGLISH)
    assert result.stdout == as_input(translated(ENGLISH))


def test_outputs_begin_with_the_prefix(translated, succeeds):
    forced = succeeds("translate", "--prefix", "Elle EST", "--beam", "3", "--n-best", "2", *ENGLISH)
    assert all(text.startswith("elle est") for text in forced.replace("\n", "\t").split("\t") if text)


def test_several_runs_translate_together(translated, succeeds, fails):
    shutil.copytree("runs/tiny", "runs/same")
    assert succeeds("translate", "--run", "tiny", "--run", "same", *ENGLISH) == as_input(translated(ENGLISH))
    path = Path("runs/same/source.vocab")
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    fails(
        "translate", "-r", "tiny", "-r", "same", "hi", mentions=["same cannot", "with tiny", "source vocab"]
    )


def test_a_blank_line_stays_blank_where_it_is(translated, succeeds):
    first, last = translated(ENGLISH[:2])
    assert succeeds("translate", stdin=f"{ENGLISH[0]}\n\n{ENGLISH[1]}\n".encode()) == f"{first}\n\n{last}\n"


def test_line_ends_make_no_difference(workplace, succeeds):
    text = as_input(ENGLISH).encode()
    assert succeeds("translate", stdin=text.replace(b"\n", b"\r\n")) == succeeds("translate", stdin=text)
    assert succeeds("translate", stdin=text.rstrip(b"\n")) == succeeds("translate", stdin=text)


def test_bytes_that_are_no_utf8_are_replaced_and_reported_and_no_line_is_lost(translated, s2s):
    result = s2s("translate", stdin=b"you re not sure\nhe s \xff\xe9 late\n\xc3\nwe re\n")
    assert result.exit_code == 0
    assert result.stdout == as_input(translated([ENGLISH[0], "he s \ufffd late", "", "we re"]))
    reports = result.stderr.splitlines()
    assert len(reports) == 2
    for number, report in zip((2, 3), reports, strict=True):
        assert f"Line {number} " in report
        assert "UTF-8" in report


def test_many_lines_in_small_blocks_stay_in_order(translated, succeeds, monkeypatch):
    texts = [f"you re not {word}" for word in ("sure", "late", "satisfied", "") * 20]
    expected = as_input(translated(texts))
    monkeypatch.setattr(arriving, "_BLOCK_BYTES", 50)
    monkeypatch.setattr(arriving, "_WINDOW_LINES", 1)
    assert succeeds("translate", stdin=as_input(texts).encode()) == expected


# Files


def test_input_and_output_may_be_files(translated, succeeds):
    Path("in.txt").write_text(as_input(ENGLISH))
    assert succeeds("translate", "--input", "in.txt") == as_input(translated(ENGLISH))
    assert succeeds("translate", "--input", "in.txt", "--output", "new/out.txt") == ""
    assert Path("new/out.txt").read_bytes().decode() == as_input(translated(ENGLISH))


def test_an_output_that_exists_is_replaced_even_where_it_is_the_input(translated, succeeds):
    Path("text.txt").write_text(as_input(ENGLISH))
    succeeds("translate", "--input", "text.txt", "--output", "text.txt")
    assert Path("text.txt").read_text() == as_input(translated(ENGLISH))


def test_a_missing_input_leaves_the_output_as_it_was(workplace, fails):
    Path("out.txt").write_text("before")
    fails(
        "translate", "--input", "nowhere.txt", "--output", "out.txt", mentions=["nowhere.txt", "No such file"]
    )
    fails("translate", "--input", "data", mentions=["data", "directory"])


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no file that breaks off")
def test_an_input_that_breaks_off_is_named_and_not_the_output(workplace, fails):
    Path("out.txt").write_text("before")
    for output in ([], ["--output", "out.txt"]):
        fails("translate", "--input", "/proc/self/mem", *output, mentions=["Cannot read /proc/self/mem: "])
    assert Path("out.txt").read_text() == "before"


def test_an_error_in_the_middle_leaves_the_output_as_it_was(workplace, fails, monkeypatch):
    whole, calls = Translator.translations, []

    def breaking_down(self, block, prefixes):
        calls.append(block)
        if len(calls) == 3:
            raise CorpusError("Broken down.")
        return whole(self, block, prefixes)

    monkeypatch.setattr(arriving, "_BLOCK_BYTES", 20)
    monkeypatch.setattr(arriving, "_WINDOW_LINES", 1)
    monkeypatch.setattr(Translator, "translations", breaking_down)
    Path("out.txt").write_text("before")
    text = as_input(ENGLISH).encode()
    fails("translate", "--output", "out.txt", stdin=text, mentions=["Broken down."])
    assert len(calls) == 3


def test_an_output_that_is_a_folder(workplace, fails):
    fails("translate", "--output", "data", *ENGLISH, mentions=["Cannot write data"])


def test_an_output_below_a_file(workplace, fails):
    fails("translate", "--output", "pairs.tsv/out.txt", *ENGLISH, mentions=["Cannot write pairs.tsv/out.txt"])


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there is no device to write to")
def test_a_device_is_written_to_and_not_replaced(workplace, succeeds):
    assert succeeds("translate", "--output", "/dev/null", *ENGLISH) == ""
    assert not Path("/dev/null").is_file()


def test_text_together_with_input_is_a_usage_error(workplace, s2s):
    result = s2s("translate", "--input", "pairs.tsv", "hello")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "either TEXT or --input" in result.stderr


# Search and format


def test_the_n_best_stand_side_by_side_the_best_first(workplace, succeeds):
    best = succeeds("translate", "--beam", "4", *ENGLISH).splitlines()
    rows = [
        line.split("\t")
        for line in succeeds("translate", "--beam", "4", "--n-best", "3", *ENGLISH).splitlines()
    ]
    assert [len(row) for row in rows] == [3, 3, 3]
    assert [row[0] for row in rows] == best
    assert all(len(set(row)) == 3 for row in rows)


def test_more_outputs_than_the_search_gives_widen_it(workplace, succeeds):
    assert succeeds("translate", "--n-best", "6", ENGLISH[0]).count("\t") == 5
    assert succeeds("translate", "--n-best", "3", ENGLISH[0]).count("\t") == 2
    narrow = ["--set", "decoding.search=beam", "--set", "decoding.beam_size=2"]
    widened = succeeds("translate", *narrow, "--n-best", "6", *ENGLISH)
    assert widened == succeeds("translate", "--beam", "6", "--n-best", "6", *ENGLISH)
    assert widened.count("\t") == 5 * len(ENGLISH)


def test_no_more_outputs_than_the_beam_is_wide_leave_it_as_it_is(workplace, succeeds):
    best = succeeds("translate", "--beam", "6", "--n-best", "6", *ENGLISH).splitlines()
    for number in (1, 3):
        fewer = succeeds("translate", "--beam", "6", "--n-best", str(number), *ENGLISH).splitlines()
        assert fewer == ["\t".join(line.split("\t")[:number]) for line in best]


@pytest.mark.parametrize(("beam", "n_best"), [(2, 3), (1, 2)])
def test_a_beam_narrower_than_the_outputs_asked_for_is_a_usage_error(beam, n_best, workplace, s2s):
    result = s2s("translate", "--beam", beam, "--n-best", n_best, ENGLISH[0])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "--beam narrower than --n-best" in result.stderr


def test_a_beam_of_one_is_greedy(workplace, succeeds):
    assert succeeds("translate", "--beam", "1", *ENGLISH) == succeeds("translate", *ENGLISH)


def test_a_blank_line_has_no_tabs(workplace, succeeds):
    assert succeeds("translate", "--n-best", "3", stdin=b"\n") == "\n"


def test_decoding_can_be_set_and_nothing_else(workplace, succeeds, fails):
    assert len(succeeds("translate", "--set", "decoding.max_length=1", ENGLISH[0]).split()) <= 1
    fails("translate", "--set", "model.encoder=uni", "hi", mentions=["model.encoder", "tiny", "decoding"])
    fails("translate", "--set", "decoding.search=beem", "hi", mentions=["decoding.search", "'beam'"])


def test_a_setting_without_effect_is_told(workplace, s2s):
    result = s2s("translate", "--set", "decoding.length_penalty=0.5", "hi")
    assert result.exit_code == 0
    assert (
        result.stderr.splitlines()[0]
        == "Note: decoding.length_penalty has no effect with decoding.search greedy."
    )


def test_the_config_that_a_run_was_trained_with_can_be_given_again(workplace, succeeds):
    succeeds("train", "--config", "bi.yaml", "--data", "data/pairs", "--set", "training.max_steps=1")
    expected = succeeds("translate", "--run", "bi", *ENGLISH)
    assert succeeds("translate", "--run", "bi", "--config", "bi.yaml", *ENGLISH) == expected
    assert (
        succeeds("translate", "--run", "bi", "--config", "bi", "--set", "data.path=x", *ENGLISH) == expected
    )


# Runs


def test_the_latest_run_translates_where_none_is_named(workplace, succeeds, tiny):
    named = succeeds("translate", "--run", "tiny", *ENGLISH)
    assert succeeds("translate", *ENGLISH) == named
    assert succeeds("translate", "--run", "runs/tiny", *ENGLISH) == named
    succeeds("train", *tiny, "--set", "training.max_steps=1", "--run", "newer")
    newer = succeeds("translate", "--run", "newer", *ENGLISH)
    assert succeeds("translate", *ENGLISH) == newer != named


def test_a_run_translates_without_its_data(translated, succeeds):
    expected = as_input(translated(ENGLISH))
    for path in Path("data/pairs").iterdir():
        path.unlink()
    assert succeeds("translate", *ENGLISH) == expected


def test_the_checkpoint_that_was_asked_for_translates(workplace, succeeds, tiny):
    rules = ("max_steps=60", "checkpoints.every=10", "checkpoints.keep_every=20")
    succeeds("train", *tiny, "--run", "kept", *(w for rule in rules for w in ("--set", f"training.{rule}")))
    run = Store().find("kept")
    outputs = {}
    for which in ("best", "20", "average:2"):
        arguments = [] if which == "best" else ["--checkpoint", which]
        outputs[which] = succeeds("translate", "--run", "kept", *arguments, *ENGLISH)
        expected = Translator.of(run, device="cpu", checkpoint=which).translate(ENGLISH)
        assert outputs[which] == as_input(expected)
    assert outputs["20"] != outputs["best"]


def test_a_checkpoint_that_is_not_there(workplace, fails):
    fails("translate", "--checkpoint", "bets", "hi", mentions=["no checkpoint 'bets'", "84", "mean 'best'?"])


def test_no_run_at_all(empty_folder, fails):
    fails("translate", "hi", mentions=["no trained run in runs/", "s2s train"])


def test_an_unknown_run(workplace, fails):
    fails("translate", "--run", "nowhere", "hi", mentions=["runs/nowhere", "s2s inspect runs"])


def test_a_run_without_checkpoint(workplace, fails):
    for path in Path("runs/tiny/checkpoints").iterdir():
        path.unlink()
    fails("translate", "--run", "tiny", "hi", mentions=["tiny has no checkpoint", "s2s train --resume"])


@pytest.mark.parametrize("how", ["missing", "empty", "half", "garbage"])
def test_a_damaged_checkpoint(workplace, fails, how):
    path = Path(f"runs/tiny/checkpoints/step-{Store().find('tiny').step_of('best')}.safetensors")
    content = path.read_bytes()
    path.unlink()
    if how != "missing":
        path.write_bytes(
            {"empty": b"", "half": content[: len(content) // 2], "garbage": b"\xff\x00" * 99}[how]
        )
    fails("translate", "hi", mentions=[str(path), "Train again"])


def test_a_config_that_was_edited_to_another_size(workplace, fails):
    path = Path("runs/tiny/config.yaml")
    path.write_text(path.read_text().replace("encoder_hidden_size: 16", "encoder_hidden_size: 20"))
    fails(
        "translate", "hi", mentions=["does not fit the run's config", "(80, 16)", "(64, 16)", "config.yaml"]
    )


@pytest.mark.parametrize("content", ["", "data: [", "- 1\n", "model: {encodr: bi}\n", "\0"])
def test_a_damaged_config(workplace, fails, content):
    Path("runs/tiny/config.yaml").write_text(content)
    fails("translate", "hi", mentions=["runs/tiny/config.yaml"])


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"<pad>\t0\n", b"<pad>\t0\n<sos>\t0\n<eos>\t0\n<unk>\t0\nword\n"]
)
def test_a_damaged_vocabulary(workplace, fails, content):
    Path("runs/tiny/source.vocab").write_bytes(content)
    fails("translate", "hi", mentions=["runs/tiny/source.vocab"])


def test_a_vocabulary_that_lost_words_does_not_fit(workplace, fails):
    path = Path("runs/tiny/target.vocab")
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-3]))
    fails("translate", "hi", mentions=["does not fit"])


def test_a_device_that_is_not_here(workplace, fails):
    fails("translate", "--device", "quantum", "hi", mentions=["'quantum'", "cpu"])


@contextmanager
def in_a_pipe(*arguments):
    """Start `s2s translate` between two pipes; whatever happens, it ends."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(
        [sys.executable, "-m", "seq2seq_cli", "translate", *arguments],
        env={**buffered, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    patience = threading.Timer(300, process.kill)
    patience.start()
    try:
        yield process
    finally:
        patience.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


def converse(process, translated):
    """Write a line, and the next one when it has been answered."""
    for text, answer in zip(ENGLISH, translated(ENGLISH), strict=True):
        process.stdin.write(f"{text}\n".encode())
        process.stdin.flush()
        assert process.stdout.readline().decode() == f"{answer}\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other pipes")
def test_in_a_pipe_it_answers_at_once_and_stops_quietly_when_nobody_listens(translated):
    with in_a_pipe() as process:
        converse(process, translated)
        process.stdout.close()
        process.stdin.write(as_input(ENGLISH).encode())
        process.stdin.close()
        messages = process.stderr.read()
        assert process.wait() == 0, messages
        assert messages == b""


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
def test_ctrl_c_while_it_waits_ends_it_with_its_own_status(translated):
    with in_a_pipe() as process:
        converse(process, translated)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"Interrupted.\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_a_file_is_written_leaves_the_old_one_and_no_trace(number, translated):
    folder = Path("out")
    folder.mkdir()
    (folder / "file").write_text("old")
    with in_a_pipe("--output", "out/file") as process:
        process.stdin.write(as_input(ENGLISH).encode())
        process.stdin.flush()
        while not any(path.stat().st_size for path in folder.glob(".*.tmp")):
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait() == 130
        assert process.stderr.read() == b"Interrupted.\n"
    assert [path.name for path in folder.iterdir()] == ["file"]
    assert (folder / "file").read_text() == "old"
