import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from parsing import isolated_functions as functions
from sourcier_core.domain.documents import PageReading
from sourcier_core.errors import (
    DocumentCorrupt,
    DocumentTooLarge,
    EngineUnavailable,
    ParsingCrashed,
    ParsingOutOfMemory,
    ParsingTimedOut,
)
from sourcier_core.isolation import ChildLimits, IsolatedRunner

LIMITS = ChildLimits(wall_time_s=20, cpu_time_s=10, memory_mb=256, file_size_mb=8)


@pytest.fixture(scope="module")
def runner() -> Iterator[IsolatedRunner]:
    runner = IsolatedRunner(["json"], LIMITS)
    yield runner
    runner.close()


def limits(**changes: Any) -> ChildLimits:
    return ChildLimits(**{"wall_time_s": 20, "cpu_time_s": 10, "memory_mb": 256, "file_size_mb": 8} | changes)


def test_a_value_comes_back(runner: IsolatedRunner) -> None:
    assert runner.run(functions.add, 2, 3) == 5


def test_domain_types_and_large_results_come_back(runner: IsolatedRunner) -> None:
    span, data = runner.run(functions.make_span, 7)
    assert (span.start, span.end, span.heading_path) == (7, 8, ("Été",))
    assert len(data) == 200_000


def test_members_of_enumerations_come_back_however_python_writes_them(runner: IsolatedRunner) -> None:
    assert runner.run(functions.reading_of_an_older_python) is PageReading.READ


def test_a_large_argument_arrives(runner: IsolatedRunner) -> None:
    assert runner.run(len, b"x" * (4 << 20)) == 4 << 20


def test_our_errors_come_back_with_message_and_details(runner: IsolatedRunner) -> None:
    with pytest.raises(DocumentCorrupt, match="hinge") as caught:
        runner.run(functions.raise_corrupt)
    assert caught.value.details == {"place": 3}


def test_another_exception_is_a_crash_that_names_type_and_place_but_not_its_words(runner: IsolatedRunner) -> None:
    with pytest.raises(ParsingCrashed) as caught:
        runner.run(functions.raise_unforeseen)
    assert "ZeroDivisionError at isolated_functions.py" in caught.value.message
    assert "salary" not in caught.value.message


def test_wall_time_ends_a_sleeper(runner: IsolatedRunner) -> None:
    started = time.monotonic()
    with pytest.raises(ParsingTimedOut) as caught:
        runner.run_within(limits(wall_time_s=0.4), functions.sleep, 60)
    assert caught.value.details["reason"] == "wall_time"
    assert time.monotonic() - started < 5


def test_processor_time_ends_a_loop(runner: IsolatedRunner) -> None:
    with pytest.raises(ParsingTimedOut) as caught:
        runner.run_within(limits(cpu_time_s=1), functions.spin)
    assert caught.value.details["reason"] == "cpu_time"


@pytest.mark.parametrize("function", [functions.eat_memory, functions.eat_memory_in_c])
def test_memory_is_limited(runner: IsolatedRunner, function: Any) -> None:
    with pytest.raises(ParsingOutOfMemory):
        runner.run(function)


def test_who_is_killed_from_outside_is_not_said_to_be_out_of_memory(runner: IsolatedRunner) -> None:
    with pytest.raises(ParsingCrashed, match="killed from outside") as caught:
        runner.run(functions.kill_itself)
    assert caught.value.details["reason"] == "killed"


def test_a_family_has_the_memory_of_one(runner: IsolatedRunner) -> None:
    with pytest.raises(ParsingOutOfMemory):
        runner.run_within(limits(memory_mb=200), functions.share_out_memory, 4, 100)


def test_a_family_has_the_processor_time_of_one(runner: IsolatedRunner) -> None:
    with pytest.raises(ParsingTimedOut) as caught:
        runner.run_within(limits(cpu_time_s=2, wall_time_s=60), functions.share_out_work, 4)
    assert caught.value.details["reason"] == "cpu_time"


def test_too_many_processes_are_stopped(runner: IsolatedRunner) -> None:
    with pytest.raises(ParsingCrashed) as caught:
        runner.run_within(limits(processes=5), functions.start_sleepers, 8)
    assert caught.value.details["reason"] == "processes"


def test_too_many_temporary_files_are_stopped(runner: IsolatedRunner) -> None:
    with pytest.raises(ParsingCrashed) as caught:
        runner.run_within(limits(folder_mb=12), functions.fill_folder, 4)
    assert caught.value.details["reason"] == "folder"


def test_a_grandchild_with_a_session_of_its_own_ends_with_its_child(runner: IsolatedRunner) -> None:
    process = runner.run(functions.leave_a_grandchild, True)
    deadline = time.monotonic() + 5
    while psutil.pid_exists(process):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_segmentation_fault_is_a_crash(runner: IsolatedRunner) -> None:
    with pytest.raises(ParsingCrashed) as caught:
        runner.run(functions.crash)
    assert caught.value.details["reason"] == "SIGSEGV"


