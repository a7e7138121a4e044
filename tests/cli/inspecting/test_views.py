"""s2s inspect attention, neighbors and latent: in a terminal, as JSON, as pictures and as pages."""

import json
import sys

import pytest
from rich.cells import cell_len

from seq2seq_cli.cli.inspecting import words_view
from seq2seq_cli.cli.inspecting.attention_view import lines
from seq2seq_cli.inspection.attention import Alignment
from seq2seq_cli.inspection.neighbors import Place, WordMap

LOOK = ("attention", "you re not sure", "--run", "look")
VIEWS = {
    "attention": LOOK,
    "attention of a part": ("attention", "--run", "look", "--split", "test", "--best", "1", "--worst", "2"),
    "neighbors": ("neighbors", "you", "--run", "tiny", "--n", "4"),
    "map": ("neighbors", "--side", "target", "--run", "tiny", "--most", "60"),
    "latent": ("latent", "you re not sure", "--run", "tiny", "--split", "valid"),
    "line": ("latent", "you re not sure", "he s reading", "--run", "tiny", "--steps", "5", "--n", "3"),
}


@pytest.mark.parametrize("words", VIEWS.values(), ids=VIEWS)
def test_every_view_fits_on_80_columns(words, in_studio, on_80_columns, s2s):
    result = s2s("inspect", *words)
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) > 4
    assert all(cell_len(line) <= 80 for line in result.stdout.splitlines())
    assert "\x1b" not in result.stdout


def test_attention_shows_dark_where_the_weight_is(in_studio, on_80_columns, succeeds):
    (alignment,) = json.loads(succeeds("inspect", *LOOK, "--json"))["sentences"]
    output = succeeds("inspect", *LOOK).splitlines()
    head = next(i for i, line in enumerate(output) if line.split() == alignment["source"])
    starts = [output[head].index(word) for word in ("you", "re", "not", "sure", "<eos>")]
    shades = {" ": (0, 0.05), "░": (0.05, 0.2), "▒": (0.2, 0.45), "▓": (0.45, 0.7), "█": (0.7, 1.01)}
    rows = zip(output[head + 1 :], alignment["target"], alignment["weights"], strict=True)
    for line, word, weights in rows:
        assert line.startswith(f"{word} ")
        for start, weight in zip(starts, weights, strict=True):
            low, high = shades[line[start]]
            assert low <= weight < high


def test_a_long_source_stands_in_several_blocks():
    words = [f"w{i}" for i in range(40)]
    weights = [[float(i == j) for j in range(40)] for i in range(2)]
    drawn = [line.plain for line in lines(Alignment(words, ["a", "b"], weights, None, None), 80)]
    assert all(cell_len(line) <= 80 for line in drawn)
    assert [word for line in drawn for word in line.split() if word.startswith("w")] == words
    assert sum(line.count("█") > 0 for line in drawn) == 2


def test_attention_of_a_part_shows_references_and_scores(in_studio, succeeds):
    words = VIEWS["attention of a part"]
    sentences = json.loads(succeeds("inspect", *words, "--json"))["sentences"]
    output = succeeds("inspect", *words)
    assert len(sentences) == 3
    assert sentences[0]["score"] >= sentences[1]["score"] >= sentences[2]["score"]
    for alignment in sentences:
        assert f"reference: {alignment['reference']}   chrF {alignment['score']:.1f}" in output


def test_neighbors_are_listed_with_their_cosines(in_studio, succeeds):
    words = VIEWS["neighbors"]
    document = json.loads(succeeds("inspect", *words, "--json"))
    rows = [line.split() for line in succeeds("inspect", *words).splitlines()]
    assert len(document["neighbors"]) == 4
    for near in document["neighbors"]:
        assert [f"{near['cosine']:.3f}", near["word"], str(near["count"])] in rows


def test_no_word_at_all_is_an_error_and_no_map(in_studio, fails):
    fails("inspect", "neighbors", "", "--run", "tiny", mentions=["has no word ''"])


def test_a_map_in_the_terminal_has_words_at_their_places(in_studio, on_80_columns, succeeds):
    words = VIEWS["map"]
    document = json.loads(succeeds("inspect", *words, "--json"))
    output = succeeds("inspect", *words)
    most_frequent = document["words"][0]
    assert most_frequent["word"] in output.split()
    assert f"{100 * document['shares'][0]:.0f}% of the variance" in output


def test_words_are_drawn_where_they_lie_and_do_not_overlap():
    places = [("north", 0, 9), ("south", 0, -9), ("west", -9, 0), ("east", 9, 0), ("hidden", -8.9, 0)]
    found = WordMap(
        "run",
        "best",
        1,
        "source",
        [Place(word, i, 1, x, y) for i, (word, x, y) in enumerate(places)],
        (0.5, 0.2),
    )
    drawn = words_view.plotted(found, 41, 9)
    assert (drawn[0].strip(), drawn[-1].strip()) == ("north", "south")
    assert drawn[0].index("north") == drawn[-1].index("south") == 20
    assert drawn[4].startswith("west")
    assert drawn[4].endswith("east")
    assert "hidden" not in "".join(drawn)


