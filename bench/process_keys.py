"""The server's own time on answers from the model, and its worst pause, beside a minimal pygls server."""

from __future__ import annotations

import statistics
import time
from typing import Any

from bench.keystroke import ANSWER, Typist
from bench.process_model import ScriptedModel, scripted_model
from bench.process_start import BARE, PYGLS
from bench.stdio import StdioServer, cpu_us, tierlsp_command

FIRST_TOKEN_MS = 50.0
"""A model in the middle: warm, on a laptop's graphics card."""

LINE_COUNT = 1_000

PAUSE_KEYS = 15_000
"""About an hour of typing."""

BLOCK_KEYS = 250
"""Keys in a row for one server, before it is the other's turn."""


class Asker:
    """Asks the model at a new place each time, and takes off the answer's time what the model took itself."""

    def __init__(self, server: StdioServer, model: ScriptedModel) -> None:
        self._server = server
        self._model = model
        self._number = 0
        self._length = 4
        self._line = LINE_COUNT // 2
        lines = [f"    value_{number} = compute({number}, offset={number % 7})" for number in range(LINE_COUNT)]
        lines[self._line] = "    "
        server.open("\n".join(lines))

    def ask(self) -> float:
        """Return the microseconds from the change to the answer, without the model's own."""
        self._number += 1
        text = f"    result_{self._number} = "
        change = self._server.insertion(self._number, self._line, 0, text, removed=self._length)
        elapsed_us, result = self._server.press(change, self._line, len(text))
        self._length = len(text)
        if not result["items"]:
            raise RuntimeError("the model's answer was not shown")
        took_us = self._model.took_s() * 1e6
        # The connection is put away behind the answer, as between two keys of a person.
        time.sleep(0.005)
        return elapsed_us - took_us


def measure_own_time(rounds: int, asks: int) -> dict[str, Any]:
    """Return microseconds of own time on an answer from the model, against a round trip of minimal pygls.

    `bare` is the floor: the messages and one blocking socket, with nothing done about them.
    """
    own: list[float] = []
    reference: list[float] = []
    cpu: list[float] = []
    least: list[float] = []
    with (
        scripted_model(FIRST_TOKEN_MS) as model,
        # Of no text is anything typed along here: left to itself, the server would hold back.
        StdioServer(tierlsp_command("--set", "completion.debounce=0"), {"OLLAMA_HOST": model.url}) as ours,
        StdioServer(BARE, {"OLLAMA_HOST": model.url}) as bare,
        StdioServer(PYGLS) as pygls,
    ):
        asker, floor = Asker(ours, model), Asker(bare, model)
        typist = Typist(pygls, LINE_COUNT)
        for _ in range(20):
            asker.ask()
            floor.ask()
        for _ in range(500):
            typist.key()
        for _ in range(rounds):
            before_us = cpu_us(ours.pid)
            own += [asker.ask() for _ in range(asks)]
            cpu.append((cpu_us(ours.pid) - before_us) / asks)
            least += [floor.ask() for _ in range(asks)]
            # As far apart as the others: a machine that has just slept is slower.
            for _ in range(asks):
                time.sleep(FIRST_TOKEN_MS / 1e3)
                reference.append(typist.key())
    return {
        "ownUs": round(statistics.median(own)),
        "ownP95Us": round(sorted(own)[len(own) * 95 // 100]),
        "cpuUs": round(statistics.median(cpu)),
        "pyglsUs": round(statistics.median(reference)),
        "bareUs": round(statistics.median(least)),
        "ratio": round(statistics.median(own) / statistics.median(reference), 3),
        "bareRatio": round(statistics.median(least) / statistics.median(reference), 3),
    }


def measure_pauses(ollama: str, rounds: int) -> dict[str, Any]:
    """Return the longest that one of `PAUSE_KEYS` keys took, median of `rounds` sessions, and the same in CPU time.

    The wall clock holds what the machine's other work costs; the processor time of the main thread does not.
    """
    runs = [_worst_of_session(ollama) for _ in range(rounds)]
    found = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    return {
        **{key: round(value / 1e3, 2) for key, value in found.items()},
        "ratio": round(found["tierlspMs"] / found["pyglsMs"], 3),
        "cpuRatio": round(found["tierlspCpuMs"] / found["pyglsCpuMs"], 3),
        "runs": [{key: round(value / 1e3, 2) for key, value in run.items()} for run in runs],
    }


def _worst_of_session(ollama: str) -> dict[str, float]:
    """Return the worst key of one session with each server, in microseconds."""
    with StdioServer(tierlsp_command(), {"OLLAMA_HOST": ollama}) as ours, StdioServer(PYGLS) as pygls:
        typists = {"tierlsp": Typist(ours, LINE_COUNT), "pygls": Typist(pygls, LINE_COUNT)}
        wall: dict[str, list[float]] = {name: [] for name in typists}
        cpu: dict[str, list[float]] = {name: [] for name in typists}
        for typist in typists.values():
            typist.warm(is_answering=True)
            for _ in range(len(ANSWER)):
                typist.key()
        for _ in range(PAUSE_KEYS // BLOCK_KEYS):
            for name, typist in typists.items():
                pid = typist.server.pid
                before_us = cpu_us(pid)
                for _ in range(BLOCK_KEYS):
                    wall[name].append(typist.key())
                    after_us = cpu_us(pid)
                    cpu[name].append(after_us - before_us)
                    before_us = after_us
    worst = {f"{name}Ms": max(values) for name, values in wall.items()}
    return worst | {f"{name}CpuMs": max(values) for name, values in cpu.items()}
