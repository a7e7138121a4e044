"""Decoders that take their steps with as little work as they can."""

import torch

from seq2seq_cli.models.decoder import Decoder
from seq2seq_cli.models.prepacked.linear import can_prepack
from seq2seq_cli.models.prepacked.module import prepacked
from seq2seq_cli.models.prepacked.readout import ReadAttention, SummingReadout
from seq2seq_cli.models.readout import Readout


def prepacked_decoder(decoder: Decoder, precision: torch.dtype) -> Decoder:
    """Return a decoder to take the same steps with, laid out for them, where that can be done.

    The decoder stays as it is. What is returned wants a memory that its own attention has prepared.

    Args:
        decoder: whose parameters it has.
        precision: see prepacked.
    """
    twin = prepacked(decoder, precision)
    if isinstance(decoder.readout, Readout) and _can_read_ahead(decoder):
        twin._modules["attention"] = ReadAttention(twin.attention, decoder.readout)
        twin._modules["readout"] = SummingReadout(decoder.readout)
    return twin


def _can_read_ahead(decoder: Decoder) -> bool:
    """Return whether contexts can be read out before they are asked for, and are no wider then."""
    return (
        can_prepack(decoder.output.weight)
        and decoder.attention.needs_query
        and not decoder.attends_before  # else the recurrent step wants them as they are
        and decoder.output.in_features <= decoder.attention.context_size
    )
