"""The process of a Prefect server: started, waited for, started again where it is killed, and stopped.

The port is opened here and handed to the server. While a killed server (by the system for want of memory, say) starts
again, requests wait in the port's queue, so a crawl of days does not end with its server. A server that does not come back
is given up, and ``gone`` is true.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from extract.errors import GongkaiError
from flows.home.home import ROOT
from flows.terminal.output import say

#: A fresh database took 15 s on two busy cores, 19 s at the worst; a first start on a slow disk takes longer.
STARTUP_SECONDS = 90.0
#: Give up after this many starts in a row that each ended within ``STARTUP_SECONDS``.
STARTS = 5


class ServerProcess:
    """A server (``python -m flows.orchestration.server``) with this process's environment at this moment; its errors go to ``log``.

    ``port`` 0 is any free one. ``pages``: it also schedules and shows its pages. Use it as a context manager.

    Raises:
        GongkaiError: the port is not free; on entering: the server ended, or did not answer within ``STARTUP_SECONDS``.
    """

    def __init__(self, log: Path, port: int = 0, *, pages: bool = False):
        self._log, self._pages = log, pages
        self._environment = dict(os.environ)
        self._lock = threading.Lock()
        self._stopping = False
        self.gone = False
        self._socket = _listen(port)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api"

    def __enter__(self) -> ServerProcess:
        self._process = self._start()
        try:
            self._wait_for_answer()
        except BaseException:
            self._stop()
            raise
        threading.Thread(target=self._keep, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop()

    def _start(self) -> subprocess.Popen[bytes]:
        handle, parent = self._socket.fileno(), os.getpid()
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "flows.orchestration.server",
                    str(handle),
                    str(parent),
                    *(["pages"] if self._pages else []),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=ROOT,
                env=self._environment,
                pass_fds=(handle,),
                start_new_session=True,  # a Ctrl-C on the terminal is ours to handle; the server is stopped last
            )

    def _wait_for_answer(self) -> None:
        deadline = time.monotonic() + STARTUP_SECONDS
        import httpx
        import prefect  # noqa: F401  (takes 2 s, which pass while the server starts)

        with httpx.Client(trust_env=False, timeout=0.5) as client:
            while self._process.poll() is None and time.monotonic() < deadline:
                try:
                    if client.get(f"{self.url}/health").status_code == 200:
                        return
                except httpx.TransportError:
                    pass
        what = "ended" if self._process.poll() is not None else f"did not answer within {STARTUP_SECONDS:.0f} s"
        raise GongkaiError(f"the Prefect server {what}; see {self._log}")

    def _keep(self) -> None:
        """Start the server again each time it ends, until it is stopped or keeps failing."""
        starts = 0
        while True:
            started = time.monotonic()
            self._process.wait()
            starts = starts + 1 if time.monotonic() < started + STARTUP_SECONDS else 1
            with self._lock:
                if self._stopping:
                    return
                if starts > STARTS:
                    self.gone = True
                    self._socket.close()
                    return
                say(f"Prefect's server {_ending(self._process.returncode)}; it is started again")
                self._process = self._start()

    def _stop(self) -> None:
        with self._lock:
            self._stopping = True
            self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _listen(port: int) -> socket.socket:
    """Return a socket on a port; the server of a run that was killed a moment ago may still hold it."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return socket.create_server(("127.0.0.1", port), backlog=128)
        except OSError as error:
            if time.monotonic() > deadline:
                raise GongkaiError(
                    f"port {port} of 127.0.0.1 cannot be had ({error}); give another with --port"
                ) from error
            time.sleep(0.2)


def _ending(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
