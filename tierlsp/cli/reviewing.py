"""`tierlsp run review` and `audit`: what is meant, and what comes of it as text, JSON, SARIF and an exit code."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierlsp.cli.changes import changed_files, diff_from_stdin, new_portions, whole_files
from tierlsp.cli.files import root_of
from tierlsp.errors import TierlspError

if TYPE_CHECKING:
    from tierlsp.actions.ports import Gathered
    from tierlsp.actions.types import ActionRequest, Finding, RunResult
    from tierlsp.assemble.chosen import Files

REVIEWS = ("review", "audit")
"""The actions that end in findings."""

FAIL_ON = ("error", "warning", "information", "never")
"""From which severity on the exit code is 1."""


def add_review_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what only reviews have."""
    group = parser.add_argument_group("review and audit")
    group.add_argument(
        "--changes",
        nargs="?",
        const="HEAD",
        metavar="REV",
        help="what was changed since the branch left REV (without one: since the last commit); for a review "
        "- reads a diff from standard input; for refactorFiles too",
    )
    group.add_argument("--sarif", action="store_true", help="print the findings as SARIF 2.1.0 and nothing else")
    group.add_argument(
        "--show-dismissed", action="store_true", help="show what was dismissed too, marked and with its fingerprint"
    )
    group.add_argument(
        "--restore",
        action="append",
        default=[],
        metavar="FINGERPRINT",
        help="take the dismissal of a finding back first; may be given several times",
    )
    group.add_argument(
        "--fail-on", choices=FAIL_ON, default="error", help="exit 1 for findings from this severity on (error)"
    )


def review_request(args: argparse.Namespace) -> ActionRequest:
    """Return what the command line asks for, with all files that are meant.

    Raises:
        TierlspError: a file cannot be read, or there is nothing to look at.
    """
    from tierlsp.actions.types import ActionRequest, Place, Span
    from tierlsp.routing.facts import Kind, Scope
    from tierlsp.routing.tiers import Tier

    root, chosen = _chosen(args)
    for sentence in chosen.left_out:
        print(f"  left out: {sentence}", file=sys.stderr)
    if not chosen.portions:
        raise TierlspError("there is nothing to look at: no text was changed" if args.changes else "there are no files")
    return ActionRequest(
        run=secrets.token_hex(6),
        kind=Kind(args.action),
        document=chosen.portions[0].document,
        span=Span(Place(0, 0), Place(0, 0)),
        root=root,
        scope=Scope.FILES,
        instruction=args.instruction.strip(),
        choice=args.choice,
        tier=Tier(args.tier) if args.tier else None,
        model=args.model,
        max_usd=args.max_usd,
        portions=chosen.portions,
    )


def restore_dismissed(fingerprints: Sequence[str], root: Path | None) -> None:
    """Take dismissals back.

    Raises:
        TierlspError: there is none with that fingerprint in the workspace.
    """
    from tierlsp.actions.finding_memory import open_finding_memory

    memory = open_finding_memory(root)
    for fingerprint in fingerprints:
        if not memory.restore(fingerprint):
            where = f" in {root}" if root is not None else ""
            raise TierlspError(
                f"no finding with the fingerprint {fingerprint!r} is dismissed{where}; see --show-dismissed"
            )


def is_of_files(args: argparse.Namespace) -> bool:
    """Whether the command line asks for a review of files, and not of lines of one."""
    return args.action in REVIEWS and (
        getattr(args, "changes", None) is not None or all(target.first is None for target in args.targets)
    )


def _chosen(args: argparse.Namespace) -> tuple[Path, Gathered]:
    from tierlsp.assemble.chosen import Files
    from tierlsp.cli.settings import read_settings
    from tierlsp.privacy.exclude import Exclusion

    here = Path.cwd()
    revision = getattr(args, "changes", None)
    if revision is None:
        paths = [target.file for target in args.targets]
        if not paths:
            raise TierlspError(f"name the files to {args.action}, or give --changes")
        first = paths[0].resolve()
        root = root_of(first / "x" if first.is_dir() else first)
    else:
        if args.targets:
            raise TierlspError("--changes finds its files itself; leave the names out, or leave out --changes")
        root = root_of(here / "x")
    files = Files(root, Exclusion(read_settings(args.config, tuple(args.sets), root).privacy.exclude))
    if revision is None:
        return root, whole_files(paths, files)
    return root, _changes(revision, root, files)


