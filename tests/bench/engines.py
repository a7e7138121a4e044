"""One LSTM layer, forward and backward, ragged batches: our engines beside torch.nn.LSTM on packed sequences.

Prints the median milliseconds of each, all in one run, taken in turn.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from seq2seq_cli.models.cells import LSTMCell
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.recurrent import Recurrent

TIME, SHORTEST = 10, 3


def candidates(hidden: int, lengths: Tensor) -> dict[str, Callable[[Tensor], Tensor]]:
    """Return what is compared, by name: inputs (batch, time, hidden) -> outputs."""
    reference = nn.LSTM(hidden, hidden, batch_first=True)

    def packed(inputs: Tensor) -> Tensor:
        packed_inputs = nn.utils.rnn.pack_padded_sequence(
            inputs, lengths, batch_first=True, enforce_sorted=False
        )
        outputs: Tensor = nn.utils.rnn.pad_packed_sequence(reference(packed_inputs)[0], batch_first=True)[0]
        return outputs

    layers = {name: Recurrent(LSTMCell(hidden, hidden), ENGINES[name]) for name in ("scratch", "fused")}
    return {
        "nn.LSTM, packed": packed,
        **{name: (lambda inputs, layer=layer: layer(inputs, lengths)[0]) for name, layer in layers.items()},
    }


def main() -> None:
    """Time every candidate for several sizes."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rounds", type=int, default=15)
    rounds = options.parse_args().rounds
    torch.manual_seed(1)
    for hidden in (256, 512):
        for batch in (32, 128):
            lengths = torch.randint(SHORTEST, TIME + 1, (batch,))
            lengths[0] = TIME
            inputs = torch.randn(batch, TIME, hidden, requires_grad=True)
            compared = candidates(hidden, lengths)
            taken: dict[str, list[float]] = {name: [] for name in compared}
            for _ in range(rounds + 3):
                for name, forward in compared.items():
                    began = time.perf_counter()
                    forward(inputs).sum().backward()
                    taken[name].append(1000 * (time.perf_counter() - began))
            medians = {name: statistics.median(times[3:]) for name, times in taken.items()}
            row = "  ".join(f"{name} {median:.1f} ms" for name, median in medians.items())
            print(f"hidden {hidden}  batch {batch:>3}:  {row}")


if __name__ == "__main__":
    main()
