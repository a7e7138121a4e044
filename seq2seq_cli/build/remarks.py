"""What a config says that has no effect, in words for its writer."""

from collections.abc import Sequence

from seq2seq_cli.build.choices import Choice, unused_keys
from seq2seq_cli.config import Config, ModelConfig, ScheduleConfig


def remarks(config: Config, choices: Sequence[Choice]) -> list[str]:
    """Return what to tell the user of keys that have no effect beside the others.

    Raises:
        ConfigError: a name that the registries lack.
    """
    return [
        *_blind(config.model),
        *_idle(config.model),
        *_risen(config.training.schedule),
        *unused_keys(config, choices),
    ]


def _blind(model: ModelConfig) -> list[str]:
    if model.bridge != "zero" or model.attention != "none":
        return []
    return ["With model.bridge zero and model.attention none, the decoder sees nothing of the source."]


def _idle(model: ModelConfig) -> list[str]:
    """Return the keys that another key's value makes idle."""
    default = ModelConfig()
    idle = {
        "model.encoder bag": model.encoder == "bag" and ["encoder_layers", "encoder_hidden_size"],
        "model.attention none": model.attention == "none" and ["placement"],
        "model.dropout 0": model.dropout == 0 and ["variational_dropout"],
    }
    return [
        f"model.{key} has no effect with {cause}."
        for cause, keys in idle.items()
        for key in keys or ()
        if getattr(model, key) != getattr(default, key)
    ]


def _risen(schedule: ScheduleConfig) -> list[str]:
    """Return the remark on a rise of one_cycle that is given twice."""
    twice = (
        schedule.policy == "one_cycle" and schedule.warmup_steps and schedule.rise != ScheduleConfig().rise
    )
    key = "training.schedule.warmup_steps"
    return [f"training.schedule.rise has no effect with {key} {schedule.warmup_steps}."] if twice else []
