"""Findings as SARIF 2.1.0 (OASIS, 27 March 2020), the form that code hosts and editors read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tierlsp import __version__

if TYPE_CHECKING:
    from tierlsp.actions.types import Document, FileFindings, Finding, RunResult

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS = {"error": "error", "warning": "warning", "information": "note", "hint": "note"}
"""SARIF section 3.27.10."""

_SUPPRESSED = {"suppressions": [{"kind": "external", "status": "accepted"}]}

_TITLES = {
    "bug": "Wrong behaviour", "security": "A weakness that can be used", "concurrency": "Work at the same time",
    "errors": "Handling of errors", "performance": "Slow paths", "api": "Use of an interface",
    "tests": "Tests", "clarity": "Clarity",
}  # fmt: skip


def as_sarif(result: RunResult, root: Path | None, *, with_dismissed: bool = False) -> dict[str, Any]:
    """Return the log of one run. Columns count code points, as the log says.

    `with_dismissed` adds what was dismissed, as suppressed results (section 3.35).
    """
    from tierlsp.actions.types import RunOutcome

    found = [(file, finding, False) for file in result.findings for finding in file.findings]
    if with_dismissed:
        found += [(file, finding, True) for file in result.findings for finding in file.dismissed]
    rules = sorted({rule_of(finding) for _, finding, _ in found})
    is_whole = result.outcome in (RunOutcome.DONE, RunOutcome.NOTHING)
    level = "note" if is_whole else "error"
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "tierlsp",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": f"tierlsp/{result.kind.value}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"uri": f"{root.as_uri()}/"}} if root is not None else {},
        "invocations": [
            {
                "executionSuccessful": is_whole,
                "toolExecutionNotifications": [{"level": level, "message": {"text": result.message}}],
            }
        ],
        "results": [
            _result(file, finding, rules, root) | (_SUPPRESSED if is_dismissed else {})
            for file, finding, is_dismissed in found
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def rule_of(finding: Finding) -> str:
    """Return the identifier of a finding's rule."""
    return f"CWE-{finding.cwe}" if finding.cwe else finding.category.value


def _rule(rule: str) -> dict[str, Any]:
    found: dict[str, Any] = {"id": rule, "shortDescription": {"text": _TITLES.get(rule, rule)}}
    if rule.startswith("CWE-"):
        found["helpUri"] = f"https://cwe.mitre.org/data/definitions/{rule[4:]}.html"
        found["properties"] = {"tags": ["security", f"external/cwe/{rule.lower()}"]}
    return found


def _result(file: FileFindings, finding: Finding, rules: list[str], root: Path | None) -> dict[str, Any]:
    location = {
        "physicalLocation": {
            "artifactLocation": _artifact(file.document, root),
            "region": {
                "startLine": finding.span.start.line + 1,
                "startColumn": finding.span.start.column + 1,
                "endLine": finding.span.end.line + 1,
                "endColumn": finding.span.end.column + 1,
            },
        }
    }
    found: dict[str, Any] = {
        "ruleId": rule_of(finding),
        "ruleIndex": rules.index(rule_of(finding)),
        "level": _LEVELS[finding.severity.value],
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {"tierlsp/v1": finding.fingerprint},
        "rank": float(finding.confidence),
        "properties": {"category": finding.category.value, "confidence": finding.confidence},
    }
    if finding.fix is not None:
        found["fixes"] = [_fix(file.document, finding, root)]
    return found


def _fix(document: Document, finding: Finding, root: Path | None) -> dict[str, Any]:
    assert finding.fix is not None
    span = finding.fix.span
    region = {
        "startLine": span.start.line + 1,
        "startColumn": span.start.column + 1,
        "endLine": span.end.line + 1,
        "endColumn": span.end.column + 1,
    }
    change = {
        "artifactLocation": _artifact(document, root),
        "replacements": [{"deletedRegion": region, "insertedContent": {"text": finding.fix.text}}],
    }
    return {"description": {"text": "proposed by the model, not checked"}, "artifactChanges": [change]}


def _artifact(document: Document, root: Path | None) -> dict[str, Any]:
    path = document.path
    if path is not None and root is not None and path.is_relative_to(root):
        return {"uri": quote(path.relative_to(root).as_posix()), "uriBaseId": "ROOT"}
    return {"uri": document.uri}