def _changes(revision: str, root: Path, files: Files) -> Gathered:
    from tierlsp.actions.ports import Gathered
    from tierlsp.text.unified_diff import read_diff

    if revision == "-":
        text, names = diff_from_stdin(), []
    else:
        from tierlsp.cli.git import changes_since, new_files, repository_of

        top = repository_of(root)
        text, names = changes_since(revision, top), new_files(top)
    try:
        diff = read_diff(text)
    except ValueError as error:
        raise TierlspError(f"the diff cannot be read: {error}") from error
    changed = changed_files(diff, files)
    new = new_portions(names, files)
    return Gathered((*changed.portions, *new.portions), (*changed.left_out, *new.left_out))


def exit_code(args: argparse.Namespace, result: RunResult) -> int:
    """Return 1 if the review failed or is not whole, or has a finding that is as bad as was asked for."""
    from tierlsp.actions.types import RunOutcome, Severity

    if result.outcome not in (RunOutcome.DONE, RunOutcome.NOTHING):
        return 1
    order = [each.value for each in Severity]
    if args.fail_on == "never":
        return 0
    limit = order.index(args.fail_on)
    return int(any(order.index(each.severity.value) <= limit for file in result.findings for each in file.findings))


def print_findings(args: argparse.Namespace, result: RunResult, root: Path | None) -> None:
    """Print the findings: a line each, as compilers do, with the lines that show it below."""
    from tierlsp.actions.markdown import safe_line
    from tierlsp.actions.review_page import label_of
    from tierlsp.cli.sarif import as_sarif

    if args.sarif:
        print(json.dumps(as_sarif(result, root, with_dismissed=args.show_dismissed), indent=2))
        return
    for file in result.findings:
        name = safe_line(shown_name(file.document.path, root))
        dismissed = file.dismissed if args.show_dismissed else ()
        for finding in (*file.findings, *dismissed):
            start = finding.span.start
            where = f"{name}:{start.line + 1}:{start.column + 1}"
            label = f"{label_of(finding)}, {finding.confidence} % sure"
            mark = f" [dismissed {finding.fingerprint}]" if finding in dismissed else ""
            print(f"{where}: {finding.severity.value}: {finding.message} ({label}){mark}")
            for line in finding.evidence:
                print(f"    {line}")


def findings_json(result: RunResult, root: Path | None, *, with_dismissed: bool) -> list[dict[str, Any]]:
    """Return the findings as JSON values; lines and columns count from 1, columns in code points."""
    found = []
    for file in result.findings:
        name = shown_name(file.document.path, root)
        found += [_as_json(finding, name) | {"dismissed": False} for finding in file.findings]
        if with_dismissed:
            found += [_as_json(finding, name) | {"dismissed": True} for finding in file.dismissed]
    return found


def _as_json(finding: Finding, name: str) -> dict[str, Any]:
    return {
        "file": name,
        "line": finding.span.start.line + 1,
        "column": finding.span.start.column + 1,
        "endLine": finding.span.end.line + 1,
        "endColumn": finding.span.end.column + 1,
        "severity": finding.severity.value,
        "category": finding.category.value,
        "confidence": finding.confidence,
        "cwe": finding.cwe,
        "message": finding.message,
        "evidence": list(finding.evidence),
        "fingerprint": finding.fingerprint,
        "fix": finding.fix.text if finding.fix else None,
    }


def shown_name(path: Path | None, root: Path | None) -> str:
    """Return a file's path below the workspace, with slashes."""
    if path is None:
        return "document"
    return path.relative_to(root).as_posix() if root is not None and path.is_relative_to(root) else str(path)
