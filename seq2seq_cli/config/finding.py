"""Where a config's text comes from: a file, or a preset that ships with the package."""

from pathlib import Path

from seq2seq_cli.errors import ConfigError
from seq2seq_cli.registry import did_you_mean

_MAX_BYTES = 1_000_000  # a config is a page; what is larger is some other file


def preset_folder() -> Path:
    """Return the folder of the presets: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "configs"
    return installed if installed.is_dir() else package.parent / "configs"


def presets() -> list[str]:
    """Return the names of the presets, in alphabetical order."""
    return sorted(path.stem for path in preset_folder().glob("*.yaml"))


def find(source: str | Path) -> tuple[str, str]:
    """Return what messages call the file, and its text: an existing path wins over a preset.

    Raises:
        ConfigError: there is no such file or preset, or it is a folder, unreadable, too large or not UTF-8.
    """
    path = Path(source)
    try:
        return str(path), _text(path)
    except FileNotFoundError:
        name = path.name.removesuffix(".yaml")
        if path.name == str(source) and name in presets():
            return f"{name}.yaml", _text(preset_folder() / f"{name}.yaml")
        hint = did_you_mean(name, presets()) if presets() else ""
        raise ConfigError(f"{path}: there is no such file, nor a preset of this name.", hint) from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise ConfigError(f"{path}: more than {_MAX_BYTES:,} bytes; this is not a config")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise
    except IsADirectoryError:
        raise ConfigError(f"{path}: a folder, not a YAML file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: not UTF-8 text; save the file as UTF-8") from None
