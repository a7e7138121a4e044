"""What a wider beam is worth: BLEU and time by width and length penalty, for a run on a part of its data.

    python tests/bench/beam_width.py runs/bi
    python tests/bench/beam_width.py w1 --widths 1 5 50 --penalties 0 1 --normalization gnmt

Prints a Markdown table. Below each length penalty α stand BLEU, against each pair's own reference, how long
the outputs are beside their references, and the sentences searched in a second. A beam of 1 is greedy search,
for which α makes no difference.
"""

import argparse
import time

import torch

from seq2seq_cli import metrics
from seq2seq_cli.build.experiment import build_search, find_device
from seq2seq_cli.corpus.batching import Batches
from seq2seq_cli.runs import Run, Store
from seq2seq_cli.scoring import all_references, search_all, texts


def main() -> None:
    """Search with every width and every penalty."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("run", help="a name under runs/, or a path")
    options.add_argument("--split", default="test", help="train, valid or test")
    options.add_argument("--checkpoint", default="best")
    options.add_argument("--device", default="auto")
    options.add_argument("--batch", type=int, default=2048, help="tokens a batch")
    options.add_argument("--widths", type=int, nargs="+", default=[1, 2, 3, 5, 8, 12, 20])
    options.add_argument("--penalties", type=float, nargs="+", default=[0.0, 0.6, 1.0])
    options.add_argument("--normalization", default="plain", help="plain or gnmt")
    given = options.parse_args()
    run, device = Store().find(given.run), find_device(given.device)
    model, part = run.load_model(given.checkpoint, device), run.dataset().part(given.split).not_empty()
    batches = Batches(part, given.batch, by="tokens")
    references = [own[:1] for own in all_references(part)]
    words = sum(len(own.split()) for (own,) in references)

    def searched(width: int, penalty: float) -> str:
        chosen = {"search": "beam", "beam_size": width, "length_penalty": penalty}
        chosen["length_normalization"] = given.normalization
        search = build_search(run.config.decoding.model_copy(update=chosen))
        began = time.perf_counter()
        found = search_all(model, search, batches, device)
        seconds = time.perf_counter() - began
        outputs = texts([best for best, *_ in found], run.target_vocabulary, run.target_pipeline)
        length = sum(len(output.split()) for output in outputs) / words
        return f"{metrics.bleu(outputs, references):.2f} | {length:.3f} | {len(found) / seconds:,.0f}"

    print(f"{title(run, given)}\n")
    print(
        "| width | "
        + " | ".join(f"α = {penalty:g}: BLEU | length | per second" for penalty in given.penalties)
        + " |"
    )
    print("| --- " * (1 + 3 * len(given.penalties)) + "|")
    searched(1, 1.0)  # the first pass is slower: kernels are chosen, memory is fetched
    for width in given.widths:
        cells = " | ".join(searched(width, penalty) for penalty in given.penalties)
        print(f"| {width} | {cells} |", flush=True)


def title(run: Run, given: argparse.Namespace) -> str:
    """Return what the table is of."""
    part = f"{given.split} part, {len(run.dataset().part(given.split)):,} sentences"
    how = f"{given.normalization} length normalization, {torch.get_num_threads()} threads"
    return f"{run.name}, {given.checkpoint} checkpoint, {part}, {how}"


if __name__ == "__main__":
    main()
