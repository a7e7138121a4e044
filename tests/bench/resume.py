"""Trainings that are interrupted and killed, beside one that is not: the bits that they end with.

1. A training is interrupted at a random step (--signals of them) by SIGINT, another there by SIGTERM and a
   third by SIGKILL, and each is resumed.
2. A training is killed by SIGKILL at a random moment, resumed, killed again, and so on (--kills). After every
   kill the store is opened: it must have either no checkpoint or whole ones. When a training has come to its
   end in spite of all, the next one begins. These are forked from this process, which has torch loaded.

All of them must end in the bits of the training that nobody touched: the weights of every checkpoint that was
kept, the optimiser's state and random generators of the last, the pointers, and the events but for their
seconds. Prints a table; the exit status is 1 if anything differs.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # the children's too: with other threads, sums have other last bits

STEPS = 200
SETTINGS = (
    "model.embedding_size=32",
    "model.encoder_hidden_size=32",
    "model.decoder_hidden_size=32",
    "model.dropout=0.2",
    "decoding.max_length=12",
    "training.batch_size=32",
    f"training.max_steps={STEPS}",
    "training.epochs=9",
    "training.checkpoints.every=20",
    "training.checkpoints.keep_last=3",
    "training.checkpoints.keep_every=60",
)
DATA = ("data.split=[rest, 100, 13000]",)  # 88 batches an epoch: two validations, and one at the end
INTERRUPTED = 130  # the exit status of a training that has saved and stopped
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


def options(settings: tuple[str, ...]) -> list[str]:
    """Return settings as --set options."""
    return [word for setting in settings for word in ("--set", setting)]


def begin(arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start `s2s` in a process of its own."""
    command = [sys.executable, "-m", "seq2seq_cli", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def fork(arguments: list[str]) -> int:
    """Start `s2s` in a copy of this process, which has everything imported; return its process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        from seq2seq_cli.cli.app import main

        null = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(null, stream)
        sys.argv = ["s2s", *arguments]
        main()
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        os._exit(status)


def steps_done(run: Path) -> int:
    """Return the step of the last event that was written down."""
    try:
        lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        return int(json.loads(lines[-1])["step"])
    except (OSError, ValueError, IndexError, KeyError):
        return 0


def differences(run: Path, whole: Path) -> list[str]:
    """Return what one run holds that is not the other's."""
    import torch
    from safetensors.torch import load_file

    from seq2seq_cli.runs import Run

    def files(folder: Path) -> set[str]:
        return {path.name for path in (folder / "checkpoints").iterdir()}

    def course(folder: Path) -> list[dict[str, object]]:
        return [{**event, "seconds": None} for event in Run(folder).events()]

    found = sorted(files(run) ^ files(whole))
    for name in sorted(files(run) & files(whole)):
        ours, expected = (folder / "checkpoints" / name for folder in (run, whole))
        if name.endswith(".safetensors"):
            tensors, right = load_file(ours), load_file(expected)
            same = tensors.keys() == right.keys() and all(torch.equal(tensors[k], right[k]) for k in right)
        elif name.endswith(".json"):
            same = all(
                value == json.loads(expected.read_text())[key]
                for key, value in json.loads(ours.read_text()).items()
                if key != "seconds"
            )
        else:
            same = ours.read_text() == expected.read_text()
        found += [] if same else [name]
    return found + ([] if course(run) == course(whole) else ["metrics.jsonl"])


def opened(run: Path) -> str:
    """Load what a killed training has left, as translating and resuming would; return what is wrong."""
    import torch

    from seq2seq_cli.build.training import build_trainer
    from seq2seq_cli.errors import S2SError
    from seq2seq_cli.runs import Store

    try:
        found = Store().find(str(run), trained=False)
        if found.has_checkpoint():
            for which in ("best", "last", "average"):
                found.load_model(which)
            model, trainer = build_trainer(found.config, found.dataset(), torch.device("cpu"))
            found.load_trainer(model, trainer)
    except S2SError as error:
        return str(error)
    return ""


def interrupt(name: str, train: list[str], number: signal.Signals, moment: int) -> tuple[int, list[str]]:
    """Stop a new training once it has made so many steps, and resume it; return where it was, and faults."""
    run = Path("runs") / name
    process = begin([*train, "--run", name])
    while process.poll() is None and steps_done(run) < moment:
        time.sleep(0.002)
    process.send_signal(number)
    expected = -number if number == signal.SIGKILL else INTERRUPTED
    faults = [] if process.wait() == expected else [f"exit status {process.returncode}"]
    reached = steps_done(run)
    if begin(["train", "--resume", "--run", name]).wait() != 0:
        faults.append("it did not go on")
    return reached, faults


def kill_once(name: str, train: list[str], after: float) -> bool | None:
    """Begin or resume a training and kill it after so many seconds.

    Returns:
        Whether it was killed; False if it had come to its end before, None if it had failed.
    """
    known = (Path("runs") / name).exists()
    child = fork(["train", "--resume", "--run", name] if known else [*train, "--run", name])
    until = time.monotonic() + after
    while (
        time.monotonic() < until and os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None
    ):
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)  # one that has ended is still there, to be asked how
    _, status = os.waitpid(child, 0)
    return True if os.WIFSIGNALED(status) else None if os.WEXITSTATUS(status) else False


