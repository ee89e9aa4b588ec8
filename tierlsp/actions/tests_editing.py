"""Runs that write tests: into one file of tests, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial

from tierlsp.actions.editing import End, WorkspaceEditing
from tierlsp.actions.edits import Change, file_edit
from tierlsp.actions.fences import shown_path
from tierlsp.actions.inner_tests import lost_function, why_not_tests
from tierlsp.actions.names import signatures_of_both
from tierlsp.actions.new_paths import new_path
from tierlsp.actions.prompts import asked_again
from tierlsp.actions.protected import why_protected
from tierlsp.actions.reading import NothingToDo, ReplyError, Rewrite, read_edit
from tierlsp.actions.testing_layout import TEST_BEGINS, count_tests, family_of
from tierlsp.actions.types import FileEdit, NewFile, RunOutcome, RunResult
from tierlsp.actions.verify_files import judge_file, judge_new, new_text
from tierlsp.actions.write_tests import Aim, aim_of, answer_words
from tierlsp.privacy.outbound import Part
from tierlsp.text.lines import is_blank


class TestsEditing(WorkspaceEditing):
    """One run that ends in tests, or in none."""

    __test__ = False

    @cached_property
    def _aim(self) -> Aim:
        """Where the tests go."""
        aim = aim_of(self._work.plan.request, self._work.plan.job.sample)
        assert aim is not None, "the workspace was looked at"
        return aim

    def _repair_parts(self, answer: str, verdict: str) -> tuple[Part, ...]:
        """Return the prompt that asks once more."""
        request = self._work.plan.request
        form = answer_words(self._aim, request.root)
        return asked_again(self._work.plan.parts, request.document.path, answer, verdict, form)

    def _found(self, text: str) -> End | NothingToDo:
        """Read and check an answer, and return what ends the run with it."""
        job = self._aim.job
        document = job.request.document
        restore = self._work.way.clearance.restore_edit
        old = () if self._aim.is_new else job.lines
        read = read_edit(text, old, job.form, fence=job.fence, restore=lambda part: restore(part, document.path))
        if isinstance(read, NothingToDo):
            return read
        added = self._added(read, old)
        if self._aim.is_inside:
            return self._found_inside(read, old, added)
        if self._aim.is_new:
            return partial(self._ended, self._new_file(read), "the syntax of the new file was checked", added)
        refusal = why_protected(document.path, self._own_paths)
        if refusal:
            raise ReplyError(refusal)
        rest = document.lines[job.target.end :]
        judged = judge_file(document, Rewrite((*read.lines, *rest), read.imports))
        if judged.mistake:
            raise ReplyError(judged.mistake)
        edit = file_edit(document, [Change(0, len(document.lines), judged.change.lines)])
        return partial(self._ended, edit, judged.checked, added)

    def _found_inside(self, read: Rewrite, old: Sequence[str], added: int) -> End:
        """Return the end with tests in the file of the code: nothing else of it is changed.

        Raises:
            ReplyError: the answer has something else than tests.
        """
        job = self._aim.job
        document, target = job.request.document, job.target
        mistake = why_not_tests(read.lines, document.language)
        if read.imports:
            mistake = "the answer adds imports outside of the tests"
        elif lost := lost_function(old, read.lines):
            mistake = f"the answer takes away {lost}, which was there"
        if mistake:
            raise ReplyError(mistake)
        lines = document.lines
        first = target.first
        while self._aim.is_new and first > 0 and is_blank(lines[first - 1]):
            first -= 1
        new = ("", *read.lines, "") if self._aim.is_new and first else read.lines
        judged = judge_file(document, Rewrite((*lines[:first], *new, *lines[target.end :]), ()))
        if judged.mistake:
            raise ReplyError(judged.mistake)
        return partial(self._ended, file_edit(document, [Change(first, target.end, new)]), judged.checked, added)

    def _added(self, read: Rewrite, old: Sequence[str]) -> int:
        """Return how many tests an answer adds.

        Raises:
            ReplyError: it adds none, or takes one away.
        """
        language = self._aim.job.request.document.language
        before, after = signatures_of_both(old, read.lines, language)
        gone = next((name for name in before if name not in after), None)
        if gone is not None:
            raise ReplyError(f"the answer takes away {gone}, which was there")
        added = count_tests(read.lines, language) - count_tests(old, language)
        if added <= 0 and family_of(language) in TEST_BEGINS:
            raise ReplyError("the answer adds no test")
        return added

    def _new_file(self, read: Rewrite) -> NewFile:
        document, root = self._aim.job.request.document, self._work.plan.request.root
        if root is None or document.path is None:
            raise ReplyError("there is no workspace in which the file of tests could be made")
        name = document.path.relative_to(root).as_posix()
        path = new_path(name, root, endings=(document.path.suffix,), own=self._own_paths, is_excluded=self._is_excluded)
        lines = (*read.imports, *read.lines)
        mistake = judge_new(lines, document.language)
        if mistake is not None:
            raise ReplyError(mistake)
        return NewFile(path, new_text(lines, self._work.plan.request.document.line_end))

    def _ended(self, found: FileEdit | NewFile, checked: str, added: int) -> RunResult:
        course, root = self._work.course, self._work.plan.request.root
        path = found.path if isinstance(found, NewFile) else found.document.path
        count = "tests" if added <= 0 else "1 test" if added == 1 else f"{added} tests"
        made = "the new file " if isinstance(found, NewFile) else ""
        message = f"wrote {count} into {made}{shown_path(path, root)} by {course.model} ({course.tier}); {checked}"
        result = course.end(RunOutcome.DONE, f"{message}; they were not run", checked=(checked,))
        if isinstance(found, NewFile):
            return replace(result, new_files=(found,))
        return replace(result, edits=(found,))
