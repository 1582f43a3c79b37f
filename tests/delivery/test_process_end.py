"""No event is lost by the ways a process ends, forks, or is told to end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap

import pytest

RECORD = """
import os, sys
from tracking_middleware import Tracker, current_page
from tracking_middleware.request.view import RequestView

tracker = Tracker(collector_url=os.environ["SINK"], app_id="test", linger=60)

def record(path):
    view = RequestView(method="GET", scheme="https", host="a.example", path=path, query="",
                       headers={"accept": "text/html"}, peer="", native_source=dict)
    exchange = tracker.begin(view)
    exchange.start(200, [("Content-Type", "text/html")])
    exchange.finish("complete")
"""


def run(sink, code, **options):
    script = RECORD + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env={**os.environ, "SINK": sink.url},
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


def paths(sink):
    return sorted(event["url"].removeprefix("https://a.example") for event in sink.events)


def test_drains_at_the_end_of_the_program(sink):
    result = run(sink, "record('/a')")
    assert (result.returncode, result.stderr) == (0, "")
    assert paths(sink) == ["/a"]


def test_drains_at_sys_exit_and_at_an_exception(sink):
    assert run(sink, "record('/a'); sys.exit(3)").returncode == 3
    assert run(sink, "record('/b'); raise SystemExit").returncode == 0
    assert "ZeroDivisionError" in run(sink, "record('/c'); 1 / 0").stderr
    assert paths(sink) == ["/a", "/b", "/c"]


def test_an_event_recorded_in_an_exit_handler_is_counted_or_sent(sink):
    result = run(
        sink,
        """
        import atexit
        atexit.register(record, '/late')  # runs before the tracker's own handler
        """,
    )
    assert result.stderr == ""
    assert paths(sink) == ["/late"]


def test_drains_at_sigterm_and_dies_of_it(sink):
    result = run(
        sink, "import signal, time; record('/a'); os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)"
    )
    assert result.returncode == -signal.SIGTERM
    assert paths(sink) == ["/a"]


def test_leaves_a_sigterm_handler_of_the_hosts_alone(sink):
    code = """
    import signal
    def theirs(*_): print("theirs"); sys.exit(0)
    signal.signal(signal.SIGTERM, theirs)
    tracker = Tracker(collector_url=os.environ["SINK"], app_id="test", linger=60)
    record('/a')
    os.kill(os.getpid(), signal.SIGTERM)
    """
    result = run(sink, code)
    assert (result.returncode, result.stdout) == (0, "theirs\n")
    assert paths(sink) == ["/a"]


@pytest.mark.parametrize("warm", ["", "record('/parent'); tracker.flush()", "record('/parent')"])
def test_a_forked_child_sends_its_own_events_and_only_those(sink, warm):
    result = run(
        sink,
        f"""
        {warm}
        child = os.fork()
        if child == 0:
            record('/child')
            stats = tracker.stats()
            assert stats["recorded"] == 1, stats
            assert tracker.close(10) == 0
            os._exit(0)
        _, status = os.waitpid(child, 0)
        record('/after')
        assert status == 0
        """,
    )
    assert result.stderr == ""
    assert paths(sink) == ["/after", "/child", *(["/parent"] if warm else [])]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_multiprocessing_child_drains_at_its_end(sink, method, tmp_path):
    script = tmp_path / "job.py"
    body = f"""
if __name__ == "__main__":
    import multiprocessing
    context = multiprocessing.get_context({method!r})
    child = context.Process(target=record, args=("/child",))
    child.start()
    child.join()
    record("/parent")
    sys.exit(child.exitcode)
"""
    script.write_text(RECORD + body)
    result = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)],
        env={**os.environ, "SINK": sink.url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert paths(sink) == ["/child", "/parent"]


def test_the_end_waits_no_longer_than_the_shutdown_timeout(sink):
    result = run(
        sink,
        """
        import socket, time
        silent = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        tracker = Tracker(collector_url=url, app_id="test", shutdown_timeout=0.2, timeout=60)
        record('/a')
        begun = time.monotonic()
        import atexit
        atexit._run_exitfuncs()
        print(time.monotonic() - begun < 5, tracker.stats()["dropped"])
        """,
    )
    assert result.stdout == "True {'closed': 1}\n"


def test_a_spawned_child_waits_for_a_hung_collector_once(tmp_path):
    """At its end first the finalizers of multiprocessing run, then those of atexit."""
    body = """
def job(recorded):
    record("/child")
    tracker.flush(0.1)  # so that a POST is under way
    recorded.set()

if __name__ == "__main__":
    import multiprocessing, time
    context = multiprocessing.get_context("spawn")
    recorded = context.Event()
    child = context.Process(target=job, args=(recorded,))
    child.start()
    recorded.wait()
    begun = time.monotonic()
    child.join()
    print(time.monotonic() - begun)
"""
    script = tmp_path / "job.py"
    script.write_text(RECORD.replace("linger=60", "timeout=60, shutdown_timeout=2") + body)
    with socket.create_server(("127.0.0.1", 0)) as hung:
        result = subprocess.run(
            [sys.executable, "-W", "ignore", str(script)],
            env={**os.environ, "SINK": f"http://127.0.0.1:{hung.getsockname()[1]}"},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert 1.5 < float(result.stdout) < 3.5, result.stderr
