"""The walk of one sentence through encoder, bridge and decoder, with every number on the way."""

from seq2seq_cli.inspection.trace.record import (
    CellStep,
    Crossing,
    DecoderStep,
    Direction,
    EncoderLayer,
    Encoding,
    Guess,
    Trace,
)
from seq2seq_cli.inspection.trace.walk import trace

__all__ = [
    "CellStep",
    "Crossing",
    "DecoderStep",
    "Direction",
    "EncoderLayer",
    "Encoding",
    "Guess",
    "Trace",
    "trace",
]
