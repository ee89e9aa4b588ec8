"""What the embedded completer costs beside its answers: the crawl on the loop, and a key in a long document."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench.lookup_run import Stepper
from tierlsp.clock import SystemClock
from tierlsp.completion.lookup import Lookup
from tierlsp.text.cursor import cursor_in

TIMER_MS = 2.0
"""How often the loop's timer is due while its delay is measured."""

BASELINE_S = 2.0
"""How long the timer is watched with nothing running, in seconds."""

MAX_CRAWL_S = 60.0
"""When to stop waiting for a crawl, in seconds."""

KEYS = 300
"""Keys typed into each document whose cost is measured."""


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def _delays_ms(is_over: asyncio.Event) -> list[float]:
    """Return how late a timer was each time, until `is_over`."""
    loop = asyncio.get_running_loop()
    delays: list[float] = []
    while not is_over.is_set():
        due = loop.time() + TIMER_MS / 1000.0
        await asyncio.sleep(TIMER_MS / 1000.0)
        delays.append(1000.0 * (loop.time() - due))
    return delays


async def _delays_while_crawling(root: Path) -> tuple[list[float], float]:
    """Return the timer's delays while `root` is crawled on the worker thread, and the seconds that this took."""
    lookup = Lookup(SystemClock(), is_excluded=lambda path: False)
    is_over = asyncio.Event()
    watching = asyncio.create_task(_delays_ms(is_over))
    begin = time.monotonic()
    lookup.crawl([root])
    # The lookup tells nobody when it is done: a server has no use for that.
    while lookup.stats.is_crawling and time.monotonic() - begin < MAX_CRAWL_S:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    took_s = time.monotonic() - begin
    is_over.set()
    delays = await watching
    lookup.stop()
    return delays, took_s


async def _delays_at_rest() -> list[float]:
    is_over = asyncio.Event()
    watching = asyncio.create_task(_delays_ms(is_over))
    await asyncio.sleep(BASELINE_S)
    is_over.set()
    return await watching


def loop_delays(root: Path) -> dict[str, float]:
    """Return how late a loop's timer is at rest, and while `root` is crawled."""
    at_rest = asyncio.run(_delays_at_rest())
    crawling, took_s = asyncio.run(_delays_while_crawling(root))
    result = {"crawlSeconds": took_s}
    for name, delays in (("rest", at_rest), ("crawl", crawling)):
        result |= {f"{name}P50Ms": percentile(delays, 0.5), f"{name}P99Ms": percentile(delays, 0.99)}
        result[f"{name}MaxMs"] = max(delays)
    return result


def key_costs(lines: list[str], length: int) -> dict[str, float]:
    """Return the thread's time of a change and a guess, in microseconds, in a document of `length` lines."""
    document = (lines * (length // len(lines) + 1))[:length]
    stepper = Stepper()
    lookup = Lookup(SystemClock(), is_excluded=lambda path: False, max_bytes=1 << 30, runner=stepper)
    uri = "untitled:long"
    lookup.open(uri, document)
    stepper.run()
    changes: list[float] = []
    guesses: list[float] = []
    at = length // 2
    for key in range(KEYS):
        if key % 30 == 0:
            # A new line, as return makes it.
            at += 7
            document[at:at] = [""]
            lookup.change(uri, at, 0, [""])
        typed = "        self.assertEqual(result"[: 1 + key % 30]
        begin = time.thread_time()
        lookup.change(uri, at, 1, [typed])
        between = time.thread_time()
        document[at] = typed
        cursor = cursor_in(document, at, len(typed), uri=uri)
        start = time.thread_time()
        lookup.guess(cursor)
        guesses.append(1e6 * (time.thread_time() - start))
        changes.append(1e6 * (between - begin))
    return {"changeP50Us": percentile(changes, 0.5), "guessP50Us": percentile(guesses, 0.5)}
