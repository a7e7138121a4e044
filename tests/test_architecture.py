"""The house: who may import whom, read from the imports themselves."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import seq2seq_cli

PACKAGE = "seq2seq_cli"
ROOT = Path(seq2seq_cli.__file__).parent

# A room imports from lower floors, from its own folder, and from what is named before it on its own floor;
# the wings of floor 2 are blind to one another and to config.
FLOORS = {
    0: ("errors", "registry", "files", "lines", "symbols", "metrics", "allocation", "threads", "batch"),
    1: ("config",),
    2: ("corpus", "models", "training", "decoding"),
    3: ("scoring", "build"),
    4: ("runs", "translation"),
    5: ("evaluation", "inspection"),
    6: ("cli",),
}
WINGS = FLOORS[2]
ALL_ROOMS = [room for rooms in FLOORS.values() for room in rooms]
FACE = ("__init__", "__main__")

WITHOUT_TORCH = {*FLOORS[0], *FLOORS[1]} - {"batch", "threads"}
ONLY_IN_CLI = {"typer", "click", "rich"}
PICKLES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
TORCH_PICKLES = {"torch.load", "torch.save"}


@dataclass(frozen=True)
class Import:
    """One imported name, absolute: `from ..corpus import text` in models/ is seq2seq_cli.corpus.text."""

    name: str
    line: int
    lazy: bool  # inside a function, or for the type checker alone


def allowed_rooms(room: str) -> set[str]:
    if room in WINGS:
        return {room, *FLOORS[0]}
    return set(ALL_ROOMS[: ALL_ROOMS.index(room) + 1])


def imports_of(tree: ast.Module, folder: tuple[str, ...]) -> list[Import]:
    """Every import of a file that lies in a folder (the package first), wherever in the file it stands."""

    def visit(node: ast.AST, lazy: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) + 1 - node.level] if node.level else ()
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from (Import(f"{start}.{alias.name}", node.lineno, lazy) for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for child in node.body:
                yield from visit(child, True)
            for child in node.orelse:
                yield from visit(child, lazy)
        else:
            inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for child in ast.iter_child_nodes(node):
                yield from visit(child, inside)

    return list(visit(tree, False))


def import_faults(room: str, imported: Import) -> Iterator[str]:
    top, _, rest = imported.name.partition(".")
    if top == PACKAGE:
        other = rest.split(".")[0]
        if room in FACE:
            if room == "__init__" and not imported.lazy:
                yield f"imports {imported.name} at once, not when it is needed"
        elif other.startswith("__"):
            pass  # the version
        elif other not in ALL_ROOMS:
            yield f"imports {imported.name}, which is no room of the house"
        elif other not in allowed_rooms(room):
            yield f"may not import {other}"
    if top in ONLY_IN_CLI and room not in ("cli", "__main__"):
        yield f"imports {top}, which only cli may"
    if top == "torch" and room in WITHOUT_TORCH:
        yield "imports torch"
    if top in PICKLES or imported.name in TORCH_PICKLES:
        yield f"imports {imported.name}, which pickles"


def call_faults(room: str, call: ast.Call) -> Iterator[str]:
    name = ast.unparse(call.func)
    if name == "print" and room not in ("cli", "__main__"):
        yield "prints"
    if name in TORCH_PICKLES:
        yield f"calls {name}, which pickles"


def faults_of(root: Path) -> list[str]:
    """What breaks the rules in a package, as 'file:line: room ...'."""
    faults = []
    for path in sorted(root.rglob("*.py")):
        where = path.relative_to(root)
        room = where.parts[0].removesuffix(".py")
        if room not in (*ALL_ROOMS, *FACE):
            faults.append(f"{where}:1: {room} is on no floor")
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = [
            (imported.line, fault)
            for imported in imports_of(tree, (PACKAGE, *where.parts[:-1]))
            for fault in import_faults(room, imported)
        ]
        found += [
            (node.lineno, fault)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            for fault in call_faults(room, node)
        ]
        faults += [f"{where}:{line}: {room} {fault}" for line, fault in sorted(found)]
    return faults


def test_the_house_stands_by_its_rules() -> None:
    assert faults_of(ROOT) == []


def test_the_reader_sees_the_house() -> None:
    """The test above would pass on an empty folder, or if imports were overlooked."""
    assert {path.stem for path in ROOT.iterdir()} >= {"errors", "registry", "scoring", "translation"}
    tree = ast.parse((ROOT / "build" / "training.py").read_text(encoding="utf-8"))
    rooms = {
        imported.name.split(".")[1] for imported in imports_of(tree, (PACKAGE,)) if PACKAGE in imported.name
    }
    assert rooms >= {"config", "corpus", "models", "training", "scoring"}


def test_every_wing_imports_floor_0_and_itself_alone() -> None:
    for wing in WINGS:
        assert allowed_rooms(wing) == {
            wing,
            "errors",
            "registry",
            "files",
            "allocation",
            "threads",
            "lines",
            "symbols",
            "metrics",
            "batch",
        }


def test_higher_floors_see_all_lower_ones_and_the_earlier_named_of_their_own() -> None:
    assert allowed_rooms("errors") == {"errors"}
    assert allowed_rooms("config") == {*FLOORS[0], "config"}
    assert allowed_rooms("build") - allowed_rooms("scoring") == {"build"}
    assert "translation" not in allowed_rooms("runs")
    assert allowed_rooms("cli") == set(ALL_ROOMS)


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("models/cells.py", "from seq2seq_cli.corpus import text", "models may not import corpus"),
        ("models/cells.py", "import os, seq2seq_cli.config as c", "models may not import config"),
        ("models/cells.py", "from ..training.loss import x", "models may not import training"),
        ("models/cells.py", "from .. import decoding", "models may not import decoding"),
        ("corpus/sample/words.py", "from ...models import cells", "corpus may not import models"),
        ("corpus/__init__.py", "from ..build import x", "corpus may not import build"),
        (
            "training/loop.py",
            "def f():\n    from seq2seq_cli.runs import Run",
            "training may not import runs",
        ),
        ("training/loop.py", "class C:\n    import seq2seq_cli.cli.app", "training may not import cli"),
        (
            "decoding/beam.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from seq2seq_cli.models import x",
            "decoding may not import models",
        ),
        (
            "decoding/beam.py",
            "try:\n    import seq2seq_cli.build\nexcept E:\n    pass",
            "may not import build",
        ),
        ("config.py", "from seq2seq_cli.build import x", "config may not import build"),
        ("config/values.py", "from seq2seq_cli import corpus", "config may not import corpus"),
        ("scoring.py", "from seq2seq_cli.build import x", "scoring may not import build"),
        ("runs.py", "from seq2seq_cli.translation import x", "runs may not import translation"),
        ("evaluation.py", "from seq2seq_cli import inspection", "evaluation may not import inspection"),
        ("registry.py", "from seq2seq_cli.batch import Batch", "registry may not import batch"),
        ("runs.py", "import seq2seq_cli.attic", "seq2seq_cli.attic, which is no room of the house"),
        ("runs.py", "from seq2seq_cli import load", "seq2seq_cli.load, which is no room of the house"),
        ("utils.py", "", "utils is on no floor"),
        ("helpers/more.py", "", "helpers is on no floor"),
        (
            "__init__.py",
            "from seq2seq_cli.runs import Store",
            "__init__ imports seq2seq_cli.runs.Store at once",
        ),
        ("__init__.py", "from . import runs", "__init__ imports seq2seq_cli.runs at once"),
        ("build.py", "import typer", "imports typer, which only cli may"),
        ("inspection/x.py", "def f():\n    from rich.table import Table", "imports rich, which only cli may"),
        ("config/x.py", "import torch", "config imports torch"),
        ("metrics.py", "def f():\n    from torch.nn import Module", "metrics imports torch"),
        ("training/loop.py", "def f():\n    print('x')", "training prints"),
        ("runs.py", "import pickle", "imports pickle, which pickles"),
        ("cli/app.py", "import pickle", "imports pickle, which pickles"),
        ("runs.py", "import torch\ntorch.load('x')", "calls torch.load, which pickles"),
        ("runs.py", "from torch import save as write", "imports torch.save, which pickles"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, file: str, text: str, fault: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)
    faults = faults_of(tmp_path)
    assert len(faults) == 1
    assert faults[0].startswith(f"{file}:")
    assert fault in faults[0]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("models/decoder.py", "from .cells import C\nfrom ..batch import Batch\nimport torch"),
        ("models/decoder.py", "from seq2seq_cli.models.cells import C\nfrom seq2seq_cli import symbols"),
        ("corpus/sample/words.py", "from . import grammar\nfrom .. import text\nfrom ...errors import E"),
        ("build.py", "from seq2seq_cli.scoring import x\nfrom seq2seq_cli.config import Config"),
        ("translation.py", "from seq2seq_cli.runs import Run\nfrom seq2seq_cli import __version__"),
        ("batch.py", "import torch"),
        ("__init__.py", "def load():\n    from seq2seq_cli.runs import Store"),
        ("__init__.py", "import typing\nif typing.TYPE_CHECKING:\n    from seq2seq_cli.runs import Store"),
        ("__main__.py", "from seq2seq_cli.cli.app import main"),
        ("cli/console.py", "import rich, typer\nprint('x')\nfrom seq2seq_cli import evaluation"),
        ("runs.py", "'import pickle; print(1)'\nself.print(x)"),
    ],
)
def test_what_is_allowed_is_no_fault(tmp_path: Path, file: str, text: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)
    assert faults_of(tmp_path) == []


def test_torch_is_not_loaded_before_it_is_needed() -> None:
    without = {*WITHOUT_TORCH, "build.data", "cli.prepare_data", "cli.preparing"}
    rooms = ", ".join(f"{PACKAGE}.{room}" for room in sorted(without))
    code = f"import sys, {PACKAGE}, {rooms}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, check=False).returncode == 0
