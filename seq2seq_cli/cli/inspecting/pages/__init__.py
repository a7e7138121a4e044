"""Pages to look at in a browser: one file each, whole in itself, that asks no network for anything.

A page is made of the shell, which all pages share, and of what lies in a folder of its name: body.html,
style.css and its scripts. The data stand in it as JSON.
"""

import html
import json
import re
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from seq2seq_cli.files import write_text

_DIGITS = 5
_UNSAFE = re.compile("[<>&\u2028\u2029]")


def write_page(path: Path, name: str, title: str, data: Any) -> None:
    """Write a page, whole or not at all.

    Args:
        path: where to.
        name: which page; see SCRIPTS.
        title: what the browser calls it.
        data: a dataclass, which the page's scripts find as `data`, numbers rounded to 5 significant digits.

    Raises:
        OutputError: the file cannot be written.
    """
    write_text(path, page(name, title, data))


def page(name: str, title: str, data: Any) -> str:
    """Return a page as HTML; see write_page."""
    parts = {
        "TITLE": html.escape(title),
        "STYLE": _read("shell.css") + _read(name, "style.css"),
        "BODY": _read(name, "body.html"),
        "DATA": _as_json(asdict(data)),
        "SCRIPT": _read("shell.js") + "".join(_read(name, script) for script in SCRIPTS[name]),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _read("shell.html"))


def _as_json(data: Any) -> str:
    """Return plain data as JSON that may stand within <script>."""
    text = json.dumps(_rounded(data), separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _rounded(data: Any) -> Any:
    if isinstance(data, float):
        return float(f"{data:.{_DIGITS}g}")
    if isinstance(data, dict):
        return {key: _rounded(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_rounded(value) for value in data]
    return data


def _read(*path: str) -> str:
    return files(__name__).joinpath(*path).read_text(encoding="utf-8")


SCRIPTS = {
    "attention": ("maps.js",),
    "trace": ("cells.js", "moments.js", "map.js", "wires.js", "panels.js", "walk.js"),
    "words": ("map.js",),
}
"""The pages there are, and the scripts of each in the order in which they run."""
