"""The bridge: from the encoder's final state to the decoder's first."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import nn

from seq2seq_cli.errors import ConfigError
from seq2seq_cli.models.cells import LayerState
from seq2seq_cli.models.stack import State
from seq2seq_cli.registry import Registry


class Bridge(nn.Module, ABC):
    """Makes the decoder's first state out of the encoder's final one, layer by layer.

    The stacks are aligned at the top: a deeper decoder fills its lower layers from the encoder's lowest, a
    deeper encoder's lower layers stay unused here.

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
        self.decoder_size = decoder_size
        shift = len(encoder_sizes) - decoder_layers
        self.neighbours = [max(0, layer + shift) for layer in range(decoder_layers)]

    def forward(self, final_state: State) -> State:
        """Return the decoder's first state; parts go from (batch, encoder size) to (batch, decoder size)."""
        return tuple(self.cross(layer, final_state[beside]) for layer, beside in enumerate(self.neighbours))

    @abstractmethod
    def cross(self, layer: int, final: LayerState) -> LayerState:
        """Return the first state of a decoder layer from the final state of the encoder layer beside it."""


class LinearBridge(Bridge):
    """A linear map for each decoder layer and each part of its state (hidden, cell).

        s_k = W_k z_k + b_k      the identity where the widths already match

    z_k is the final state of the encoder layer beside decoder layer k.
    """

    def __init__(
        self, encoder_sizes: Sequence[int], decoder_size: int, decoder_layers: int, parts: Sequence[str]
    ) -> None:
        super().__init__(encoder_sizes, decoder_size, decoder_layers, parts)
        self.maps = nn.ModuleList(
            nn.ModuleDict({part: self.part_map(encoder_sizes[beside], decoder_size) for part in parts})
            for beside in self.neighbours
        )

    def part_map(self, size: int, to_size: int) -> nn.Module:
        """Return the map for one part of one layer."""
        return nn.Identity() if size == to_size else nn.Linear(size, to_size)

    def cross(self, layer: int, final: LayerState) -> LayerState:
        """Return the first state of a decoder layer, part by part."""
        maps: nn.ModuleDict = self.maps[layer]  # type: ignore[assignment]
        return tuple(part_map(part) for part_map, part in zip(maps.values(), final, strict=True))


class TanhBridge(LinearBridge):
    """A linear map and a tanh, so that the first state is one that a cell could have put out.

        s_k = tanh(W_k z_k + b_k)

    (Cho et al. 2014, appendix A.1.2; Bahdanau, Cho & Bengio 2015, appendix A.2.2, for the hidden state; here
    for every part, with a map even where the widths match.)
    """

    def part_map(self, size: int, to_size: int) -> nn.Module:
        """Return the map for one part of one layer."""
        return nn.Sequential(nn.Linear(size, to_size), nn.Tanh())


class CopyBridge(Bridge):
    """The final state as it is (Sutskever, Vinyals & Le 2014, section 2); the widths have to match.

    Raises:
        ConfigError: they don't.
    """

    def __init__(
        self, encoder_sizes: Sequence[int], decoder_size: int, decoder_layers: int, parts: Sequence[str]
    ) -> None:
        super().__init__(encoder_sizes, decoder_size, decoder_layers, parts)
        sizes = {encoder_sizes[beside] for beside in self.neighbours}
        if sizes != {decoder_size}:
            found = " and ".join(str(size) for size in sorted(sizes))
            fitting = f"model.decoder_hidden_size to {found}, or " if len(sizes) == 1 else ""
            raise ConfigError(
                f"model.bridge copy hands over states of {found} numbers, "
                f"and the decoder's have {decoder_size}.",
                f"Set {fitting}model.bridge to linear.",
            )

    def cross(self, layer: int, final: LayerState) -> LayerState:
        """Return the encoder layer's final state."""
        return final


class ZeroBridge(Bridge):
    """Nothing is handed over: the decoder begins with zeros and sees the source through attention alone."""

    def cross(self, layer: int, final: LayerState) -> LayerState:
        """Return zeros, (batch, decoder size) each."""
        return tuple(part.new_zeros(part.shape[0], self.decoder_size) for part in final)


BRIDGES: Registry[type[Bridge]] = Registry(
    "bridge", {"linear": LinearBridge, "tanh": TanhBridge, "copy": CopyBridge, "zero": ZeroBridge}
)