def test_latent_lists_near_sentences_and_the_way(in_studio, succeeds):
    words = VIEWS["line"]
    document = json.loads(succeeds("inspect", *words, "--json"))
    output = succeeds("inspect", *words)
    assert f"whose cosine is {document['cosine']:.3f}" in output
    rows = [line.split() for line in output.splitlines()]
    for context in document["contexts"]:
        assert f"nearest to {context['text']!r}" in output
        for near in context["nearest"]:
            assert [f"{near['cosine']:.3f}", *near["text"].split()] in rows
    for stop in document["line"]:
        assert [f"{stop['position']:.2f}", *stop["text"].split(), f"{stop['log_probability']:.2f}"] in rows


@pytest.mark.parametrize(
    ("words", "mentions"),
    [
        (
            ("attention", "you re not sure", "--run", "tiny"),
            ["model.attention is none", "--set model.attention"],
        ),
        (("attention", "--run", "look", "--split", "exam"), ["no part 'exam'"]),
        (("neighbors", "yuo", "--run", "tiny"), ["no word 'yuo'", "Did you mean 'you'?"]),
        (("neighbors", "you", "--map", "words.pdf"), ["words.pdf", ".html, .png, .svg"]),
        (("latent", "you re not sure", "he s", "--run", "look"), ["looks at every word", "none or summary"]),
    ],
    ids=lambda value: " ".join(value[:1]),
)
def test_what_cannot_be_shown_is_an_error(words, mentions, in_studio, fails):
    fails("inspect", *words, mentions=mentions)


def test_attention_of_no_sentence_is_a_usage_error(in_studio, s2s):
    result = s2s("inspect", "attention", "--run", "look", "--best", "0", "--worst", "0")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--best or --worst more than 0" in result.stderr


@pytest.mark.parametrize(
    "words", [(*LOOK, "--png", "x.png"), (*LOOK, "--svg", "x.svg"), ("neighbors", "--map", "x.svg")]
)
def test_pictures_without_matplotlib_are_one_error_that_names_the_extra(words, in_studio, fails, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    fails("inspect", *words, mentions=["matplotlib", "pip install 'seq2seq-cli[plot]'"])


def test_pictures_are_drawn(in_studio, succeeds, tmp_path):
    pytest.importorskip("matplotlib")
    png, svg, words = (tmp_path / name for name in ("look.png", "look.svg", "words.svg"))
    assert succeeds("inspect", *LOOK, "--png", png, "--svg", svg) == f"{png}\n{svg}\n"
    assert png.read_bytes().startswith(b"\x89PNG")
    drawn = svg.read_text(encoding="utf-8")
    for word in ("you", "re", "not", "sure", "&lt;eos&gt;"):
        assert f">{word}</text>" in drawn
    succeeds("inspect", *LOOK, "--svg", svg)
    assert svg.read_text(encoding="utf-8") == drawn
    near = json.loads(succeeds("inspect", "neighbors", "you", "--map", words, "--json"))["neighbors"]
    drawn = words.read_text(encoding="utf-8")
    for word in ("you", *(other["word"] for other in near)):
        assert f">{word}</text>" in drawn


def test_the_page_of_attention_tells_weights(in_studio, succeeds, tmp_path, browser):
    path = tmp_path / "look.html"
    assert succeeds("inspect", *LOOK, "--html", path) == f"{path}\n"
    (alignment,) = json.loads(succeeds("inspect", *LOOK, "--json"))["sentences"]
    browser.open(path)
    assert (
        browser.evaluate("[...document.querySelectorAll('thead th')].map(cell => cell.innerText)")
        == (alignment["source"])
    )
    last = len(alignment["target"]) - 1
    browser.point(f"document.querySelectorAll('tbody tr')[{last}].querySelectorAll('td')[2]")
    weight, words = browser.text("#tip").split("\n")
    assert float(weight) == float(f"{alignment['weights'][last][2]:.5g}")
    assert words == f"{alignment['target'][last]} looks at not"


def test_the_page_of_words_tells_each_word(in_studio, succeeds, tmp_path, browser):
    path = tmp_path / "words.html"
    assert succeeds("inspect", "neighbors", "you", "--run", "tiny", "--map", path) == f"{path}\n"
    browser.open(path)
    first = browser.evaluate("document.querySelector('g.first text').textContent")
    assert first == "you"
    assert browser.evaluate("document.querySelectorAll('g.near').length") == 10
    browser.point("document.querySelector('g.first circle')")
    assert browser.text("#tip").startswith("you\n")
