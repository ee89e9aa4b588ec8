"""Runs whose answer changes several files: read, checked as a whole, shown before anything is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from tierlsp.actions.editing import End, NotUsable, WorkspaceEditing
from tierlsp.actions.edits import Change, file_edit
from tierlsp.actions.files_list import endings_of, named
from tierlsp.actions.files_page import changes_page
from tierlsp.actions.new_paths import folded, new_path
from tierlsp.actions.prompts import asked_again
from tierlsp.actions.protected import protection_of
from tierlsp.actions.reading import NothingToDo
from tierlsp.actions.reading_files import FilesAnswer, read_files
from tierlsp.actions.refactor_files import answer_words
from tierlsp.actions.types import FileEdit, NewFile, RunOutcome, RunResult
from tierlsp.actions.verify_files import FileChange, judge_file, judge_new, judge_together, new_text
from tierlsp.privacy.outbound import Part
from tierlsp.text.language_ids import language_id_of

_MOST_TOLD = 3
"""Protected files that a message names; the page names all."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What an answer comes to, all of it checked."""

    changes: tuple[FileChange, ...]
    edits: tuple[FileEdit, ...]
    new: tuple[NewFile, ...]
    checked: tuple[str, ...]
    guarded: tuple[str, ...] = ()
    """What the protected files among them can do, but for the file at hand, which was asked about before."""


class FilesEditing(WorkspaceEditing):
    """One run that ends in changes of several files, or in none."""

    def _repair_parts(self, answer: str, verdict: str) -> tuple[Part, ...]:
        """Return the prompt that asks once more."""
        path = self._work.plan.job.request.document.path
        form = answer_words(path.suffix if path is not None else "")
        return asked_again(self._work.plan.parts, path, answer, verdict, form)

    def _found(self, text: str) -> End | NothingToDo:
        """Read and check an answer, and return what ends the run with it."""
        files = named(self._work.plan.job.files)
        restore = self._work.way.clearance.restore_edit

        def restores(name: str | None) -> Callable[[str], str]:
            path = files[name].path if name is not None else None
            return lambda part: restore(part, path)

        read = read_files(text, {name: each.lines for name, each in files.items()}, restore=restores)
        if isinstance(read, NothingToDo):
            return read
        return partial(self._ended, self._checked(read))

    def _checked(self, read: FilesAnswer) -> Changes:
        job = self._work.plan.job
        files = named(job.files)
        changes: list[FileChange] = []
        checked: list[str] = []
        guarded: list[str] = []
        for name, rewrite in read.rewrites.items():
            protection = protection_of(files[name].path, self._own_paths, job.request.root)
            refusal = protection.refusal if protection is not None and not protection.may_ask else ""
            judged = judge_file(files[name], rewrite)
            if refusal or judged.mistake:
                raise NotUsable(f"{name}: {refusal or judged.mistake}")
            changes.append(judged.change)
            checked.append(judged.checked)
            was_asked = job.request.extent is None and files[name] is job.request.document
            if protection is not None and not was_asked:
                guarded.append(protection.told)
        new = self._new_files(read)
        mistake = judge_together(changes, list(read.new.values()), job.request.instruction)
        if mistake is not None:
            raise NotUsable(mistake)
        edits = tuple(file_edit(each.document, [Change(0, len(each.document.lines), each.lines)]) for each in changes)
        return Changes(tuple(changes), edits, new, tuple(dict.fromkeys(checked)), tuple(guarded))

    def _new_files(self, read: FilesAnswer) -> tuple[NewFile, ...]:
        request, files = self._work.plan.request, self._work.plan.job.files
        found: dict[str, NewFile] = {}
        for name, lines in read.new.items():
            if request.root is None:
                raise NotUsable("the answer makes a new file, and there is no workspace that it could be in")
            path = new_path(
                name, request.root, endings=endings_of(files), own=self._own_paths, is_excluded=self._is_excluded
            )
            mistake = judge_new(lines, language_id_of(path.name))
            if mistake is not None:
                raise NotUsable(f"{path.name}: {mistake}")
            key = folded(str(path))
            if any(key == other or key.startswith(f"{other}/") or other.startswith(f"{key}/") for other in found):
                raise NotUsable(f"the answer makes {path.name} and another file in one place")
            found[key] = NewFile(path, new_text(lines, request.document.line_end))
        return tuple(found.values())

    def _ended(self, found: Changes) -> RunResult:
        work, course = self._work, self._work.course
        request = work.plan.request
        count = len(found.edits)
        changed = "1 file" if count == 1 else f"{count} files"
        made = f" and makes {len(found.new)} new" if found.new else ""
        sample = work.plan.job.sample
        notes = [
            *(f"look closely: {told}" for told in found.guarded),
            *found.checked,
            "no test and no compiler was run",
            *(f"left out: {each}" for each in request.left_out),
        ]
        others = len(sample.files) + 1 if sample is not None else 0
        left = (len(request.portions) or others) - len(work.plan.job.files)
        if left > 0:
            notes.append(f"{left} more files may be concerned and were too much to send")
        if sample is not None and sample.is_cut:
            notes.append("the workspace is large, and not all of it was looked at")
        page = changes_page(request.instruction[:200] or "Changes", request.root, found.changes, found.new, notes)
        # The page stands in a cache: what is secret in these files is none of its business.
        page = work.way.clearance.scrub(page)
        message = f"the answer of {course.model} ({course.tier}) changes {changed}{made}"
        message += "".join(f"; {told}" for told in found.guarded[:_MOST_TOLD])
        if len(found.guarded) > _MOST_TOLD:
            message += f"; {len(found.guarded) - _MOST_TOLD} more protected files are among them"
        result = course.end(RunOutcome.DONE, message, document=page, checked=found.checked)
        return replace(result, edits=found.edits, new_files=found.new, guarded=found.guarded)
