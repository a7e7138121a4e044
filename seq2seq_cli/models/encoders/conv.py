"""Gated convolutions: an encoder that sees each word with its neighbours, and all words at once."""

import math

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.encoders.encoder import Encoder, EncoderOutput
from seq2seq_cli.models.encoders.positions import positions
from seq2seq_cli.models.recurrent import Recurrence


class GatedConvolution(nn.Module):
    """A convolution of width 3 and a gated linear unit.

        a_t, b_t = W [x_{t-1} ; x_t ; x_{t+1}] + bias        zeros beyond both ends
        y_t      = a_t ⊙ σ(b_t)

    a is what the window says, σ(b) how much of it goes up; a's own way is linear, so gradients do not fade
    along it (Dauphin, Fan, Auli & Grangier 2017, "Language modeling with gated convolutional networks",
    equation 1).

    Args:
        size: width of inputs and outputs.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.window = nn.Linear(3 * size, 2 * size)  # W, the window's three words side by side

    def forward(self, x: Tensor) -> Tensor:
        """Return y of x, both (batch, time, size)."""
        edges = nn.functional.pad(x, (0, 0, 1, 1))  # (batch, 1 + time + 1, size)
        windows = torch.cat([edges[:, :-2], x, edges[:, 2:]], dim=2)  # (batch, time, 3 * size)
        a, b = self.window(windows).chunk(2, dim=2)  # each (batch, time, size)
        gated: Tensor = a * b.sigmoid()
        return gated


class ConvEncoder(Encoder):
    """Blocks of gated convolutions, each of which adds to what it has read.

        x_t ← U (E w_t + P_t) + u
        x_t ← √½ (x_t + GatedConvolution(x_{t-1}, x_t, x_{t+1}))        once a layer

    The memory is the last x, the final state its mean. With L layers each word is seen with the L words on
    either side of it; P tells where it stands in the sentence (waves here, learnt in the papers), and √½
    keeps a sum as large as its parts (Gehring, Auli, Grangier & Dauphin 2017, "A convolutional encoder model
    for neural machine translation"; gated blocks as in Gehring, Auli, Grangier, Yarats & Dauphin 2017,
    "Convolutional sequence to sequence learning").

    Args:
        vocabulary_size: see Encoder.
        embedding_size: see Encoder.
        hidden_size: width of every block, and so of memory and state.
        layers: number of blocks.
        recurrence: how many parts the decoder's state has.
        dropout: what falls on the embeddings and on what each convolution reads.
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
        self.resize = nn.Linear(embedding_size, hidden_size)  # U, u
        self.convolutions = nn.ModuleList(GatedConvolution(hidden_size) for _ in range(layers))
        self.memory_size = hidden_size
        self.state_sizes = (hidden_size,)

    def forward(self, tokens: Tensor, lengths: Tensor) -> EncoderOutput:
        """Encode a batch: tokens (batch, time), lengths (batch,)."""
        mask = mask_of(lengths, tokens.shape[1])
        present = mask.unsqueeze(2)  # (batch, time, 1)
        embedded = self.embed(tokens)  # (batch, time, embedding)
        embedded = embedded + positions(tokens.shape[1], embedded.shape[2], embedded)
        x = self.resize(embedded)  # (batch, time, hidden)
        for convolution in self.convolutions:
            # What lies beyond a sentence's end is zero, be it the edge of the batch or padding.
            x = (x + convolution(self.dropout(x) * present)) * math.sqrt(0.5)
        return self.summarised(x, mask)
