"""What the tests of the views into a model share: a run that looks at its source, and a browser."""

import json
import os
import select
import shutil
import subprocess
import sys
from contextlib import closing, suppress

import pytest

from seq2seq_cli.cli import console

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 300  # seconds
RELAY = """
import fcntl, os, sys
into, out = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3]]
os.dup2(into, 3), os.dup2(out, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""  # the browser reads what it is told from 3, and answers to 4


@pytest.fixture(scope="session")
def studio(workshop, tmp_path_factory, tiny, succeeds):
    """Return a copy of the workshop with a run that has attention, look, and one without gates, bag."""
    folder = tmp_path_factory.mktemp("studio") / "workplace"
    shutil.copytree(workshop, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, setting, steps in (("look", "attention=general", 40), ("bag", "encoder=bag", 1)):
            short = ("--set", f"training.max_steps={steps}", "--run", name)
            succeeds("train", *tiny, "--set", f"model.{setting}", *short)
    return folder


@pytest.fixture
def in_studio(studio, monkeypatch):
    """Stand in the studio, to look only."""
    monkeypatch.chdir(studio)
    return studio


@pytest.fixture
def on_80_columns(monkeypatch):
    monkeypatch.setattr(console, "_WIDTH_OF_A_FILE", 80)


class Browser:
    """Chromium without a window, led through its DevTools protocol over a pair of pipes.

    Messages are JSON, ended by a zero byte (https://chromedevtools.github.io/devtools-protocol).
    """

    PHONE, DESK = (400, 800), (1280, 900)

    def __init__(self, profile):
        theirs_in, self.out = os.pipe()
        self.into, theirs_out = os.pipe()
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        command = [CHROMIUM, *flags, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", RELAY, str(theirs_in), str(theirs_out), *command],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.unread, self.number, self.session = b"", 0, {}
        self.faults, self.asked = [], []

    def begin(self):
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        attached = self.do("Target.attachToTarget", targetId=target, flatten=True)
        self.session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")

    def close(self):
        self.session = {}
        with suppress(OSError):
            self.send("Browser.close", {})
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.into)

    def send(self, method, parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters, **self.session}
        os.write(self.out, json.dumps(message).encode() + b"\0")
        return self.number

    def message(self):
        while b"\0" not in self.unread:
            ready, _, _ = select.select([self.into], [], [], PATIENCE)
            read = os.read(self.into, 1 << 16) if ready else b""
            assert read, "the browser says nothing"
            self.unread += read
        text, self.unread = self.unread.split(b"\0", 1)
        message = json.loads(text)
        if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.faults.append(message["params"])
        if message.get("method") == "Network.requestWillBeSent":
            self.asked.append(message["params"]["request"]["url"])
        return message

    def do(self, method, **parameters):
        """Call a method, and return what it returns."""
        number = self.send(method, parameters)
        while (message := self.message()).get("id") != number:
            pass
        assert "error" not in message, message
        return message["result"]

    def open(self, path, size=DESK, theme="light"):
        """Open a file as on a screen of some size, light or dark."""
        width, height = size
        self.faults, self.asked = [], []
        self.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=size == self.PHONE,
        )
        self.do("Page.navigate", url="about:blank")
        self.do("Page.navigate", url=path.resolve().as_uri())
        while self.evaluate("document.readyState + location.protocol") != "completefile:":
            pass

    def evaluate(self, expression):
        """Return what JavaScript makes of an expression."""
        found = self.do("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def text(self, selector):
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.do("Input.dispatchKeyEvent", type=kind, key=key)

    def point(self, element, across=0.5, down=0.5, click=False):
        """Move the mouse to a place within an element, which JavaScript names; (0, 0) is its upper left."""
        self.evaluate(f"{element}.scrollIntoView({{block: 'center', inline: 'center', behavior: 'instant'}})")
        self.evaluate("new Promise(seen => requestAnimationFrame(() => requestAnimationFrame(seen)))")
        left, top, width, height = self.evaluate(
            f"(({{x, y, width, height}}) => [x, y, width, height])({element}.getBoundingClientRect())"
        )
        where = {"x": left + across * width, "y": top + down * height}
        self.do("Input.dispatchMouseEvent", type="mouseMoved", **where)
        for kind in ("mousePressed", "mouseReleased") if click else ():
            self.do("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    with closing(Browser(tmp_path_factory.mktemp("browser"))) as browser:
        browser.begin()
        yield browser


@pytest.fixture
def browser(chromium):
    """Return a browser; no page may throw, complain or ask the network for anything."""
    yield chromium
    assert chromium.faults == []
    assert all(url.startswith("file:") for url in chromium.asked[1:])  # the first is about:blank
    assert len(chromium.asked) == len(set(chromium.asked))
