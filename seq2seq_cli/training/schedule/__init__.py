"""Schedules: the learning rate as a function of the updates, the epochs and the validations so far."""

from seq2seq_cli.registry import Registry
from seq2seq_cli.training.schedule.constant import Constant
from seq2seq_cli.training.schedule.cosine import Cosine
from seq2seq_cli.training.schedule.inverse_sqrt import InverseSqrt
from seq2seq_cli.training.schedule.one_cycle import OneCycle
from seq2seq_cli.training.schedule.plateau import Plateau
from seq2seq_cli.training.schedule.schedule import Schedule
from seq2seq_cli.training.schedule.step import StepDecay

SCHEDULES: Registry[type[Schedule]] = Registry(
    "schedule",
    {
        "constant": Constant,
        "step": StepDecay,
        "plateau": Plateau,
        "inverse_sqrt": InverseSqrt,
        "cosine": Cosine,
        "one_cycle": OneCycle,
    },
)

__all__ = [
    "SCHEDULES",
    "Constant",
    "Cosine",
    "InverseSqrt",
    "OneCycle",
    "Plateau",
    "Schedule",
    "StepDecay",
]
