"""Everything that can go wrong through what a user wrote, typed or lost.

S2SError                    one message for a person; exit status 1, no traceback
├── ConfigError             a YAML file, a --set or a key of the experiment
├── UnknownNameError        a name that no registry knows (also a KeyError)
├── CorpusError             text that cannot be read: file and line
├── DatasetError            a folder of prepared data
├── RunError                a folder of the checkpoint store
│   └── CheckpointError     weights or training state inside it
├── TrainingError           training that has gone astray
├── DeviceError             a device that this machine lacks
└── OutputError             a file or folder that cannot be written
"""


class S2SError(Exception):
    """A mistake that the user can mend.

    Args:
        message: what is wrong and where, in one sentence.
        hint: what to do about it, if there is something to say.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ConfigError(S2SError):
    """The experiment's configuration cannot be understood."""


class UnknownNameError(S2SError, KeyError):
    """A registry has no entry of this name."""


class CorpusError(S2SError):
    """Source text cannot be read."""


class DatasetError(S2SError):
    """A prepared data set is missing, damaged or in the way."""


class RunError(S2SError):
    """A run is missing, damaged or in the way."""


class CheckpointError(RunError):
    """A checkpoint cannot be loaded."""


class TrainingError(S2SError):
    """Training has gone astray."""


class DeviceError(S2SError):
    """The device asked for is not here."""


class OutputError(S2SError):
    """Something cannot be written."""
