"""How long the command line takes to say something: the median of whole processes, in seconds.

Commands take turns. For a translation, a run is made of the embedded corpus first, in a temporary folder;
what it takes beyond the import of torch is ours.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

S2S = [sys.executable, "-m", "seq2seq_cli"]
TORCH = "python -c 'import torch'"
TRANSLATION = "s2s translate 'i m glad'"
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "s2s --help": [*S2S, "--help"],
    "s2s train --help": [*S2S, "train", "--help"],
    TORCH: [sys.executable, "-c", "import torch"],
    TRANSLATION: [*S2S, "translate", "i m glad"],
}


def seconds(command: list[str]) -> float:
    """Return how long a process takes."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def make_run() -> None:
    """Make a run of the usual size in this folder; one step is enough to have something to load."""
    settings = ["--set", "training.max_steps=1", "--set", "training.validation.every=9999"]
    for command in (["prepare-data"], ["train", "--config", "bi.yaml", *settings]):
        subprocess.run([*S2S, *command], check=True, capture_output=True)


def main() -> None:
    """Time every command in turn, several times over."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=9)
    runs = options.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_run()
        for _ in range(runs + 1):
            for name, command in COMMANDS.items():
                times[name].append(seconds(command))
        os.chdir("/")
    counted = {name: taken[1:] for name, taken in times.items()}  # the first run only warms the disk's cache
    for name, taken in counted.items():
        print(f"{name:<26} median {statistics.median(taken):.3f} s  ({min(taken):.3f} to {max(taken):.3f})")
    beyond = statistics.median(counted[TRANSLATION]) - statistics.median(counted[TORCH])
    print(f"{'translate beyond torch':<26} {beyond:+.3f} s")


if __name__ == "__main__":
    main()
