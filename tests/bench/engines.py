"""One recurrent layer, forward and backward: our engines beside torch.nn's layers.

Full batches beside torch.nn.LSTM on the padded batch, its quick way; ragged ones (9 to 12 words, as in a
bucket) beside torch.nn.LSTM on packed sequences, its exact way; in float32 and, under autocast, in bfloat16.
Prints the median milliseconds of each, all in one run, taken in turn, and how many times as fast as torch.nn
each engine is.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.recurrent import Recurrent

TIME, SHORTEST = 12, 9
LAYERS = {"lstm": nn.LSTM, "gru": nn.GRU, "tanh": nn.RNN}
Forward = Callable[[Tensor], Tensor]


def candidates(cell: str, hidden: int, lengths: Tensor | None) -> dict[str, Forward]:
    """Return what is compared, by name: inputs (batch, time, hidden) -> outputs. The first is torch.nn."""
    reference = LAYERS[cell](hidden, hidden, batch_first=True)

    def padded(inputs: Tensor) -> Tensor:
        outputs: Tensor = reference(inputs)[0]
        return outputs

    def packed(inputs: Tensor) -> Tensor:
        assert lengths is not None
        rows = nn.utils.rnn.pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
        outputs: Tensor = nn.utils.rnn.pad_packed_sequence(reference(rows)[0], batch_first=True)[0]
        return outputs

    compared: dict[str, Forward] = {"torch.nn": padded if lengths is None else packed}
    for name, engine in ENGINES.items():
        layer = Recurrent(CELLS[cell](hidden, hidden), engine)
        compared[name] = lambda inputs, layer=layer: layer(inputs, lengths)[0]
    return compared


def medians(compared: dict[str, Forward], inputs: Tensor, bfloat16: bool, rounds: int) -> dict[str, float]:
    """Return the median milliseconds of each, forward and backward."""
    taken: dict[str, list[float]] = {name: [] for name in compared}
    gradient = torch.randn_like(inputs)
    for _ in range(rounds + 3):
        for name, forward in compared.items():
            began = time.perf_counter()
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                outputs = forward(inputs)
            outputs.backward(gradient.to(outputs.dtype))
            taken[name].append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(times[3:]) for name, times in taken.items()}


def main() -> None:
    """Time every candidate for several sizes."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--cells", nargs="+", choices=LAYERS, default=["lstm"])
    given = options.parse_args()
    torch.manual_seed(1)
    print("| layer | hidden | batch | sentences | precision | torch.nn |", " | ".join(ENGINES), "|")
    print("| --- " * (6 + len(ENGINES)), "|", sep="")
    for cell in given.cells:
        for ragged in (False, True):
            for bfloat16 in (False, True):
                for hidden in (256, 512):
                    for batch in (32, 128):
                        lengths = torch.randint(SHORTEST, TIME + 1, (batch,))
                        lengths[0] = TIME
                        inputs = torch.randn(batch, TIME, hidden, requires_grad=True)
                        compared = candidates(cell, hidden, lengths if ragged else None)
                        found = medians(compared, inputs, bfloat16, given.rounds)
                        reference = found.pop("torch.nn")
                        ours = " | ".join(f"{ms:.1f} ms, {reference / ms:.2f}×" for ms in found.values())
                        kinds = ("ragged" if ragged else "full", "bfloat16" if bfloat16 else "float32")
                        row = (cell, str(hidden), str(batch), *kinds, f"{reference:.1f} ms", ours)
                        print("|", " | ".join(row), "|", flush=True)


if __name__ == "__main__":
    main()
