"""Prefect for the length of one run: settings that keep it to this machine, and one server on a free port.

In: the folder that becomes PREFECT_HOME. Nothing of the user's own Prefect is read or written, nothing is sent
anywhere; every flow, task and worker process of the run finds the one server by PREFECT_API_URL.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from extract.errors import GongkaiError

#: A fresh database took 15 s on two busy cores, 19 s at the worst; a first start on a slow disk takes longer.
STARTUP_SECONDS = 90.0


@contextmanager
def prefect_server(home: Path, *, port: int | None = None, more: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start a Prefect server for a ``with`` block, give its address (also in the environment), and stop it after.

    With a ``port`` it also schedules and shows its pages there. ``more`` are settings beside ``settings(home)``.

    Raises:
        GongkaiError: the server ended, or did not answer within ``STARTUP_SECONDS``; the message names its log.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    with log.open("ab") as log_file, _environment(settings(home) | dict(more or {})):
        server = subprocess.Popen(
            [sys.executable, "-m", "flows.server", *([str(port)] if port is not None else [])],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log_file, cwd=Path(__file__).resolve().parent.parent,
            start_new_session=True,  # a Ctrl-C on the terminal is ours to handle; the server is stopped last
        )  # fmt: skip
        try:
            url = _address(server, log)
            with _environment({"PREFECT_API_URL": url}), _used(url):
                yield url
        finally:
            _stop(server)


def settings(home: Path) -> dict[str, str]:
    """Return the environment under which the server and everything that talks to it run."""
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        "PREFECT_LOCAL_STORAGE_PATH": str(home / "results"),
        "PREFECT_API_KEY": "",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P1D",
        # What fails is raised and told by gongkai; Prefect would print each traceback a second time.
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_CLI_COLORS": "false",
        "PREFECT_TASK_SCHEDULING_MAX_SCHEDULED_QUEUE_SIZE": "100000",
    }


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Return the server's address once it says it is healthy."""
    deadline = time.monotonic() + STARTUP_SECONDS
    import httpx
    import prefect  # noqa: F401  (takes 2 s, which pass while the server starts)

    port = _first_line(server, deadline)
    url = f"http://127.0.0.1:{port}/api"
    with httpx.Client(trust_env=False, timeout=5) as client:
        while port and server.poll() is None and time.monotonic() < deadline:
            try:
                if client.get(f"{url}/health").status_code == 200:
                    return url
            except httpx.TransportError:
                pass
            time.sleep(0.1)
    what = "ended" if server.poll() is not None else f"did not answer within {STARTUP_SECONDS:.0f} s"
    raise GongkaiError(f"the Prefect server {what}; see {log}")


def _first_line(server: subprocess.Popen[bytes], deadline: float) -> str:
    assert server.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(server.stdout, selectors.EVENT_READ)
        if selector.select(max(0.0, deadline - time.monotonic())):
            return server.stdout.readline().decode().strip()
    return ""


@contextmanager
def _used(url: str) -> Iterator[None]:
    """Point Prefect's settings at the server, also where Prefect was imported before it was started."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: url}):
        yield


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if server.stdout is not None:
        server.stdout.close()
