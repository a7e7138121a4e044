"""Encoders: from a source sentence to its memory and its final state.

Every variant is called with (tokens (batch, time), lengths (batch,)) and says how wide its memory and its
final states are: `memory_size`, and `state_sizes`, one width a layer.
"""

from seq2seq_cli.models.encoders.bag import BagEncoder
from seq2seq_cli.models.encoders.conv import ConvEncoder
from seq2seq_cli.models.encoders.encoder import Encoder, EncoderOutput
from seq2seq_cli.models.encoders.recurrent import BiEncoder, DeepEncoder, RecurrentEncoder, UniEncoder
from seq2seq_cli.models.encoders.self_attention import SelfAttentionEncoder
from seq2seq_cli.registry import Registry

ENCODERS: Registry[type[Encoder]] = Registry(
    "encoder",
    {
        "uni": UniEncoder,
        "bi": BiEncoder,
        "deep": DeepEncoder,
        "bag": BagEncoder,
        "conv": ConvEncoder,
        "self_attention": SelfAttentionEncoder,
    },
)

__all__ = [
    "ENCODERS",
    "BagEncoder",
    "BiEncoder",
    "ConvEncoder",
    "DeepEncoder",
    "Encoder",
    "EncoderOutput",
    "RecurrentEncoder",
    "SelfAttentionEncoder",
    "UniEncoder",
]
