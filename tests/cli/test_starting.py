"""Starting without the garbage collector, which comes back whatever happens."""

import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from seq2seq_cli.cli.starting import starting

ROOT = Path(__file__).parents[2]
NEEDLESS = ("pyarrow", "sacrebleu", "filelock", "torch._dynamo", "seq2seq_cli.training.loop")


class Loop:
    def __init__(self):
        self.itself = self


def test_the_collector_rests_inside_and_works_afterwards():
    assert gc.isenabled()
    with starting():
        assert not gc.isenabled()
    assert gc.isenabled()
    watched = weakref.ref(Loop())
    gc.collect()
    assert watched() is None


def test_the_collector_works_after_an_error_too():
    with pytest.raises(KeyError), starting():
        raise KeyError
    assert gc.isenabled()


def test_translating_loads_nothing_that_only_other_commands_need(workplace):
    code = (
        "import sys; from seq2seq_cli.cli.app import app; "
        "app(['translate', 'you re not sure'], standalone_mode=False); "
        f"print(*(name for name in {NEEDLESS} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workplace,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr.strip() == ""
