"""How near to its limit a training is: what its matrix products take, and what they would take at best.

    python tests/bench/share.py                      hidden 256 and 512, float32 and bfloat16
    python tests/bench/share.py --hidden 256 --precisions float32 --steps 20

The model is training.py's, French to English on W1 with additive attention and input feeding, batch 128, by
the engine `scratch`, whose products are all torch's. Three times the
same updates are made, on the same batches:

1. plainly: the time of a step, on which all shares are based;
2. under torch's profiler: the time that each operation takes by itself, calls of others not counted;
3. with every product noted: its shapes, strides and types. Each distinct one is then repeated alone, its
   operands in the cache, best of several: the least time that the step's products can take here.

What the operations leave of a step is Python, autograd and dispatch; it comes out a little small, since the
profiler makes operations slower. Printed for comparison: target tokens a second by the engine `auto`.
"""

import argparse
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from training import ATTENDING, BENCH, TRANSLATION, in_turn, s2s

from seq2seq_cli.build.training import build_trainer
from seq2seq_cli.config import load_config
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.training.events import Step

GROUPS = {
    "products": "mm addmm addmm_ bmm baddbmm mkldnn_rnn_layer mkldnn_rnn_layer_backward",
    "softmax and loss": (
        "_log_softmax _softmax _softmax_backward_data amax sub_ exp exp_ log div_ gather scatter_add_ "
        "scatter_"
    ),
    "copies and casts": (
        "copy_ _to_copy clone cat stack fill_ zero_ index index_select index_put_ index_add_ embedding "
        "embedding_dense_backward constant_pad_nd masked_fill_ masked_fill nonzero"
    ),
    "views and allocation": (
        "slice select narrow as_strided view _unsafe_view reshape _reshape_alias t transpose permute expand "
        "squeeze unsqueeze split split_with_sizes chunk unbind detach alias flatten empty empty_like "
        "empty_strided new_empty new_empty_strided resize_ set_"
    ),
    "optimiser": "_fused_adam_ linalg_vector_norm _foreach_norm",
}
ELEMENTWISE, REST = "elementwise and others", "Python and dispatch"
GROUP_OF = {f"aten::{name}": group for group, names in GROUPS.items() for name in names.split()}
PRODUCTS = {name.removeprefix("aten::") for name, group in GROUP_OF.items() if group == "products"}
TOP = 15
BLOCK, BLOCKS = 0.001, 5  # seconds of one measurement of a product alone, and how many there are


