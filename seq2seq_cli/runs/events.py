"""metrics.jsonl: what happened in a training, one event a line."""

import json
from dataclasses import MISSING, asdict, fields
from numbers import Real
from pathlib import Path
from typing import Any

from seq2seq_cli.errors import OutputError, RunError
from seq2seq_cli.files import sync_file, write_text
from seq2seq_cli.training.events import Event, Finished, Sample, Step, Validated

_NAMES = {Step: "step", Validated: "valid", Finished: "finished"}
_KEYS = {name: {field.name for field in fields(kind)} for kind, name in _NAMES.items()}
_NEEDED = {  # keys with a default came later: runs that were made before lack them
    name: {field.name for field in fields(kind) if field.default is MISSING} for kind, name in _NAMES.items()
}
_OF_SAMPLES = {field.name for field in fields(Sample)}


def write_down(path: Path, event: Event) -> None:
    """Append an event.

    Raises:
        OutputError: the disk is full, say.
    """
    line = json.dumps({"event": _NAMES[type(event)], **asdict(event)})
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error


def sync_events(path: Path) -> None:
    """See to it that a power cut takes none of the events so far.

    Raises:
        OutputError: the disk is full, say, or the file is gone.
    """
    try:
        sync_file(path)
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error


def read_events(path: Path) -> list[dict[str, Any]]:
    """Return the events so far; a line that is not whole, as a kill may leave it, is passed over.

    Raises:
        RunError: the file is there, and cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"Cannot read {path}: {error.strerror or error}.") from error
    events = []
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and _is_whole(event):
            events.append(event)
    return events


def _is_whole(event: dict[str, Any]) -> bool:
    """Tell whether what a line holds can be an event: by its keys, and by the kinds of their values."""
    name, values = str(event.get("event")), {key: event[key] for key in event if key != "event"}
    if not (name in _KEYS and _NEEDED[name] <= values.keys() <= _KEYS[name]):
        return False
    samples, best = values.pop("samples", []), values.pop("best_step", None)
    return (
        all(isinstance(value, Real) for value in values.values())
        and (best is None or isinstance(best, int))
        and isinstance(samples, list)
        and all(map(_is_sample, samples))
    )


def _is_sample(sample: object) -> bool:
    return (
        isinstance(sample, dict)
        and sample.keys() == _OF_SAMPLES
        and all(isinstance(text, str) for text in sample.values())
    )


def forget_after(path: Path, step: int, validated: int) -> None:
    """Drop events that came after the checkpoint that training goes on from.

    Args:
        path: the file.
        step: the checkpoint's.
        validated: the last step whose validation the checkpoint knows of.

    Raises:
        OutputError: the disk is full, say.
    """
    last = {"step": step, "valid": validated}
    kept = [event for event in read_events(path) if event["step"] <= last.get(event["event"], -1)]
    write_text(path, "".join(json.dumps(event) + "\n" for event in kept))
