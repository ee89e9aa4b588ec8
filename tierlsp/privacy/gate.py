"""The one gate: what a model is to read passes `Clearance.clear`, and what its answer does with it comes back here.

    gate = Gate(exclusion, consent_book, settings.privacy, audit_log, now)
    clearance = gate.begin(root, run=run)                    # one for each run
    cleared = await clearance.clear(parts, destination)      # one for each attempt, also when the same is sent again
    clearance.restore_edit(text, path) · clearance.scrub(text) · clearance.scrubber()

For every model, also one on this machine: excluded files are refused, what no request can carry is replaced, characters
that nobody sees are marked. For models elsewhere, in this order: consent, redaction, the audit's line.
The work is done on a thread, in bites, so that the event loop is not held.

**Law:** only this module makes a `Cleared`.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from tierlsp.errors import NeedsConsent, NotAllowed
from tierlsp.privacy.audit import AuditEntry, AuditLog, listed
from tierlsp.privacy.consent import Answer, ConsentBook
from tierlsp.privacy.exclude import Exclusion
from tierlsp.privacy.outbound import Cleared, Destination, Part
from tierlsp.privacy.placeholders import Placeholders
from tierlsp.privacy.redact import SecretReader, made_sendable
from tierlsp.privacy.rules import load_rules
from tierlsp.settings.wording import shown

CHARS_PER_TOKEN = 4
"""For the audit's estimate: the usual rule of thumb for code and English."""

MIN_KNOWN_CHARS = 12
"""A secret that is known beforehand and shorter than that would be found in ordinary text."""


class PrivacyView(Protocol):
    """Section `privacy` of the settings, as the gate reads it."""

    @property
    def cloud(self) -> Answer:
        """Whether cloud models may be used, as the settings say."""

    @property
    def redact(self) -> bool:
        """Whether secrets are replaced."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What decides. It has no state of its own; make another one when the settings change."""

    exclusion: Exclusion
    consent: ConsentBook
    privacy: PrivacyView
    audit: AuditLog
    now: Callable[[], datetime]
    """The time in UTC."""
    known_secrets: Callable[[], Iterable[str]] = tuple
    """Secrets that are known to be some, such as the values of the environment's keys; replaced wherever they stand."""

    def begin(self, root: Path | None, *, run: str = "", folders: Sequence[Path] = ()) -> Clearance:
        """Return the clearance of one run.

        Args:
            root: The workspace's folder; `None` for a file that is in none.
            run: The run's identifier, for the audit.
            folders: The workspace's other folders, if it has several.
        """
        return Clearance(self, root, run, folders)