class Products(TorchDispatchMode):
    """Counts the matrix products that are computed, by what they compute."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[Any] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func.overloadpacket.__name__ in PRODUCTS:
            named = tuple((name, described(value)) for name, value in sorted(kwargs.items()))
            self.counts[func, tuple(map(described, args)), named] += 1
        return func(*args, **kwargs)


def described(value: Any) -> Any:
    """Return all of a tensor that decides how fast it is multiplied, and other values as they are."""
    return (tuple(value.shape), value.stride(), value.dtype) if isinstance(value, Tensor) else value


def drawn(value: Any) -> Any:
    """Return a random tensor of a description, and other values as they are."""
    if not isinstance(value, tuple):
        return value
    shape, strides, dtype = value
    size = 1 + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True))
    return torch.randn(size).to(dtype).as_strided(shape, strides)


def operations(product: Any) -> int:
    """Return the multiplications and additions of a product."""
    (*_, (left, _, _), (right, _, _)) = [value for value in product[1] if isinstance(value, tuple)]
    return 2 * int(torch.Size(left).numel()) * int(right[-1])


@torch.no_grad()
def least_seconds(product: Any) -> float:
    """Return how long one product takes, alone and repeated, at best."""
    func, arguments, named = product
    args, kwargs = [drawn(value) for value in arguments], {name: drawn(value) for name, value in named}
    for _ in range(2):
        began = time.perf_counter()
        func(*args, **kwargs)
        once = time.perf_counter() - began
    repeats, best = max(1, round(BLOCK / once)), once
    for _ in range(BLOCKS):
        began = time.perf_counter()
        for _ in range(repeats):
            func(*args, **kwargs)
        best = min(best, (time.perf_counter() - began) / repeats)
    return best


@contextmanager
def training(data: Path, settings: list[str], warm: int) -> Iterator[Iterator[Any]]:
    """Yield the updates of a new training, of which the first few have been made."""
    config = load_config(
        None, [*ATTENDING, "training.epochs=999", "training.validation.every=999", *settings]
    )
    _, trainer = build_trainer(config, Dataset(data), torch.device("cpu"))
    with closing(trainer.events()) as updates:  # type: ignore[type-var]
        for _ in range(warm):
            next(updates)
        yield updates


def timed(data: Path, settings: list[str], warm: int, steps: int) -> tuple[float, float]:
    """Return seconds and target tokens of so many updates."""
    with training(data, settings, warm - 1) as updates:
        first = next(updates)
        last = [next(updates) for _ in range(steps)][-1]
    assert isinstance(first, Step)
    assert isinstance(last, Step)
    return last.seconds - first.seconds, last.target_tokens - first.target_tokens


def measure(data: Path, settings: list[str], warm: int, steps: int) -> dict[str, Any]:
    """Return what a step takes, and of what it is made; times in milliseconds a step."""
    per_step = 1000 / steps
    auto_seconds, tokens = timed(data, [*settings, "model.engine=auto"], warm, steps)
    settings = [*settings, "model.engine=scratch"]
    seconds, _ = timed(data, settings, warm, steps)
    with (
        training(data, settings, warm) as updates,
        profile(activities=[ProfilerActivity.CPU], acc_events=True) as profiled,
    ):
        for _ in range(steps):
            next(updates)
    products = Products()
    with training(data, settings, warm) as updates, products:
        for _ in range(steps):
            next(updates)
    table = [
        {
            "operation": entry.key.removeprefix("aten::"),
            "group": GROUP_OF.get(entry.key, ELEMENTWISE),
            "calls": entry.count / steps,
            "milliseconds": entry.self_cpu_time_total / 1e6 * per_step,
        }
        for entry in profiled.key_averages()
        if entry.key.startswith(
            "aten::"
        )  # what autograd's nodes take by themselves is Python's and dispatch's
    ]
    groups: defaultdict[str, float] = defaultdict(float)
    for row in table:
        groups[row["group"]] += row["milliseconds"]
    groups[REST] = seconds * per_step - sum(groups.values())
    seen = sum(row["calls"] for row in table if row["group"] == "products") * steps
    return {
        "tokens a second, auto": tokens / auto_seconds,
        "tokens a second, scratch": tokens / seconds,
        "step": seconds * per_step,
        "products": groups["products"],
        "products alone": sum(n * least_seconds(each) for each, n in products.counts.items()) * per_step,
        "gigaflop": sum(n * operations(each) for each, n in products.counts.items()) / steps / 1e9,
        "distinct": len(products.counts),
        "noted": products.counts.total() / seen,
        "groups": dict(sorted(groups.items(), key=lambda group: -group[1])),
        "top": sorted(table, key=lambda row: -row["milliseconds"])[:TOP],
    }


def show(name: str, found: dict[str, Any]) -> None:
    """Print the tables of one model."""
    step = found["step"]
    print(f"\n{name}; {torch.get_num_threads()} thread(s)\n")
    print(f"Target tokens a second: {found['tokens a second, scratch']:.0f} by scratch, ", end="")
    print(f"{found['tokens a second, auto']:.0f} by auto. A step takes {step:.1f} ms.")
    print(f"{found['distinct']} distinct products; {found['noted']:.1%} of the profiled ones are noted.\n")
    print("| products | ms a step | share of the step | GFLOP a second |\n| --- | --- | --- | --- |")
    for label, key in (("in the step", "products"), ("alone, at best", "products alone")):
        rate = found["gigaflop"] / found[key] * 1000
        print(f"| {label} | {found[key]:.2f} | {found[key] / step:.1%} | {rate:.0f} |")
    print("\n| group | ms a step | share |\n| --- | --- | --- |")
    for group, milliseconds in found["groups"].items():
        print(f"| {group} | {milliseconds:.2f} | {milliseconds / step:.1%} |")
    print("\n| operation | group | calls a step | ms a step | share |\n| --- | --- | --- | --- | --- |")
    for row in found["top"]:
        print(f"| `{row['operation']}` | {row['group']} | {row['calls']:.0f} ", end="")
        print(f"| {row['milliseconds']:.2f} | {row['milliseconds'] / step:.1%} |", flush=True)


def main() -> None:
    """Measure every size in every precision."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("bench", type=Path, nargs="?", default=BENCH, help="the folder that has w1/")
    options.add_argument("--hidden", type=int, nargs="+", default=[256, 512])
    options.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"])
    options.add_argument("--warm", type=int, default=20, help="updates before the first that counts")
    options.add_argument("--steps", type=int, default=40, help="updates that count")
    options.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    given = options.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        s2s(
            "prepare-data",
            given.bench.resolve() / "w1",
            "--out",
            "data",
            *in_turn(TRANSLATION),
            folder=folder,
        )
        for hidden in given.hidden:
            sizes = [f"model.{side}_hidden_size={hidden}" for side in ("encoder", "decoder")]
            for precision in given.precisions:
                settings = [*sizes, f"model.embedding_size={hidden}", f"training.precision={precision}"]
                label = f"hidden {hidden}, {precision}"
                results[label] = measure(folder / "data", settings, given.warm, given.steps)
                show(label, results[label])
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
