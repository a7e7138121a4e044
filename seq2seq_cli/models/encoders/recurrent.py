"""Recurrent encoders: one direction, both, or both and then a deep stack."""

from abc import abstractmethod

from torch import Tensor

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.encoders.encoder import Encoder, EncoderOutput
from seq2seq_cli.models.recurrent import Bidirectional, Recurrence, Recurrent
from seq2seq_cli.models.stack import RecurrentStack


class RecurrentEncoder(Encoder):
    """Embeddings, and recurrent layers above them.

    Args:
        vocabulary_size: see Encoder.
        embedding_size: see Encoder.
        hidden_size: width of each direction's state.
        layers: number of recurrent layers.
        recurrence: how they are made.
        dropout: see Encoder.
    """

    residual = False

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        layers: int,
        recurrence: Recurrence,
        dropout: Dropout,
    ) -> None:
        super().__init__(vocabulary_size, embedding_size, hidden_size, layers, recurrence, dropout)
        stack: list[Recurrent | Bidirectional] = []
        for depth in range(layers):
            size = stack[-1].output_size if stack else embedding_size
            stack.append(self.layer(depth, size, hidden_size, recurrence))
        self.recurrent = RecurrentStack(stack, dropout, residual=self.residual)
        self.memory_size = stack[-1].output_size
        self.state_sizes = tuple(layer.output_size for layer in stack)

    @abstractmethod
    def layer(
        self, depth: int, input_size: int, hidden_size: int, recurrence: Recurrence
    ) -> Recurrent | Bidirectional:
        """Return one layer; depth 0 reads the embeddings."""

    def forward(self, tokens: Tensor, lengths: Tensor) -> EncoderOutput:
        """Encode a batch: tokens (batch, time), lengths (batch,)."""
        memory, final_state = self.recurrent(self.embed(tokens), lengths)
        return EncoderOutput(memory, mask_of(lengths, tokens.shape[1]), final_state)


class UniEncoder(RecurrentEncoder):
    """Reads the sentence once, from left to right (Sutskever, Vinyals & Le 2014, section 2)."""

    def layer(
        self, depth: int, input_size: int, hidden_size: int, recurrence: Recurrence
    ) -> Recurrent | Bidirectional:
        """Return a layer that reads from left to right."""
        return recurrence.layer(input_size, hidden_size)


class BiEncoder(RecurrentEncoder):
    """Reads the sentence from left to right and, with weights of its own, from right to left.

    Memory and final states are [forward ; backward]: at every word the one knows what came before, the
    other what follows (Schuster & Paliwal 1997; Bahdanau, Cho & Bengio 2015, section 3.2).
    """

    def layer(
        self, depth: int, input_size: int, hidden_size: int, recurrence: Recurrence
    ) -> Recurrent | Bidirectional:
        """Return a layer that reads in both directions."""
        return recurrence.both_ways(input_size, hidden_size)


class DeepEncoder(RecurrentEncoder):
    """Reads in both directions once, and then again and again from left to right.

    Layers above the first are quick, for each has one direction, and each adds to what it has read, so that
    gradients find a way down (Wu et al. 2016, "Google's neural machine translation system", sections 3.1 and
    3.2). The second layer narrows [forward ; backward] to one width, so sums begin with the third.
    """

    residual = True

    def layer(
        self, depth: int, input_size: int, hidden_size: int, recurrence: Recurrence
    ) -> Recurrent | Bidirectional:
        """Return a layer in both directions at the bottom, from left to right above."""
        if depth == 0:
            return recurrence.both_ways(input_size, hidden_size)
        return recurrence.layer(input_size, hidden_size)
