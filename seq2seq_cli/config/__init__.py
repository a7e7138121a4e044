"""The whole experiment on one page: typed, strict, documented.

`schema` is the page itself, with `training` and `decoding` for two of its parts: every key, its default, what
it means. `section` is a group of keys, and `values` says what a value may be. `finding` looks for the file or
preset, `reading` turns YAML into plain data and line numbers, `loading` lays defaults, YAML and `--set` over
each other, and `overlay` what is asked for now over what was settled before. `showing` writes a config down
again, and `json_schema` tells editors what the page holds.
"""

from seq2seq_cli.config.decoding import DecodingConfig
from seq2seq_cli.config.finding import preset_folder, presets
from seq2seq_cli.config.json_schema import json_schema
from seq2seq_cli.config.loading import from_mapping, load_config, load_with_origins
from seq2seq_cli.config.overlay import overlay
from seq2seq_cli.config.schema import (
    WHERE_DATA_ARE,
    Config,
    DataConfig,
    ModelConfig,
    data_folder,
)
from seq2seq_cli.config.showing import KeyInfo, describe, given_keys, to_yaml
from seq2seq_cli.config.training import (
    CheckpointsConfig,
    ForcingConfig,
    ScheduleConfig,
    TrainingConfig,
    ValidationConfig,
)

__all__ = [
    "WHERE_DATA_ARE",
    "CheckpointsConfig",
    "Config",
    "DataConfig",
    "DecodingConfig",
    "ForcingConfig",
    "KeyInfo",
    "ModelConfig",
    "ScheduleConfig",
    "TrainingConfig",
    "ValidationConfig",
    "data_folder",
    "describe",
    "from_mapping",
    "given_keys",
    "json_schema",
    "load_config",
    "load_with_origins",
    "overlay",
    "preset_folder",
    "presets",
    "to_yaml",
]
