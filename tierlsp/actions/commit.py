"""A message for what is about to be committed.

No program is started for the diff. Where git has put it below the message (`git config commit.verbose true`), or a
terminal pipes it (`git diff --cached | tierlsp run commit -`), that one is taken; else it is read from `.git` when the
action runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from tierlsp.actions.edits import Change, file_edit
from tierlsp.actions.fences import fenced
from tierlsp.actions.hidden import introduced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.reading import ReplyError, without_thoughts
from tierlsp.actions.scope import ScopeError, Target
from tierlsp.actions.types import ActionRequest, Document, FileEdit
from tierlsp.privacy.outbound import Part
from tierlsp.routing.facts import Scope
from tierlsp.text.lines import is_blank, split_lines

MOST_CHARS = 60_000
"""Of a diff that is sent. The files beyond are named, and how many lines change in each."""

LONGEST_SUBJECT = 100
"""Characters; 72 are asked for, and what is much longer is no subject."""

MESSAGE_FILES = frozenset({"COMMIT_EDITMSG", "MERGE_MSG"})

_BEGIN = re.compile(r"diff --(?:git|cc|combined) ")
_PATH = re.compile(r"(?:\+\+\+|---) (?:[abciw]/)?(?P<path>[^\t]+)")
_GIT_PATHS = re.compile(r"diff --git (?P<old>\"?a/.*?\"?) (?P<new>\"?b/.*\"?)\Z")
_FENCE = re.compile(r"\s{0,3}(?:`{3,}|~{3,})")
_PROSE = re.compile(r"(?:here(?:'s| is)|sure|certainly)\b.*:?\Z", re.IGNORECASE)

_RULES = """\
You write the message of a commit from its diff.
The first line says in at most 72 characters what a user or reader of the project gains, in the imperative, without a
period at its end. If more must be said, leave one line empty and say why the change was made and what could surprise,
in lines of at most 72 characters. Say nothing that the diff does not show, and do not list files. Answer with the
message alone: no fence, no quotes, no words around it."""


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What changes in one file."""

    path: str
    """Below the repository's root, as git writes it."""
    lines: tuple[str, ...]


def is_message(document: Document) -> bool:
    """Whether `document` is the one in which git asks for a message."""
    return document.path is not None and document.path.name in MESSAGE_FILES


def needs_staged(document: Document) -> bool:
    """Whether the diff does not stand in `document`, so that what is staged is meant."""
    is_diff = document.language == "diff" or (document.path is not None and document.path.suffix in (".diff", ".patch"))
    return not (is_diff or is_message(document)) or not any(_BEGIN.match(line) for line in document.lines)


def find(request: ActionRequest) -> Target:
    """Return the whole document, if there is a diff in it or it is the one of a message.

    Raises:
        ScopeError: there is none.
    """
    lines = request.document.lines
    if request.staged is None and not is_message(request.document) and needs_staged(request.document):
        raise ScopeError("there is no diff here; run `git diff --cached | tierlsp run commit -`")
    count = len(lines)
    return Target(Scope.FILE, 0, count - 1 if count > 1 and not lines[-1] else count)


def diffs_in(lines: Sequence[str]) -> Iterator[FileDiff]:
    """Yield the files of a diff, in its order."""
    starts = [index for index, line in enumerate(lines) if _BEGIN.match(line)]
    for start, end in pairwise([*starts, len(lines)]):
        yield FileDiff(_path_of(lines[start:end]), tuple(lines[start:end]))


def file_parts(job: Job) -> list[Part]:
    """Return each file's changes in a part of its own, for the gate to look at by the file's path."""
    staged = job.request.staged
    root = staged.top if staged is not None else job.request.root or Path("/")
    parts: list[Part] = []
    left: list[str] = []
    room = MOST_CHARS
    for diff in diffs_in(staged.diff if staged is not None else job.lines):
        chars = sum(map(len, diff.lines)) + len(diff.lines)
        if chars > room:
            changed = sum(line[:1] in "+-" for line in diff.lines if line)
            left.append(f"{diff.path}: {changed} lines")
            continue
        room -= chars
        parts.append(Part("user", fenced(diff.lines, "diff"), root / diff.path))
    if left:
        parts.append(Part("user", f"Changed too, and too long to show:\n{fenced(left, 'text')}"))
    return parts


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    words = job.request.instruction.strip()
    draft = "\n".join(_draft(job.request.document)).strip()
    task = "Write the message for the changes above."
    task += f" The person has begun:\n{fenced(draft.splitlines(), 'text')}" if draft else ""
    task += f"\n\nThe person adds: {words}" if words else ""
    return Wording(_RULES, task)


def read_message(reply: str) -> tuple[str, ...]:
    """Return the lines of the message in `reply`.

    Raises:
        ReplyError: it is none.
    """
    lines = [line.rstrip() for line in split_lines(without_thoughts(reply))[0]]
    # git would leave out what begins with a `#`.
    lines = [line for line in lines if not _FENCE.match(line) and not line.startswith("#")]
    while lines and (is_blank(lines[0]) or _PROSE.match(lines[0])):
        lines.pop(0)
    while lines and is_blank(lines[-1]):
        lines.pop()
    if not lines:
        raise ReplyError("the answer has no message in it")
    if introduced("", "\n".join(lines)):
        raise ReplyError("the answer has characters in it that nobody sees")
    if len(lines[0]) > LONGEST_SUBJECT:
        raise ReplyError(f"the answer's first line has {len(lines[0])} characters, and 72 are usual")
    if len(lines) > 1 and not is_blank(lines[1]):
        lines.insert(1, "")
    return tuple(lines)


def put_in(document: Document, message: Sequence[str]) -> FileEdit:
    """Return the edit that puts `message` where the person would write it, unless somebody writes there meanwhile."""
    end = len(_draft(document))
    edit = file_edit(document, [Change(0, end, (*message, ""))])
    # With the line below: what is typed into an empty draft changes that one.
    return replace(edit, within=(0, min(end + 1, len(document.lines))))


def _draft(document: Document) -> list[str]:
    """Return the lines of the message that are there: those above the first comment."""
    if not is_message(document):
        return []
    found: list[str] = []
    for line in document.lines:
        if line.startswith("#") or _BEGIN.match(line):
            return found
        found.append(line)
    return found


def _path_of(lines: Sequence[str]) -> str:
    """Return which file it is: the new name, the old one of a file that goes."""
    names = [match["path"] for line in lines[:12] if (match := _PATH.match(line)) and match["path"] != "/dev/null"]
    if names:
        return names[-1].strip('"')
    match = _GIT_PATHS.match(lines[0])
    return match["new"].strip('"').removeprefix("b/") if match else lines[0].rpartition(" ")[2]
