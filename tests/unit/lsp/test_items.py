"""What an editor is sent for a completion: where it goes, what it replaces, what stands beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeClock
from tierlsp.completion.anchor import Anchor
from tierlsp.completion.candidates import Candidate
from tierlsp.lsp.capabilities import Client
from tierlsp.lsp.documents import BadParams
from tierlsp.lsp.handlers.completion import LABEL_CHARS, completion
from tierlsp.lsp.handlers.inline_completion import inline_completion
from tierlsp.lsp.handlers.text_sync import did_open
from tierlsp.lsp.options import StartOptions
from tierlsp.lsp.positions import Encoding
from tierlsp.lsp.session import Session

URI = "file:///a.py"

CURSOR = "█"


class Rig:
    """A session without any model: it answers from the candidates that a test puts there."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._position: dict[str, int] = {}

    def open(self, text: str, encoding: Encoding = Encoding.UTF16) -> None:
        """Open a document and put the cursor where `CURSOR` stands, in characters of `encoding`."""
        self.session.client = replace(self.session.client, encoding=encoding)
        before, _, after = text.partition(CURSOR)
        item = {"uri": URI, "languageId": "python", "version": 1, "text": before + after}
        did_open(self.session, {"textDocument": item})
        codec, size = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
        line = before.rpartition("\n")[2]
        self._position = {"line": before.count("\n"), "character": len(line.encode(codec)) // size}

    def knows(self, text: str, prefix: str = "", suffix: str = "", above: str = "", below: str = "") -> None:
        """Keep a finished completion for the place that is described; `above` is the one line above it."""
        anchor = Anchor((above,) if above else (), prefix, suffix, below)
        self.session.parts.engine.candidates.add(URI, Candidate(anchor, text, "a-model"))

    def inline(self, **context: Any) -> list[dict[str, Any]]:
        params = {"textDocument": {"uri": URI}, "position": self._position, "context": {"triggerKind": 2} | context}
        result = inline_completion(self.session, params)
        assert isinstance(result, dict)
        items: list[dict[str, Any]] = result["items"]
        return items

    def menu(self) -> dict[str, Any]:
        result = completion(self.session, {"textDocument": {"uri": URI}, "position": self._position})
        assert isinstance(result, dict)
        assert result["isIncomplete"] is True
        (item,) = result["items"]
        found: dict[str, Any] = item
        return found


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("tierlsp.assemble.completion.open_backends", lambda settings: [])
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    session = Session(FakeClock(), lambda method, params: None, StartOptions(environ=environ))
    session.begin(Client(), [], None)
    yield Rig(session)
    await session.aclose()


def on_line(line: int, start: int, end: int) -> dict[str, Any]:
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


EMOJI = "x = '😀é'; y = "


@pytest.mark.parametrize(("encoding", "character"), [(Encoding.UTF8, 18), (Encoding.UTF16, 15), (Encoding.UTF32, 14)])
async def test_ghost_text_goes_from_the_lines_start_to_the_cursor(rig: Rig, encoding: Encoding, character: int) -> None:
    rig.open(f"import a\n{EMOJI}{CURSOR}\nb", encoding)
    rig.knows("1 + 2", above="import a", prefix=EMOJI, below="b")
    (item,) = rig.inline()
    assert item["insertText"] == f"{EMOJI}1 + 2"
    assert item["range"] == on_line(1, 0, character)
    assert item["command"]["command"] == "tierlsp.accepted"
    (argument,) = item["command"]["arguments"]
    assert argument == {"uri": URI, "outcome": "hit", "source": "cache", "model": "a-model", "keeps": 0}


async def test_what_stands_behind_the_cursor_is_kept_and_counted(rig: Rig) -> None:
    rig.open(f"print({CURSOR}, 😀)")
    rig.knows("1", prefix="print(", suffix=", 😀)")
    (item,) = rig.inline()
    assert item["range"] == on_line(0, 0, 6)
    assert item["command"]["arguments"][0]["keeps"] == 4


async def test_several_lines_are_one_item(rig: Rig) -> None:
    rig.open(f"def f():\n{CURSOR}\n")
    rig.knows("    x = 1\n    return x", above="def f():")
    (item,) = rig.inline()
    assert item["insertText"] == "    x = 1\n    return x"
    assert item["range"] == on_line(1, 0, 0)


@pytest.mark.parametrize(("encoding", "end"), [(Encoding.UTF8, 15), (Encoding.UTF16, 13), (Encoding.UTF32, 12)])
async def test_a_bracket_that_the_editor_closed_is_replaced(rig: Rig, encoding: Encoding, end: int) -> None:
    rig.open(f"'😀'; print({CURSOR})", encoding)
    rig.knows("print(1, 2)", prefix="'😀'; ")
    (item,) = rig.inline()
    assert item["insertText"] == "'😀'; print(1, 2)"
    assert item["command"]["arguments"][0]["keeps"] == 0
    assert item["range"] == on_line(0, 0, end)


async def test_a_bracket_that_the_rest_leaves_open_is_not_torn_apart(rig: Rig) -> None:
    rig.open(f"print({CURSOR})")
    rig.knows("print(1,\n    2)", prefix="")
    assert rig.inline() == []


# ------------------------------------------------------------------ the entry selected in the editor's list


async def test_an_entry_selected_in_the_list_counts_as_typed(rig: Rig) -> None:
    rig.open(f"math.s{CURSOR}")
    rig.knows("sqrt(2)", prefix="math.")
    selected = {"range": on_line(0, 5, 6), "text": "sqrt"}
    (item,) = rig.inline(selectedCompletionInfo=selected)
    # VS Code shows ghost text only if it goes on from the entry.
    assert item["insertText"] == "math.sqrt(2)"
    assert item["range"] == on_line(0, 0, 6)


@pytest.mark.parametrize(
    "selected",
    [
        {"range": on_line(0, 5, 6), "text": "cos"},
        {"range": on_line(0, 5, 6), "text": "sqrt\n"},
        {"range": on_line(1, 0, 0), "text": "sqrt"},
        {"range": on_line(0, 5, 6), "text": ""},
    ],
)
async def test_an_entry_that_goes_another_way_hides_the_ghost_text(rig: Rig, selected: dict[str, Any]) -> None:
    rig.open(f"math.s{CURSOR}\n")
    rig.knows("sqrt(2)", prefix="math.")
    assert rig.inline(selectedCompletionInfo=selected) == []
    assert rig.session.tally.outcomes == {"gated": 1}


async def test_no_entry_selected_is_as_none_given(rig: Rig) -> None:
    rig.open(f"math.{CURSOR}")
    rig.knows("sqrt(2)", prefix="math.")
    assert rig.inline(selectedCompletionInfo=None) == rig.inline()


# ------------------------------------------------------------------ who asked


@pytest.mark.parametrize(
    ("kinds", "answered"),
    [
        ([1], [True]),
        ([2], [False]),
        # The drafts of LSP 3.18 had 0 for invoked and 1 for automatic: from the first 0 on that is what 1 means.
        ([1, 0, 1, 0, 2], [True, True, False, True, False]),
    ],
)
async def test_with_a_manual_trigger_only_the_persons_own_request_is_answered(
    rig: Rig, kinds: list[int], answered: list[bool]
) -> None:
    rig.session.take_editor_settings({"completion": {"trigger": "manual"}})
    rig.open(f"math.{CURSOR}")
    rig.knows("sqrt(2)", prefix="math.")
    assert [bool(rig.inline(triggerKind=kind)) for kind in kinds] == answered


@pytest.mark.parametrize("kind", [-1, 3, 99, "1", 1.5, True, None])
async def test_a_kind_of_trigger_that_does_not_exist_is_refused(rig: Rig, kind: Any) -> None:
    rig.open(f"math.{CURSOR}")
    with pytest.raises(BadParams, match="triggerKind"):
        rig.inline(triggerKind=kind)


async def test_inside_a_word_only_the_persons_own_request_is_answered(rig: Rig) -> None:
    rig.open(f"math.{CURSOR}cos")
    rig.knows("sin() + ", prefix="math.", suffix="cos")
    assert rig.inline(triggerKind=2) == []
    assert rig.inline(triggerKind=1)


# ------------------------------------------------------------------ the menu of editors without ghost text


@pytest.mark.parametrize(("encoding", "start"), [(Encoding.UTF8, 9), (Encoding.UTF16, 6), (Encoding.UTF32, 5)])
async def test_an_item_of_the_menu_replaces_the_word(rig: Rig, encoding: Encoding, start: int) -> None:
    rig.open(f"'😀é' re{CURSOR}", encoding)
    rig.knows("turn 1", prefix="'😀é' re")
    item = rig.menu()
    assert item["textEdit"] == {"range": on_line(0, start, start + 2), "newText": "return 1"}
    assert item["filterText"] == "re"
    assert item["label"] == "return 1"
    assert item["detail"] == "tierlsp · a-model"
    # Helix ignores commands of items, so none is sent.
    assert "command" not in item


async def test_without_a_word_the_label_stands_in_for_it(rig: Rig) -> None:
    rig.open(f"x = {CURSOR}")
    rig.knows("[\n    1,\n]", prefix="x = ")
    item = rig.menu()
    assert item["filterText"] == item["label"] == "["
    assert item["textEdit"]["newText"] == "[\n    1,\n]"


async def test_a_long_line_is_cut_in_the_label_only(rig: Rig) -> None:
    rig.open(f"x = {CURSOR}")
    text = "a + " * 40 + "b"
    rig.knows(text, prefix="x = ")
    item = rig.menu()
    assert len(item["label"]) == LABEL_CHARS
    assert item["label"].endswith("…")
    assert item["textEdit"]["newText"] == text


@pytest.mark.parametrize(
    ("kinds", "documentation"),
    [
        (("markdown", "plaintext"), {"kind": "markdown", "value": "````python\n'```'\n````"}),
        (("plaintext", "markdown"), {"kind": "markdown", "value": "````python\n'```'\n````"}),
        (("plaintext",), {"kind": "plaintext", "value": "'```'"}),
        ((), "````python\n'```'\n````"),
    ],
)
async def test_the_text_beside_the_menu_is_of_a_kind_that_was_announced(
    rig: Rig, kinds: tuple[str, ...], documentation: Any
) -> None:
    rig.session.client = replace(rig.session.client, documentation_kinds=kinds)
    rig.open(f"x = {CURSOR}")
    rig.knows("'```'", prefix="x = ")
    assert rig.menu()["documentation"] == documentation
