"""The demo's editor tells the server exactly what it did, and shows what an editor would show."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.cli.playing.buffer import Buffer
from tierlsp.cli.playing.ghost import Ghost, Origin, ghost_of
from tierlsp.cli.playing.typist import Key, next_key
from tierlsp.lsp.documents import Document
from tierlsp.lsp.positions import Encoding

ENCODINGS = st.sampled_from(list(Encoding))


@given(target=st.text(alphabet="ab: \n(é😀", max_size=60), encoding=ENCODINGS)
def test_the_server_has_what_is_typed_after_every_key(target: str, encoding: Encoding) -> None:
    document = Document("file:///x", "python", 1)
    document.replace_all("above\n\nbelow")
    buffer = Buffer(first_line=1)
    while (key := next_key(buffer.typed, target, "    ")) is not None:
        document.apply(buffer.change(key, encoding), encoding)
        buffer = buffer.after(key)
        assert document.text == f"above\n{buffer.typed}\nbelow"
        cursor = document.cursor(buffer.position(encoding), encoding)
        assert (cursor.line, cursor.prefix, cursor.suffix) == (buffer.line, buffer.line_prefix, "")


def test_every_key_is_a_new_version() -> None:
    assert Buffer(3).after(Key("a")).after(Key("", 1)).version == 3


def item(text: str, line: int = 1, start: int = 0, end: int = 4, **said: str) -> dict[str, Any]:
    """An answer of the server's."""
    span = {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}
    command = {"title": "", "command": "tierlsp.accepted", "arguments": [{"uri": "file:///x", **said}]}
    return {"items": [{"insertText": text, "range": span, "command": command}]}


def shown(result: Any, typed: str = "\n    ret") -> Ghost | None:
    return ghost_of(result, Buffer(0, typed), Encoding.UTF16, 5.0)


def test_what_the_line_holds_already_is_not_shown_again() -> None:
    ghost = shown(item("    return None\n", outcome="typed", source="cache", model="lookup"))
    assert ghost is not None
    assert ghost.text == "urn None\n"
    assert ghost.origin == Origin("typed", "cache", "lookup")
    assert ghost.command is not None
    assert ghost.command["command"] == "tierlsp.accepted"


@pytest.mark.parametrize(
    "result",
    [
        pytest.param({"items": []}, id="nothing"),
        pytest.param(None, id="null"),
        pytest.param([], id="an empty array"),
        pytest.param({"items": [{"text": "x"}]}, id="no text"),
        pytest.param(item("    raise"), id="another text than the line's"),
        pytest.param(item("    ret"), id="no more than the line's"),
        pytest.param(item("    return", line=0), id="another line"),
    ],
)
def test_what_an_editor_would_not_show(result: Any) -> None:
    assert shown(result) is None


def test_a_range_may_begin_at_the_word() -> None:
    ghost = shown(item("return", start=4, end=7))
    assert ghost is not None
    assert ghost.text == "urn"


def test_a_range_counts_in_the_negotiated_encoding() -> None:
    ghost = ghost_of(item("b = 1", line=0, start=2), Buffer(0, "😀b"), Encoding.UTF16, 0.0)
    assert ghost is not None
    assert ghost.text == " = 1"


def test_an_item_without_range_or_command_is_shown_as_it_is() -> None:
    ghost = shown([{"insertText": "urn"}])
    assert ghost is not None
    assert (ghost.text, ghost.origin, ghost.command) == ("urn", Origin(), None)


GHOST = Ghost("turn\n    x", Origin(), 3, 5.0)


@pytest.mark.parametrize(
    ("key", "left"),
    [
        pytest.param(Key("t"), "urn\n    x", id="the next letter"),
        pytest.param(Key("turn"), "\n    x", id="several at once"),
        pytest.param(Key("turn\n    "), "x", id="a line end with its indentation"),
        pytest.param(Key("x"), None, id="another letter"),
        pytest.param(Key("turn\n    x"), None, id="all of it"),
        pytest.param(Key("", 1), None, id="Backspace"),
        pytest.param(Key("t", 1), None, id="a letter in the place of another"),
    ],
)
def test_a_ghost_text_stays_while_it_agrees(key: Key, left: str | None) -> None:
    ghost = GHOST.along(key)
    assert (ghost.text if ghost else None) == left
    if ghost is not None:
        assert (ghost.since_ms, ghost.shown_at) == (GHOST.since_ms, GHOST.shown_at)


@pytest.mark.parametrize(
    ("origin", "label"),
    [
        (Origin("typed", "cache"), "typed cache"),
        (Origin("lookup", "lookup"), "lookup"),
        (Origin("fresh"), "fresh"),
        (Origin(), "unnamed"),
    ],
)
def test_label(origin: Origin, label: str) -> None:
    assert origin.label == label
