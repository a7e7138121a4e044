"""s2s inspect trace: in a terminal, as JSON, and as a page."""

import json
import math
import os
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from seq2seq_cli.cli.inspecting import pager
from seq2seq_cli.cli.inspecting.pager import Screen

TEXT = "you re not sure"
STRIPS = "▁▂▃▄▅▆▇█"
ROOT = Path(pager.__file__).parents[3]


@pytest.fixture
def document(in_studio, succeeds):
    return json.loads(succeeds("inspect", "trace", TEXT, "--run", "look", "--json"))


def screens_of(output):
    """Return the lines of each screen by its title."""
    blocks = [block.splitlines() for block in output.rstrip("\n").split("\n\n")]
    return {lines[0]: lines[1:] for lines in blocks}


def strip_of(lines, label):
    """Return the signs of a strip, and its scale if it has one."""
    line = next(line for line in lines if line.startswith(label))
    signs, _, scale = line[13:].partition(" ±")
    assert set(signs) <= set(STRIPS)
    return signs, float(scale) if scale else None


def test_a_screen_a_step_on_80_columns_with_the_numbers_of_the_trace(document, on_80_columns, s2s):
    result = s2s("inspect", "trace", TEXT, "--run", "look")
    assert (result.exit_code, result.stderr) == (0, "")
    assert all(cell_len(line) <= 80 for line in result.stdout.splitlines())
    screens = screens_of(result.stdout)
    source, decoding = document["source"], document["decoding"]
    encoder = [f"Encoder, step {t + 1} of {len(source)}" for t in range(len(source))]
    decoder = [f"Decoder, step {t + 1} of {len(decoding)}" for t in range(len(decoding))]
    assert list(screens) == [f"{TEXT} → {document['output']}", *encoder, "Bridge: linear", *decoder]
    for t, title in enumerate(encoder):
        lines = screens[title]
        middle = next(i for i, line in enumerate(lines) if line.startswith("← backward"))
        (layer,) = document["encoding"]["layers"]
        for way, part in zip(layer["directions"], (lines[:middle], lines[middle:]), strict=True):
            place = way["order"][t]
            assert f"[{source[place]['text']}]" in part[0]
            step = way["steps"][place]
            for letter, name in (("i", "input"), ("f", "forget"), ("o", "output")):
                signs, _ = strip_of(part, f"{letter} {name}")
                assert signs == "".join(STRIPS[round(7 * value)] for value in step["gates"][name])
            signs, scale = strip_of(part, "h hidden")
            heights = [3 + round(3 * value / scale) for value in step["state"]["hidden"]]
            assert all(
                abs(STRIPS.index(sign) - height) <= 1 for sign, height in zip(signs, heights, strict=True)
            )
            assert any(height != 3 for height in heights)
    for title, step in zip(decoder, decoding, strict=True):
        lines = screens[title]
        assert any(line.split() == ["reads", step["read"]["text"]] for line in lines)
        for token, weight in zip(source, step["weights"], strict=True):
            assert any(f"{token['text']} {weight:.2f}" in line for line in lines)
        for guess in step["best"]:
            assert any(line.split()[:2] == [guess["word"], f"{guess['probability']:.3f}"] for line in lines)
        assert lines[-1].startswith("writes")
        assert f"[{step['choice']['word']}]" in lines[-1]


def test_many_units_share_signs(on_80_columns):
    from seq2seq_cli.cli.inspecting.strips import Strips

    strips = Strips(80)
    values = [0.0] * 256
    values[100] = -2.0
    drawn = strips.signed("h", values, 2.0).plain
    signs = drawn[13:].split(" ")[0]
    assert cell_len(drawn) <= 80
    assert len(signs) == math.ceil(256 / 5)
    assert [i for i, sign in enumerate(signs) if sign == "▁"] == [20]  # the one farthest from zero speaks
    assert strips.gate("i", [1.0, 0.0] * 60).plain[13:] == "▅" * 60  # their mean, rounded


