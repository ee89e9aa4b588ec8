"""Protected files from a terminal: changed after `--allow-protected`, or a yes on the terminal, and not else."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tierlsp.cli.files import root_of
from tierlsp.errors import TierlspError

if TYPE_CHECKING:
    from tierlsp.actions.types import ActionRequest, RunResult

_HINT = "--allow-protected says so"


def check_link(file: Path, request: ActionRequest) -> None:
    """Refuse to change a file that a link in a repository leads to, out of it.

    Args:
        file: as it was named.
        request: what is asked for. Its document's path is where the file really is.

    Raises:
        TierlspError: it is such a link.
    """
    from tierlsp.actions.catalogue import Gives
    from tierlsp.actions.own import row_of
    from tierlsp.actions.protected import why_protected

    named = Path.cwd() / file
    root = root_of(named)
    changes = row_of(request).gives in (Gives.EDIT, Gives.CHOICES)
    # Without a repository the folder is the workspace, and a person's own links lead out of it.
    is_out = changes and (root / ".git").exists() and not named.resolve().is_relative_to(root.resolve())
    refusal = why_protected(named, root=root) if is_out else None
    if refusal is not None:
        raise TierlspError(refusal)


def has_changes(result: RunResult) -> bool:
    """Whether there is something that could be written."""
    return result.edit is not None or bool(result.edits or result.new_files)


def allowed(args: argparse.Namespace, result: RunResult, *, may_ask: bool) -> RunResult:
    """Return `result`, without its changes where they need a yes and there is none.

    Args:
        args: the command line.
        result: what came of the run.
        may_ask: whether somebody sits at the terminal.
    """
    from tierlsp.actions.types import RunOutcome

    if not result.guarded or args.allow_protected:
        return result
    if not has_changes(result):
        return replace(result, message=f"{result.message}; {_HINT}")
    if not args.apply or (may_ask and says_yes(result)):
        return result
    words = f"nothing was written: {'; '.join(result.guarded)}, and is changed only if you say so; {_HINT}"
    return replace(result, outcome=RunOutcome.NOT_ALLOWED, message=words, edit=None, edits=(), new_files=())


def says_yes(result: RunResult) -> bool:
    """Ask on the terminal whether the protected files of `result` may be changed."""
    for told in result.guarded:
        print(f"tierlsp: {result.name} would change a protected file: {told}", file=sys.stderr)
    print("May a model's answer change it? [y]es, [n]o: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
