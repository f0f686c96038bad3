"""What one local file may cost: ``gongkai extract FILE`` has the limits of the workers and the speed of a single page."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = """
import json, os, sys, time
from extract.forked import can_fork, in_fork

def result(argument):
    return {"read": argument}

def endless(argument):
    while True:
        pass

def large(argument):
    return len(bytearray(3_000_000_000))

def dies(argument):
    os.abort()

def raises(argument):
    raise ValueError("a broken file")

def starts_a_program(argument):
    import subprocess
    program = subprocess.Popen(["sleep", "1000"])
    return program.pid

assert can_fork()
found = {}
for function, seconds in ((result, 60), (endless, 0.5), (large, 60), (dies, 60), (raises, 60), (starts_a_program, 60)):
    outcome = in_fork(function, "a.html", seconds, 1024)
    found[function.__name__] = [outcome.kind, outcome.reason] if hasattr(outcome, "kind") else outcome
try:
    for _ in range(500):
        os.kill(found["starts_a_program"], 0)
        time.sleep(0.02)
        state = open(f"/proc/{found['starts_a_program']}/stat").read().rpartition(")")[2].split()[0]
        if state == "Z":
            raise ProcessLookupError
    found["starts_a_program"] = "lives on"
except (ProcessLookupError, FileNotFoundError):
    found["starts_a_program"] = "ended"
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found():
    if not sys.platform.startswith("linux"):
        pytest.skip("processes are copied on Linux only")
    run = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


@pytest.mark.parametrize(
    ("what", "outcome"),
    [
        ("result", {"read": "a.html"}),
        ("endless", ["timeout", "took more than 0.5 s of processor time and was stopped"]),
        ("large", ["memory", "needs more than 1024 MB of memory"]),
        ("dies", ["died", "the process that read it died: killed by SIGABRT"]),
        ("raises", ["raised", "ValueError: a broken file"]),
        ("starts_a_program", "ended"),
    ],
)
def test_task_in_a_copy_of_the_process_has_limits_and_costs_itself(found, what, outcome):
    assert found[what] == outcome


def test_file_alone_is_read_with_the_limits_of_time_and_memory(tmp_path):
    page = tmp_path / "a.html"
    page.write_text("<html><body><p>2020年政府信息公开工作年度报告</p></body></html>", encoding="utf-8")
    script = f"""
import sys
from flows.inspection import extract_files
extract_files.SECONDS = 1.0
def stuck(job):
    while True:
        pass
extract_files.read_item = stuck
from flows.commands.extract import extract
from pathlib import Path
sys.exit(extract([Path({str(page)!r})], Path({str(tmp_path / "out.json")!r})))
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1, run.stderr
    assert "a.html: unreadable: took more than 1 s of processor time and was stopped" in run.stderr
    assert "unreadable" in json.dumps(json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["report"])
