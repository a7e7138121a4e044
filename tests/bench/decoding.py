"""How many sentences a second are translated, beside two toolkits with trained models of the same size.

    python tests/bench/decoding.py                     everything; at first it trains, for some ten minutes
    python tests/bench/decoding.py --rounds 3 --peers marian

The task is the benchmark's W1, French to English; the network a bidirectional LSTM of 256 units a direction,
additive attention and input feeding. What is translated is the test part eight times over, 9,704 sentences,
by greedy search and by a beam of 5. Every system has its model trained first, unless --home has it: the peers
by the benchmark's own script, 15 and 12 epochs, we by the settings below.

Systems take turns, each in a process of its own; nothing else may be running. Loading and a first 256
sentences are not counted. Ours are given as lines of text and come back as lines of text. BLEU is sacreBLEU's
with tokenize "none". With --rounds, speeds are medians.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

BENCH = Path(__file__).resolve().parents[3] / "shared" / "bench"
PEERS = {"joeynmt": 15, "marian": 12}  # epochs
REPEAT, WARM = 8, 256
SEARCHES = {"greedy": 1, "beam5": 5}
PRECISIONS = ("float32", "auto")
SETTINGS = (
    "data.columns=[fr, en]",
    "data.max_length=51",
    "model.encoder=bi",
    "model.attention=additive",
    "model.input_feeding=true",
    *(f"model.{key}=256" for key in ("embedding_size", "encoder_hidden_size", "decoder_hidden_size")),
    "model.dropout=0.4",
    "model.variational_dropout=true",
    "training.batch_size=128",
    "training.learning_rate=0.002",
    "training.schedule.policy=one_cycle",
    "training.epochs=16",
)
MARIAN = """
import json, sys, time
from pymarian import Translator
home, beam = sys.argv[1], int(sys.argv[2])
source = open(f"{home}/big.fr").read().splitlines()
translator = Translator(models=f"{home}/marian.npz", vocabs=[f"{home}/vocab.fr.yml", f"{home}/vocab.en.yml"],
                        beam_size=beam, mini_batch=128, maxi_batch=100, maxi_batch_sort="src", cpu_threads=2,
                        workspace=512, quiet=True, normalize=0.6)
translator.translate(source[:256])
began = time.perf_counter()
output = translator.translate(source)
print("DECODED", json.dumps({"seconds": time.perf_counter() - began, "output": output}))
"""
Figures = tuple[float, float]  # sentences a second, BLEU


def printed(*command: str | Path, folder: Path | None = None) -> str:
    """Run a command to its end and return all that it prints."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}")
    return done.stdout


def bleu(output: list[str], references: list[str]) -> float:
    """Return the BLEU of outputs."""
    import sacrebleu

    return sacrebleu.corpus_bleu(output, [references], tokenize="none", force=True).score


def joeynmt(home: Path, search: str) -> Figures:
    """Let Joey NMT translate."""
    python = home / "joeynmt-env" / "bin" / "python"
    log = printed(python, "-m", "joeynmt", "test", home / f"joeynmt-{search}.yaml")
    seconds = float(re.findall(r"Generation took ([\d.]+)\[sec\]", log)[-1])
    return len(lines_of(home / "big.en")) / seconds, float(re.findall(r"bleu:\s+([\d.]+)", log)[-1])


def marian(home: Path, search: str) -> Figures:
    """Let Marian translate."""
    log = printed(home / "marian-env" / "bin" / "python", "-c", MARIAN, home, str(SEARCHES[search]))
    found = json.loads(re.findall(r"^DECODED (.*)$", log, flags=re.M)[-1])
    references = lines_of(home / "big.en")
    return len(references) / found["seconds"], bleu(found["output"], references)


def ours(home: Path, search: str, precision: str) -> Figures:
    """Translate in a process of its own."""
    found = json.loads(printed(sys.executable, __file__, "--ours", home, search, precision).splitlines()[-1])
    references = lines_of(home / "big.en")
    return len(references) / found["seconds"], bleu(found["output"], references)


def translate(home: Path, search: str, precision: str) -> None:
    """Translate in this process; print seconds and outputs."""
    from seq2seq_cli.cli.starting import starting

    with starting():  # as `s2s translate` does
        from seq2seq_cli.allocation import prepare_heap
        from seq2seq_cli.config import load_config
        from seq2seq_cli.runs import Store
        from seq2seq_cli.translation import Translator

        prepare_heap()
        run, width = Store(home / "ours" / "runs").find("w1"), SEARCHES[search]
        kind = ["search=greedy"] if width == 1 else ["search=beam", f"beam_size={width}"]
        settings = [f"decoding.{setting}" for setting in (*kind, f"precision={precision}")]
        translator = Translator.of(run, run.with_decoding(load_config(None, settings)), "cpu")
    source = lines_of(home / "big.fr")
    translator.translate(source[:WARM])
    began = time.perf_counter()
    output = translator.translate(source)
    print(json.dumps({"seconds": time.perf_counter() - began, "output": output}))


def lines_of(file: Path) -> list[str]:
    """Return the lines of a file."""
    return file.read_text(encoding="utf-8").splitlines()


def train(bench: Path, home: Path, peers: list[str]) -> None:
    """Train what is not there yet."""
    folder = home / "ours"
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("fr", "en"):
        (home / f"big.{language}").write_text((bench / "w1" / f"test.{language}").read_text() * REPEAT)
    if not (folder / "runs" / "w1" / "checkpoints" / "best").exists():
        settings = [word for setting in SETTINGS for word in ("--set", setting)]
        s2s = (sys.executable, "-m", "seq2seq_cli")
        printed(*s2s, "prepare-data", bench / "w1", "--out", "data", "--force", *settings, folder=folder)
        printed(*s2s, "train", "--data", "data", "--run", "w1", *settings, folder=folder)
    for peer in peers:
        if not (home / f"{peer}.json").exists():
            line = (bench / "peers.py", peer, "--epochs", str(PEERS[peer]), "--home", home)
            (home / f"{peer}.json").write_text(printed(sys.executable, *line))


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("bench", type=Path, nargs="?", default=BENCH, help="has peers.py, w1/")
    options.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    options.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "s2s-peers-trained")
    options.add_argument("--rounds", type=int, default=1)
    given = options.parse_args()
    home = given.home.resolve()
    train(given.bench.resolve(), home, given.peers)
    systems: dict[str, Callable[[str], Figures]] = {
        peer: partial({"joeynmt": joeynmt, "marian": marian}[peer], home) for peer in given.peers
    }
    for precision in PRECISIONS:
        systems[f"s2s, {precision}"] = partial(ours, home, precision=precision)
    found: dict[tuple[str, str], list[Figures]] = {(s, name): [] for s in SEARCHES for name in systems}
    for _ in range(given.rounds):
        for search in SEARCHES:
            for name, measure in systems.items():
                found[search, name].append(measure(search))
    speeds = {key: statistics.median(speed for speed, _ in figures) for key, figures in found.items()}
    for search in SEARCHES:
        best = max((speeds[search, peer] for peer in given.peers), default=speeds[search, "s2s, float32"])
        print(f"\n{search}\n\n| system | sentences/s | x the better peer | BLEU |\n{'| --- ' * 4}|")
        for name in systems:
            speed, score = speeds[search, name], found[search, name][-1][1]
            print(f"| {name} | {speed:,.0f} | {speed / best:.2f} | {score:.2f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ours"]:
        translate(Path(sys.argv[2]), *sys.argv[3:])
    else:
        main()
