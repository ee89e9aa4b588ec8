"""What a session does when its documents, its settings or its folders change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.fakes import FakeBackend, FakeClock
from tierlsp.clock import Clock
from tierlsp.completion.gate import Gate
from tierlsp.lsp.documents import Document
from tierlsp.lsp.handlers.text_sync import did_change, did_close, did_open
from tierlsp.lsp.options import StartOptions
from tierlsp.lsp.session import Session
from tierlsp.settings import Settings

URI = "file:///work/a.py"


class RecordingLookup:
    """An embedded completer that writes down what it is told."""

    made: ClassVar[list[RecordingLookup]] = []

    def __init__(self, roots: Sequence[Path]) -> None:
        self.roots = list(roots)
        self.crawled: list[Path] = []
        self.told: list[tuple[Any, ...]] = []
        self.is_stopped = False
        RecordingLookup.made.append(self)

    def open(self, uri: str, lines: Sequence[str]) -> None:
        self.told.append(("open", uri, list(lines)))

    def change(self, uri: str, start: int, removed: int, added: Sequence[str]) -> None:
        self.told.append(("change", uri, start, removed, list(added)))

    def close(self, uri: str) -> None:
        self.told.append(("close", uri))

    def crawl(self, roots: Sequence[Path]) -> None:
        self.crawled += roots

    def guess(self, cursor: object) -> None:
        return None

    def stop(self) -> None:
        self.is_stopped = True


class Rig:
    """A session in a home of its own, and what it told the editor."""

    def __init__(self, home: Path) -> None:
        self.config_file = home / "config.toml"
        self.config_file.write_text("", encoding="utf-8")
        self.messages: list[str] = []
        environ = {"HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        options = StartOptions(config_file=self.config_file, environ=environ)
        self.session = Session(FakeClock(), self._notify, options)

    def _notify(self, method: str, params: dict[str, object]) -> None:
        if method == "window/showMessage":
            self.messages.append(str(params["message"]))

    @property
    def lookup(self) -> RecordingLookup:
        """The embedded completer in use."""
        return RecordingLookup.made[-1]

    @property
    def document(self) -> Document:
        document = self.session.documents.get(URI)
        assert document is not None
        return document

    def configure(self, toml: str) -> None:
        self.config_file.write_text(toml, encoding="utf-8")
        self.session.reload()

    def open(self, text: str = "a\nb\n", uri: str = URI, version: int = 0) -> None:
        did_open(self.session, {"textDocument": {"uri": uri, "languageId": "python", "version": version, "text": text}})

    def change(self, version: int, *changes: Any) -> None:
        did_change(self.session, {"textDocument": {"uri": URI, "version": version}, "contentChanges": list(changes)})


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr(RecordingLookup, "made", [])
    monkeypatch.setattr("tierlsp.assemble.completion.open_backends", lambda settings: [FakeBackend()])

    def open_lookup(clock: Clock, settings: Settings, roots: list[Path]) -> RecordingLookup:
        return RecordingLookup(roots)

    monkeypatch.setattr("tierlsp.lsp.session.open_lookup", open_lookup)
    rig = Rig(tmp_path)
    rig.session.begin(rig.session.client, ["file:///work"], None)
    yield rig
    await rig.session.aclose()
    assert rig.lookup.is_stopped


def insert(line: int, character: int, text: str) -> dict[str, Any]:
    here = {"line": line, "character": character}
    return {"range": {"start": here, "end": here}, "text": text}


# ------------------------------------------------------------------ documents


async def test_the_index_follows_every_edit(rig: Rig) -> None:
    rig.open()
    rig.change(1, insert(0, 1, "x"), insert(1, 0, "y\n"))
    did_close(rig.session, {"textDocument": {"uri": URI}})
    assert rig.lookup.told == [
        ("open", URI, ["a", "b", ""]),
        ("change", URI, 0, 1, ["ax"]),
        ("change", URI, 1, 1, ["y", "b"]),
        ("close", URI),
    ]


async def test_a_document_out_of_step_leaves_the_index_and_comes_back_whole(rig: Rig) -> None:
    rig.open()
    rig.lookup.told.clear()
    # The first of the two could be applied; the index must not be left with half of a message.
    rig.change(1, insert(0, 0, "x"), insert(-1, 0, "y"))
    assert rig.session.gate(rig.document, is_manual=True) is Gate.DESYNCED
    rig.change(2, insert(0, 0, "z"))
    rig.change(1, insert(0, 0, "z"))
    assert rig.lookup.told == [("close", URI)]
    rig.change(3, {"text": "c\n"}, insert(0, 1, "!"))
    assert rig.session.gate(rig.document, is_manual=True) is None
    assert rig.lookup.told == [("close", URI), ("open", URI, ["c!", ""])]


async def test_an_excluded_document_never_reaches_the_index(rig: Rig) -> None:
    secret = "file:///work/.env"
    rig.open("KEY=1\n", uri=secret)
    did_change(
        rig.session,
        {"textDocument": {"uri": secret, "version": 1}, "contentChanges": [insert(0, 0, "x"), insert(-1, 0, "")]},
    )
    did_close(rig.session, {"textDocument": {"uri": secret}})
    assert rig.lookup.told == []


# ------------------------------------------------------------------ settings


async def test_a_wrong_setting_is_told_of_once_until_it_was_put_right(rig: Rig) -> None:
    wrong, right = '[completion]\nbudgetMs = "x"\n', ""
    for toml in (wrong, wrong, right, wrong):
        rig.configure(toml)
        rig.session.reload()
    assert len(rig.messages) == 2
    assert rig.messages[0] == rig.messages[1]
    assert "completion.budgetMs" in rig.messages[0]


async def test_a_second_wrong_setting_does_not_repeat_the_first(rig: Rig) -> None:
    rig.configure('[completion]\nbudgetMs = "x"\n')
    rig.configure('[completion]\nbudgetMs = "x"\npatienceMs = -1\n')
    assert ["budgetMs" in message for message in rig.messages] == [True, False]


async def test_a_settings_file_is_read_again_when_it_is_another_and_only_then(rig: Rig) -> None:
    parts = rig.session.parts
    rig.session.reload_if_changed()
    assert rig.session.parts is parts
    # Whenever it was written: nothing depends on when the watching began.
    rig.config_file.write_text("[completion]\nenabled = false\n", encoding="utf-8")
    rig.session.reload_if_changed()
    assert not rig.session.parts.settings.completion.enabled
    rig.config_file.unlink()
    rig.session.reload_if_changed()
    assert rig.session.parts.settings.completion.enabled
    # The file was named on the command line, so it must be there.
    assert len(rig.messages) == 1


async def test_settings_that_say_the_same_change_nothing(rig: Rig) -> None:
    parts = rig.session.parts
    rig.configure("[completion]\nbudgetMs = 60\n")
    assert rig.session.parts is parts


async def test_what_may_be_read_decides_whether_the_index_begins_anew(rig: Rig) -> None:
    rig.open()
    rig.open("KEY=1\n", uri="file:///work/notes.txt")
    rig.configure("[completion]\nbudgetMs = 90\n")
    assert len(RecordingLookup.made) == 1
    rig.configure('[privacy]\nexclude = ["*.txt"]\n')
    assert len(RecordingLookup.made) == 2
    assert RecordingLookup.made[0].is_stopped
    assert rig.lookup.told == [("open", URI, ["a", "b", ""])]
    assert rig.lookup.crawled == [Path("/work")]


async def test_without_the_embedded_completer_no_file_is_read_and_with_it_again_they_are(rig: Rig) -> None:
    rig.configure('[completion]\nfallback = "none"\n')
    assert RecordingLookup.made[0].is_stopped
    assert rig.lookup.crawled == []
    rig.configure("")
    assert rig.lookup.crawled == [Path("/work")]


async def test_folders_that_join_and_leave_are_followed(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / ".tierlsp.toml").write_text("[completion]\nenabled = false\n", encoding="utf-8")
    rig.open()
    rig.session.change_folders([tmp_path.as_uri(), "file:///work", "untitled:x"], [])
    assert rig.session.roots == [Path("/work"), tmp_path]
    assert rig.lookup.crawled == [Path("/work"), tmp_path]
    assert rig.session.gate(rig.document, is_manual=True) is None
    # The first folder is the project.
    rig.session.change_folders([], ["file:///work"])
    assert rig.session.roots == [tmp_path]
    assert rig.session.gate(rig.document, is_manual=True) is Gate.DISABLED
    assert rig.lookup.told == [("open", URI, ["a", "b", ""])]


async def test_a_pause_ends_what_runs_and_offers_nothing(rig: Rig) -> None:
    rig.open()
    rig.session.pause(True)
    assert rig.session.gate(rig.document, is_manual=True) is Gate.PAUSED
    rig.session.pause(False)
    assert rig.session.gate(rig.document, is_manual=False) is None
