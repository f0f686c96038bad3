"""A real headless Chromium, driven over its DevTools protocol: enough to open pages, ask them, press keys, and listen."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
    "--window-size=1200,900",
)


class Browser:
    """One page. ``requests`` are the addresses it asked for, ``complaints`` what it wrote to its console as an error."""

    def __init__(self, socket: ClientConnection, downloads: Path):
        self._socket, self._number, self.downloads = socket, 0, downloads
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._loaded = 0
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def call(self, method: str, **parameters: Any) -> Any:
        """Return what a DevTools method gives."""
        self._number += 1
        number = self._number
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=90))
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
            self._hear(message)

    def open(self, address: str) -> None:
        """Open an address and wait until it is loaded."""
        self._after(lambda: self.call("Page.navigate", url=address))

    def click(self, selector: str, *, leaves: bool = False) -> None:
        """Click the first element of a CSS selector; wait for the next page where it ``leaves`` this one."""
        click = f"document.querySelector({json.dumps(selector)}).click()"
        if leaves:
            self._after(lambda: self.ask(click))
        else:
            self.ask(click)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def press(self, key: str, *, leaves: bool = False) -> None:
        """Press ``Tab`` or ``Enter``; wait for the next page where it ``leaves`` this one."""
        if leaves:
            return self._after(lambda: self.press(key))
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def ask(self, expression: str) -> Any:
        """Return the value of a JavaScript expression on the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def picture(self, path: Path) -> None:
        """Write a PNG of what is seen."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def downloaded(self, name: str, seconds: float = 10.0) -> Path:
        """Return a file once it is downloaded."""
        deadline = time.monotonic() + seconds
        while not (path := self.downloads / name).exists():
            assert time.monotonic() < deadline, f"{name} was not downloaded"
            time.sleep(0.05)
        return path

    def _after(self, action: Any, seconds: float = 90.0) -> None:
        before = self._loaded
        action()
        while self._loaded == before:
            self._hear(json.loads(self._socket.recv(timeout=seconds)))

    def _hear(self, message: dict[str, Any]) -> None:
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded += 1
            case "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            case "Log.entryAdded" if message["params"]["entry"]["level"] == "error":
                self.complaints.append(message["params"]["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(message["params"]["exceptionDetails"]))


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start Chromium with a profile and downloads of its own under ``folder``, and end it."""
    assert CHROMIUM is not None
    profile, downloads = folder / "profile", folder / "downloads"
    downloads.mkdir(parents=True)
    command = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            port = _port(profile / "DevToolsActivePort")
            with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=60) as answer:
                page = next(target for target in json.load(answer) if target["type"] == "page")
            with connect(page["webSocketDebuggerUrl"], max_size=None) as socket:
                yield Browser(socket, downloads)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _port(told: Path, seconds: float = 90.0) -> int:
    deadline = time.monotonic() + seconds
    while not (told.exists() and told.read_text().count("\n")):
        assert time.monotonic() < deadline, "Chromium did not start"
        time.sleep(0.05)
    return int(told.read_text().splitlines()[0])
