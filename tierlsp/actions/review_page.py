"""Findings in words: a line for a message, a page to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tierlsp.actions.fences import fenced, shown_path
from tierlsp.actions.markdown import safe_line, safe_markdown
from tierlsp.actions.types import FileFindings, Finding, Severity
from tierlsp.actions.work import Work
from tierlsp.text.lines import split_lines

_NAMES = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.INFORMATION: ("remark", "remarks"),
    Severity.HINT: ("hint", "hints"),
}


def told(findings: Sequence[Finding]) -> str:
    """Return how many findings there are, by severity, in words."""
    if not findings:
        return "nothing was found"
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[each]} {_NAMES[each][counts[each] > 1]}" for each in Severity if counts[each])


def label_of(finding: Finding) -> str:
    """Return what a finding is about, such as `security, CWE-89`."""
    return finding.category.value + (f", CWE-{finding.cwe}" if finding.cwe else "")


def page_of(work: Work, files: Sequence[FileFindings], message: str) -> str:
    """Return the findings as Markdown that is safe to show."""
    request = work.plan.request
    verb = request.kind.value.capitalize()
    lines = [f"# {verb}", "", safe_markdown(message), ""]
    for each in files:
        if each.findings:
            lines += _of_file(each, request.root)
    if request.left_out:
        lines += ["## Left out", "", *(f"- {safe_line(each)}" for each in request.left_out), ""]
    return "\n".join(lines)


def _of_file(each: FileFindings, root: Path | None) -> list[str]:
    lines = [f"## `{shown_path(each.document.path, root)}`", ""]
    for finding in each.findings:
        first, last = finding.span.start.line + 1, finding.span.end.line + 1
        where = f"line {first}" if first == last else f"lines {first} to {last}"
        sure = f"{finding.confidence} % sure"
        lines += [f"### {finding.severity.value}, {where} ({label_of(finding)}, {sure})", ""]
        lines += [safe_markdown(finding.message), "", fenced(finding.evidence, each.document.language), ""]
        if finding.fix is not None:
            lines += ["Instead, not checked:", ""]
            lines += [fenced(split_lines(finding.fix.text)[0], each.document.language), ""]
    return lines
