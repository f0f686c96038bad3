"""What holds for every test: under CI a skipped test is a failed one, and nobody's GONGKAI_HOME is touched; shared stores."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from extract.archiving.store import Store, open_store

# Started in the background of a script, a process ignores Ctrl-C, and so would the commands that the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before anything of gongkai is imported: some settings are read once, and a test's are its own.
for _name in [name for name in os.environ if name.startswith("GONGKAI_")]:
    del os.environ[_name]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped, which fails under CI: {report.longrepr}"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Keep bytes out of a test's name: those of a ZIP hold the time, and parallel workers must name tests alike."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GONGKAI_HOME", str(tmp_path_factory.mktemp("home")))
        for name in ("GONGKAI_PREFECT", "PREFECT_API_URL", "PREFECT_API_AUTH_STRING"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An S3 server on loopback with one empty bucket."""
    from tests.s3_server import BUCKET, s3_server

    with s3_server(BUCKET) as url:
        yield url


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, endpoint: str) -> Store:
    """An empty store: a folder, and an S3 server's bucket."""
    from tests.s3_server import BUCKET

    return open_store(tmp_path / "store" if request.param == "folder" else f"s3://{BUCKET}/{tmp_path.name}")
