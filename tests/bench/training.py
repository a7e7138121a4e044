"""The speed of training on the benchmark's ten thousand pairs, W1, beside the naive loop and two toolkits.

    python tests/bench/training.py                            everything, each system in its own process
    python tests/bench/training.py --skip-peers               the naive loop and our autoencoders alone
    python tests/bench/training.py --peers joeynmt --rounds 3

1. The autoencoder of the English side: the naive loop, one sentence and one word at a time; we with the same
   settings; and we as recommended: larger batches, Adam, lower precision where the processor has it, the
   right word always fed.
2. French to English with additive attention and input feeding: Joey NMT and Marian, by the benchmark's own
   script, then we, in float32 and in the processor's best precision.
3. The losses of the first epochs, in nats a word, beside Joey NMT's, if its log is there.

Speeds are of the last epoch, without validations; a target's words and its <eos> count. All take their turns,
one after the other; nothing else may be running. With --rounds, figures are medians.

Joey NMT's losses are made comparable: it logs nats a *sentence*, the mean over a batch (its default
normalisation), and for an epoch the sum of these means. They are divided by the epoch's target words a
sentence, and the sum by the number of batches. Its perplexities are a word's, as ours are; it validates after
every 80th update, we after an epoch, which has 81.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parents[3] / "shared" / "bench"
PEERS = ("joeynmt", "marian")
PEER_EPOCHS, PEER_BATCH = 3, 128
LAST = 20  # updates at the end of an epoch whose mean loss is shown
Figures = dict[str, float]

ANY_LENGTH = ("data.max_length=51",)
AUTOENCODER = (*ANY_LENGTH, "data.columns=[en, fr]", "data.autoencoder=true")
TRANSLATION = (*ANY_LENGTH, "data.columns=[fr, en]")
SIZES = tuple(f"model.{key}=256" for key in ("embedding_size", "encoder_hidden_size", "decoder_hidden_size"))
ENCODED = (*SIZES, "model.encoder=uni", "training.epochs=3")
ATTENDING = (
    *SIZES,
    "model.encoder=bi",
    "model.attention=additive",
    "model.input_feeding=true",
    "model.bridge=linear",
    "model.dropout=0",
    "training.batch_size=128",
    "training.optimizer=adam",
    "training.learning_rate=0.001",
    "training.clip_norm=1.0",
    "training.epochs=4",
)
AUTOENCODERS = {
    "s2s, the same": (
        *ENCODED,
        "training.batch_size=32",
        "training.optimizer=sgd",
        "training.learning_rate=0.1",
        "training.clip_norm=null",
        "training.teacher_forcing.policy=never",
        "training.precision=float32",
    ),
    "s2s, recommended": (
        *ENCODED,
        "training.batch_size=256",
        "training.optimizer=adam",
        "training.learning_rate=0.001",
        "training.teacher_forcing.policy=always",
        "training.precision=auto",
    ),
}
TRANSLATORS = {
    f"s2s, {precision}": (*ATTENDING, f"training.precision={precision}") for precision in ("float32", "auto")
}


def output(*command: str | Path, folder: Path | None = None) -> str:
    """Run a command to its end and return what it prints."""
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}{done.stdout}")
    return done.stdout


def s2s(*arguments: str | Path, folder: Path) -> str:
    """Run a command of ours in a folder and return what it prints."""
    return output(sys.executable, "-m", "seq2seq_cli", *arguments, folder=folder)


def in_turn(settings: tuple[str, ...]) -> list[str]:
    """Return settings as --set options."""
    return [word for setting in settings for word in ("--set", setting)]


def events(run: Path, kind: str) -> list[dict[str, Any]]:
    """Return a run's events of one kind, in order."""
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def train(folder: Path, data: str, name: str, settings: tuple[str, ...]) -> Path:
    """Train anew, on data that are prepared; return the run's folder."""
    run = folder / "runs" / re.sub(r"\W+", "-", name)
    run = run.with_name(f"{run.name}-{len(list(run.parent.glob('*')))}")
    s2s("train", "--data", data, "--run", run, *in_turn(settings), folder=folder)
    return run


def speed(run: Path, pairs: int) -> Figures:
    """Return the speed of a run's last epoch, which goes through so many pairs."""
    steps = events(run, "step")
    end = steps[-1]
    before = [step for step in steps if step["epoch"] < end["epoch"]][-1]
    seconds = end["seconds"] - before["seconds"]
    return {
        "sentences_per_second": pairs / seconds,
        "target_tokens_per_second": (end["target_tokens"] - before["target_tokens"]) / seconds,
    }


def course(run: Path) -> list[Figures]:
    """Return losses in nats a word, and the perplexity of the valid part, epoch by epoch."""
    steps, rows = events(run, "step"), []
    for epoch, valid in enumerate(events(run, "valid"), 1):
        losses = [step["loss"] for step in steps if step["epoch"] == epoch]
        rows.append(
            {
                "end": statistics.mean(losses[-LAST:]),
                "mean": statistics.mean(losses),
                "perplexity": valid["perplexity"],
            }
        )
    return rows


