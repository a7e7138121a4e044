"""A model that does not learn, for the fastest steps there are."""

from seq2seq_cli.models.prepacked.columnwise import FEW
from seq2seq_cli.models.prepacked.decoder import prepacked_decoder
from seq2seq_cli.models.prepacked.linear import can_prepack
from seq2seq_cli.models.prepacked.module import columnwise, prepacked

__all__ = ["FEW", "can_prepack", "columnwise", "prepacked", "prepacked_decoder"]
