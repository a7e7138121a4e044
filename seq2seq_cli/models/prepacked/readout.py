"""Contexts that are read out before they are asked for."""

from torch import Tensor, nn

from seq2seq_cli.models.attention import Attention, Memory
from seq2seq_cli.models.encoders import EncoderOutput
from seq2seq_cli.models.prepacked.linear import PrepackedLinear
from seq2seq_cli.models.readout import Readout


class ReadAttention(nn.Module):
    """Attention whose values are what the readout makes of the memory; see Readout.of_context.

    Args:
        attention: whose parameters it has, but for W_c.
        readout: whose W_c it has.
    """

    def __init__(self, attention: Attention, readout: Readout) -> None:
        super().__init__()
        self.attention = attention
        self.value = PrepackedLinear(readout.of_context, None)  # W_c

    def prepare(self, encoded: EncoderOutput) -> Memory:
        """Return what the steps need, once a sentence."""
        memory = self.attention.prepare(encoded)
        return memory._replace(values=self.value(memory.values).contiguous())

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor | None]:
        """Return W_c c, (rows, readout size), and the weights, (rows, source time)."""
        read: tuple[Tensor, Tensor | None] = self.attention(query, memory)
        return read


class SummingReadout(nn.Module):
    """õ = tanh(W_s s + b + W_c c), given W_c c.

    Args:
        readout: whose parameters it has.
    """

    def __init__(self, readout: Readout) -> None:
        super().__init__()
        self.hidden = PrepackedLinear(readout.of_hidden, readout.linear.bias)  # W_s and b

    def forward(self, hidden: Tensor, context: Tensor) -> Tensor:
        """Return õ, (rows, readout size), of s, (rows, hidden), and W_c c, (rows, readout size)."""
        readout: Tensor = (self.hidden(hidden) + context).tanh()
        return readout
