"""A model that learns no more, laid out for the fastest steps there are."""

from seq2seq_cli.models.prepacked.decoder import prepacked_decoder
from seq2seq_cli.models.prepacked.linear import can_prepack
from seq2seq_cli.models.prepacked.module import prepacked

__all__ = ["can_prepack", "prepacked", "prepacked_decoder"]
