"""What one editor's session holds: its documents, its settings and the parts that serve it.

The handlers are functions of this and of a message's parameters. It changes in four ways only: a document changes, the
settings change, the local model's status changes, the person pauses.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tierlsp.assemble.completion import Parts, assemble, open_lookup
from tierlsp.clock import Clock
from tierlsp.completion.gate import MAX_DOCUMENT_CHARS, Gate
from tierlsp.completion.lookup import Lookup
from tierlsp.completion.supply import State, Status
from tierlsp.errors import SettingsError, TierlspError
from tierlsp.lsp.capabilities import Client
from tierlsp.lsp.client_requests import ClientRequests
from tierlsp.lsp.documents import Document, Documents
from tierlsp.lsp.notices import Notices, plain
from tierlsp.lsp.options import StartOptions
from tierlsp.lsp.positions import character_of
from tierlsp.privacy.exclude import Exclusion
from tierlsp.settings import (
    Layer,
    Loaded,
    Settings,
    editor_layer,
    initialization_layer,
    load,
    project_layer,
    user_layers,
)
from tierlsp.settings.paths import default_config_file
from tierlsp.settings.sources import PROJECT_FILE
from tierlsp.text.cursor import Cursor
from tierlsp.text.uris import path_of
from tierlsp.trace import Tally

if TYPE_CHECKING:
    from tierlsp.lsp.actions import Actions

logger = logging.getLogger(__name__)

Notify = Callable[[str, dict[str, object]], None]


class Session:
    """One client, from `initialize` to `exit`."""

    def __init__(
        self, clock: Clock, notify: Notify, options: StartOptions, requests: ClientRequests | None = None
    ) -> None:
        """`requests` is the way to ask the client something; without one there are no actions."""
        self.clock = clock
        self.notify = notify
        self.documents = Documents()
        self.client = Client()
        self.tally = Tally()
        self.notices = Notices(notify)
        self.is_paused = False
        self.changed_ms = float("-inf")
        """When the last change to any document came."""
        self.accepted: Counter[str] = Counter()
        """Completions that the person took, by model, as far as the editor tells."""
        self.roots: list[Path] = []
        self.uses_old_trigger_kinds = False
        """Whether the client counts trigger kinds from 0, as drafts of LSP 3.18 did."""
        self._options = options
        self._files_read: tuple[object, ...] = ()
        """The state of the settings files when they were last read."""
        self._initialization: Layer | None = None
        self._editor: Layer | None = None
        self._excluded: set[str] = set()
        self._exclusion = Exclusion(())
        self._closing: set[asyncio.Task[None]] = set()
        self._parts: Parts | None = None
        self._lookup: Lookup | None = None
        self._requests = requests
        self._actions: Actions | None = None

    @property
    def parts(self) -> Parts:
        """What serves this session; there from `initialize` on."""
        assert self._parts is not None, "no handler runs before initialize"
        return self._parts

    @property
    def actions(self) -> Actions:
        """What serves actions, from the first that is asked for."""
        if self._actions is None:
            from tierlsp.lsp.actions import Actions

            assert self._requests is not None, "actions ask the client"
            self._actions = Actions(self, self._requests)
        return self._actions

    # ------------------------------------------------------------------ settings

    def begin(self, client: Client, roots: list[str], options: object) -> None:
        """Take what `initialize` says, read the settings and build the parts."""
        self.client = client
        self.roots = _paths_of(roots)
        self._initialization = initialization_layer(options)
        self.reload()

    def take_editor_settings(self, section: object) -> None:
        """Take the section `tierlsp` of the editor's settings."""
        self._editor = editor_layer(section)
        self.reload()

    def change_folders(self, added: list[str], removed: list[str]) -> None:
        """Take changes to the workspace's folders, given by their URIs."""
        left = _paths_of(removed)
        self.roots = list(dict.fromkeys([root for root in self.roots if root not in left] + _paths_of(added)))
        self.reload(is_moved=True)

    def reload(self, *, is_moved: bool = False) -> None:
        """Read every source of settings again, and rebuild what they change, or everything if the folders did."""
        # Before they are read: a file that changes meanwhile is read once more, and not missed.
        self._files_read = self._files_state()
        loaded = self._load()
        problems = {f"settings.{problem.source}.{problem.message}": problem.message for problem in loaded.problems}
        self.notices.cured("settings.", but_not=problems)
        for cause, message in problems.items():
            self.notices.say(cause, message)
        settings = loaded.settings
        old = self._parts
        if old is not None and old.settings == settings and not is_moved:
            return
        if old is None or is_moved or _is_indexed_otherwise(old.settings, settings):
            self._rebuild_lookup(loaded)
        self._parts = assemble(
            settings,
            self.clock,
            lookup=self._lookup,
            tally=self.tally,
            on_status=self._on_status,
            on_working=lambda: self.notices.cured("model."),
            on_better=self._on_better,
        )
        if old is not None:
            logger.info("the settings have changed")
            self.notices.cured("model.")
            self._close_later(old)
        if self._actions is not None:
            self._actions.reload()

    def reload_if_changed(self) -> None:
        """Read the sources again if one of their files is not as it was when it was last read."""
        if self._files_state() != self._files_read:
            self.reload()

    def _files_state(self) -> tuple[object, ...]:
        """Return what changes when a settings file does: size and time of each, `None` where it is not there."""
        files = [self.roots[0] / PROJECT_FILE] if self.roots else []
        try:
            files.append(self._options.config_file or default_config_file(self.environ))
        except SettingsError:
            logger.debug("there is no place for a settings file")
        return tuple(_stamp(path) for path in files)

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment."""
        return os.environ if self._options.environ is None else self._options.environ

    def _load(self) -> Loaded:
        layers = user_layers(self.environ, self._options.config_file, self._options.sets)
        if self._initialization is not None:
            layers.append(self._initialization)
        if self._editor is not None:
            layers.append(self._editor)
        if self.roots and (project := project_layer(self.roots[0])) is not None:
            layers.append(project)
        return load(layers)

    def _rebuild_lookup(self, loaded: Loaded) -> None:
        """Begin a new index: what may be read has changed."""
        if self._lookup is not None:
            self._lookup.stop()
        settings = loaded.settings
        self._exclusion = Exclusion(settings.privacy.exclude)
        self._lookup = open_lookup(self.clock, settings, self.roots)
        self._excluded = {document.uri for document in self.documents.all() if self._is_excluded(document.uri)}
        for document in self.documents.all():
            self._index(document)
        if settings.completion.fallback == "lookup":
            self._lookup.crawl(self.roots)

    def _close_later(self, parts: Parts) -> None:
        """Close what served under the old settings, without making anybody wait for it."""
        parts.engine.stop_generating()
        task = asyncio.get_running_loop().create_task(parts.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    # ------------------------------------------------------------------ documents

    def opened(self, document: Document) -> None:
        """A document was opened, or replaced by another text: a request for the older one is answered with nothing."""
        self.parts.engine.changed(document.uri)
        if self._is_excluded(document.uri):
            self._excluded.add(document.uri)
        else:
            self._excluded.discard(document.uri)
        self._index(document)
        if self.gate(document, is_manual=False) is None:
            self.parts.engine.opened(document.likely_cursor())

    def changed(self, document: Document, start: int, removed: int, added: list[str]) -> None:
        """Lines of a document were replaced."""
        self.changed_ms = self.clock.now_ms()
        if self._lookup is not None and document.uri not in self._excluded:
            self._lookup.change(document.uri, start, removed, added)

    def closed(self, document: Document) -> None:
        """A document was closed."""
        self.lost(document)
        self._excluded.discard(document.uri)

    def lost(self, document: Document) -> None:
        """A document is out of step with the editor, or closed: nothing is made for it or learnt from it."""
        self.parts.engine.closed(document.uri)
        if self._lookup is not None and document.uri not in self._excluded:
            self._lookup.close(document.uri)

    def gate(self, document: Document, *, is_manual: bool) -> Gate | None:
        """Return why this session offers nothing in `document` now, or `None`."""
        completion = self.parts.settings.completion
        if not completion.enabled:
            return Gate.DISABLED
        if self.is_paused:
            return Gate.PAUSED
        if self.is_excluded(document):
            return Gate.EXCLUDED
        if document.is_desynced:
            return Gate.DESYNCED
        if document.length > MAX_DOCUMENT_CHARS:
            return Gate.TOO_LARGE
        return Gate.MANUAL if completion.trigger == "manual" and not is_manual else None

    def is_excluded(self, document: Document) -> bool:
        """Whether the document is kept from every model."""
        return document.uri in self._excluded

    def _index(self, document: Document) -> None:
        if self._lookup is not None and document.uri not in self._excluded and document.length <= MAX_DOCUMENT_CHARS:
            self._lookup.open(document.uri, document.lines)

    def _is_excluded(self, uri: str) -> bool:
        path = path_of(uri)
        if path is None:
            return False
        root = next((root for root in self.roots if path.is_relative_to(root)), None)
        return self._exclusion.excludes(path, root)

    # ------------------------------------------------------------------ the local model

    def _on_status(self, status: Status) -> None:
        """The local model has come, gone, or failed."""
        if self._parts is not None:
            self._parts.engine.model_found()
        if self._actions is not None:
            self._actions.model_found()
        if status.state is State.DOWN:
            self.notices.say(f"model.{status.cause}", status.detail)
        else:
            text = f"tierlsp: local model: {plain(status.detail)}"
            self.notify("window/logMessage", {"type": 3, "message": text})

    def _on_better(self, cursor: Cursor) -> None:
        """There is a longer completion at `cursor`, whose request has been answered."""
        document = self.documents.get(cursor.uri)
        if document is None or document.version != cursor.version:
            return
        character = character_of(cursor.prefix + cursor.suffix, cursor.column, self.client.encoding)
        position = {"line": cursor.line, "character": character}
        params: dict[str, object] = {"uri": cursor.uri, "version": cursor.version, "position": position}
        self.notify("tierlsp/inlineCompletion/refresh", params)

    # ------------------------------------------------------------------ the end

    def pause(self, is_paused: bool) -> None:
        """Stop offering completions, or begin again."""
        self.is_paused = is_paused
        if is_paused:
            self.parts.engine.stop_generating()
        if self._actions is not None:
            self._actions.changed()

    async def aclose(self) -> None:
        """End everything that runs."""
        logger.info("completions: %s", self.tally.summary())
        if self._lookup is not None:
            self._lookup.stop()
        if self._actions is not None:
            await self._actions.aclose()
        elif any(self.tally.outcomes.values()):
            await self._count_completions()
        if self._parts is not None:
            await self._parts.aclose()
        await asyncio.gather(*self._closing, return_exceptions=True)

    @property
    def lookup(self) -> Lookup | None:
        """The embedded completer; there from `initialize` on."""
        return self._lookup

    @property
    def completing(self) -> str | None:
        """`backend/model` of the local model that completes now."""
        serving = self.parts.supply.status.serving
        return f"{serving.backend.spec.name}/{serving.model}" if serving else None

    async def _count_completions(self) -> None:
        """Write into the ledger what was shown and taken, for the month's report."""
        from tierlsp.assemble.actions import open_ledger
        from tierlsp.assemble.completion_counts import write_counts

        try:
            await write_counts(open_ledger(), self.tally, self.accepted, self.completing)
        except TierlspError as error:
            logger.info("completions are not counted: %s", error)


def _paths_of(uris: list[str]) -> list[Path]:
    return [path for uri in uris if (path := path_of(uri)) is not None]


def _is_indexed_otherwise(old: Settings, new: Settings) -> bool:
    """Whether the embedded completer may read other files under `new` settings than under `old`."""
    return (old.privacy, old.completion.fallback) != (new.privacy, new.completion.fallback)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