def course_of_joey(log: Path) -> list[Figures]:
    """Return the same of Joey NMT's log; the end of an epoch is the mean of the last two batches it logs."""
    text = log.read_text(encoding="utf-8", errors="replace")
    batches = re.findall(r"Epoch +(\d+), Step: +\d+, Batch Loss: +([\d.]+)", text)
    perplexities = [float(found) for found in re.findall(r"Evaluation result.*ppl: +([\d.]+)", text)]
    epochs = re.findall(
        r"Epoch +(\d+), total training loss: ([\d.]+), num\. of seqs: (\d+), num\. of tokens: (\d+)", text
    )
    rows = []
    for (epoch, total, sentences, words), perplexity in zip(epochs, perplexities, strict=False):
        length = int(words) / int(sentences)
        end = [float(loss) for number, loss in batches if number == epoch][-2:]
        rows.append(
            {
                "end": statistics.mean(end) / length,
                "mean": float(total) / -(-int(sentences) // PEER_BATCH) / length,
                "perplexity": perplexity,
            }
        )
    return rows


def medians(rounds: list[Figures]) -> Figures:
    """Return the median of each figure."""
    return {key: statistics.median(figures[key] for figures in rounds) for key in rounds[0]}


def print_speeds(title: str, speeds: dict[str, Figures], bases: list[str], base: str) -> None:
    """Print a table of speeds, and how many times that of the fastest of `bases` each is."""
    columns = [key for key in ("sentences_per_second", "target_tokens_per_second") if key in speeds[bases[0]]]
    best = {key: max(speeds[name][key] for name in bases) for key in columns}
    heads = [head for key in columns for head in (key.replace("_per_", " a ").replace("_", " "), f"x {base}")]
    print(f"\n{title}\n\n| system | {' | '.join(heads)} |\n{'| --- ' * (len(heads) + 1)}|")
    for name, figures in speeds.items():
        cells = [f"{figures[key]:.0f} | {figures[key] / best[key]:.2f}" for key in columns]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def print_courses(courses: dict[str, list[Figures]]) -> None:
    """Print the losses of the first epochs."""
    print("\nFrench to English, epoch by epoch: nats a word in training (the epoch's mean, and at its end),")
    print("perplexity of the valid part\n")
    print("| system | epoch | mean | end | valid perplexity |\n| --- | --- | --- | --- | --- |")
    for name, rows in courses.items():
        for epoch, row in enumerate(rows[:PEER_EPOCHS], 1):
            print(f"| {name} | {epoch} | {row['mean']:.3f} | {row['end']:.3f} | {row['perplexity']:.1f} |")


def main() -> None:
    """Measure all that was asked for, and print the tables."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("bench", type=Path, nargs="?", default=BENCH, help="has naive.py, peers.py, w1/")
    options.add_argument("--skip-peers", action="store_true", help="only the autoencoder")
    options.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    options.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "s2s-peers")
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    given = options.parse_args()
    bench, joeys_log = given.bench.resolve(), given.home / "joeynmt-train.log"
    courses: dict[str, list[Figures]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pairs = {}
        for data, settings in (("autoencoder", AUTOENCODER), ("translation", TRANSLATION)):
            line = ("prepare-data", bench / "w1", "--out", data, "--json", *in_turn(settings))
            pairs[data] = json.loads(s2s(*line, folder=folder))["counts"]["train"]

        def naive() -> Figures:
            figures = json.loads(output(sys.executable, bench / "naive.py", "--steps", "12"))
            return {key: figures[key] for key in ("sentences_per_second", "target_tokens_per_second")}

        def peer(system: str) -> Figures:
            for model in given.home.glob("marian.npz*"):  # Marian goes on from what it finds
                model.unlink()
            line = (bench / "peers.py", system, "--epochs", str(PEER_EPOCHS), "--home", given.home)
            figures = json.loads(output(sys.executable, *line).splitlines()[-1])
            return {"target_tokens_per_second": figures["train_target_tokens_per_second"]}

        def ours(data: str, system: str, settings: tuple[str, ...]) -> Figures:
            run = train(folder, data, system, settings)
            if data == "translation":
                courses[system] = course(run)
            return speed(run, pairs[data])

        def measured(systems: dict[str, Callable[[], Figures]]) -> dict[str, Figures]:
            turns = [{name: measure() for name, measure in systems.items()} for _ in range(given.rounds)]
            return {name: medians([turn[name] for turn in turns]) for name in systems}

        first: dict[str, Callable[[], Figures]] = {"naive": naive}
        for system, chosen in AUTOENCODERS.items():
            first[system] = partial(ours, "autoencoder", system, chosen)
        speeds = {"autoencoder": measured(first)}
        print_speeds("W1's English side as autoencoder", speeds["autoencoder"], ["naive"], "naive")
        if not given.skip_peers:
            second: dict[str, Callable[[], Figures]] = {name: partial(peer, name) for name in given.peers}
            for system, chosen in TRANSLATORS.items():
                second[system] = partial(ours, "translation", system, chosen)
            speeds["translation"] = measured(second)
            print_speeds("W1, French to English", speeds["translation"], given.peers, "the better peer")
            if joeys_log.exists():
                courses["Joey NMT"] = course_of_joey(joeys_log)
            print_courses(courses)
    if given.json:
        given.json.write_text(json.dumps({"speeds": speeds, "losses": courses}, indent=2) + "\n")


if __name__ == "__main__":
    main()
