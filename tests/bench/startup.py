"""How long the command line takes to say something: the median of whole processes, in seconds."""

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "s2s --help": [sys.executable, "-m", "seq2seq_cli", "--help"],
    "s2s train --help": [sys.executable, "-m", "seq2seq_cli", "train", "--help"],
    "python -c 'import torch'": [sys.executable, "-c", "import torch"],
}


def seconds(command: list[str]) -> float:
    """Return how long a process takes."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Time every command in turn, several times over."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=9)
    runs = options.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs + 1):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    for name, taken in times.items():
        counted = taken[1:]  # the first run only warms the disk's cache
        median, low, high = statistics.median(counted), min(counted), max(counted)
        print(f"{name:<26} median {median:.3f} s  ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
