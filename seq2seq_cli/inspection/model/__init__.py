"""A model before, or after, its training: layers, parameters, multiply-adds, memory."""

from seq2seq_cli.inspection.model.plan import Plan, plan_of_config, plan_of_run
from seq2seq_cli.inspection.model.summary import Layer, ModelSummary, Multiplications, summarise_model

__all__ = [
    "Layer",
    "ModelSummary",
    "Multiplications",
    "Plan",
    "plan_of_config",
    "plan_of_run",
    "summarise_model",
]
