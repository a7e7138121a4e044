"""The bag of words: an encoder that knows which words there are, and not in which order."""

from torch import Tensor

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.encoders.encoder import Encoder, EncoderOutput
from seq2seq_cli.models.recurrent import Recurrence


class BagEncoder(Encoder):
    """The embeddings themselves are the memory, their mean is the final state.

        z = (1 / S) Σ_j E x_j

    Two sentences of the same words are one to it ("dog bites man", "man bites dog"): what a model with
    another encoder knows better is what word order is worth. The baseline of Iyyer et al. 2015, section 2.

    Args:
        vocabulary_size: see Encoder.
        embedding_size: width of the embeddings, and so of memory and state.
        hidden_size: not used: there is no layer.
        layers: not used.
        recurrence: how many parts the decoder's state has.
        dropout: what falls on the embeddings.
    """

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
        self.memory_size = embedding_size
        self.state_sizes = (embedding_size,)

    def forward(self, tokens: Tensor, lengths: Tensor) -> EncoderOutput:
        """Encode a batch: tokens (batch, time), lengths (batch,)."""
        return self.summarised(self.embed(tokens), mask_of(lengths, tokens.shape[1]))
