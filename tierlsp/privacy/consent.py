"""Whether a workspace may use cloud models, as the person said; kept in one file of the user's state.

The rules, in this order:

1. A no is stronger than any yes: `privacy.cloud = "never"`, a recorded *never* for the workspace, and one for any
   directory above it.
2. A yes is `privacy.cloud = "allow"` of a trusted source (the settings let no other through), or a recorded *allow* for
   the very directory. It is not handed down: what was cloned into an allowed directory and opened as a workspace of
   its own is asked about again.
3. Else the person is asked. A file that is broken or that others could have written answers nothing: it is asked again.

Workspaces are told apart by where they really are, so that no link stands in for another.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from tierlsp.errors import SettingsError
from tierlsp.privacy.state_file import locked, why_not_private
from tierlsp.settings.paths import state_dir, write_private

Answer = Literal["allow", "never", "ask"]

ANSWERS: tuple[Answer, ...] = get_args(Answer)

FILE_NAME = "consent.json"

MAX_BYTES = 4_000_000
"""A larger file is not one of ours: it would hold 20,000 workspaces."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a person said of one directory."""

    answer: Literal["allow", "never"]
    at: str
    """When, in UTC, as ISO 8601."""


@dataclass(frozen=True, slots=True)
class _Content:
    """What the file holds."""

    workspaces: Mapping[str, Recorded] = field(default_factory=lambda: MappingProxyType({}))
    problem: str | None = None
    """Why nothing of it counts, as one sentence."""


class ConsentBook:
    """The answers. Each question reads the file, so that an answer given in another process counts at once."""

    def __init__(self, path: Path | None) -> None:
        """`path` is `None` where the user has no directory for state: then everything is asked, and nothing is kept."""
        self._path = path

    @property
    def problem(self) -> str | None:
        """Why the file answers nothing, as one sentence for the person; `None` if it is sound or not there."""
        return self._read().problem

    def answer_for(self, root: Path, setting: Answer) -> Answer:
        """Return whether the workspace at `root` may use cloud models, given `privacy.cloud` as it is in force."""
        if setting == "never":
            return "never"
        recorded = self._read().workspaces
        key = _key(root)
        above = [key, *(str(parent) for parent in Path(key).parents)]
        if any(directory in recorded and recorded[directory].answer == "never" for directory in above):
            return "never"
        if setting == "allow" or (key in recorded and recorded[key].answer == "allow"):
            return "allow"
        return "ask"

    def record(self, root: Path, answer: Answer, now: datetime) -> None:
        """Keep `answer` for `root`; `ask` forgets what was said.

        Raises:
            SettingsError: it cannot be kept.
        """
        if self._path is None:
            raise SettingsError("There is no home directory to keep the answer in; set HOME.")
        try:
            # A link is followed, and its target's neighbour locked: people keep their state elsewhere and link it.
            target = Path(os.path.realpath(self._path))
            with locked(target.with_name(f".{FILE_NAME}.lock")):
                workspaces = dict(self._read().workspaces)
                workspaces.pop(_key(root), None)
                if answer != "ask":
                    workspaces[_key(root)] = Recorded(answer, now.isoformat(timespec="seconds"))
                write_private(target, _written(workspaces), replace=True)
        except OSError as error:
            raise SettingsError(f"The answer could not be kept in {self._path}: {error.strerror}.") from None

    def all(self) -> Mapping[Path, Recorded]:
        """Return every answer, by directory."""
        return {Path(directory): recorded for directory, recorded in sorted(self._read().workspaces.items())}

    def _read(self) -> _Content:
        """Return what the file holds, which is nothing if it may not be believed."""
        if self._path is None:
            return _Content()
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return _Content()
        except OSError as error:
            return self._broken(f"cannot be read ({error.strerror})")
        why_not = why_not_private(os.fstat(descriptor))
        if why_not:
            os.close(descriptor)
            return self._broken(why_not)
        with os.fdopen(descriptor, "rb") as file:
            try:
                workspaces = _parsed(file.read(MAX_BYTES + 1))
            except (OSError, ValueError, RecursionError):
                return self._broken("is damaged")
        return _Content(workspaces)

    def _broken(self, why: str) -> _Content:
        """Return that nothing counts, and why."""
        return _Content(problem=f"{self._path} {why}, so cloud models are asked about again; the next answer mends it.")


def open_consent_book() -> ConsentBook:
    """Return the book in the user's state directory."""
    try:
        return ConsentBook(state_dir() / FILE_NAME)
    except SettingsError:
        return ConsentBook(None)


def _key(root: Path) -> str:
    """Return where `root` really is."""
    return os.path.realpath(root)


def _written(workspaces: Mapping[str, Recorded]) -> str:
    """Return the file's text."""
    entries = {root: {"answer": entry.answer, "at": entry.at} for root, entry in sorted(workspaces.items())}
    return json.dumps({"version": 1, "workspaces": entries}, indent=1) + "\n"


def _parsed(raw: bytes) -> Mapping[str, Recorded]:
    """Return what the file says.

    Raises:
        ValueError: it is not one of ours.
    """
    if len(raw) > MAX_BYTES:
        raise ValueError
    tree = json.loads(raw)
    if not isinstance(tree, dict) or tree.get("version") != 1 or not isinstance(tree.get("workspaces"), dict):
        raise ValueError
    return {root: _entry(root, entry) for root, entry in tree["workspaces"].items()}


def _entry(root: str, entry: Any) -> Recorded:
    """Return one answer.

    Raises:
        ValueError: it is none.
    """
    is_sound = (
        isinstance(entry, dict) and entry.get("answer") in ("allow", "never") and isinstance(entry.get("at"), str)
    )
    if not is_sound or not Path(root).is_absolute():
        raise ValueError
    return Recorded(entry["answer"], entry["at"])
