"""Every encoder and every paper's config, trained and scored: the tables of the README.

Each model goes through the command line in a temporary folder, on the embedded sample (two epochs) and,
given a corpus, on the part of it that tatoeba.yaml selects, French to English; `uni`, `bi` and `bag` also as
autoencoders, by autoencoder.yaml. Prints a table a task: parameters, seconds of training, BLEU (against each
pair's own reference) and exact match on the test part, greedy search.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

PAPERS = ("sutskever2014", "cho2014", "bahdanau2015", "luong2015", "gnmt")
WITHOUT = ("uni", "bi", "bag")
WITH = ("uni", "bi", "deep", "bag", "conv", "self_attention")
LAYERS = {"deep": 3, "conv": 3, "self_attention": 3}


class Model(NamedTuple):
    """A row of the table."""

    name: str
    config: str  # "" for the data set's own
    settings: tuple[str, ...] = ()


ENCODERS = [
    Model(f"{encoder}, no attention", "", (f"model.encoder={encoder}", "model.attention=none"))
    for encoder in WITHOUT
]


def attending(deep: tuple[str, ...] = ()) -> list[Model]:
    """Return every encoder with attention; `deep` with these settings too."""
    return [
        Model(
            f"{encoder}, attention",
            "",
            (
                f"model.encoder={encoder}",
                "model.attention=general",
                f"model.encoder_layers={LAYERS.get(encoder, 1)}",
                *(deep if encoder == "deep" else ()),
            ),
        )
        for encoder in WITH
    ]


FROM_PAPERS = [Model(f"`{paper}.yaml`", f"{paper}.yaml") for paper in PAPERS]


class Task(NamedTuple):
    """A table."""

    title: str
    source: str  # what is prepared; "" for the corpus
    config: str  # of the data, and of models that bring none
    models: list[Model]
    settings: tuple[str, ...] = ()


TASKS = {
    "sample": Task(
        "The sample, English to French, two epochs",
        "sample",
        "bi.yaml",
        ENCODERS + attending() + FROM_PAPERS,
        ("training.epochs=2",),
    ),
    "tatoeba": Task(
        "Tatoeba, French to English",
        "",
        "tatoeba.yaml",
        # of a stack of recurrent layers each is dropped from, and half is too much
        ENCODERS + attending(deep=("model.dropout=0.3",)) + FROM_PAPERS,
    ),
    "autoencoder": Task("Tatoeba, English said again", "", "autoencoder.yaml", ENCODERS),
}


def s2s(*arguments: str, folder: str, threads: int) -> str:
    """Run a command and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "seq2seq_cli", *arguments],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"s2s {' '.join(arguments)}\n{done.stderr}")
    return done.stdout


def row(model: Model, task: Task, data: str, folder: str, threads: int) -> str:
    """Train and score a model, and return its line of the table."""
    run = f"{Path(data).name}-{model.name.strip('`').replace(', ', '-').replace(' ', '-')}"
    options = [word for setting in (*model.settings, *task.settings) for word in ("--set", setting)]
    train = ["train", "--config", model.config or task.config, "--data", data, "--run", run, *options]
    s2s(*train, folder=folder, threads=threads)
    size = json.loads(s2s("inspect", "model", run, "--json", folder=folder, threads=threads))
    course = json.loads(s2s("inspect", "run", run, "--json", folder=folder, threads=threads))
    scores = json.loads(s2s("evaluate", run, "--json", "--samples", "0", folder=folder, threads=threads))
    return (
        f"| {model.name} | {size['parameters'] / 1e6:.2f} M | {course['summary']['seconds']:.0f} s "
        f"| {scores['bleu']:.1f} | {scores['exact_match']:.1f}% |"
    )


def table(task: Task, corpus: str, only: str, folder: str, jobs: int) -> None:
    """Print the table of one task, line by line as models are done."""
    threads = max(1, (os.cpu_count() or 1) // jobs)
    data = f"data/{Path(task.config).stem}"
    prepare = ["prepare-data", task.source or corpus, "--config", task.config, "--out", data]
    s2s(*prepare, folder=folder, threads=threads)
    print(f"\n{task.title}; {jobs} models side by side, {threads} thread(s) each\n")
    print("| model | parameters | training | test BLEU | exact match |\n| --- | --- | --- | --- | --- |")
    chosen = [model for model in task.models if only in model.name]
    with ThreadPoolExecutor(jobs) as pool:
        for line in pool.map(lambda model: row(model, task, data, folder, threads), chosen):
            print(line, flush=True)


def main() -> None:
    """Make the tables."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("corpus", type=Path, nargs="?", help="fra-eng.zip of manythings.org/anki")
    options.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="models trained side by side")
    options.add_argument("--only", default="", help="models whose name has this in it")
    options.add_argument("--epochs", type=int, help="for all, in place of what the configs say")
    given = options.parse_args()
    if given.corpus is None and "sample" not in given.tasks:
        options.error("these tasks need the corpus")
    corpus = str(given.corpus.resolve()) if given.corpus else ""
    epochs = (f"training.epochs={given.epochs}",) if given.epochs else ()
    with tempfile.TemporaryDirectory() as folder:
        for name in given.tasks:
            task = TASKS[name]._replace(settings=(*TASKS[name].settings, *epochs))
            if task.source or corpus:
                table(task, corpus, given.only, folder, given.jobs)


if __name__ == "__main__":
    main()
