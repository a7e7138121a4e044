"""What a config says that has no effect, in words for its writer."""

from collections.abc import Sequence

from seq2seq_cli.build.choices import Choice, unused_keys
from seq2seq_cli.config import Config, DecodingConfig, ModelConfig, ScheduleConfig


def remarks(config: Config, choices: Sequence[Choice]) -> list[str]:
    """Return what to tell the user of keys that have no effect beside the others.

    Raises:
        ConfigError: a name that the registries lack.
    """
    return [
        *_blind(config.model),
        *_idle(config.model),
        *_risen(config.training.schedule),
        *_idle_in_search(config),
        *unused_keys(config, choices),
    ]


def search_remarks(config: Config, search: Choice) -> list[str]:
    """Return the same of the keys of `decoding` alone.

    Raises:
        ConfigError: a name that the registries lack.
    """
    return [*_idle_in_search(config), *unused_keys(config, (search,))]


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


def _idle_in_search(config: Config) -> list[str]:
    """Return the keys of `decoding` that the model, or another of its keys, makes idle."""
    decoding, attention, default = config.decoding, config.model.attention, DecodingConfig()
    idle = {
        f"model.attention {attention}": ("coverage_penalty", attention in ("none", "summary")),
        "decoding.length_penalty 0": ("length_normalization", decoding.length_penalty == 0),
    }
    return [
        f"decoding.{key} has no effect with {cause}."
        for cause, (key, is_idle) in idle.items()
        if is_idle and decoding.search == "beam" and getattr(decoding, key) != getattr(default, key)
    ]


def _risen(schedule: ScheduleConfig) -> list[str]:
    """Return the remark on a rise of one_cycle that is given twice."""
    twice = (
        schedule.policy == "one_cycle" and schedule.warmup_steps and schedule.rise != ScheduleConfig().rise
    )
    key = "training.schedule.warmup_steps"
    return [f"training.schedule.rise has no effect with {key} {schedule.warmup_steps}."] if twice else []
