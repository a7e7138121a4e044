"""The bridge: from the encoder's final state to the decoder's first."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import nn

from seq2seq_cli.models.recurrent import State
from seq2seq_cli.registry import Registry


class Bridge(nn.Module, ABC):
    """Makes the decoder's first state out of the encoder's final one.

    Args:
        encoder_sizes: the width of the encoder's final state, one a layer.
        decoder_size: the width of the decoder's state.
        decoder_layers: the number of the decoder's layers.
        parts: names of a state's parts, for example ("hidden", "cell").
    """

    def __init__(
        self, encoder_sizes: Sequence[int], decoder_size: int, decoder_layers: int, parts: Sequence[str]
    ) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, final_state: State) -> State:
        """Return the decoder's first state; parts go from (batch, encoder size) to (batch, decoder size)."""


class LinearBridge(Bridge):
    """A linear map for each decoder layer and each part of its state (hidden, cell).

        s_k = W_k z_k + b_k      the identity where the widths already match

    z_k is the final state of the encoder layer beside decoder layer k. The stacks are aligned at the top:
    a deeper decoder fills its lower layers from the encoder's lowest, a deeper encoder's lower
    layers stay unused here.
    """

    def __init__(
        self, encoder_sizes: Sequence[int], decoder_size: int, decoder_layers: int, parts: Sequence[str]
    ) -> None:
        super().__init__(encoder_sizes, decoder_size, decoder_layers, parts)
        shift = len(encoder_sizes) - decoder_layers
        self.neighbours = [max(0, layer + shift) for layer in range(decoder_layers)]
        self.maps = nn.ModuleList(
            nn.ModuleDict({part: _linear(encoder_sizes[layer], decoder_size) for part in parts})
            for layer in self.neighbours
        )

    def forward(self, final_state: State) -> State:
        """Return the decoder's first state, layer by layer and part by part."""
        return tuple(
            tuple(part_map(part) for part_map, part in zip(maps.values(), final_state[layer], strict=True))  # type: ignore[operator]
            for maps, layer in zip(self.maps, self.neighbours, strict=True)
        )


def _linear(size: int, to_size: int) -> nn.Module:
    return nn.Identity() if size == to_size else nn.Linear(size, to_size)


BRIDGES: Registry[type[Bridge]] = Registry("bridge", {"linear": LinearBridge})
