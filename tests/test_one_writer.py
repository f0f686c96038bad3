"""One command at a time writes to a home, whoever ends how; pairs of commands at once end without a crash and with a whole release."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import combinations_with_replacement
from pathlib import Path

import pytest

from extract.errors import HomeInUseError, ReleaseError
from flows import cli
from flows.home.home import Home
from flows.home.ledger import Ledger
from flows.home.lock import writing
from publish.checking.check import check_release
from publish.compare.latest import latest_release, point

ROOT = Path(__file__).resolve().parent.parent
HOLD = """
import sys, time
from pathlib import Path
from flows.home.home import Home
from flows.home.lock import writing
with writing(Home(Path(sys.argv[1])), "build"):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that has the lock of a home until its standard input ends."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "locked\n"
    yield process
    process.stdin.close()
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_writer_is_told_who_writes_and_changes_nothing(tmp_path, holder):
    with pytest.raises(HomeInUseError, match=rf"gongkai build \(process {holder.pid} on .*, since 2.*--wait"):
        writing(Home(tmp_path), "crawl").__enter__()
    assert json.loads(Home(tmp_path).holder.read_text())["process"] == holder.pid


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["release"], 3), (["build"], 3), (["crawl"], 1), (["import", __file__], 1), (["release", "--accept-losses"], 3)],
)
def test_every_command_that_writes_ends_with_one_line_while_another_writes(tmp_path, holder, capsys, arguments, code):
    assert cli.main([*arguments, "--home", str(tmp_path)]) == code
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and f"process {holder.pid}" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["writing.json", "writing.lock"]


def test_a_writer_that_waits_goes_on_when_the_other_has_ended(tmp_path, holder, capsys):
    os.kill(holder.pid, signal.SIGSTOP)  # alive, and it does nothing: still the holder
    with pytest.raises(HomeInUseError):
        writing(Home(tmp_path), "crawl").__enter__()
    os.kill(holder.pid, signal.SIGCONT)
    holder.stdin.close()
    with writing(Home(tmp_path), "crawl", wait=True):
        assert json.loads(Home(tmp_path).holder.read_text())["command"] == "crawl"
    assert not Home(tmp_path).holder.exists()


def test_the_lock_of_a_killed_process_is_free_and_what_it_left_is_cleared_away(tmp_path, holder, capsys):
    (tmp_path / "releases" / ".2026.11.0.aa.tmp" / "observations").mkdir(parents=True)
    (tmp_path / "releases" / ".2026.11.0.aa.tmp.pieces").mkdir()
    holder.kill()
    holder.wait()
    with writing(Home(tmp_path), "crawl"):
        assert list((tmp_path / "releases").iterdir()) == []
    assert "was stopped before its end" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["not a database", "torn"])
def test_a_damaged_ledger_or_index_is_named_and_made_again(tmp_path, capsys, damage):
    home = Home(tmp_path)
    home.archive.mkdir()
    for path in (home.ledger, home.archive / "index.sqlite"):
        connection = sqlite3.connect(path)
        with connection:
            connection.execute("CREATE TABLE t (a TEXT)")
            connection.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 500)
        connection.close()
        content = path.read_bytes()
        path.write_bytes(
            b"no database " * 99 if damage != "torn" else content[:8192] + b"\xff" * 40960 + content[49152:]
        )
    with writing(home, "build"):
        err = capsys.readouterr().err
        assert not home.ledger.exists() and not (home.archive / "index.sqlite").exists()
        assert "ledger.sqlite: is damaged" in err and "index.sqlite: is damaged" in err
        Ledger(home.ledger).close()
    with writing(home, "build"):
        assert home.ledger.exists() and capsys.readouterr().err == ""


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"../../etc", b"2026.11.0\n2026.11.1"])
def test_a_latest_that_names_no_release_is_one_clear_error(tmp_path, content):
    point(tmp_path, "2026.11.0")
    assert latest_release(tmp_path) == tmp_path / "releases" / "2026.11.0"
    (tmp_path / "releases" / "latest").write_bytes(content)
    with pytest.raises(ReleaseError, match="latest: names no release"):
        latest_release(tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device", "/somewhere/file"),
        PermissionError(13, "Permission denied", "/somewhere/file"),
        OSError(30, "Read-only file system", "/somewhere/file"),
        sqlite3.OperationalError("database or disk is full"),
        OSError("IO error: No space left on device\nand more"),
        RuntimeError('DETACH failed.\nCould not write file "/somewhere/gongkai.duckdb": No space left on device'),
        MemoryError(),
    ],
)
@pytest.mark.parametrize(("command", "code"), [("release", 3), ("crawl", 1)])
def test_what_the_machine_refuses_is_one_line_and_no_traceback(tmp_path, monkeypatch, capsys, error, command, code):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr("flows.home.lock._clear_away", refuse)
    assert cli.main([command, "--home", str(tmp_path)]) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and err.startswith("gongkai: ") and "Traceback" not in err
    assert not Home(tmp_path).holder.exists()


