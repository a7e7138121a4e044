"""Every command that the README shows runs, and its recipe for a new encoder works to the letter."""

import csv
import gzip
import json
import re
import shlex
import zipfile
from itertools import islice
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from seq2seq_cli.cli.app import app
from seq2seq_cli.config import load_config, presets
from seq2seq_cli.corpus.sample import sentence_pairs
from seq2seq_cli.models import encoders

ROOT = Path(__file__).parents[1]
WIDTHS = ("embedding_size", "encoder_hidden_size", "decoder_hidden_size")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.M | re.S)


def commands() -> list[str]:
    """Return every line that calls s2s, without prompt and remark."""
    shown = [line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]
    listed = [line.partition(" # ")[0] for block in blocks("sh") for line in block.splitlines()]
    return [line.strip() for line in [*shown, *listed] if line.strip()]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Go to a folder with the files that the README's commands name."""
    monkeypatch.chdir(tmp_path)
    pairs = "".join(f"{english}\t{french}\n" for english, french in islice(sentence_pairs(), 9000, 9400))
    Path("pairs.tsv").write_text(pairs, encoding="utf-8")
    rows = [line.split("\t") for line in pairs.splitlines()]
    with Path("pairs.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("english", "french"), *rows])
    records = [json.dumps({"translation": {"en": first, "fr": second}}) + "\n" for first, second in rows]
    Path("pairs.jsonl").write_text("".join(records), encoding="utf-8")
    Path("corpus").mkdir()
    for side, language in enumerate(("de", "en")):
        text = "".join(f"{row[side]}\n" for row in rows).encode()
        Path(f"train.{language}.gz").write_bytes(gzip.compress(text))
        for part, some in {"train": rows[:300], "valid": rows[300:350], "test": rows[350:]}.items():
            sentences = "".join(f"{row[side]}\n" for row in some)
            Path(f"corpus/{part}.{language}").write_text(sentences, encoding="utf-8")
    Path("lines.txt").write_text("I'm glad.\n\nWe're anxious.\n", encoding="utf-8")
    Path("references.txt").write_text("Je suis content.\n\nNous sommes anxieux.\n", encoding="utf-8")
    with zipfile.ZipFile("fra-eng.zip", "w") as archive:
        archive.writestr("fra.txt", pairs)
        archive.writestr("_about.txt", "About it.")
    return tmp_path


def run(line: str, steps: int) -> str:
    """Run a command line, every training small and of so many steps, and return its standard output."""
    stages = [shlex.split(stage) for stage in line.split(" | ")]
    said = {"echo": lambda text: f"{text}\n", "cat": lambda name: Path(name).read_text(encoding="utf-8")}
    typed = said[stages[0][0]](stages.pop(0)[1]) if stages[0][0] in said else None
    words = stages[0]
    assert words[0] == "s2s", line
    if words[1] == "train":
        small = [f"model.{width}=8" for width in WIDTHS]
        words += [word for setting in (f"training.max_steps={steps}", *small) for word in ("--set", setting)]
    result = CliRunner().invoke(app, words[1:], input=typed)
    assert result.exit_code == 0, f"{line}\n{result.output}"
    return result.stdout


def test_every_command_of_the_readme_runs_in_its_order(desk):
    lines = commands()
    assert len(lines) > 15
    for line in lines:
        printed = run(line, 3 if "--resume" in line else 2)  # what is resumed has a step to go
        assert bool(printed) == (not line.startswith("s2s translate") or "--output" not in line), line


def test_the_readme_names_every_preset():
    for preset in presets():
        assert f"{preset}.yaml" in README


def test_every_picture_that_the_readme_shows_is_there_and_small():
    pictures = re.findall(r'!\[[^]]+\]\(([^)]+)\)|<img src="([^"]+)" alt="[^"]+"', README)
    assert len(pictures) == README.count("![") + README.count("<img ") > 0  # each says what it shows
    shown = {ROOT / (first or second) for first, second in pictures}
    assert shown == set((ROOT / "docs").iterdir())
    assert all(0 < picture.stat().st_size < 100_000 for picture in shown)


def test_every_file_that_the_readme_names_is_there():
    for name in re.findall(r"`((?:corpus|models|training|decoding|cli)/[a-z_/]*(?:\.py)?)`", README):
        assert (ROOT / "seq2seq_cli" / name).exists(), name
    tree = README.partition("    seq2seq_cli/\n")[2].partition("\n## ")[0]
    for name in re.findall(r"\b[a-z0-9_]+\.py\b", tree):
        assert list((ROOT / "seq2seq_cli").rglob(name)), name


def test_a_new_encoder_takes_one_class_one_line_and_one_yaml(desk, monkeypatch):
    room = {**vars(encoders), **vars(encoders.recurrent)}
    for block in blocks("python"):
        exec(block, room)
    (config,) = blocks("yaml")
    Path("backward.yaml").write_text(config, encoding="utf-8")
    name = yaml.safe_load(config)["model"]["encoder"]
    assert set(room["ENCODERS"]) == {*encoders.ENCODERS, name}
    monkeypatch.setitem(encoders.ENCODERS._entries, name, room["ENCODERS"][name])
    assert load_config("backward.yaml").model.encoder == name
    run("s2s prepare-data pairs.tsv --out data/sample", 0)
    run("s2s train --config backward.yaml", 2)
    assert run('s2s translate --run backward "i m glad"', 0).count("\n") == 1
