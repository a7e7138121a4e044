"""The pages in Chromium: one walks by keyboard, and is told numbers where one points."""

import json
import re
from dataclasses import replace

import pytest
import torch

from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.cli.inspecting.pages import page, write_page
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.inspection.tokens import Token
from seq2seq_cli.inspection.trace import trace
from seq2seq_cli.inspection.trace.walk import walk
from seq2seq_cli.runs import Store

TEXT = "you re not sure"


@pytest.fixture
def found(in_studio):
    return trace(Store().find("look"), TEXT)


@pytest.fixture
def opened(found, tmp_path, browser):
    """Open the trace of a run that looks at its source, and return the browser."""
    write_page(tmp_path / "trace.html", "trace", TEXT, found)
    browser.open(tmp_path / "trace.html")
    return browser


def rounded(value):
    """Return a number as the page has it: five significant digits, as JavaScript writes them."""
    return float(f"{value:.5g}")


def told(browser):
    """Return what the tip says: a unit's name, its number, and where it is."""
    number, where = browser.text("#tip").split("\n")
    name, value = number.split(" = ")
    return name, float(value), where


def strip(called, where):
    return f"document.querySelector('.strip canvas[aria-label^=\"{called}, {where}\"]')"


def test_the_keyboard_leads_from_the_first_word_to_the_last(opened, found):
    words = [token.text for token in found.source]
    target = [step.choice.word for step in found.decoding]
    titles = [f"Encoder, step {t + 1} of {len(words)}" for t in range(len(words))]
    titles += ["Bridge", *(f"Decoder, step {t + 1} of {len(target)}" for t in range(len(target)))]
    for title in titles:
        assert opened.text("#where") == title
        opened.press("ArrowRight")
    assert opened.text("#where") == titles[-1]
    assert opened.evaluate("[...document.querySelectorAll('.target .word')].map(word => word.innerText)") == [
        "<sos>",
        *target,
    ]
    opened.press("ArrowLeft")
    assert opened.text("#where") == titles[-2]
    opened.press("Home")
    assert opened.text("#where") == titles[0]
    tags = "[...document.querySelectorAll('.target .word')]"
    assert not opened.evaluate(f"{tags}.some(tag => getComputedStyle(tag).visibility === 'visible')")
    opened.press("End")
    assert opened.text("#where") == titles[-1]


