"""Prefect for the length of one run: settings that keep it to this machine, and one server on a free port.

In: the folder that becomes PREFECT_HOME. Nothing of the user's own Prefect is read or written, nothing is sent anywhere;
every flow and task of the run finds the one server by PREFECT_API_URL. A run's own server answers to nobody who does not
have its auth string, which is thrown for it and stands in no file. Where ``--prefect`` (GONGKAI_PREFECT) names a server that is
there already, that one is used, with PREFECT_API_AUTH_STRING (or PREFECT_API_KEY) from the environment. Whatever else the shell
has set for Prefect, or as a proxy, changes nothing: a server on this machine is asked directly.
"""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from extract.errors import GongkaiError, UsageError
from flows.orchestration.server_process import ServerProcess
from flows.terminal.output import say

#: The API of a Prefect server that is there already (``--prefect``).
PREFECT = "GONGKAI_PREFECT"
#: How such a server is reached, from the shell.
OF_A_SERVER = (
    "PREFECT_API_KEY",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_API_SSL_CERT_FILE",
    "PREFECT_API_TLS_INSECURE_SKIP_VERIFY",
    "PREFECT_CLIENT_CUSTOM_HEADERS",
)
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
LOOPBACK = ("127.0.0.1", "localhost")


@contextmanager
def prefect_for_run(home: Path) -> Iterator[str]:
    """As ``prefect_api``, for a command: says which server is used, and lets SIGTERM end the run as Ctrl-C does."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        if url := os.environ.get(PREFECT):
            say(f"using the Prefect server {url}")
        else:
            say(f"starting Prefect's server for this run in {home}")
        with prefect_api(home) as url:
            yield url
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def prefect_api(home: Path) -> Iterator[str]:
    """Give the address of Prefect's API for a ``with`` block: of the server that GONGKAI_PREFECT names, or of one started for it.

    Raises:
        UsageError: the server that was named does not answer, or refuses the auth string.
        GongkaiError: the run's own did not start.
    """
    url = os.environ.get(PREFECT, "").rstrip("/")
    if not url:
        with prefect_server(home) as own:
            yield own
        return
    auth = {name: value for name in OF_A_SERVER if (value := os.environ.get(name))}
    home.mkdir(parents=True, exist_ok=True)
    with (
        _without_the_shells(),
        _environment(settings(home.resolve()) | auth | {"PREFECT_API_URL": url}),
        _used(url),
    ):
        _require(url)
        yield url


@contextmanager
def prefect_server(home: Path, *, port: int | None = None, more: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start a Prefect server for a ``with`` block, give its address (also in the environment), and stop it after.

    With a ``port`` it also schedules and shows its pages there. ``more`` are settings beside ``settings(home)``.

    Raises:
        GongkaiError: the server did not start, or was killed in the block and did not come back; the message names its log.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    with (
        _without_the_shells(),
        _environment(settings(home) | _own_auth() | dict(more or {})),
        ServerProcess(log, port or 0, pages=port is not None) as server,
        _environment({"PREFECT_API_URL": server.url}),
        _used(server.url),
    ):
        try:
            yield server.url
        except GongkaiError:
            raise
        except Exception as error:
            if server.gone:
                raise GongkaiError(
                    f"the Prefect server ended and did not come back; see {log}. The next run goes on here"
                ) from error
            raise


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


def _own_auth() -> dict[str, str]:
    auth = f"gongkai:{secrets.token_urlsafe(24)}"
    return {"PREFECT_SERVER_API_AUTH_STRING": auth, "PREFECT_API_AUTH_STRING": auth}


def _require(url: str) -> None:
    """Raise UsageError where no Prefect server answers at an address, or not to us."""
    import httpx

    auth = os.environ.get("PREFECT_API_AUTH_STRING", "")
    user, _, password = auth.partition(":")
    key = os.environ.get("PREFECT_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.post(
            f"{url}/flows/count", json={}, headers=headers, auth=(user, password) if auth else None, timeout=30
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UsageError(f"{url}: no Prefect server answers there ({error})") from error
    if answer.status_code in (401, 403):
        raise UsageError(
            f"{url}: the Prefect server asks for its auth string: set PREFECT_API_AUTH_STRING to user:password"
        )
    if answer.status_code != 200:
        raise UsageError(
            f"{url}: this is no Prefect server's API (answer {answer.status_code}); it ends in /api as a rule"
        )


@contextmanager
def _used(url: str) -> Iterator[None]:
    """Point Prefect's settings at the server, also where Prefect was imported before it was started."""
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_KEY, PREFECT_API_URL, temporary_settings

    auth = {
        PREFECT_API_AUTH_STRING: os.environ.get("PREFECT_API_AUTH_STRING"),
        PREFECT_API_KEY: os.environ.get("PREFECT_API_KEY"),
    }
    with temporary_settings({PREFECT_API_URL: url} | {name: value or None for name, value in auth.items()}):
        yield


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        _restore(before)


@contextmanager
def _without_the_shells() -> Iterator[None]:
    """Take the shell's settings of Prefect away, and its proxies from this machine's own servers."""
    proxies = proxy_settings(os.environ)
    strange = [name for name in os.environ if name.startswith("PREFECT_")]
    before = {name: os.environ.get(name) for name in (*strange, *proxies)}
    _restore(dict.fromkeys(strange) | proxies)
    try:
        yield
    finally:
        _restore(before)


def proxy_settings(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return what an environment's proxies become (None: taken away): those that Prefect's client cannot use would stop every
    request, also those that need no proxy.
    """
    found: dict[str, str | None] = {}
    for name in (*PROXIES, *map(str.upper, PROXIES)):
        if (value := environment.get(name)) and not _is_usable(value):
            found[name] = None
    for name in ("no_proxy", "NO_PROXY"):
        hosts = [host.strip() for host in environment.get(name, "").split(",") if host.strip()]
        found[name] = ",".join([*hosts, *(host for host in LOOPBACK if host not in hosts)])
    return found


def _is_usable(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and " " not in proxy
    except ValueError:
        return False


def _restore(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
