"""Forty keys at 80 ms against a model that answers after 50 ms, always right or always wrong, over stdio.

A key counts if ghost text that agrees with the line is on screen before the next key. The editor asks as VS Code does:
35 ms after the key, withdrawing the request before. The model is scripted; the server, its HTTP client and the pipes
are real.

    python -m bench.typing [--runs N] [--wrong] [--json]
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from dataclasses import dataclass
from typing import Any

from bench.beside import beside
from bench.stdio import StdioServer, inline_params, tierlsp_command
from tests.servers.fake_ollama import FakeOllama

LINE = "average = sum(prices.values()) / len(prices) if prices else 0.0"

ABOVE = "def report(prices):\n    "

BELOW = "\n    return average\n"

KEYS = 40

KEY_GAP_S = 0.080

ASK_AFTER_S = 0.035
"""VS Code asks 30 to 45 ms after the change (measured)."""

FIRST_TOKEN_MS = 50.0


def rest_of_line(request: dict[str, Any]) -> str:
    """Return what the line is to become, after what the prompt says stands there."""
    prompt: str = request["prompt"]
    typed = re.split(r"<\|fim_middle\|>", prompt)[-1].lstrip()
    return LINE[len(typed) :] if LINE.startswith(typed) else ""


def another_line(request: dict[str, Any]) -> str:
    """Return what the line is not to become, at no place."""
    return f"wrong_{len(request['prompt'])}(from_the_start)"


@dataclass(slots=True)
class Screen:
    """What an editor shows: the last item that came, as long as the line agrees with it."""

    text: str = ""
    """The whole line that the ghost text would make."""

    def agrees(self, line: str) -> bool:
        """Whether ghost text stands behind `line`."""
        return len(self.text) > len(line) and self.text.startswith(line)


def type_line(server: StdioServer) -> tuple[list[float | None], set[int]]:
    """Type the line.

    Return for each key the milliseconds until ghost text agreed, `None` where none came; and the requests that have no
    response yet.
    """
    screen = Screen()
    unanswered: set[int] = set()
    delays: list[float | None] = []
    pending: int | None = None
    for number in range(1, KEYS + 1):
        pressed = time.perf_counter()
        line = "    " + LINE[:number]
        server.insert(number, 1, 4 + number - 1, LINE[number - 1])
        if pending is not None:
            server.notify("$/cancelRequest", {"id": pending})
            pending = None
        shown_ms = 0.0 if screen.agrees(line) else None
        has_asked = False
        while (now := time.perf_counter()) < pressed + KEY_GAP_S:
            if not has_asked and now >= pressed + ASK_AFTER_S:
                pending = server.start("textDocument/inlineCompletion", inline_params(1, 4 + number))
                unanswered.add(pending)
                has_asked = True
            until = pressed + (KEY_GAP_S if has_asked else ASK_AFTER_S)
            for message in server.take(max(0.0, until - time.perf_counter())):
                unanswered.discard(message.get("id", -1))
                if message.get("id") == pending and "result" in message:
                    pending = None
                    items = message["result"]["items"]
                    screen.text = items[0]["insertText"] if items else ""
                    if shown_ms is None and screen.agrees(line):
                        shown_ms = (time.perf_counter() - pressed) * 1e3
        delays.append(shown_ms)
    return delays, unanswered


def run_once(*, is_wrong: bool) -> dict[str, Any]:
    """Type the line once through a fresh server."""
    with (
        beside(FakeOllama(another_line if is_wrong else rest_of_line, first_ms=FIRST_TOKEN_MS)) as (model, _),
        StdioServer(tierlsp_command(), {"OLLAMA_HOST": model.url}) as server,
    ):
        server.open(ABOVE + BELOW)
        # The person has had the file open for a moment: the model is found, the client imported. Asked elsewhere, so
        # that nothing is known of the line to come.
        server.request("textDocument/inlineCompletion", inline_params(0, 19))
        warm_up = len(model.requests)
        delays, unanswered = type_line(server)
        calls = len(model.requests) - warm_up
        unanswered -= {message.get("id", -1) for message in server.take(1.0)}
        return {
            "shown": sum(delay is not None for delay in delays),
            "calls": calls,
            "unanswered": len(unanswered),
            "slowestMs": round(max((delay for delay in delays if delay), default=0.0), 1),
        }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--wrong", action="store_true", help="a model that is always wrong")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    runs = [run_once(is_wrong=options.wrong) for _ in range(options.runs)]
    summary = {
        "keys": KEYS,
        "shownMedian": statistics.median(run["shown"] for run in runs),
        "callsMedian": statistics.median(run["calls"] for run in runs),
        "runs": runs,
    }
    if options.json:
        print(json.dumps(summary, indent=2))
        return 0
    for run in runs:
        print(
            f"{run['shown']} of {KEYS} keys with ghost text before the next key, {run['calls']} calls to the model, "
            f"{run['unanswered']} requests without an answer"
        )
    print(f"median: {summary['shownMedian']:g} of {KEYS}, {summary['callsMedian']:g} calls")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
