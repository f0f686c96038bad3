"""Prefect's server: a run's own answers to nobody else, and one that is there already is used with its auth string."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from extract.errors import GongkaiError, UsageError
from flows.home.home import ROOT
from flows.orchestration import own_server
from flows.orchestration.own_server import prefect_api, prefect_server
from flows.orchestration.server_process import ServerProcess

SHELL = {
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "no address at all",
    "ALL_PROXY": "socks5://127.0.0.1:9",
    "no_proxy": "inner.example",
    "PREFECT_API_URL": "http://127.0.0.1:9/api",
    "PREFECT_PROFILE": "nowhere",
    "PREFECT_LOGGING_LEVEL": "NONSENSE",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg://nobody@127.0.0.1:9/nothing",
    "PREFECT_SERVER_API_AUTH_STRING": "someone:else",
    "PREFECT_CLIENT_MAX_RETRIES": "many",
}


@pytest.fixture
def shell():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SHELL.items():
            patch.setenv(name, value)
        yield


@pytest.mark.prefect
def test_server_answers_only_to_its_auth_string_whatever_the_shell_has_set(tmp_path, shell, monkeypatch):
    """Proxies that lead nowhere or cannot be used, another Prefect's address, settings that no Prefect takes."""
    with prefect_server(tmp_path / "prefect") as url:
        auth = os.environ["PREFECT_API_AUTH_STRING"]
        assert httpx.post(f"{url}/flows/count", json={}).status_code == 401
        assert httpx.post(f"{url}/flows/count", json={}, auth=tuple(auth.split(":"))).status_code == 200
        # A second run that is told of this server uses it, and no other is started.
        monkeypatch.setenv("GONGKAI_PREFECT", url)
        with prefect_api(tmp_path / "other") as same:
            assert same == url == os.environ["PREFECT_API_URL"]
            from prefect.client.orchestration import get_client

            with get_client(sync_client=True) as client:
                assert client.read_flows() == []
        assert not (tmp_path / "other" / "server.log").exists()
        monkeypatch.setenv("PREFECT_API_AUTH_STRING", "gongkai:wrong")
        with pytest.raises(UsageError, match="set PREFECT_API_AUTH_STRING"), prefect_api(tmp_path / "other"):
            pass
        monkeypatch.setenv("GONGKAI_PREFECT", url.removesuffix("/api"))
        with pytest.raises(UsageError, match="no Prefect server's API"), prefect_api(tmp_path / "other"):
            pass
        monkeypatch.undo()
    assert "PREFECT_API_AUTH_STRING" not in os.environ


def test_settings_of_the_shell_come_back_after_the_run(shell):
    before = dict(os.environ)
    with own_server._without_the_shells():
        assert not [name for name in os.environ if name.startswith("PREFECT_")]
        assert os.environ["http_proxy"] == SHELL["http_proxy"]
        assert "ALL_PROXY" not in os.environ and "HTTPS_PROXY" not in os.environ
        assert {"127.0.0.1", "localhost", "inner.example"} <= set(os.environ["no_proxy"].split(","))
    assert dict(os.environ) == before


def test_server_that_does_not_answer_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGKAI_PREFECT", "http://127.0.0.1:9/api")
    with (
        pytest.raises(UsageError, match=r"http://127\.0\.0\.1:9/api: no Prefect server answers"),
        prefect_api(tmp_path),
    ):
        pass


#: A server that answers as Prefect's does when asked for its health, on the socket that is handed down.
ANSWERS = """
import http.server, os, socket, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
server = http.server.HTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[1]))
server.serve_forever()
"""


@pytest.fixture
def plain_server(tmp_path, monkeypatch):
    """What runs instead of Prefect's server: a file of Python."""
    program = tmp_path / "flows" / "orchestration" / "server.py"
    program.parent.mkdir(parents=True)
    for package in (program.parent.parent, program.parent):
        (package / "__init__.py").touch()
    program.write_text(ANSWERS)
    monkeypatch.setattr("flows.orchestration.server_process.ROOT", tmp_path)
    return program


def test_killed_server_comes_back_on_its_port(tmp_path, plain_server, capfd):
    def pid() -> int:
        return int(httpx.get(server.url, timeout=30).text)

    with ServerProcess(tmp_path / "log") as server:
        first = pid()
        os.kill(first, signal.SIGKILL)
        # Nobody is refused meanwhile: who asks now is answered by the next.
        assert pid() != first
        assert not server.gone
        last = pid()
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)
    with pytest.raises(httpx.ConnectError):
        pid()
    assert capfd.readouterr().err == "gongkai: Prefect's server was killed by SIGKILL; it is started again\n"


def test_server_that_does_not_come_back_is_named(tmp_path, plain_server):
    with (
        pytest.raises(GongkaiError, match=r"did not come back; see .*server\.log"),
        prefect_server(tmp_path / "prefect") as url,
    ):
        first = int(httpx.get(url, timeout=30).text)
        plain_server.write_text("raise SystemExit(3)")
        os.kill(first, signal.SIGKILL)
        while True:
            httpx.get(url, timeout=30)


def test_server_that_does_not_start_is_named(tmp_path, plain_server):
    plain_server.write_text("raise SystemExit(3)")
    with pytest.raises(GongkaiError, match="the Prefect server ended; see"), ServerProcess(tmp_path / "log"):
        pass


def test_server_ends_where_its_parent_is_gone_before_it_looks():
    with socket.create_server(("127.0.0.1", 0)) as held:
        command = [sys.executable, "-m", "flows.orchestration.server", str(held.fileno()), "1"]
        assert subprocess.run(command, cwd=ROOT, pass_fds=(held.fileno(),), timeout=60).returncode == 0
