"""What a decoder makes of the straight line between two states."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.inspection.latent.record import Stop
from seq2seq_cli.models.seq2seq import ModelStep, SearchState, Seq2Seq
from seq2seq_cli.runs import Run
from seq2seq_cli.scoring import texts


@dataclass(frozen=True)
class _Begun:
    """A model whose search begins in a given state, a row an output."""

    model: Seq2Seq
    state: SearchState

    def start(self, source: Tensor, lengths: Tensor) -> SearchState:
        return self.state

    def step(self, token: Tensor, state: SearchState) -> ModelStep:
        return self.model.step(token, state)


def decoded(run: Run, model: Seq2Seq, ends: SearchState, stops: int) -> list[Stop]:
    """Return what the decoder makes of the line between two states, rows 0 and 1."""
    positions = torch.linspace(0, 1, stops)
    state = _between(ends, positions.unsqueeze(1))
    nothing = torch.empty(stops, 0), torch.zeros(stops)  # the model has begun, and asks for no source
    search = Greedy(run.config.decoding.max_length)
    hypotheses = [best for best, *_ in search(_Begun(model, state), *nothing)]
    written = texts(hypotheses, run.target_vocabulary, run.target_pipeline)
    return [
        Stop(position, text, hypothesis.log_probability)
        for position, text, hypothesis in zip(positions.tolist(), written, hypotheses, strict=True)
    ]


def _between(ends: SearchState, positions: Tensor) -> SearchState:
    """Return the states at positions, (stops, 1), of the line from row 0 to row 1."""

    def lerp(tensor: Tensor) -> Tensor:
        weight = positions.view(-1, *[1] * (tensor.dim() - 1)).to(tensor)
        return torch.lerp(tensor[:1].expand(len(weight), *tensor.shape[1:]), tensor[1:], weight)

    start = ends.select(torch.zeros(len(positions), dtype=torch.long))
    layers = tuple(tuple(lerp(part) for part in layer) for layer in ends.state.layers)
    memory = start.memory._replace(values=lerp(ends.memory.values))
    return SearchState(start.state._replace(layers=layers), memory)