def test_a_fault_of_ours_is_no_release_that_was_made(tmp_path, monkeypatch, capsys):
    def fail(*_, **__):
        raise KeyError("x")

    monkeypatch.setattr("flows.home.lock._clear_away", fail)
    assert cli.main(["release", "--home", str(tmp_path)]) == 3
    assert "fault of gongkai's" in capsys.readouterr().err


# -- pairs of commands

SOME = ["--jurisdiction", "990102"]
PAGE = "<html><head><title>甲县2023年政府信息公开工作年度报告</title></head><body><p>无</p></body></html>"


def commands(home: Path, page: Path) -> dict[str, list[str]]:
    """Return the arguments of each command of a pair."""
    return {
        "build": ["build", *SOME, "--home", str(home)],
        "release": ["release", "--home", str(home)],
        "crawl": ["crawl", *SOME, "--home", str(home)],
        "import": ["import", str(page), "--url", "https://www.example.org/nb/2023.html", "--home", str(home)],
        "extract": ["extract", str(page), "-o", str(page.with_name(f"{time.monotonic_ns()}.json"))],
        "explore": ["explore", "--home", str(home)],
    }


def run_pair(home: Path, page: Path, first: str, second: str) -> None:
    """Start two commands at once; each ends with an exit code of its own and no traceback, and the latest release is whole."""
    told = commands(home, page)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "flows.cli", *told[name]],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in (first, second)
    ]
    ends = {}
    for name, process in zip((first, second), started, strict=True):
        if name == "explore":
            assert process.stdout.readline().startswith("http"), process.stderr.read()
    for number, (name, process) in enumerate(zip((first, second), started, strict=True)):
        if name == "explore":
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=300)
        ends[number] = process.returncode
        assert "Traceback" not in err, err
        refused = "is writing to it" in err
        assert process.returncode in ((3, 1) if refused else (0, 1)), (name, err)
        assert not (refused and name in ("extract", "explore"))
    release = latest_release(home)
    assert release is not None and check_release(release) == []
    assert not list((home / "releases").glob(".*"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A home with a release of one invented district, and a page to import."""
    home = tmp_path_factory.mktemp("pairs") / "home"
    page = home.with_name("page.html")
    page.write_text(PAGE, encoding="utf-8")
    assert (
        subprocess.run([sys.executable, "-m", "flows.cli", "build", *SOME, "--home", str(home)], cwd=ROOT).returncode
        == 0
    )
    return home, page


@pytest.mark.prefect
@pytest.mark.parametrize(("first", "second"), [("build", "crawl"), ("import", "release"), ("build", "explore")])
def test_a_pair_of_commands_at_once_ends_with_a_whole_release(built, first, second):
    run_pair(*built, first, second)


@pytest.mark.slow
@pytest.mark.prefect
def test_every_pair_of_commands_at_once_ends_with_a_whole_release(built):
    names = ["build", "release", "crawl", "import", "extract", "explore"]
    pairs = list(combinations_with_replacement(names, 2))
    assert len(pairs) == 21
    for first, second in pairs:
        run_pair(*built, first, second)
