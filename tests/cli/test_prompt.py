"""The prompt, on a terminal of its own."""

import os
import select
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from seq2seq_cli.runs import Store
from seq2seq_cli.translation import Translator

pty = pytest.importorskip("pty", reason="Windows has other terminals")
pytest.importorskip("readline")

ROOT = Path(__file__).parents[2]
ECHO = """
import sys
from seq2seq_cli.cli.prompt import typed_lines
try:
    for line in typed_lines():
        print("<" + line + ">", flush=True)
except KeyboardInterrupt:
    sys.exit(130)
"""

# Standard input becomes the terminal that Ctrl-C is typed on.
ON_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class Terminal:
    """Keyboard and screen of a program."""

    def __init__(self, descriptor, process):
        self.descriptor, self.process, self.screen = descriptor, process, b""

    def type(self, keys):
        os.write(self.descriptor, keys.encode())

    def interrupt(self):
        """Press Ctrl-C a moment later, as a person does: before it waits for a key, Python is deaf."""
        time.sleep(1)
        self.type("\x03")

    def shows(self, text):
        """Wait until a text appears, and return the screen up to it; what follows stays for the next time."""
        patience = time.monotonic() + 60
        while text.encode() not in self.screen:
            assert time.monotonic() < patience, self.screen
            if select.select([self.descriptor], [], [], 0.1)[0]:
                self.screen += os.read(self.descriptor, 4096)
        before, _, self.screen = self.screen.partition(text.encode())
        return before.decode(errors="replace")


@contextmanager
def terminal(*command):
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "INPUTRC": os.devnull}
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    process = subprocess.Popen(
        [sys.executable, "-c", ON_ITS_TERMINAL, *command],
        env=environment,
        start_new_session=True,
        **streams,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_lines_come_one_by_one_with_history_until_ctrl_d():
    with terminal("-c", ECHO) as screen:
        assert "Ctrl-D ends" in screen.shows("> ")
        screen.type("hello there\n")
        screen.shows("<hello there>")
        screen.shows("> ")
        screen.type("\x1b[A again\n")  # the arrow up
        screen.shows("<hello there again>")
        screen.shows("> ")
        screen.type("\n")
        screen.shows("<>")
        screen.shows("> ")
        screen.type("\x04")
        assert screen.process.wait(timeout=30) == 0


def test_ctrl_c_drops_the_line_and_then_ends():
    with terminal("-c", ECHO) as screen:
        screen.shows("> ")
        screen.type("not what I meant")
        screen.shows("meant")
        screen.interrupt()
        screen.shows("> ")
        screen.type("better\n")
        assert "meant" not in screen.shows("<better>")
        screen.shows("> ")
        screen.interrupt()
        assert screen.process.wait(timeout=30) == 130


def test_without_readline_lines_come_too_and_what_is_no_utf8_is_replaced():
    with terminal("-c", f"import sys; sys.modules['readline'] = None\n{ECHO}") as screen:
        screen.shows("> ")
        os.write(screen.descriptor, b"caf\xe9 \n")
        screen.shows("<caf\ufffd >")
        screen.shows("> ")
        screen.interrupt()
        assert screen.process.wait(timeout=30) == 130


def test_it_translates_each_line_at_once_and_lists_the_n_best(workplace):
    with terminal("-m", "seq2seq_cli", "translate", "--n-best", "2") as screen:
        screen.shows("> ")
        for text in ("you re not sure", "he s late"):
            screen.type(f"{text}\n")
            shown = screen.shows("> ").splitlines()[1:]
            best = (
                Translator.of(Store().find("tiny"), device="cpu", outputs=2).translations([text])[0].outputs
            )
            assert shown == [f" {i}  {one.log_probability:7.2f}  {one.text}" for i, one in enumerate(best, 1)]
        screen.type("zzyzx\n")
        assert "Line 3 has no word that the model knows." in screen.shows("> ")
        screen.interrupt()
        assert screen.process.wait(timeout=30) == 130
        assert "Traceback" not in screen.shows("Interrupted.")