class Clearance:
    """What one run may send. The same secret has the same placeholder over all calls of the run."""

    def __init__(self, gate: Gate, root: Path | None, run: str, folders: Sequence[Path]) -> None:
        self._gate = gate
        self._run = run
        self._folders = tuple(folders if root is None else (root, *folders))
        self._root = root
        self._placeholders = Placeholders()
        self._reader: SecretReader | None = None
        self._lock = threading.Lock()

    async def clear(self, parts: Sequence[Part], destination: Destination) -> Cleared:
        """Return what may be sent of `parts`, which is all of it with its secrets replaced.

        Call it for each attempt: that leaves one line in the audit for each, and costs little for a text that has
        been cleared before.

        Raises:
            NeedsConsent: nobody has said yet whether the workspace may use cloud models.
            NotAllowed: a file is excluded, the settings or the person say no, or the audit cannot be written.
        """
        return await asyncio.to_thread(self._clear, tuple(parts), destination)

    def restore_edit(self, text: str, path: Path | None) -> str:
        """Return `text`, new text for the file at `path`, with the file's own secrets put back.

        Where one edit has several texts for a file, use `restore_edits`, which counts over all of them.

        Raises:
            AlteredPlaceholder: a placeholder has been changed, multiplied, or moved here from another file.
        """
        return self.restore_edits((text,), path)[0]

    def restore_edits(self, texts: Sequence[str], path: Path | None) -> tuple[str, ...]:
        """Return the new texts of one edit of the file at `path`, `None` for a new one, with its secrets put back.

        Raises:
            AlteredPlaceholder: as `restore_edit`.
        """
        return self._placeholders.restore(texts, _real(path))

    def scrub(self, text: str) -> str:
        """Return `text` fit to be shown: `[secret]` for each placeholder and for each secret that was replaced."""
        return self._placeholders.scrub(text)

    def scrubber(self) -> Scrubber:
        """Return what scrubs a text that comes in pieces."""
        return Scrubber(self._placeholders)

    def _clear(self, parts: tuple[Part, ...], destination: Destination) -> Cleared:
        """Do the work of `clear`, on a thread."""
        self._refuse_excluded(parts)
        if not destination.is_local:
            self._ask_for_consent(parts, destination)
        with self._lock:
            if self._reader is None:
                self._reader = SecretReader(load_rules())
            texts = [made_sendable(part.text) for part in parts]
            if not destination.is_local and self._gate.privacy.redact:
                self._learn(texts, self._reader)
            cleared = []
            redactions = 0
            for part, text in zip(parts, texts, strict=True):
                hidden = self._reader.hidden_in(text)
                is_models = part.role == "assistant"
                safe, count = self._placeholders.hide(text, hidden, _real(part.path), is_models=is_models)
                cleared.append(replace(part, text=safe))
                redactions += count
        result = Cleared(destination, tuple(cleared), redactions)
        if not destination.is_local:
            self._gate.audit.write(self._entry(result))
        return result

    def _learn(self, texts: Sequence[str], reader: SecretReader) -> None:
        """Take note of every secret of `texts`, before the first is replaced: it may stand in several of them."""
        for known in self._gate.known_secrets():
            if len(known) >= MIN_KNOWN_CHARS and any(known in text for text in texts):
                self._placeholders.learn(known)
        for text in texts:
            for secret in reader.secrets_in(text):
                if not self._placeholders.has_placeholder(secret):
                    self._placeholders.learn(secret)

    def _refuse_excluded(self, parts: Sequence[Part]) -> None:
        """Refuse files that no model sees.

        Raises:
            NotAllowed: one of `parts` is from such a file.
        """
        # Patterns count from every folder: a link in one may lead into another, or out of all.
        folders = self._folders or (None,)
        for path in {part.path for part in parts if part.path is not None}:
            if any(self._gate.exclusion.excludes(path, folder) for folder in folders):
                raise NotAllowed(f"{shown(path.name)} is excluded by privacy.exclude, so no model reads it.")

    def _ask_for_consent(self, parts: Sequence[Part], destination: Destination) -> None:
        """Let through what the person has allowed.

        Raises:
            NeedsConsent: nobody has said yet.
            NotAllowed: the settings or the person say no.
        """
        setting = self._gate.privacy.cloud
        for directory in sorted(self._directories(parts)):
            answer = self._gate.consent.answer_for(directory, setting)
            if answer == "never" and setting == "never":
                raise NotAllowed(f'privacy.cloud is "never", so nothing is sent to {shown(destination.host)}.')
            if answer == "never":
                raise NotAllowed(
                    f"You said that {shown(str(directory))} may never use cloud models; "
                    "`tierlsp consent ask` there takes it back."
                )
            if answer == "ask":
                problem = self._gate.consent.problem
                raise NeedsConsent(
                    f"{shown(destination.model)} at {shown(destination.host)} may read text of {shown(str(directory))} "
                    "only if you allow it; `tierlsp consent allow` there does." + (f" {problem}" if problem else ""),
                    root=directory,
                )

    def _directories(self, parts: Sequence[Part]) -> set[Path]:
        """Return the directories whose consent is needed: the workspace's, and for files outside it their own."""
        found = {self._folder_of(part.path) or part.path.parent for part in parts if part.path is not None}
        if self._root is not None:
            found.add(self._root)
        if not found:
            # Text of no file in no workspace, such as a new buffer, is asked about like a file in the home directory.
            found.add(Path("~").expanduser())
        return found

    def _folder_of(self, path: Path) -> Path | None:
        """Return the workspace's folder that the file is really in, the innermost one; `None` if it is in none."""
        real = Path(_real(path) or "")
        inside = [folder for folder in self._folders if real.is_relative_to(_real(folder) or "")]
        return max(inside, key=lambda folder: len(folder.parts), default=None)

    def _entry(self, cleared: Cleared) -> AuditEntry:
        """Return the audit's line. A secret in a file's name is none of its business either."""
        reader = self._reader or SecretReader(load_rules())
        files, count = listed([self._name(part.path, reader) for part in cleared.parts if part.path is not None])
        return AuditEntry(
            at=self._gate.now().astimezone(UTC).isoformat(timespec="milliseconds"),
            run=self._run,
            workspace=str(self._root or ""),
            backend=cleared.destination.backend,
            host=cleared.destination.host,
            model=cleared.destination.model,
            chars=cleared.chars,
            tokens=-(-cleared.chars // CHARS_PER_TOKEN),
            redactions=cleared.redactions,
            files=files,
            file_count=count,
        )

    def _name(self, path: Path, reader: SecretReader) -> str:
        """Return how the audit calls the file at `path`."""
        folder = self._folder_of(path)
        name = os.path.relpath(_real(path) or "", _real(folder)) if folder else str(path)
        for secret in reader.secrets_in(name):
            name = name.replace(secret, "[secret]")
        return self._placeholders.scrub(name)


class Scrubber:
    """Scrubs a text that comes in pieces; a placeholder may come in two."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be shown now, which may be less or more than `piece`."""
        text = self._held + piece
        end = len(text) - self._placeholders.held_back(text)
        self._held = text[end:]
        return self._placeholders.scrub(text[:end])

    def end(self) -> str:
        """Return what was held back; call it once the text has ended."""
        text, self._held = self._held, ""
        return self._placeholders.scrub(text)


def _real(path: Path | None) -> str | None:
    """Return where `path` really leads, or `path` where that cannot be found out."""
    try:
        return None if path is None else os.path.realpath(path)
    except (OSError, ValueError):
        # No such path can exist: a NUL, a lone surrogate.
        return str(path)
