"""What holds for every test: under CI a skipped test is a failed one, and nobody's GONGKAI_HOME is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


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
        patch.delenv("GONGKAI_CONTACT", raising=False)
        yield
