"""The package as a whole: its version, what its wheel holds, its docstrings, its Python face."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import seq2seq_cli
from seq2seq_cli.errors import ConfigError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def project():
    tomllib = pytest.importorskip("tomllib", reason="Python 3.11 and newer read TOML")
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def modules():
    """Yield every module of the package; __main__ would run."""
    yield seq2seq_cli
    for found in pkgutil.walk_packages(seq2seq_cli.__path__, "seq2seq_cli."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def members(owner, module):
    """Yield the public functions and classes that stand in a module, and the methods of those classes."""
    for name, member in vars(owner).items():
        plain = inspect.unwrap(getattr(member, "func", getattr(member, "fget", None)) or member)
        if isinstance(member, (classmethod, staticmethod)):
            plain = inspect.unwrap(member.__func__)
        if not (inspect.isfunction(plain) or inspect.isclass(plain)) or name.startswith("_"):
            continue
        if plain.__module__ == module.__name__ and plain.__name__ == name:
            yield f"{module.__name__}: {plain.__qualname__}", plain
            if inspect.isclass(plain):
                yield from members(plain, module)


def test_the_version_stands_in_the_package_alone(project):
    assert "version" in project["project"]["dynamic"]
    assert "version" not in project["project"]
    source = (ROOT / project["tool"]["hatch"]["version"]["path"]).read_text(encoding="utf-8")
    assert f'__version__ = "{seq2seq_cli.__version__}"' in source
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.?(dev|a|b|rc)\d+)?", seq2seq_cli.__version__)


def test_the_wheel_carries_the_presets_to_where_the_package_looks_for_them(project):
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["seq2seq_cli"]
    assert wheel["force-include"] == {"configs": "seq2seq_cli/configs"}
    assert list((ROOT / "configs").glob("*.yaml"))


def test_the_console_script_is_the_command_line(project):
    module, _, function = project["project"]["scripts"]["s2s"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_everything_public_has_a_docstring():
    undocumented = [
        name
        for module in modules()
        for name, member in members(module, module)
        if not (member.__doc__ or "").strip()
        or member.__doc__.startswith(f"{member.__name__}(")  # what a dataclass writes by itself
    ]
    assert undocumented == []
    assert all(module.__doc__ for module in modules())


def test_the_walk_meets_functions_classes_methods_and_properties():
    met = {name for module in modules() for name, _ in members(module, module)}
    for expected in (
        "lines: windows",
        "runs.run: Run",
        "runs.run: Run.save",
        "runs.run: Run.config",
        "runs.run: Run.name",
        "runs.store: Store",
        "corpus.vocabulary: Vocabulary.load",
    ):
        assert f"seq2seq_cli.{expected}" in met


def test_load_returns_the_translator_of_a_run_by_name_by_path_or_of_the_latest(workplace, succeeds):
    expected = succeeds("translate", "you re not sure")
    for run in ("tiny", "runs/tiny", workplace / "runs" / "tiny", None):
        translator = seq2seq_cli.load(str(run) if run else None)
        assert translator.translate(["you re not sure"]) == expected.splitlines()


LINES = ["you re not sure", "", "we re not satisfied with the price"]


def test_load_takes_what_the_command_line_takes(workplace, succeeds):
    def printed(*options):
        return succeeds("translate", *options, *LINES).splitlines()

    assert seq2seq_cli.load("tiny", beam=3).translate(LINES) == printed("--beam", "3")
    found = seq2seq_cli.load("tiny", beam=4, n_best=2, length_penalty=0.2).translations(LINES)
    expected = printed("--beam", "4", "--n-best", "2", "--set", "decoding.length_penalty=0.2")
    assert ["\t".join(output.text for output in one.outputs) for one in found] == expected
    assert seq2seq_cli.load("tiny", checkpoint="last").translate(LINES) == printed("--checkpoint", "last")
    assert seq2seq_cli.load(["tiny", Path("runs/tiny")]).translate(LINES) == printed()
    prefixes = ["elle", "", ""]
    assert seq2seq_cli.load("tiny").translate(LINES, prefixes)[0] == printed("--prefix", "elle")[0]


def test_load_refuses_keys_that_there_are_not(workplace):
    with pytest.raises(ConfigError, match=r"decoding\.temprature: unknown key.*temperature"):
        seq2seq_cli.load("tiny", search="sample", temprature=2)
    with pytest.raises(ConfigError, match="attention"):
        seq2seq_cli.load("tiny", attention=True)


def test_load_of_a_run_that_does_not_exist_is_an_error_of_ours(workplace):
    from seq2seq_cli.errors import RunError

    with pytest.raises(RunError, match="nowhere"):
        seq2seq_cli.load("nowhere")