def signals(train: list[str], whole: Path, count: int, draw: random.Random) -> int:
    """Interrupt trainings, print a line each, and return how many did not end like the whole one."""
    bad = 0
    print("\n| signal | after step | ended like the whole one |\n| --- | --- | --- |")
    for moment in sorted(draw.sample(range(1, STEPS - 20), count)):
        for number in SIGNALS:
            name = f"{number.name}-{moment}"
            reached, faults = interrupt(name, train, number, moment)
            faults += differences(Path("runs") / name, whole)
            bad += bool(faults)
            print(f"| {number.name} | {reached} | {', '.join(faults) or 'yes'} |", flush=True)
    return bad


def kills(train: list[str], whole: Path, count: int, seconds: float, draw: random.Random) -> int:
    """Kill trainings again and again, print a table, and return how many faults there were.

    Args:
        train: the command.
        whole: the run to compare with.
        count: how many kills.
        seconds: the longest time until a kill.
        draw: decides when.
    """
    done, trainings, faults, steps = 0, 1, 0, []
    before = after = 0  # kills before the first checkpoint was there, and after

    def report(fault: str) -> None:
        nonlocal faults
        faults += 1
        print(f"after {done} kills, {run}: {fault}", flush=True)

    while True:
        name = f"killed-{trainings}"
        run = Path("runs") / name
        killed = kill_once(name, train, draw.uniform(0, seconds) if done < count else 60)
        if killed:
            done += 1
            steps.append(steps_done(run))
            saved = (run / "checkpoints" / "last").exists()
            before, after = before + (not saved), after + saved
            if run.exists() and (fault := opened(run)):
                report(f"the store does not load: {fault}")
            continue
        if killed is None:
            report("it failed")
        elif found := differences(run, whole):
            report(f"it ended otherwise: {', '.join(found)}")
        if done >= count or killed is None:
            break
        trainings += 1
    print(
        "\n| kills by SIGKILL | before the first checkpoint | after | median step | trainings "
        "| stores that do not load, or ends that differ |\n| --- | --- | --- | --- | --- | --- |\n"
        f"| {done} | {before} | {after} | {statistics.median(steps):.0f} | {trainings} | {faults} |"
    )
    return faults


def main() -> None:
    """Interrupt, kill, resume, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--signals", type=int, default=10, help="random steps, for each of the three signals")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--config", default="", help="a YAML or preset to begin with")
    given = parser.parse_args()
    draw = random.Random(given.seed)
    here = Path(given.config)
    base = ["--config", str(here.resolve() if here.is_file() else here)] if given.config else []
    train = ["train", *base, "--data", "data/sample", "--device", "cpu", *options(SETTINGS)]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prepared = begin(["prepare-data", "sample", *base, *options(DATA), "--out", "data/sample"]).wait()
        trained = begin([*train, "--run", "whole"]).wait()
        if prepared or trained:
            sys.exit("the training that nobody touches has failed")
        whole = Path("runs/whole")
        bad = signals(train, whole, given.signals, draw) if given.signals else 0
        if given.kills:
            opened(whole)  # loads torch, and all that a training needs, into this process
            began = time.perf_counter()
            os.waitpid(fork([*train, "--run", "forked"]), 0)
            half = (time.perf_counter() - began) / 2  # so that most are killed before their end
            bad += kills(train, whole, given.kills, half, draw)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
