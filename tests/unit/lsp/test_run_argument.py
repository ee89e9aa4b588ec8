"""The argument of a run: read whole or refused in one sentence."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tierlsp.actions.types import Place, Severity, Span
from tierlsp.lsp.documents import BadParams, Documents
from tierlsp.lsp.positions import Encoding
from tierlsp.lsp.run_argument import request_of, root_of
from tierlsp.routing.facts import Kind, Scope
from tierlsp.routing.tiers import Tier

URI = "file:///work/sub/a.py"
TEXT = "a = '😀' + b\r\nc\r\nd\n"


def read(argument: Any, *, is_desynced: bool = False) -> Any:
    documents = Documents()
    document = documents.open({"uri": URI, "languageId": "python", "version": 7, "text": TEXT})
    document.is_desynced = is_desynced
    return request_of(argument, documents.get, Encoding.UTF16, [Path("/work"), Path("/work/sub")])


def test_everything_that_a_run_can_be_told_arrives() -> None:
    span = {"start": {"line": 0, "character": 8}, "end": {"line": 0, "character": 5}}
    request = read(
        {
            "action": "fix",
            "uri": URI,
            "range": span,
            "choice": "short",
            "instruction": "  make it work ",
            "tier": "premium",
            "model": "anthropic/claude-opus-5-5",
            "maxUsd": 0.25,
            "scope": "symbol",
            "diagnostics": [{"range": span, "message": "bad", "severity": 2, "code": 12, "source": "ruff"}, 5, {}],
        }
    )
    assert request.kind is Kind.FIX
    assert request.document.version == 7
    assert request.document.line_end == "\r\n"
    assert request.root == Path("/work/sub")
    # The range was given the wrong way round, and UTF-16 counts the picture as two.
    assert request.span == Span(Place(0, 5), Place(0, 7))
    assert request.instruction == "make it work"
    assert (request.tier, request.scope, request.max_usd) == (Tier.PREMIUM, Scope.SYMBOL, Decimal("0.25"))
    [diagnostic] = request.diagnostics
    assert (diagnostic.severity, diagnostic.code, diagnostic.source) == (Severity.WARNING, "12", "ruff")


def test_only_the_action_and_the_document_are_needed() -> None:
    request = read({"action": "explain", "uri": URI})
    assert request.span == Span(Place(0, 0), Place(0, 0))
    assert request.max_usd is None
    assert request.document.lines[0] == "a = '😀' + b"


@pytest.mark.parametrize(
    "argument",
    [
        None,
        [],
        {},
        {"action": "dance", "uri": URI},
        {"action": "fix"},
        {"action": "fix", "uri": "file:///etc/passwd"},
        {"action": "fix", "uri": 5},
        {"action": "fix", "uri": URI, "range": 5},
        {"action": "fix", "uri": URI, "range": {"start": {"line": -1, "character": 0}}},
        {"action": "fix", "uri": URI, "tier": "best"},
        {"action": "fix", "uri": URI, "maxUsd": -1},
        {"action": "fix", "uri": URI, "maxUsd": True},
        {"action": "fix", "uri": URI, "maxUsd": float("nan")},
        {"action": "fix", "uri": URI, "instruction": 5},
        {"action": ["fix"], "uri": URI},
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(argument: Any) -> None:
    with pytest.raises(BadParams):
        read(argument)


def test_a_document_out_of_step_is_not_worked_on() -> None:
    with pytest.raises(BadParams, match="open"):
        read({"action": "fix", "uri": URI}, is_desynced=True)


def test_the_innermost_folder_is_the_root() -> None:
    roots = [Path("/work"), Path("/work/sub"), Path("/other")]
    assert root_of(Path("/work/sub/x/a.py"), roots) == Path("/work/sub")
    assert root_of(Path("/elsewhere/a.py"), roots) is None
    assert root_of(None, roots) is None
