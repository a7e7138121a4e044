"""Training as the corpus grows: speed, the time to the first update, and memory.

    python tests/bench/growth.py PATH/fra-eng.zip --sizes 10000 100000 1000000 10000000

The corpora are those of preparing.py: copies of the file with varied words. The vocabulary is held at three
thousand words, so that nothing but the number of pairs grows. Every training has as many updates; its speed,
in target tokens a second, is that of the last ones. Validation is once, at the end, on 500 pairs. The time to
the first update is from the start of the process; the peak is the greatest resident memory of the training
process, of which the mapped pages of the data set that it has touched are a part.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from preparing import ANY_LENGTH, grow, in_turn, run

COUNTED = 200  # updates, at the end, whose speed is taken
SIZES = [10**power for power in (4, 5, 6, 7)]
PREPARED = ["data.split=[rest, 500, 500]", "data.max_vocabulary=3000"]
TRAINED = [
    "model.embedding_size=128",
    "model.encoder_hidden_size=128",
    "model.decoder_hidden_size=128",
    "training.batch_size=64",
    "training.epochs=9999",  # max_steps ends it
    "training.validation.every=9999",
    "training.checkpoints.every=null",
]


def main() -> None:
    """Print the table, line by line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("corpus", type=Path, help="fra-eng.zip of manythings.org/anki")
    options.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="PAIRS")
    options.add_argument("--steps", type=int, default=2 * COUNTED)
    options.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    given = options.parse_args()
    print("| pairs | target tokens a second | first update after | peak memory | preparing | its peak |")
    print("| --- | --- | --- | --- | --- | --- |")
    rows = []
    for pairs in given.sizes:
        row = measure(given.corpus, pairs, given.steps)
        rows.append(row)
        print(
            f"| {pairs:,} | {row['target tokens a second']:,.0f} | {row['first update']:.1f} s "
            f"| {row['peak megabytes']} MB | {row['prepare']['seconds']:.0f} s "
            f"| {row['prepare']['peak megabytes']} MB |",
            flush=True,
        )
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n")


def measure(corpus: Path, pairs: int, steps: int) -> dict[str, Any]:
    """Prepare so many pairs, train on them, and return what it cost."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        grown = folder / "pairs.tsv"
        grow(corpus, grown, pairs)
        data = ["prepare-data", str(grown), *ANY_LENGTH, *in_turn(PREPARED), "--out", f"{folder}/data"]
        prepared = run(data)
        grown.unlink()
        settings = in_turn([*TRAINED, f"training.max_steps={steps}"])
        trained = train(
            ["train", "--data", f"{folder}/data", "--run", f"{folder}/run", *settings],
            folder / "run" / "metrics.jsonl",
        )
        return {"pairs": pairs, "prepare": prepared, **trained}


def train(line: list[str], metrics: Path) -> dict[str, float]:
    """Train in a process of its own; return its speed, the time to its first update, and its peak memory."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "seq2seq_cli", *line]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not metrics.exists():
        if child.poll() is not None:
            sys.exit(f"s2s {' '.join(line)} has failed")
        time.sleep(0.01)
    first = time.perf_counter() - began
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, line
    events = [json.loads(text) for text in metrics.read_text(encoding="utf-8").splitlines()]
    steps = [event for event in events if event["event"] == "step"]
    before, end = steps[-min(COUNTED, len(steps) - 1) - 1], steps[-1]
    tokens = end["target_tokens"] - before["target_tokens"]
    bytes_ = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "target tokens a second": tokens / (end["seconds"] - before["seconds"]),
        "first update": first,
        "peak megabytes": round(bytes_ / 2**20),
    }


if __name__ == "__main__":
    main()
