"""Attention: what the decoder takes from the memory at each step."""

from torch import Tensor, nn

from seq2seq_cli.registry import Registry


class NoAttention(nn.Module):
    """The decoder sees the source through its first state alone (Sutskever, Vinyals & Le 2014).

    Args:
        query_size: width of the decoder's output.
        memory_size: width of the encoder's memory.
    """

    context_size = 0

    def __init__(self, query_size: int, memory_size: int) -> None:
        super().__init__()

    def forward(self, query: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return an empty context, (..., 0), and no weights.

        Args:
            query: (..., query size), the decoder's output.
            memory: (batch, source time, memory size).
            mask: (batch, source time), True where there is a token.
        """
        return query[..., :0], None


ATTENTIONS: Registry[type[NoAttention]] = Registry("attention", {"none": NoAttention})
