"""The menu of code actions in files of many lengths: what it costs the thread that also answers key presses.

    python -m bench.menu

Beside it, as a reference point in the same run: writing the document's lines as JSON, once.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tierlsp.actions.offer import Menu, offers
from tierlsp.actions.plan import Known
from tierlsp.actions.types import Diagnostic, Document, Place, Span
from tierlsp.assemble.actions import Lasting, Surroundings, assemble_actions
from tierlsp.backends.keys import ApiKey
from tierlsp.clock import SystemClock
from tierlsp.lsp.menu import Entry, code_action
from tierlsp.routing.facts import Facts
from tierlsp.routing.router import Route
from tierlsp.settings import load

LENGTHS = (100, 1_000, 20_000, 100_000)
ROUNDS = 30

GOAL_MS = 5.0
"""Of thread CPU, in a file of 20,000 lines."""

KEYS = {"OPENROUTER_API_KEY": "sk-or-nothing"}
"""One key fills both tiers; nothing is sent."""

FUNCTION = """\
def function_{n}(value, other):
    total = value + {n}
    for item in other:
        if item > total:
            total += item * 2
    return total


"""


def document_of(length: int) -> Document:
    """Return a document of `length` lines of Python."""
    text = "".join(FUNCTION.replace("{n}", str(n)) for n in range(length // 8 + 1))
    lines = tuple(text.split("\n")[:length])
    return Document("file:///work/a.py", Path("/work/a.py"), "python", 1, lines)


def median_ms(work: Callable[[], object]) -> float:
    """Return the median of the thread's CPU time for `work`, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        started = time.thread_time()
        work()
        times.append((time.thread_time() - started) * 1000.0)
    return statistics.median(times)


async def main() -> None:
    """Print the figures."""
    settings = load([]).settings
    keys = {name: ApiKey(key, name) for name, key in KEYS.items()}
    lasting = Lasting(SystemClock())
    parts = assemble_actions(settings, lasting, keys, Surroundings(may_connect=False))
    print("milliseconds of thread CPU; medians")
    print(f"{'lines':>8}  {'asked for':>9}  {'by itself':>9}  {'lines as JSON':>13}")
    for length in LENGTHS:
        document = document_of(length)
        asked, alone = (menu_of(document, is_automatic=is_automatic) for is_automatic in (False, True))
        figures = [median_ms(partial(entries, menu, parts.route)) for menu in (asked, alone)]
        reference = median_ms(partial(json.dumps, document.lines))
        mark = "" if length != 20_000 else f"   goal {GOAL_MS:g}: {'reached' if figures[0] <= GOAL_MS else 'MISSED'}"
        print(f"{length:>8,}  {figures[0]:>9.2f}  {figures[1]:>9.2f}  {reference:>13.2f}{mark}")
    await parts.aclose()
    await lasting.aclose()


def menu_of(document: Document, *, is_automatic: bool) -> Menu:
    """Return what a menu is asked for in the middle of `document`."""
    middle = len(document.lines) // 2
    span = Span(Place(middle, 4), Place(middle, 4))
    problem = Diagnostic(Span(Place(middle, 4), Place(middle, 9)), "undefined name")
    return Menu(document, span, (problem,), is_automatic=is_automatic, root=Path("/work"))


def entries(menu: Menu, route: Callable[[Facts], Route]) -> Sequence[object]:
    """Return the menu as it goes to the client."""
    found = []
    for offer in offers(menu, lambda kind: Known()):
        entry = Entry(offer, route(offer.facts))
        found.append(code_action(entry, menu.document.uri, {}, [], has_literals=True))
    return found


if __name__ == "__main__":
    import os

    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = home
        os.environ |= KEYS
        asyncio.run(main())
