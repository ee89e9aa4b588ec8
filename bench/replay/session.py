"""One stretch of text, written by one person in one editor, served by one policy on one machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from bench.replay.backend import REAL, Call, SimulatedOllama
from bench.replay.buffer import Buffer, buffer_of
from bench.replay.editors import Editor, Window
from bench.replay.kept import first_line
from bench.replay.limit import Limit
from bench.replay.machine import Machine, MachineClass
from bench.replay.material import Material
from bench.replay.oracle import LETTER, WRONG_AT_ONCE, Oracle
from bench.replay.policy import Maker, Place, Policy, World
from bench.replay.record import PAUSE_MS, KeyRecord, Record
from bench.replay.typist import ACCEPT_AFTER_MS, Habit, Key, Person, Typist
from bench.replay.virtual import run_virtual

AWAY_LINES = 5
"""How far up the cursor goes when the person looks something up."""

RECENT_CALLS = 32
"""Generations that a text on the screen may come from."""

SETTLE_MS = 1_000.0
"""Between the model being warm and the first key."""


PERSON = Person()


@dataclass(frozen=True, slots=True)
class Conditions:
    """Everything that decides a session but the policy."""

    machine: MachineClass
    editor: Editor
    habit: Habit
    person: Person = PERSON
    accuracy: float = 0.35
    seed: int = 1
    wrong_at_once: float = WRONG_AT_ONCE
    errs_by: str = LETTER
    is_warmed: bool = True
    """Whether the first prompt has been read before the first key."""


def replay(material: Material, conditions: Conditions, maker: Maker) -> Record:
    """Replay one session in virtual time and return what was counted."""
    return run_virtual(Session(material, conditions).run(maker))


class Session:
    """One person at one file. It runs on whatever loop it is made on, in virtual time or in real time."""

    def __init__(self, material: Material, conditions: Conditions, longest_ms: float = float("inf")) -> None:
        self._material = material
        self._conditions = conditions
        self._buffer: Buffer = buffer_of(material)
        self._oracle = Oracle(
            material, conditions.accuracy, conditions.seed, conditions.wrong_at_once, conditions.errs_by
        )
        self._typist = Typist(material, conditions.person, conditions.seed)
        self._window = Window(conditions.editor, self._buffer, self._look)
        self._longest_ms = longest_ms
        self.policy: Policy | None = None
        self._looked = asyncio.Event()
        self._record = Record()
        self._key: KeyRecord | None = None
        self._backend: SimulatedOllama | None = None

    async def run(self, maker: Maker) -> Record:
        machine = Machine(self._conditions.machine, self._conditions.seed)
        backend = self._backend = SimulatedOllama(machine, self._oracle)
        world = World(
            self._buffer,
            backend,
            machine.kind.model,
            self._material,
            self._window.refresh,
            self._conditions.editor.refreshes,
        )
        policy = self.policy = self._window.policy = maker(world)
        if self._conditions.is_warmed:
            await self._warm(policy, machine)
        calls_before = len(backend.calls)
        started_ms = _now_ms()
        while (key := self._typist.next_key(self._buffer)) is not None:
            if _now_ms() - started_ms > self._longest_ms:
                break
            if await self._rest(key.gap_ms):
                self._accept(policy)
            elif key.name == "move":
                await self._move()
            else:
                self._press(key, policy)
        await asyncio.sleep(1.0)
        self._record.typing_ms = _now_ms() - started_ms
        # After the last key nothing is left to be written: what the model would say then is not asked for.
        del self._record.keys[-1:]
        self._window.close()
        await policy.aclose()
        await machine.rest()
        self._record.count_calls(backend.calls[calls_before:])
        if isinstance(policy, Limit):
            self._record.calls[REAL] += policy.calls
        self._record.ask_us = list(getattr(policy, "ask_us", ()))
        return self._record

    async def _warm(self, policy: Policy, machine: Machine) -> None:
        """Ask once and wait for it, as a person does who reads before typing."""
        answer = policy.ask(Place(self._buffer.version, self._buffer.line))
        if isinstance(answer, asyncio.Future):
            await asyncio.wait({answer})
        await asyncio.sleep(SETTLE_MS / 1000.0)
        await machine.rest()

    async def _rest(self, gap_ms: float) -> bool:
        """Wait for the next key; return whether the person takes what is shown instead of pressing it."""
        due_ms = _now_ms() + gap_ms
        while (now_ms := _now_ms()) < due_ms:
            accept_ms = self._accept_ms()
            if accept_ms <= now_ms:
                return True
            self._looked.clear()
            try:
                async with asyncio.timeout_at(min(due_ms, accept_ms) / 1000.0):
                    await self._looked.wait()
            except TimeoutError:
                return accept_ms < due_ms
        return False

    def _accept_ms(self) -> float:
        """Return when the person would take what is shown: never, if it is not right in all its lines."""
        suggestion = self._window.suggestion
        if self._conditions.habit is not Habit.ACCEPTS or suggestion is None or not self._acceptable().strip():
            return float("inf")
        return max(_now_ms(), suggestion.since_ms + ACCEPT_AFTER_MS)

    def _acceptable(self) -> str:
        """Return the text on the screen if it is right in all its lines; else nothing."""
        ghost = self._window.ghost
        missing = self._material.missing(self._buffer.line, self._buffer.typed)
        return ghost if missing is not None and missing.startswith(ghost) else ""

    def _press(self, key: Key, policy: Policy) -> None:
        policy.changed(key.press(self._buffer))
        self._tell(is_accept=False)

    def _accept(self, policy: Policy) -> None:
        text = self._acceptable()
        policy.changed(self._buffer.replace(self._buffer.column, text))
        policy.accepted(text)
        self._tell(is_accept=True)

    def _tell(self, *, is_accept: bool) -> None:
        """Tell everybody that the text has changed, and begin to watch the screen."""
        buffer = self._buffer
        assert self._backend is not None, "a session has one"
        self._oracle.line, self._backend.typed_now = buffer.line, buffer.typed
        missing = self._material.missing(buffer.line, buffer.typed)
        is_within_line = missing is None or not missing.startswith("\n")
        key = self._key = KeyRecord(_now_ms(), is_accept, is_within_line)
        self._record.keys.append(key)
        asyncio.get_running_loop().call_later(PAUSE_MS / 1000.0, self._at_pause, key)
        self._window.changed()
        self._look()

    def _at_pause(self, key: KeyRecord) -> None:
        if key is not self._key or not self._has_line():
            return
        key.paused = True
        line = first_line(self._window.ghost)
        wrote = max((shown for _, _, shown in self._writers(line)), default=0)
        key.paused_with_models = self._window.is_models or 0 < len(line) <= wrote

    def _has_line(self) -> bool:
        """Whether the model, asked now, has something to say on the line: more than blanks and brackets."""
        buffer = self._buffer
        answer = self._oracle.answer(self._oracle.site_of("\n".join(buffer.lines[: buffer.line + 1])))
        return any(char.isalnum() for char in answer.partition("\n")[0])

    async def _move(self) -> None:
        self._key = None
        self._window.moved(max(0, self._buffer.line - AWAY_LINES))
        await asyncio.sleep(self._typist.away_ms(self._buffer.line) / 1000.0)
        self._window.moved(None)

    def _look(self) -> None:
        """Note what is on the screen."""
        self._looked.set()
        ghost, key = self._window.ghost, self._key
        if not ghost:
            return
        self._credit(ghost)
        if key is not None and key.seen_ms is None:
            key.seen_ms = _now_ms() - key.at_ms
            key.is_right = self._is_line_right(ghost)

    def _is_line_right(self, ghost: str) -> bool:
        """Whether the first line shown that is not blank is the true one, and what is before it too."""
        missing = self._material.missing(self._buffer.line, self._buffer.typed)
        if missing is None:
            return False
        shown = first_line(ghost)
        return missing == shown or missing.startswith(shown + "\n")

    def _credit(self, ghost: str) -> None:
        """Note how much of each generation was seen."""
        for call, typed_along, shown in self._writers(ghost):
            call.used_chars = max(call.used_chars, typed_along + shown)

    def _writers(self, ghost: str) -> Iterator[tuple[Call, int, int]]:
        """Yield the generations that a text behind the cursor comes from: what was typed along, and what is shown.

        Both in characters.
        """
        assert self._backend is not None, "a session has one"
        buffer = self._buffer
        for call in self._backend.calls[-RECENT_CALLS:]:
            if call.site.line > buffer.line:
                continue
            lines = buffer.lines[call.site.line : buffer.line + 1]
            on_screen = "\n".join(lines) + ghost
            # Editors take back the blanks of a line that stays empty.
            typed = call.site.typed if lines[0] or not call.site.typed.isspace() else ""
            if on_screen.startswith(typed):
                common = _common_chars(on_screen[len(typed) :], "".join(call.job.written))
                reaches = len(on_screen) - len(typed) - len(ghost)
                if common > reaches:
                    yield call, reaches, common - reaches


def _common_chars(one: str, other: str) -> int:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


def _now_ms() -> float:
    return asyncio.get_running_loop().time() * 1000.0