def test_file_size_is_limited(runner: IsolatedRunner) -> None:
    with pytest.raises(ParsingCrashed, match="OSError"):
        runner.run(functions.fill_disk)


def test_result_size_is_limited(runner: IsolatedRunner) -> None:
    with pytest.raises(DocumentTooLarge):
        runner.run_within(limits(result_mb=1), functions.big_result)


def test_a_crash_concerns_only_its_own_call(runner: IsolatedRunner) -> None:
    with ThreadPoolExecutor(6) as executor:
        sleepers = [executor.submit(runner.run, functions.sleep, 0.3) for _ in range(3)]
        crashes = [executor.submit(runner.run, functions.crash) for _ in range(3)]
        assert [sleeper.result() for sleeper in sleepers] == [0.3] * 3
        assert all(isinstance(crash.exception(), ParsingCrashed) for crash in crashes)


def test_calls_run_side_by_side(runner: IsolatedRunner) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda _: runner.run(functions.sleep, 0.5), range(8)))
    assert time.monotonic() - started < 3


def test_the_network_is_closed(runner: IsolatedRunner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ParsingCrashed, match="NetworkClosed"):
            runner.run(functions.connect, ("127.0.0.1", port))
        if runner.network == "python":
            pytest.skip("the kernel permits neither a network namespace nor a filter here")
        assert (
            runner.run(functions.connect_below_python, port)
            in {
                "socket": {errno.EPERM},
                "connect": {errno.ENETUNREACH, errno.ECONNREFUSED},
            }["socket" if "filter" in (runner.network or "") else "connect"]
        )


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET])
def test_the_filter_alone_closes_every_socket_but_local_ones(family: socket.AddressFamily) -> None:
    code = (
        "import socket; from sourcier_core.network_filter import close_sockets; assert close_sockets()\n"
        "with socket.socket(socket.AF_UNIX): pass\n"
        f"try: socket.socket({int(family)}, socket.SOCK_DGRAM)\n"
        "except PermissionError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "refused", done.stderr


def test_a_child_has_no_secrets_privileges_or_foreign_descriptors(
    runner: IsolatedRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCIER_CHAT_API_KEY", "secret")
    fresh = IsolatedRunner([], LIMITS, environment={"DO_NOT_TRACK": "1"})
    try:
        seen = fresh.run(functions.look_around)
    finally:
        fresh.close()
    assert "SOURCIER_CHAT_API_KEY" not in seen["environment"]
    assert "DO_NOT_TRACK" in seen["environment"]
    assert seen["no_new_privileges"].strip() == "1"
    assert int(seen["capabilities"], 16) == 0
    assert len(seen["descriptors"]) <= 5  # 0, 1, 2, the work socket, and the listing itself
    assert seen["leader"]
    assert seen["folder"] == seen["temporary"]
    assert not Path(seen["folder"]).exists()


def test_grandchildren_end_with_their_child(runner: IsolatedRunner) -> None:
    process = runner.run(functions.leave_a_grandchild)
    deadline = time.monotonic() + 5
    while psutil.pid_exists(process) and psutil.Process(process).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_result_that_would_run_code_is_refused(runner: IsolatedRunner) -> None:
    witness = Path("/tmp/sourcier-smuggled")
    witness.unlink(missing_ok=True)
    with pytest.raises(ParsingCrashed) as caught:
        runner.run(functions.smuggle)
    assert caught.value.details["reason"] == "unreadable result"
    assert not witness.exists()


def test_the_server_leaves_when_idle_and_comes_back() -> None:
    runner = IsolatedRunner([], LIMITS, idle_s=0.2)
    try:
        first = runner.run(functions.server_process)
        deadline = time.monotonic() + 10
        while runner.process_id is not None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert runner.run(functions.server_process) != first
    finally:
        runner.close()


def test_a_killed_server_is_replaced(runner: IsolatedRunner) -> None:
    os.kill(runner.run(functions.server_process), signal.SIGKILL)
    assert runner.run(functions.add, 1, 1) == 2


def test_close_stops_a_running_child() -> None:
    runner = IsolatedRunner([], LIMITS)
    failures: list[BaseException] = []

    def call() -> None:
        try:
            runner.run(functions.sleep, 15)
        except ParsingCrashed as error:
            failures.append(error)

    runner.run(functions.add, 1, 1)
    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.3)
    runner.close()
    thread.join(10)
    assert not thread.is_alive()
    assert len(failures) == 1
    with pytest.raises(ParsingCrashed):
        runner.run(functions.add, 1, 1)


def test_a_library_that_is_missing_is_named() -> None:
    runner = IsolatedRunner(["no_such_library"], LIMITS)
    with pytest.raises(EngineUnavailable, match="no_such_library"):
        runner.run(functions.add, 1, 1)
    runner.close()
