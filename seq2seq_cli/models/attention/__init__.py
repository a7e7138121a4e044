"""Attention: what the decoder takes from the memory at each step."""

from seq2seq_cli.models.attention.attention import Attention
from seq2seq_cli.models.attention.scored import AdditiveAttention, DotAttention, GeneralAttention
from seq2seq_cli.models.attention.trace import AttentionTrace, Memory
from seq2seq_cli.models.attention.unscored import NoAttention, SummaryAttention
from seq2seq_cli.registry import Registry

ATTENTIONS: Registry[type[Attention]] = Registry(
    "attention",
    {
        "none": NoAttention,
        "summary": SummaryAttention,
        "dot": DotAttention,
        "general": GeneralAttention,
        "additive": AdditiveAttention,
    },
)

__all__ = ["ATTENTIONS", "Attention", "AttentionTrace", "Memory"]