def test_both_directions_walk_towards_each_other_and_meet(opened, found):
    reading = "[...document.querySelectorAll('.panel h3')].map(title => title.innerText)"
    words = [token.text for token in found.source]
    for t, word in enumerate(words):
        forward, backward = opened.evaluate(reading)
        assert f"forward reads “{word}”" in forward
        assert f"backward reads “{words[-1 - t]}”" in backward
        done = opened.evaluate("document.querySelectorAll('.tile.done').length")
        assert done == 2 * (t + 1)
        assert ("meet" in opened.text("#story")) == (t == len(words) // 2)
        opened.press("ArrowRight")


def test_pointing_at_a_unit_tells_its_number(opened, found):
    (layer,) = found.encoding.layers
    opened.press("ArrowRight")
    for way in layer.directions:
        place = way.order[1]
        step, word = way.steps[place], found.source[place].text
        where = f"{way.name}, “{word}”"
        for called, letter, values in (
            ("input gate", "i", step.gates["input"]),
            ("forget gate", "f", step.gates["forget"]),
            ("candidate", "g", step.gates["candidate"]),
            ("output gate", "o", step.gates["output"]),
            ("cell", "c′", step.state["cell"]),
            ("hidden state", "h′", step.state["hidden"]),
            ("cell before", "c", way.steps[way.order[0]].state["cell"]),
        ):
            for unit in (0, 15):
                opened.point(strip(called, where), across=(unit + 0.5) / 16)
                assert told(opened) == (f"{letter}[{unit}]", rounded(values[unit]), f"{called}, {where}")
    sums = opened.evaluate("[...document.querySelectorAll('.sum')].map(sum => sum.innerText)")
    for way, text in zip(layer.directions, sums, strict=True):
        step = way.steps[way.order[1]]
        assert "unit 15" in text
        for values in (*step.gates.values(), *step.state.values()):
            assert f"{abs(values[15]):.3g}"[:4] in text


def test_pointing_at_a_tile_tells_the_hidden_state(opened, found):
    opened.press("End")
    (layer,) = found.encoding.layers
    hidden = layer.directions[1].steps[2].state["hidden"]
    tile = "document.querySelectorAll('.row.tiles')[1].querySelectorAll('.tile canvas')[2]"
    opened.point(tile, across=(2 + 0.5) / 4, down=(1 + 0.5) / 4)  # 16 units are a square of 4 by 4
    assert told(opened) == ("h[6]", rounded(hidden[6]), "hidden state, backward, “not”")


def test_the_decoder_shows_where_it_looks_and_what_it_thinks_of(opened, found):
    opened.press("End")
    step = found.decoding[-1]
    bars = "[...document.querySelectorAll('.bars')].map(bars => bars.innerText.split(/\\s+/))"
    looks, guesses = opened.evaluate(bars)
    for token, weight in zip(found.source, step.weights, strict=True):
        assert looks[looks.index(token.text) + 1] == f"{rounded(weight):.3f}"
    for guess in step.best:
        assert guesses[guesses.index(guess.word) + 1] == f"{rounded(guess.probability):.3f}"
    shown = "[...document.querySelectorAll('.row.weights span')].slice(1).map(span => span.innerText)"
    assert opened.evaluate(shown) == [f"{rounded(weight):.2f}" for weight in step.weights]
    paths = opened.evaluate("document.querySelectorAll('#wires path.look').length")
    assert paths == sum(weight >= 0.01 for weight in step.weights)


def test_clicking_leads_to_a_moment(opened, found):
    tiles = "document.querySelectorAll('.row.tiles')"
    opened.point(f"{tiles}[1].querySelectorAll('.tile')[0]", click=True)  # backward reads the first word last
    assert opened.text("#where") == f"Encoder, step {len(found.source)} of {len(found.source)}"
    opened.point("document.querySelectorAll('.row.words .word')[1]", click=True)
    assert opened.text("#where") == f"Encoder, step 2 of {len(found.source)}"
    opened.point("document.getElementById('bridge')", click=True)
    assert opened.text("#where") == "Bridge"
    opened.point("document.getElementById('next')", click=True)
    assert opened.text("#where") == f"Decoder, step 1 of {len(found.decoding)}"


def test_colours_say_which_sign_a_number_has(opened, found):
    values = found.encoding.embeddings[0]
    canvas = strip("embedding", "forward")
    pixels = opened.evaluate(f"[...{canvas}.getContext('2d').getImageData(0, 0, 16, 1).data]")
    for unit, value in enumerate(values):
        red, _, blue, opaque = pixels[4 * unit : 4 * unit + 4]
        assert opaque == 255
        if abs(value) > 0.2:
            assert (red > blue) == (value > 0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["PHONE", "DESK"])
def test_a_page_fits_on_its_screen(found, tmp_path, browser, theme, name):
    write_page(tmp_path / "trace.html", "trace", TEXT, found)
    browser.open(tmp_path / "trace.html", getattr(browser, name), theme)
    width, _ = getattr(browser, name)
    for key in ("Home", "End"):
        browser.press(key)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        assert browser.evaluate("document.querySelector('.panel').getBoundingClientRect().right") <= width
    ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", ground))) < 64) == (theme == "dark")


def test_what_a_sentence_says_is_text_and_nothing_else(found, tmp_path, browser):
    evil = "</script><script>document.title='owned'</script><img src=x onerror=boom()>\u2028\"'&{{DATA}}"
    hostile = replace(found, source=[Token(evil, 3), *found.source[1:]], output=evil, run=evil)
    write_page(tmp_path / "trace.html", "trace", evil, hostile)
    browser.open(tmp_path / "trace.html")
    assert browser.evaluate("document.title").split() == evil.split()
    assert browser.evaluate("document.querySelector('.word').textContent") == evil
    assert browser.evaluate("document.querySelectorAll('img').length") == 0


def test_a_page_holds_the_trace_rounded_to_five_digits(found, in_studio, succeeds, tmp_path):
    path = tmp_path / "deep" / "trace.html"
    assert succeeds("inspect", "trace", TEXT, "--run", "look", "--html", path) == f"{path}\n"
    text = path.read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, flags=re.S)
    document = json.loads(succeeds("inspect", "trace", TEXT, "--run", "look", "--json"))
    assert json.loads(data) == json.loads(json.dumps(document), parse_float=lambda text: rounded(float(text)))
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


def test_a_page_of_twenty_words_at_usual_sizes_is_under_two_megabytes(found):
    torch.manual_seed(1)
    words = [f"word{i}" for i in range(30)]
    model = build_model(ModelConfig(attention="general"), len(words), len(words))
    tokens = [Token(words[4 + i], 4 + i) for i in range(20)] + [Token("<eos>", 2)]
    walked = walk(model, tokens, words, tokens)
    large = replace(
        found, source=tokens, encoding=walked.encoding, bridge=walked.bridge, decoding=walked.decoding
    )
    assert len(walked.encoding.memory[0]) == 512
    assert 1_000_000 < len(page("trace", "twenty words", large).encode()) < 2_000_000


def test_a_page_that_cannot_be_written_is_an_error(in_studio, fails):
    fails("inspect", "trace", TEXT, "--html", "pairs.tsv/trace.html", mentions=["pairs.tsv/trace.html"])
