"""Preparing data: speed beside plain Python, and time and memory as the corpus grows.

    python tests/bench/preparing.py PATH/fra-eng.zip                  speed, in one process, in turns
    python tests/bench/preparing.py PATH/fra-eng.zip --scale 0.1 1 10 millions of pairs: time, memory, and the
                                                                      first steps of a training on them

The larger corpora repeat the file with varied words: in the r-th copy, one word in four of a sentence ends in
letters of its own. So the vocabulary grows as that of real text does, and no sentence is a duplicate.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import plain_preparation

TOKENS = ["training.batch_by=tokens", "training.batch_size=2048"]
ANY_LENGTH = ["--set", "data.max_length=1000"]


def main() -> None:
    """Print what was asked for."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("corpus", type=Path, help="fra-eng.zip of manythings.org/anki")
    options.add_argument("--scale", type=float, nargs="+", metavar="MILLIONS")
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    if chosen.scale:
        for millions in chosen.scale:
            scale(chosen.corpus, round(millions * 1e6))
    else:
        speed(chosen.corpus, chosen.rounds)


def speed(corpus: Path, rounds: int) -> None:
    """Time both ways in turns, in this process, with everything imported."""
    from seq2seq_cli.build.data import prepare_data
    from seq2seq_cli.cli.preparing import PreparationDisplay
    from seq2seq_cli.config import DataConfig

    data = DataConfig(source=str(corpus), max_length=1000)

    def ours(folder: Path) -> dict[str, int]:
        with PreparationDisplay() as display:
            counts = display.follow(prepare_data(data, folder)).metadata["counts"]
        return {name: counts[name] for name in ("train", "valid", "test")}

    ways = {"s2s": ours, "plain Python": lambda folder: plain_preparation.prepare(corpus, folder)}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                counts = way(Path(folder) / "data")
                seconds[name].append(time.perf_counter() - began)
            print(f"{name:>13}  {seconds[name][-1]:.3f} s  {counts}")
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    print({**medians, "times as fast": medians["plain Python"] / medians["s2s"]})
    with tempfile.TemporaryDirectory() as folder:
        line = ["prepare-data", str(corpus), *ANY_LENGTH, "--out", f"{folder}/data", "--json"]
        print(f"as a command, start and all: {run(line)['seconds']:.3f} s")


def scale(corpus: Path, pairs: int) -> None:
    """Prepare so many pairs, start to train on them, and print what both cost."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        grown = folder / "pairs.tsv"
        grow(corpus, grown, pairs)
        data = f"{folder}/data"
        line = ["prepare-data", str(grown), *ANY_LENGTH, "--set", "data.split=[rest, 500, 500]"]
        prepared = run([*line, "--set", "data.max_vocabulary=2000", "--out", data])
        sizes = [
            f"model.{key}=32" for key in ("embedding_size", "encoder_hidden_size", "decoder_hidden_size")
        ]
        line = ["train", "--data", data, *in_turn([*sizes, *TOKENS, "training.epochs=1"])]
        first = run([*line, "--run", f"{folder}/one", "--set", "training.max_steps=1"])
        more = run([*line, "--run", f"{folder}/more", "--set", "training.max_steps=2000"])
        result = {
            "pairs": pairs,
            "megabytes of text": round(grown.stat().st_size / 1e6),
            "prepare": prepared,
            "pairs a second": round(pairs / prepared["seconds"]),
            "train, 1 step and a validation": first,
            "train, 2000 steps": more,
        }
        print(json.dumps(result, indent=2), flush=True)


def in_turn(settings: list[str]) -> list[str]:
    """Return settings as --set options."""
    return [word for setting in settings for word in ("--set", setting)]


def grow(corpus: Path, path: Path, pairs: int) -> None:
    """Write so many pairs, copy after copy of the corpus, each with words of its own."""
    with zipfile.ZipFile(corpus) as archive:
        name = next(name for name in archive.namelist() if not name.startswith("_"))
        lines = [line.split("\t")[:2] for line in archive.read(name).decode().splitlines()]
    draw = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for written in range(pairs):
            copy, row = divmod(written, len(lines))
            columns = lines[row] if copy == 0 else [varied(text, draw, copy) for text in lines[row]]
            file.write("\t".join(columns) + "\n")


def varied(text: str, draw: random.Random, copy: int) -> str:
    """Give one word in four, and one at least, an ending that a few copies share."""
    words = text.split(" ")
    for place in draw.sample(range(len(words)), -(-len(words) // 4)):
        number = draw.randrange(copy * 20) + 1
        ending = ""
        while number:
            number, letter = divmod(number, 26)
            ending += chr(97 + letter)
        words[place] = words[place].rstrip(".!?") + ending
    return " ".join(words)


def run(line: list[str]) -> dict[str, float]:
    """Run a command of s2s in a process of its own; return seconds and the greatest resident memory."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "seq2seq_cli", *line]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    assert status == 0, line
    bytes_ = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"seconds": round(seconds, 2), "peak megabytes": round(bytes_ / 2**20)}


if __name__ == "__main__":
    main()
