"""What an evaluation costs beside the bare translation of the same sentences, and a comparison by bootstrap.

    python tests/bench/evaluating.py RUN            in the folder that has runs/ and data/
    python tests/bench/evaluating.py RUN --rounds 9 --beam 5 --compare OTHER

1. The whole commands, `s2s translate --input` and `s2s evaluate`, each in a process of its own, in turns.
2. Where the time of an evaluation goes, in one process, and what --details would add.
3. A thousand resamples of all scores, beside sacreBLEU's own PairedTest of BLEU, chrF and TER.

Seconds are medians of the rounds. Nothing else may be running.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest

from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.evaluation import Outcome, assess, compare_outcomes, scored_pairs, summarise
from seq2seq_cli.runs import Run, Store
from seq2seq_cli.scoring import forced_words, free_running_words

CPU = torch.device("cpu")


def timed(task: Callable[[], object], rounds: int) -> float:
    """Return the median seconds of a task."""
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def s2s(*words: str) -> None:
    """Run a command, its output thrown away."""
    line = [sys.executable, "-m", "seq2seq_cli", *words]
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def commands(run: Run, beam: list[str], rounds: int, sources: Path) -> None:
    """Print the seconds of whole commands, taken in turns."""
    lines = {
        "translate": ("translate", "--run", str(run.path), "--input", str(sources), *beam),
        "evaluate": ("evaluate", str(run.path), *beam),
        "evaluate --details": ("evaluate", str(run.path), *beam, "--details"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in lines}
    for _ in range(rounds):
        for name, words in lines.items():
            seconds[name].append(timed(partial(s2s, *words), 1))
    bare = statistics.median(seconds["translate"])
    print("| command | seconds | times translate |\n| --- | --- | --- |")
    for name, each in seconds.items():
        median = statistics.median(each)
        print(f"| {name} | {median:.2f} | {median / bare:.2f} |")


def shares(run: Run, outcome: Outcome, rounds: int) -> None:
    """Print where the time goes."""
    (part,) = scored_pairs([run], "test")
    model = run.load_model()
    batches = [batch for _, batch in Batches(part, 2048, by="tokens").in_order()]

    @torch.inference_mode()
    def reading() -> list[object]:
        return [model.start(batch.source, batch.source_lengths) for batch in batches]

    starts = reading()

    @torch.inference_mode()
    def asking(score: Callable[..., object]) -> None:
        for start, batch in zip(starts, batches, strict=True):
            score(model, start, batch)

    def scoring() -> None:
        summarise(replace(outcome), 0)  # a copy has counted nothing yet

    print("\n| part of an evaluation | seconds |\n| --- | --- |")
    for name, task in (
        ("open the data", lambda: scored_pairs([run], "test")),
        ("load the model", run.load_model),
        ("the encoder, once for both", reading),
        ("targets, teacher-forced", lambda: asking(forced_words)),
        ("scores", scoring),
        ("--details: targets, free-running", lambda: asking(free_running_words)),
    ):
        print(f"| {name} | {timed(task, rounds):.3f} |")
    print(f"| the search, with the encoder | {outcome.scores.seconds:.3f} |")


def bootstrap(first: Outcome, second: Outcome, rounds: int) -> None:
    """Print the seconds of a comparison of outcomes that have been scored."""
    ours = timed(lambda: compare_outcomes(first, second), rounds)
    references = [[right[0] for right in first.scores.references]]
    metrics = {"BLEU": BLEU(tokenize="none", force=True), "chrF": CHRF(), "TER": TER()}
    systems = [("second", second.scores.outputs), ("first", first.scores.outputs)]
    theirs = timed(lambda: PairedTest(systems, metrics, references, "bs", 1000)(), 1)
    print(f"\n1,000 resamples of {len(first):,} sentences: {ours:.2f} s; sacreBLEU's: {theirs:.2f} s")


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("run", help="a name under runs/ or a path")
    options.add_argument("--compare", metavar="RUN", help="another, for the bootstrap; else the run itself")
    options.add_argument("--beam", metavar="N", help="search with a beam")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    run, other = Store().find(given.run), Store().find(given.compare or given.run)
    pairs = scored_pairs([run, other], "test")
    print(f"{run.name}, {len(pairs[0]):,} pairs of test, {os.cpu_count()} CPUs, {given.rounds} rounds\n")
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "sources.txt"
        sources.write_text("".join(f"{source}\n" for source, _ in pairs[0].texts()), encoding="utf-8")
        commands(run, ["--beam", given.beam] if given.beam else [], given.rounds, sources)
    first, second = (
        assess(each, each.config, scored, "cpu") for each, scored in zip((run, other), pairs, strict=True)
    )
    shares(run, first, given.rounds)
    bootstrap(first, second, given.rounds)


if __name__ == "__main__":
    main()
