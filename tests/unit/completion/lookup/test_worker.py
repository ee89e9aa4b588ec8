"""The thread behind the lookup. It is waited for through events, with a limit that only a failing test reaches."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from tierlsp.clock import SystemClock
from tierlsp.completion.lookup import Lookup
from tierlsp.completion.lookup.worker import Worker

PATIENCE_S = 10.0


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker(SystemClock())
    yield worker
    worker.stop()


def endless(started: threading.Event) -> Iterator[None]:
    while True:
        started.set()
        yield


def marking(event: threading.Event, order: list[str], name: str) -> Iterator[None]:
    yield
    order.append(name)
    event.set()


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "tierlsp-lookup"]


def test_stop_ends_the_thread_in_the_middle_of_a_task(worker: Worker) -> None:
    started = threading.Event()
    worker.submit(endless(started), is_urgent=False)
    assert started.wait(PATIENCE_S)
    assert len(threads()) == 1
    worker.stop()
    assert threads() == []
    worker.stop()


def test_nothing_is_begun_after_stop(worker: Worker) -> None:
    worker.stop()
    worker.submit(endless(threading.Event()), is_urgent=True)
    assert threads() == []
    assert worker.is_idle


def test_a_thread_that_waits_for_work_is_stopped_too(worker: Worker) -> None:
    done = threading.Event()
    worker.submit(marking(done, [], "only"), is_urgent=False)
    assert done.wait(PATIENCE_S)
    worker.stop()
    assert threads() == []


def test_urgent_tasks_overtake_one_that_is_running(worker: Worker) -> None:
    started, done = threading.Event(), threading.Event()
    worker.submit(endless(started), is_urgent=False)
    assert started.wait(PATIENCE_S)
    order: list[str] = []
    worker.submit(marking(threading.Event(), order, "first"), is_urgent=True)
    worker.submit(marking(done, order, "second"), is_urgent=True)
    assert done.wait(PATIENCE_S)
    assert order == ["first", "second"]
    assert not worker.is_idle


def test_a_task_that_fails_does_not_take_the_others_with_it(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    def failing() -> Iterator[None]:
        yield
        raise ZeroDivisionError("private text")

    done = threading.Event()
    with caplog.at_level(logging.WARNING):
        worker.submit(failing(), is_urgent=False)
        worker.submit(marking(done, [], "after"), is_urgent=False)
        assert done.wait(PATIENCE_S)
    assert [record.message for record in caplog.records] == ["indexing was given up: ZeroDivisionError"]


def test_a_lookup_that_never_worked_has_no_thread_and_can_be_stopped() -> None:
    lookup = Lookup(SystemClock(), is_excluded=lambda path: False)
    lookup.open("untitled:1", ["text = here"])
    lookup.stop()
    lookup.stop()
    assert threads() == []
