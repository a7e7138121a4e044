"""Multiply-adds: counted while a real model works on made-up sentences, and ascribed to its layers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from seq2seq_cli.batch import Batch
from seq2seq_cli.models.seq2seq import Seq2Seq

Unit = Literal["source", "sentence", "target"]
"""What a layer works for: a source token, a sentence pair, a target token."""

Work = dict[tuple[str, Unit], int]
"""Multiply-adds by a layer's name and what they are counted for, in the order in which data meet layers.

A layer that multiplies nothing, such as an embedding, has 0.
"""


def count_work(model: Seq2Seq, batch: Batch) -> Work:
    """Return what each layer multiplies.

    Args:
        model: any, on the CPU.
        batch: sentences without padding, all sources of one length and all targets of one length.
    """
    sentences, source_tokens = batch.source.shape
    with torch.no_grad():
        with _metering(model) as before:
            start = model.start(batch.source, batch.source_lengths)
        with _metering(model) as during:
            state = start
            for token in batch.target.T:  # which words they are does not matter
                _, state, _ = model.step(token, state)
    work: Work = {}
    for name, count in before.items():
        if name.startswith("bridge."):
            work[name, "sentence"] = count // sentences
        else:
            work[name, "source"] = count // (sentences * source_tokens)
    for name, count in during.items():
        work[name, "target"] = count // batch.target.numel()
    return work


@contextmanager
def _metering(model: nn.Module) -> Iterator[dict[str, int]]:
    """Count what a model multiplies within the block: layer -> multiply-adds of the whole batch."""
    meter = _Meter(model)
    handles = []
    for name, module in model.named_modules():
        handles += [
            module.register_forward_pre_hook(lambda *_, name=name: meter.running.append(name)),
            module.register_forward_hook(lambda *_: meter.ended()),
        ]
    try:
        with meter:
            yield meter.counts
    finally:
        for handle in handles:
            handle.remove()


_DIRECTIONS = ("left_to_right", "right_to_left")


class _Meter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Looks at every operation of torch's, within hand-derived sweeps too.

    torch.utils.flop_counter knows the formulas of nearly all, but names only modules that were called, and a
    decoder does not call its cells. So an operation belongs to the layer whose parameter takes part, and
    without one to the innermost module at work, or to its cell, whose sweeps work with copies; where two
    directions take their steps together, to the cells of both, half to each.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.counts: dict[str, int] = {}
        self.running: list[str] = []
        self.owners: dict[int, list[str]] = {}  # tied parameters have several
        self.cells: dict[str, list[str]] = {}  # of recurrent layers, by the layer's name
        for name, module in model.named_modules():
            if name.endswith(".cell"):
                layer = name.removesuffix(".cell")
                both, _, direction = layer.rpartition(".")
                for reading in [layer, both] if direction in _DIRECTIONS else [layer]:
                    self.cells.setdefault(reading, []).append(name)
            for parameter in module.parameters(recurse=False):
                self.owners.setdefault(parameter.untyped_storage().data_ptr(), []).append(name)

    def ended(self) -> None:
        """Take note that the innermost module is done."""
        self.running.pop()

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation, and count it."""
        kwargs = kwargs or {}
        result = operation(*args, **kwargs)
        formula = _FORMULAS.get(operation.overloadpacket)
        flops = int(formula(*args, **kwargs, out_val=result)) if formula else 0
        innermost = self.running[-1] if self.running else ""
        at_work, owners = self.cells.get(innermost, [innermost]), self._owners((args, kwargs))
        if owners or flops:
            layers = [next((each for each in at_work if each in owners), owners[0])] if owners else at_work
            for layer in layers:
                self.counts[layer] = self.counts.get(layer, 0) + flops // 2 // len(layers)
        return result

    def _owners(self, arguments: Any) -> list[str]:
        """Return the layers that hold the first parameter among an operation's arguments."""
        for argument in tree_leaves(arguments):
            if isinstance(argument, Tensor):
                owners = self.owners.get(argument.untyped_storage().data_ptr())
                if owners:
                    return owners
        return []


def _lstm_flops(inputs: Tensor, weight_input: Tensor, weight_hidden: Tensor, *_: Any, **__: Any) -> int:
    """Return what oneDNN's whole LSTM layer takes; inputs (time, batch, input)."""
    rows = inputs.shape[0] * inputs.shape[1]
    return 2 * rows * (weight_input.numel() + weight_hidden.numel())


_FORMULAS = {
    **flop_registry,
    torch.ops.aten.addmm_: flop_registry[torch.ops.aten.addmm],
    torch.ops.aten.baddbmm_: flop_registry[torch.ops.aten.baddbmm],
    torch.ops.aten.mkldnn_rnn_layer: _lstm_flops,
}
