"""Time to quality: how long configs train on W1, French to English, until their translations are so good.

    python tests/bench/quality.py ../shared/bench bi.yaml mine.yaml --reach 28.5 --reach 35

Each config is trained as it stands, but that its data are W1: no prefixes, not reversed, every length. After
every epoch the valid part is scored and a checkpoint is kept. Printed are, for each validation, the seconds
of training (without validations) and the valid part's BLEU; for every --reach, the first checkpoint whose
*test* BLEU is at least that, and after how many seconds it was made; and the test BLEU of the best and of the
last one.
BLEU is sacreBLEU's, against each pair's own reference, words being what stands between spaces; greedy search,
if the config has no other.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from training import TRANSLATION, events, in_turn, s2s

DATA = (*TRANSLATION, "data.prefixes=[]", "data.reverse=false", "data.autoencoder=false", "data.held_out=[]")
KEEPING = (
    "training.validation.every=1",
    "training.validation.unit=epochs",
    "training.checkpoints.every=null",
    "training.checkpoints.keep_last=100",
)


def main() -> None:
    """Train, follow and score every config."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("bench", type=Path, help="the folder that has w1/")
    options.add_argument("configs", nargs="+", metavar="CONFIG", help="a YAML file, or a preset's name")
    options.add_argument("--reach", type=float, action="append", default=[], metavar="BLEU")
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for all configs")
    options.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    given = options.parse_args()
    results = {}
    for config in given.configs:
        with tempfile.TemporaryDirectory() as folder:
            results[config] = measure(given, config, Path(folder))
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n")


def measure(given: argparse.Namespace, config: str, folder: Path) -> dict[str, Any]:
    """Train one config to its end, score its checkpoints, and print and return what came out."""
    path = str(Path(config).resolve()) if Path(config).is_file() else config
    chosen = ["--config", path, *in_turn((*given.set, *DATA))]
    source = given.bench.resolve() / "w1"
    s2s("prepare-data", source, *chosen, "--out", "data", folder=folder)
    print(f"\n{config}\n\n| epoch | step | seconds | valid BLEU |\n| --- | --- | --- | --- |", flush=True)
    valid = follow(["train", *chosen, *in_turn(KEEPING), "--data", "data", "--run", "run"], folder)

    def test(checkpoint: str) -> dict[str, Any]:
        line = ("evaluate", "run", "--checkpoint", checkpoint, "--split", "test", "--samples", "0", "--json")
        scores: dict[str, Any] = json.loads(s2s(*line, folder=folder))
        return scores

    seconds = {event["step"]: event["seconds"] for event in valid}
    print("\n| test BLEU | reached after | at step | with |\n| --- | --- | --- | --- |")
    reached, scores = [], {}
    for goal in sorted(given.reach):
        found = None
        for step in seconds:
            if step not in scores:
                scores[step] = test(str(step))["bleu"]
            if scores[step] >= goal:
                found = {"goal": goal, "seconds": seconds[step], "step": step, "bleu": scores[step]}
                break
        reached.append(found or {"goal": goal})
        cells = f"{seconds[step]:.1f} s | {step} | {scores[step]:.2f}" if found else "never | | "
        print(f"| {goal:g} | {cells} |", flush=True)
    final = {}
    for checkpoint in ("best", "last"):
        score = test(checkpoint)
        final[checkpoint] = {"seconds": seconds[score["step"]], "step": score["step"], "bleu": score["bleu"]}
        print(f"| {checkpoint} | {seconds[score['step']]:.1f} s | {score['step']} | {score['bleu']:.2f} |")
    course = [{key: event[key] for key in ("epoch", "step", "seconds", "bleu")} for event in valid]
    return {"valid": course, "test": scores, "reached": reached, "final": final}


def follow(line: list[str], folder: Path) -> list[dict[str, Any]]:
    """Train, and print validations as they come; return them all."""
    with (folder / "log").open("w+", encoding="utf-8") as log:
        command = [sys.executable, "-m", "seq2seq_cli", *line]
        child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=log)
        told, ended = 0, False
        while not ended:
            with suppress(subprocess.TimeoutExpired):
                ended = child.wait(timeout=2) is not None
            valid = validations(folder / "runs" / "run")
            for event in valid[told:]:
                cells = f"{event['seconds']:.1f} | {event['bleu']:.2f}"
                print(f"| {event['epoch']} | {event['step']} | {cells} |", flush=True)
            told = max(told, len(valid))
        if child.returncode:
            sys.exit((folder / "log").read_text(encoding="utf-8"))
    return valid


def validations(run: Path) -> list[dict[str, Any]]:
    """Return what a run that is being trained has written down of validations, none of them half."""
    try:
        return events(run, "valid")
    except (OSError, ValueError):  # before its first line, or amid one: the next look will see it
        return []


if __name__ == "__main__":
    main()