def test_a_long_sentence_is_cut_around_the_word_that_is_read():
    from seq2seq_cli.cli.inspecting.strips import Strips

    words = [f"word{i}" for i in range(60)]
    for place in (0, 30, 59):
        line = Strips(80).marked("→ forward", words, place).plain
        assert f"[word{place}]" in line
        assert 60 < cell_len(line) <= 80
        assert (" … " in line, line.endswith("…")) == (place > 0, place < 59)


def test_json_has_every_number(document):
    source, (layer,) = document["source"], document["encoding"]["layers"]
    assert [token["text"] for token in source] == [*TEXT.split(), "<eos>"]
    for way in layer["directions"]:
        for step in way["steps"]:
            assert {name: len(gate) for name, gate in step["gates"].items()} == dict.fromkeys(
                ["input", "forget", "candidate", "output"], 16
            )
            assert {name: len(part) for name, part in step["state"].items()} == {"hidden": 16, "cell": 16}
    for step in document["decoding"]:
        assert len(step["weights"]) == len(source)
        assert sum(step["weights"]) == pytest.approx(1)
        assert len(step["best"]) == 5
    assert document["deviation"] < 1e-6


def test_a_given_target_is_walked_along(in_studio, succeeds):
    words = ("inspect", "trace", TEXT, "--forced", "tu n es pas sur")
    document = json.loads(succeeds(*words, "--json"))
    assert document["output"] == "tu n es pas sur"
    assert "given, with  p" in succeeds(*words)


def test_an_encoder_without_gates_shows_its_memory(in_studio, on_80_columns, succeeds):
    document = json.loads(succeeds("inspect", "trace", TEXT, "--run", "bag", "--json"))
    assert document["encoding"]["layers"] == []
    lines = screens_of(succeeds("inspect", "trace", TEXT, "--run", "bag"))["Encoder"]
    assert "has no gates" in lines[0]
    for word, memory in zip([*TEXT.split(), "<eos>"], document["encoding"]["memory"], strict=True):
        signs, scale = strip_of(lines, word)
        assert [sign > "▄" for sign in signs] == [round(3 * value / scale) > 0 for value in memory]


@pytest.mark.parametrize("text", ["", "?!"])
def test_a_text_without_words_is_an_error(text, in_studio, fails):
    fails("inspect", "trace", text, mentions=["There is no word in"])


def test_keys_lead_from_screen_to_screen(monkeypatch, capsys):
    screens = [Screen(f"title {i}", []) for i in range(3)]
    keys = iter(["\x1b[C", "n", "n", "p", "\x1b[D", "b", "x", " ", "q"])
    monkeypatch.setattr("typer.getchar", lambda: next(keys))
    pager._page_through(screens)
    shown = re.findall(r"title (\d)", capsys.readouterr().out)
    assert [int(number) for number in shown] == [0, 1, 2, 2, 1, 0, 0, 0, 1]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such terminals")
def test_on_a_terminal_keys_are_waited_for():
    import pty

    leader, follower = pty.openpty()
    code = (
        "from rich.text import Text; from seq2seq_cli.cli.inspecting.pager import Screen, show; "
        "show([Screen(f'title {i}', [Text('line')] * 40) for i in range(2)])"
    )
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=follower, stdout=follower, cwd=ROOT, env=environment
    )
    os.close(follower)

    def wait_for(text, key):
        """Press a key until there is an answer: one that comes before it is waited for is lost."""
        seen = b""
        while text not in seen:
            if key and not select.select([leader], [], [], 0.3)[0]:
                os.write(leader, key)
            seen += os.read(leader, 1 << 16)

    wait_for(b"title 0 (1/2)", b"")
    wait_for(b"title 0 (2/2)", b"n")
    wait_for(b"title 1 (1/2)", b"\x1b[C")
    wait_for(b"\x1b[?1049l", b"q")
    assert process.wait(30) == 0
    os.close(leader)
