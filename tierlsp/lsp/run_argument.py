"""The one argument of `tierlsp.run` and `tierlsp.explainRoute`, read and checked."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from tierlsp.actions.types import ActionRequest, Diagnostic, Extent, OwnAction, Place, Severity, Span, nothing_at
from tierlsp.actions.types import Document as Snapshot
from tierlsp.lsp.documents import BadParams, Document
from tierlsp.lsp.positions import Encoding
from tierlsp.routing.facts import Kind, Scope
from tierlsp.routing.tiers import Tier
from tierlsp.text.lines import usual_end
from tierlsp.text.uris import path_of

MAX_INSTRUCTION_CHARS = 20_000
"""A long question, with a stack trace in it."""

MAX_DIAGNOSTICS = 20
"""More in one place are consequences of the first ones."""

SEVERITIES = {1: Severity.ERROR, 2: Severity.WARNING, 3: Severity.INFORMATION, 4: Severity.HINT}
"""LSP `DiagnosticSeverity`."""

SCOPES = {
    "selection": Scope.SELECTION,
    "symbol": Scope.SYMBOL,
    "file": Scope.FILE,
    "changes": Scope.FILES,
    "folder": Scope.FILES,
}
"""What `scope` may say."""

_Word = TypeVar("_Word", Kind, Tier, Scope)


def request_of(
    argument: Any,
    find: Callable[[str], Document | None],
    encoding: Encoding,
    roots: Sequence[Path],
    own: Mapping[str, OwnAction] | None = None,
) -> ActionRequest:
    """Return what `argument` asks for, with a snapshot of the document.

    Args:
        argument: `{action, uri, range?, choice?, instruction?, tier?, model?, maxUsd?, scope?, base?, diagnostics?}`.
            Where files are to be found when it runs, `uri` may be that of a folder, or left out.
        find: gives the open document of a URI.
        encoding: that of the positions in `argument`.
        roots: the workspace's folders.
        own: the person's own actions, by name.

    Raises:
        BadParams: it cannot be read, in one sentence that names what is wrong.
    """
    if not isinstance(argument, dict):
        raise BadParams("the command needs one object such as {action, uri, range}")
    kind, mine = _action(argument, own)
    request = _said(argument, kind, mine)
    uri = argument.get("uri")
    document = find(uri) if isinstance(uri, str) else None
    if request.extent is not None or (kind is Kind.COMMIT and document is None):
        folder = _folder(uri, roots, is_of_file=document is not None)
        of_folder = folder if request.extent is Extent.FOLDER else None
        return replace(request, document=nothing_at(folder), root=root_of(folder, roots), folder=of_folder)
    if document is None or document.is_desynced:
        raise BadParams("`uri` names no document that is open in the editor; open it first")
    path = path_of(document.uri)
    return replace(
        request,
        document=snapshot_of(document, path),
        span=span_of(argument.get("range"), document, encoding),
        root=root_of(path, roots),
        diagnostics=diagnostics_of(argument.get("diagnostics"), document, encoding),
    )


def _said(argument: dict[str, Any], kind: Kind, mine: OwnAction | None) -> ActionRequest:
    """Return what is said of the request in words; what it is about is still to be put in."""
    extent = _extent(kind, argument.get("scope"))
    return ActionRequest(
        run=secrets.token_hex(6),
        kind=kind,
        document=Snapshot("", None, "", None, ("",)),
        span=Span(Place(0, 0), Place(0, 0)),
        root=None,
        scope=_word(argument, "scope", SCOPES) or (mine.scope if mine is not None else None),
        instruction=_text(argument, "instruction")[:MAX_INSTRUCTION_CHARS],
        choice=_text(argument, "choice"),
        tier=_word(argument, "tier", {tier.value: tier for tier in Tier}) or (mine.tier if mine is not None else None),
        model=_text(argument, "model") or None,
        max_usd=_money(argument.get("maxUsd")),
        own=mine,
        extent=extent,
        base=_text(argument, "base") if extent is Extent.CHANGES else "",
    )


def _extent(kind: Kind, scope: object) -> Extent | None:
    """Return which files are to be found when it runs; `None` for the document at hand."""
    if scope == "changes" and kind in (Kind.REVIEW, Kind.AUDIT, Kind.REFACTOR_FILES):
        return Extent.CHANGES
    return Extent.FOLDER if scope == "folder" and kind in (Kind.REVIEW, Kind.AUDIT) else None


def _folder(uri: object, roots: Sequence[Path], *, is_of_file: bool) -> Path:
    """Return the folder of the workspace that is meant: that of `uri`, or without one the first.

    Raises:
        BadParams: there is none.
    """
    if uri is None:
        if not roots:
            raise BadParams("no folder is open in the editor; open the one that is meant")
        return roots[0]
    path = path_of(uri) if isinstance(uri, str) else None
    folder = path.parent if path is not None and is_of_file else path
    if folder is None or root_of(folder, roots) is None:
        raise BadParams("`uri` names nothing in a folder that is open in the editor; open its folder first")
    return folder


def _action(argument: dict[str, Any], own: Mapping[str, OwnAction] | None) -> tuple[Kind, OwnAction | None]:
    """Return which action is meant."""
    mine = (own or {}).get(_text(argument, "action"))
    if mine is not None:
        return Kind.OWN, mine
    kind = _word(argument, "action", {kind.value: kind for kind in Kind if kind is not Kind.OWN})
    if kind is None:
        raise BadParams("`action` is missing")
    return kind, None


def snapshot_of(document: Document, path: Path | None) -> Snapshot:
    """Return the document as it is now.

    Law: a document is read once per request, before the first wait.
    """
    return Snapshot(
        uri=document.uri,
        path=path,
        language=document.language,
        version=document.version,
        lines=tuple(document.lines),
        line_end=usual_end(document.ends),
    )


def span_of(value: Any, document: Document, encoding: Encoding) -> Span:
    """Return the span of an LSP range; without one it is the beginning of the document."""
    if value is None:
        return Span(Place(0, 0), Place(0, 0))
    if not isinstance(value, dict):
        raise BadParams("`range` must be an object with `start` and `end`")
    start = Place(*document.place(value.get("start"), encoding))
    end = Place(*document.place(value.get("end"), encoding))
    return Span(min(start, end), max(start, end))


def diagnostics_of(value: Any, document: Document, encoding: Encoding) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of an LSP list. One that cannot be read is left out: it comes from another tool."""
    found = []
    for entry in value[:MAX_DIAGNOSTICS] if isinstance(value, list) else ():
        if not isinstance(entry, dict) or not isinstance(entry.get("message"), str):
            continue
        try:
            span = span_of(entry.get("range"), document, encoding)
        except BadParams:
            continue
        severity = entry.get("severity")
        found.append(
            Diagnostic(
                span=span,
                message=entry["message"],
                severity=SEVERITIES.get(severity if type(severity) is int else 1, Severity.ERROR),
                code=str(entry["code"]) if isinstance(entry.get("code"), str | int) else "",
                source=entry["source"] if isinstance(entry.get("source"), str) else "",
            )
        )
    return tuple(found)


def root_of(path: Path | None, roots: Sequence[Path]) -> Path | None:
    """Return the innermost folder of the workspace that `path` is in."""
    if path is None:
        return None
    return max((root for root in roots if path.is_relative_to(root)), key=lambda root: len(root.parts), default=None)


def _word(argument: dict[str, Any], name: str, words: dict[str, _Word]) -> _Word | None:
    value = argument.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or value not in words:
        raise BadParams(f"`{name}` must be one of {', '.join(words)}")
    return words[value]


def _text(argument: dict[str, Any], name: str) -> str:
    value = argument.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadParams(f"`{name}` must be a string")
    return value.strip()


def _money(value: Any) -> Decimal | None:
    if value is None:
        return None
    if type(value) not in (int, float) or not math.isfinite(value) or value < 0:
        raise BadParams("`maxUsd` must be a number of US dollars, 0 or more")
    return Decimal(str(value))
