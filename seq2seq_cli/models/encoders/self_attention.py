"""Self-attention: an encoder in which every word looks at every other, a small transformer."""

import math

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import mask_of
from seq2seq_cli.errors import ConfigError
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.encoders.encoder import Encoder, EncoderOutput
from seq2seq_cli.models.encoders.positions import positions
from seq2seq_cli.models.recurrent import Recurrence


class SelfAttention(nn.Module):
    """Every word asks all words of its sentence, in several heads side by side.

        q, k, v = W x + b                                  cut into heads of d numbers each
        α_tj    = softmax_j(q_t · k_j / √d)                over the sentence's words j
        y_t     = V [head_1 ; ... ; head_n] + c            head = Σ_j α_tj v_j

    √d keeps the scores of wide heads from driving the softmax to where it has no gradient
    (Vaswani et al. 2017, equation 1 and sections 3.2.1 and 3.2.2).

    Args:
        size: width of inputs and outputs.
        heads: number of heads; divides the size.
    """

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.inputs = nn.Linear(size, 3 * size)  # W, b: queries, keys and values of all heads
        self.output = nn.Linear(size, size)  # V, c

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return y of x, both (batch, time, size); no word looks to where mask, (batch, time), is False."""
        by_head = self.inputs(x).unflatten(2, (3, self.heads, -1))  # (batch, time, 3, heads, d)
        q, k, v = by_head.permute(2, 0, 3, 1, 4)  # each (batch, heads, time, d)
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3])  # (batch, heads, time, time of keys)
        weights = scores.masked_fill(~mask[:, None, None, :], -math.inf).softmax(dim=3)
        heads = (weights @ v).transpose(1, 2).flatten(2)  # (batch, time, size)
        y: Tensor = self.output(heads)
        return y


class TransformerBlock(nn.Module):
    """Self-attention, then two layers for each word by itself; each adds to what it has read.

        u = x + SelfAttention(LayerNorm(x))
        y = u + W₂ relu(W₁ LayerNorm(u) + b₁) + b₂

    (Vaswani et al. 2017, sections 3.1 and 3.3, dropout as in 5.4.) Norms stand before the layers, not after
    the sums, so gradients pass the sums as they are, and training needs no warm-up (Xiong et al. 2020, "On
    layer normalization in the transformer architecture", section 3).

    Args:
        size: width of inputs and outputs; four times as wide within a word's two layers.
        heads: see SelfAttention.
        dropout: what falls on what each half adds.
    """

    def __init__(self, size: int, heads: int, dropout: Dropout) -> None:
        super().__init__()
        self.attention = SelfAttention(size, heads)
        self.attention_norm = nn.LayerNorm(size)
        self.feed_forward = nn.Sequential(nn.Linear(size, 4 * size), nn.ReLU(), nn.Linear(4 * size, size))
        self.feed_forward_norm = nn.LayerNorm(size)
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return y of x, both (batch, time, size); mask (batch, time) is True where there is a token."""
        x = x + self.dropout(self.attention(self.attention_norm(x), mask))
        y: Tensor = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        return y


class SelfAttentionEncoder(Encoder):
    """Transformer blocks: any two words are one step apart, however far apart they stand.

        x_t ← √hidden U E w_t + P_t
        x   ← TransformerBlock(x)             once a layer

    The memory is LayerNorm(x) of the last x, the final state its mean. U, with a bias, is there where the
    widths differ. Attention by itself knows no order: P tells it where words stand (Vaswani et al. 2017,
    sections 3.4 and 3.5).

    Args:
        vocabulary_size: see Encoder.
        embedding_size: see Encoder.
        hidden_size: width of every block, and so of memory and state.
        layers: number of blocks.
        recurrence: how many parts the decoder's state has.
        dropout: what falls on the embeddings and on what each block adds.
        encoder_heads: how many heads attend side by side, each hidden_size / encoder_heads wide.

    Raises:
        ConfigError: the heads do not divide hidden_size.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        layers: int,
        recurrence: Recurrence,
        dropout: Dropout,
        encoder_heads: int = 4,
    ) -> None:
        if hidden_size % encoder_heads:
            raise ConfigError(
                f"model.encoder_hidden_size {hidden_size} cannot be cut into equal parts for "
                f"model.encoder_heads {encoder_heads}.",
                f"Set model.encoder_hidden_size to {math.ceil(hidden_size / encoder_heads) * encoder_heads}, "
                f"or model.encoder_heads to {math.gcd(hidden_size, encoder_heads)}.",
            )
        super().__init__(vocabulary_size, embedding_size, hidden_size, layers, recurrence, dropout)
        with torch.no_grad():  # √hidden takes it back, so that words do not drown positions from the start
            self.embedding.weight.mul_(1 / math.sqrt(hidden_size))
        self.resize = (
            nn.Identity() if embedding_size == hidden_size else nn.Linear(embedding_size, hidden_size)
        )
        self.blocks = nn.ModuleList(
            TransformerBlock(hidden_size, encoder_heads, dropout) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(hidden_size)
        self.memory_size = hidden_size
        self.state_sizes = (hidden_size,)

    def forward(self, tokens: Tensor, lengths: Tensor) -> EncoderOutput:
        """Encode a batch: tokens (batch, time), lengths (batch,)."""
        mask = mask_of(lengths, tokens.shape[1])
        x = self.resize(self.embed(tokens)) * math.sqrt(self.memory_size)  # (batch, time, hidden)
        x = x + positions(x.shape[1], x.shape[2], x)
        for block in self.blocks:
            x = block(x, mask)
        return self.summarised(self.norm(x), mask)
