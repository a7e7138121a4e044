"""Real input: French to English, and the autoencoder, on the tutorial's part of Tatoeba.

Prepares, trains and evaluates with the configs that ship, in a temporary folder, through the command line,
and prints a JSON object a model: seconds of each command, and the scores on held-out sentences.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from seq2seq_cli.config import preset_folder

FIVE = yaml.safe_load((preset_folder() / "autoencoder.yaml").read_text())["data"]["held_out"]
MODELS = {
    "bi, fra->eng": ("tatoeba.yaml", "data/fra-eng-reversed"),
    "bi, autoencoder": ("autoencoder.yaml", "data/fra-eng-autoencoder"),
}


def s2s(*arguments: str, folder: str) -> tuple[str, float]:
    """Run a command and return what it prints, and how many seconds it took."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "seq2seq_cli", *arguments],
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout, time.perf_counter() - began


def main() -> None:
    """Go the whole way with both models."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("corpus", type=Path, help="fra-eng.zip of manythings.org/anki")
    corpus = str(options.parse_args().corpus.resolve())
    with tempfile.TemporaryDirectory() as folder:
        for name, (config, data) in MODELS.items():
            _, preparing = s2s("prepare-data", corpus, "--config", config, folder=folder)
            _, training = s2s("train", "--config", config, "--data", data, "--run", "run", folder=folder)
            scores, evaluating = s2s("evaluate", "run", "--json", "--samples", "0", folder=folder)
            result = {
                "model": name,
                "command seconds": {"prepare": preparing, "train": training, "evaluate": evaluating},
                **{key: value for key, value in json.loads(scores).items() if key not in ("run", "samples")},
            }
            if "autoencoder" in name:
                outputs = s2s("translate", "--run", "run", *FIVE, folder=folder)[0].splitlines()
                result["the five, held out"] = dict(zip(FIVE, outputs, strict=True))
            print(json.dumps(result, indent=2, ensure_ascii=False))
            (Path(folder) / "runs/run").rename(Path(folder) / "runs" / Path(config).stem)


if __name__ == "__main__":
    main()
