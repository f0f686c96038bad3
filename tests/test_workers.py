"""Worker processes: a bad task costs itself and nothing else."""

import contextlib
import ctypes
import os
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest

from extract.workers import TaskFailure, WorkerPool

HERE = "tests.test_workers" if __name__.startswith("tests.") else "test_workers"
#: What a task of this process keeps.
KEPT: list[bytes] = []


def double(number):
    return number * 2


def sleep(seconds):
    time.sleep(seconds)
    return seconds


def use_processor(seconds):
    """Use processor time in two threads, as a decoder does."""
    ends = time.process_time() + seconds
    other = threading.Thread(target=_use_processor_until, args=(ends,))
    other.start()
    _use_processor_until(ends)
    other.join()
    return seconds


def _use_processor_until(ends):
    while time.process_time() < ends:
        pass


def leave(code):
    os._exit(code)


def leave_slowly(code):
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.close(descriptor)
    time.sleep(4)
    os._exit(code)


def crash(_):
    ctypes.string_at(0)


def killed_once(place):
    """Be killed, as the system does for want of memory, the first time that this place is told."""
    if not os.path.exists(place):
        open(place, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return place


def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


def eat(megabytes):
    return len(bytearray(megabytes << 20))


def complain(text):
    raise ValueError(text)


def unpicklable(_):
    return lambda: None


def process_id(_):
    return os.getpid()


def start_a_program(seconds):
    program = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({seconds})"])
    with open(os.environ["PROGRAM_PID_FILE"], "w") as file:
        file.write(str(program.pid))
    program.wait()


def path(function):
    return f"{HERE}:{function.__name__}"


def outcomes(pool, tasks):
    return dict(pool.run(tasks))


@pytest.fixture(scope="module")
def pool():
    """A pool whose time limit no machine reaches: time is the matter of tests that bring a limit of their own."""
    with WorkerPool(2, seconds=120, megabytes=400) as pool:
        yield pool


def keep(megabytes: int) -> int:
    KEPT.append(b"x" * (megabytes * 1_000_000))
    return os.getpid()


def test_results_come_with_their_index_in_any_order(pool):
    order = [index for index, _ in pool.run([(path(sleep), 4.0), (path(sleep), 0.0), (path(sleep), 0.1)])]
    assert sorted(order) == [0, 1, 2]
    assert order[-1] == 0
    assert outcomes(pool, [(path(double), n) for n in range(50)]) == {n: 2 * n for n in range(50)}


def test_task_that_hangs_is_stopped_alone():
    with WorkerPool(2, seconds=120, megabytes=400, on_the_clock=10) as pool:
        got = outcomes(pool, [("time:sleep", 600), ("math:sqrt", 16), ("math:sqrt", 25)])
    assert got[0] == TaskFailure("timeout", "took longer than 10 s and was stopped")
    assert (got[1], got[2]) == (4, 5)


@pytest.mark.skipif(not hasattr(signal, "ITIMER_PROF"), reason="the system counts no processor time")
def test_task_over_its_processor_time_is_stopped_alone():
    with WorkerPool(1, seconds=1, megabytes=400) as pool:
        got = outcomes(pool, [(path(use_processor), 600), (path(use_processor), 0.4), (path(use_processor), 0.7)])
    assert got[0] == TaskFailure("timeout", "took more than 1 s of processor time and was stopped")
    # Each task has its own: two that come after each other do not use up one limit.
    assert (got[1], got[2]) == (0.4, 0.7)


@pytest.mark.skipif(not hasattr(signal, "ITIMER_PROF"), reason="the system counts no processor time")
def test_waiting_on_a_busy_machine_costs_no_processor_time():
    """A task that takes longer on the clock than it may use processor time comes to its end."""
    with WorkerPool(1, seconds=1, megabytes=400) as pool:
        assert outcomes(pool, [(path(sleep), 2.0)]) == {0: 2.0}


def test_task_whose_worker_was_killed_is_given_to_another_once(pool, tmp_path):
    place = str(tmp_path / "killed")
    got = outcomes(pool, [(path(killed_once), place), (path(killed), 0), (path(double), 2)])
    assert got[0] == place and got[2] == 4
    assert got[1] == TaskFailure("died", "the worker process died: killed by SIGKILL (out of memory?)")


def test_worker_that_closes_its_pipe_has_died_and_not_timed_out(pool):
    """On a busy machine a process may outlive its pipe by seconds."""
    got = outcomes(pool, [(path(leave_slowly), 3)])
    assert got[0] == TaskFailure("died", "the worker process died: exit code 3")


def test_dead_worker_fails_its_own_task_only(pool):
    got = outcomes(pool, [(path(leave), 7), (path(double), 1), (path(crash), None), (path(double), 2)])
    assert got[0] == TaskFailure("died", "the worker process died: exit code 7")
    assert got[2].kind == "died"
    assert "SIGSEGV" in got[2].reason
    assert (got[1], got[3]) == (2, 4)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory limits are kept on Linux")
def test_memory_beyond_the_limit_fails_the_task(pool):
    got = outcomes(pool, [(path(eat), 4000), (path(eat), 20), (path(double), 3)])
    assert got[0].kind == "memory"
    assert "400 MB" in got[0].reason
    assert (got[1], got[2]) == (20 << 20, 6)


def test_exception_is_a_failure_with_its_words(pool):
    got = outcomes(pool, [(path(complain), "no such table"), (path(double), 3), (path(unpicklable), None)])
    assert got[0].kind == "raised"
    assert got[0].reason == "ValueError: no such table"
    assert "complain" in got[0].trace
    assert got[1] == 6
    assert got[2].kind == "raised"


def test_unknown_function_is_a_failure(pool):
    got = outcomes(pool, [("no_such_module:f", 1), (f"{HERE}:no_such_function", 1)])
    assert got[0].reason.startswith("ModuleNotFoundError")
    assert got[1].reason.startswith("AttributeError")


def test_processes_are_reused_and_recycled():
    with WorkerPool(1, seconds=120, megabytes=400, recycle=3) as pool:
        ids = [value for _, value in pool.run([(path(process_id), None)] * 6)]
        assert len(set(ids[:3])) == 1
        assert len(set(ids[3:])) == 1
        assert ids[0] != ids[3]
        assert os.getpid() not in ids


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the system does not tell what a process holds")
def test_a_process_that_keeps_memory_is_replaced():
    with WorkerPool(1, seconds=120, megabytes=600) as pool:
        ids = [value for _, value in pool.run([(path(keep), 10), (path(keep), 310), (path(keep), 10)])]
    assert ids[0] == ids[1] != ids[2]


def test_leaving_the_loop_early_stops_the_work():
    with WorkerPool(2, seconds=600, megabytes=400) as pool:
        begun = time.monotonic()
        for index, value in pool.run([(path(sleep), 500), (path(double), 21)]):
            assert (index, value) == (1, 42)
            break
        assert outcomes(pool, [(path(double), 1)]) == {0: 2}
        assert time.monotonic() - begun < 250


def test_tasks_are_taken_only_as_workers_get_free():
    taken = []

    def tasks():
        for number in range(20):
            taken.append(number)
            yield path(double), number

    with WorkerPool(2, seconds=120, megabytes=400) as pool:
        results = pool.run(tasks())
        next(results)
        assert len(taken) <= 6
        assert len(list(results)) == 19


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups")
def test_programs_started_by_a_task_end_with_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PROGRAM_PID_FILE", str(tmp_path / "pid"))
    with WorkerPool(1, seconds=120, megabytes=400, on_the_clock=8) as pool:
        assert outcomes(pool, [(path(start_a_program), 300)])[0].kind == "timeout"
    program = int((tmp_path / "pid").read_text())
    for _ in range(50):
        try:
            with open(f"/proc/{program}/stat") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    break
        except OSError:
            break
        time.sleep(0.1)
    else:
        os.kill(program, signal.SIGKILL)
        pytest.fail("the program outlived its task")


def test_closed_pool_takes_no_work():
    pool = WorkerPool(1, seconds=5, megabytes=400)
    pool.close()
    pool.close()
    with pytest.raises(ValueError):
        next(pool.run([(path(double), 1)]))


def test_ctrl_c_leaves_no_worker_behind(tmp_path):
    script = tmp_path / "interrupted.py"
    script.write_text(
        "from extract.workers import WorkerPool\n"
        "if __name__ == '__main__':\n"
        "    with WorkerPool(2, seconds=100, megabytes=400) as pool:\n"
        "        print('started', flush=True)\n"
        "        list(pool.run([('time:sleep', 90), ('time:sleep', 90)]))\n"
    )
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": root},
        start_new_session=True,
    )
    process.stdout.readline()
    time.sleep(0.8)
    # Python drops an interrupt that falls into the clean-up of some object; a person presses the keys again.
    for _ in range(12):
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(5) != 0
            break
        except subprocess.TimeoutExpired:
            continue
    assert process.poll() is not None
    process.stdout.close()
