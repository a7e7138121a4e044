"""Layers on top of each other, and what they carry."""

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn

from seq2seq_cli.models.cells import LayerState
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.recurrent import Bidirectional, Recurrent

State = tuple[LayerState, ...]
"""What a stack of layers carries: one LayerState a layer, the lowest first."""

Masks = tuple[Tensor | None, ...]
"""Masks of variational dropout, drawn once a sentence; None where each word draws its own."""


class RecurrentStack(nn.Module):
    """Layers on top of each other: each reads what the one below puts out.

    Args:
        layers: the lowest first.
        dropout: what falls on a layer's outputs before the next layer.
        residual: add to a layer's outputs what it has read, from the second layer on, where the widths
            match (He et al. 2016; Wu et al. 2016, section 3.1).
    """

    def __init__(
        self, layers: Sequence[Recurrent | Bidirectional], dropout: Dropout, *, residual: bool = False
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.dropout = dropout
        self.residual = residual
        self.output_size = layers[-1].output_size

    def forward(
        self,
        inputs: Tensor,
        lengths: Tensor | None = None,
        state: State | None = None,
        masks: Masks | None = None,
    ) -> tuple[Tensor, State]:
        """Read whole sentences through all layers.

        Args:
            inputs: (batch, time, input).
            lengths: (batch,) true lengths; None where every sentence fills the time.
            state: the first state of each layer; None for zeros.
            masks: what `draw` returned; None draws as it goes.

        Returns:
            The top layer's outputs (batch, time, size); each layer's final state, parts (batch, size).
        """
        finals = []
        for depth, layer in enumerate(self.layers):
            below = self.dropout(inputs, masks[depth - 1] if masks else None) if depth else inputs
            outputs, final = layer(below, lengths, state[depth] if state is not None else None)
            inputs = self.joined(depth, inputs, outputs)
            finals.append(final)
        return inputs, tuple(finals)

    def step(self, x: Tensor, state: State, masks: Masks | None = None) -> tuple[Tensor, State]:
        """Take one step in time with every layer, none of which may be bidirectional.

        Args:
            x: (batch, input).
            state: the state of each layer before the step.
            masks: what `draw` returned; None draws as it goes.

        Returns:
            The top layer's output (batch, hidden), and the state of each layer after the step.
        """
        after = []
        for depth, layer in enumerate(self.layers):
            below = self.dropout(x, masks[depth - 1] if masks else None) if depth else x
            output, layer_state = cast("Recurrent", layer).step(below, state[depth])
            x = self.joined(depth, x, output)
            after.append(layer_state)
        return x, tuple(after)

    def draw(self, like: Tensor) -> Masks:
        """Return one mask a gap between layers, (batch, size), where dropout is variational."""
        sizes = [cast("Recurrent | Bidirectional", layer).output_size for layer in self.layers]
        return tuple(self.dropout.draw(like, size) for size in sizes[:-1])

    @property
    def is_plain(self) -> bool:
        """Whether a layer's outputs go up as they are, but for dropout: no norm, nothing added."""
        return not self.residual and all(cast("Recurrent", layer).norm is None for layer in self.layers)

    def factors(self, like: Tensor, masks: Masks) -> Masks:
        """Return what dropout multiplies a layer's outputs by, (tokens, size), a tensor a gap between layers.

        Args:
            like: a tensor (tokens, ...) of the device and type that they should have.
            masks: of variational dropout, (tokens, size) each; None draws for every token.
        """
        sizes = [cast("Recurrent | Bidirectional", layer).output_size for layer in self.layers]
        return tuple(
            self.dropout.factors(like, size) if mask is None else mask
            for mask, size in zip(masks, sizes[:-1], strict=True)
        )

    def joined(self, depth: int, below: Tensor, outputs: Tensor) -> Tensor:
        """Return what goes up from a layer: its outputs, and where asked for all that came from below.

        Args:
            depth: which layer, 0 being the lowest.
            below: what it has read, (..., size).
            outputs: what it puts out, (..., size).
        """
        if self.residual and depth and below.shape == outputs.shape:
            return outputs + below
        return outputs
