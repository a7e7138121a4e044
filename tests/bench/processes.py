"""Two processes under torchrun beside one: the same losses, at what speed, and with a kill on the way.

Three trainings on the CPU, one thread a process, without dropout and in float32:

1. one process;
2. two under torchrun, each with half of every batch;
3. the same two, of which one is killed by SIGKILL in the middle: torchrun's elastic agent starts both anew,
   and they go on from the last checkpoint.

The losses of 1 and 2 differ by rounding alone, which training makes larger step by step: --tolerance says how
much is rounding. Those of 2 and 3, and the weights that they end with, must be the same bits. Prints a table;
the exit status is 1 if anything differs by more.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # the children's too: with other threads, sums have other last bits

MODULE = ["-m", "seq2seq_cli"]
EVERY = 50  # updates from one checkpoint to the next
DATA = ("data.split=[rest, 100, 13000]",)


def options(settings: tuple[str, ...]) -> list[str]:
    """Return settings as --set options."""
    return [word for setting in settings for word in ("--set", setting)]


def settings(steps: int, size: int, batch_size: int) -> tuple[str, ...]:
    """Return what is trained."""
    return (
        f"model.embedding_size={size}",
        f"model.encoder_hidden_size={size}",
        f"model.decoder_hidden_size={size}",
        "model.dropout=0",
        "decoding.max_length=12",
        f"training.batch_size={batch_size}",
        "training.precision=float32",
        f"training.max_steps={steps}",
        "training.epochs=999",
        "training.validation.every=999",
        f"training.checkpoints.every={EVERY}",
    )


def torchrun(processes: int) -> list[str]:
    """Return the command that starts so many processes, and starts them anew when one fails."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*launcher, f"--nproc-per-node={processes}", "--max-restarts=3", "-m", "--", "seq2seq_cli"]


def last(run: Path) -> int:
    """Return the step of the last checkpoint; 0 before there is one."""
    try:
        return int((run / "checkpoints" / "last").read_text().removeprefix("step-"))
    except FileNotFoundError:
        return 0


def train(command: list[str], name: str, kill_at: int | None = None) -> Path:
    """Train a run to its end; return its folder.

    Args:
        command: the training.
        name: the run's.
        kill_at: after the checkpoint of which step to kill the process that leads; None for never.
    """
    run = Path("runs") / name
    null = subprocess.DEVNULL
    process = subprocess.Popen([*command, "--run", name], stdout=null, stderr=null)
    if kill_at is not None:
        while process.poll() is None and last(run) < kill_at:
            time.sleep(0.002)
        os.kill(int((run / "lock").read_text()), signal.SIGKILL)
    if process.wait():
        sys.exit(f"the training {name} has failed")
    return run


def course(run: Path) -> list[dict[str, float]]:
    """Return the updates as they were written down."""
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == "step"]


def greatest_difference(run: Path, other: Path) -> float:
    """Return by how much the losses of two runs differ at most; infinite if not all have the same steps."""
    ours, theirs = course(run), course(other)
    if [event["step"] for event in ours] != [event["step"] for event in theirs]:
        return float("inf")
    return max(abs(a["loss"] - b["loss"]) for a, b in zip(ours, theirs, strict=True))


def same_weights(run: Path, other: Path) -> bool:
    """Tell whether the last checkpoints of two runs hold the same bits."""
    file = f"step-{last(other)}.safetensors"
    ours, theirs = (folder / "checkpoints" / file for folder in (run, other))
    return ours.exists() and ours.read_bytes() == theirs.read_bytes()


def tokens_per_second(run: Path) -> float:
    """Return target tokens a second of training, from the tenth update on."""
    first, end = course(run)[9], course(run)[-1]
    return (end["target_tokens"] - first["target_tokens"]) / (end["seconds"] - first["seconds"])


def main() -> None:
    """Train, kill, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--size", type=int, default=128, help="of embeddings and hidden states")
    parser.add_argument("--batch-size", type=int, default=64, help="of all processes together")
    parser.add_argument(
        "--tolerance", type=float, default=1e-3, help="nats a word, of one beside two processes"
    )
    given = parser.parse_args()
    arguments = ["train", "--data", "data/sample", "--device", "cpu"]
    arguments += options(settings(given.steps, given.size, given.batch_size))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prepare = [*MODULE, "prepare-data", "sample", *options(DATA), "--out", "data/sample"]
        subprocess.run([sys.executable, *prepare], check=True, capture_output=True)
        one = train([sys.executable, *MODULE, *arguments], "one")
        two = train([*torchrun(2), *arguments], "two")
        killed = train([*torchrun(2), *arguments], "killed", given.steps // 2)
        parted, lost = greatest_difference(two, one), greatest_difference(killed, two)
        alike = same_weights(killed, two)
        print(
            f"{given.steps} updates of {given.batch_size} pairs, to loss {course(one)[-1]['loss']:.4f}\n\n"
            "| training | target tokens a second | greatest difference of a loss, nats a word |\n"
            "| --- | --- | --- |\n"
            f"| one process | {tokens_per_second(one):,.0f} | |\n"
            f"| two processes | {tokens_per_second(two):,.0f} | {parted:.1e} beside one |\n"
            f"| two, one of them killed | {tokens_per_second(killed):,.0f} | {lost:.1e} beside two; "
            f"the last weights are {'the same bits' if alike else 'others'} |"
        )
    sys.exit(parted > given.tolerance or lost > 0 or not alike)


if __name__ == "__main__":
    main()
