"""What each action is: one row for each that is on offer. Another one is a row here and a file beside this one."""

from __future__ import annotations

from tierlsp.actions import (
    ask,
    audit,
    commit,
    docs,
    explain,
    fix,
    naming,
    planning,
    refactor,
    refactor_files,
    review,
    sql,
    write_tests,
)
from tierlsp.actions.action import Action as Action
from tierlsp.actions.action import Choice as Choice
from tierlsp.actions.action import Gives as Gives
from tierlsp.actions.action import Group as Group
from tierlsp.actions.action import Output as Output
from tierlsp.actions.reading import Form
from tierlsp.actions.scope import Limit
from tierlsp.actions.shares import Shares
from tierlsp.actions.types import Extent
from tierlsp.backends.chat import Effort
from tierlsp.errors import TierlspError
from tierlsp.routing.facts import Kind, Scope


class UnknownAction(TierlspError):
    """There is no such action, or not yet."""


_ON_ONE_FILE = (Scope.SELECTION, Scope.SYMBOL, Scope.CLASS, Scope.FILE)

ACTIONS: tuple[Action, ...] = (
    # In the order in which a menu shows them.
    Action(
        kind=Kind.FIX,
        group=Group.QUICKFIX,
        gives=Gives.EDIT,
        title="Fix {problems}",
        scopes=_ON_ONE_FILE,
        # A longer function is fixed by the lines around the problem.
        limit=Limit(lines=400, chars=24_000),
        context_tokens=6_000,
        outputs=(
            (Form.WHOLE, Output(likely=60, most=800, likely_share=1.05, most_share=1.6)),
            (Form.BLOCKS, Output(likely=400, most=2_000, likely_share=0.1, most_share=0.5)),
        ),
        shares=Shares(conventions=1_000, definitions=2_500),
        write=fix.write,
        done="fixed {problems} in {file}",
        verb="fix",
        is_automatic=True,
        needs_diagnostics=True,
        is_whole_symbol=True,
    ),
    Action(
        kind=Kind.COMMIT,
        group=Group.DOCS,
        gives=Gives.MESSAGE,
        title="Write the message of this commit",
        scopes=(Scope.SELECTION, Scope.FILE),
        limit=Limit(lines=200_000, chars=20_000_000),
        context_tokens=0,
        outputs=((Form.WHOLE, Output(likely=120, most=700)),),
        shares=Shares(conventions=800),
        write=commit.write,
        more=commit.file_parts,
        find=commit.find,
    ),
    Action(
        kind=Kind.SQL,
        group=Group.REWRITE,
        gives=Gives.EDIT,
        title="Improve this SQL",
        scopes=(Scope.SELECTION, Scope.FILE),
        limit=Limit(lines=400, chars=24_000),
        # The schema often stands in the same file.
        context_tokens=4_000,
        outputs=(
            (Form.WHOLE, Output(likely=150, most=1_000, likely_share=1.1, most_share=2.0)),
            (Form.BLOCKS, Output(likely=500, most=2_000, likely_share=0.2, most_share=0.8)),
        ),
        shares=Shares(tables=3_000),
        write=sql.write,
        find=sql.find,
        bounds=sql.bounds,
        done="improved the SQL in {file}",
        verb="improve",
    ),
    Action(
        kind=Kind.EXPLAIN,
        group=Group.EXPLAIN,
        gives=Gives.TEXT,
        title="Explain {what}",
        scopes=_ON_ONE_FILE,
        limit=Limit(lines=1_500, chars=60_000),
        context_tokens=4_000,
        # 400 words are asked for.
        outputs=((Form.WHOLE, Output(likely=450, most=1_500)),),
        shares=Shares(definitions=2_500, callers=1_000),
        write=explain.write,
        choices=(Choice(explain.PROBLEM, "Explain {problems}", needs_diagnostics=True),),
    ),
    Action(
        kind=Kind.ASK,
        group=Group.EXPLAIN,
        gives=Gives.TEXT,
        title="Ask about {what}",
        scopes=_ON_ONE_FILE,
        limit=Limit(lines=2_500, chars=100_000),
        context_tokens=8_000,
        outputs=((Form.WHOLE, Output(likely=400, most=2_000)),),
        shares=Shares(definitions=3_000, callers=2_000),
        write=ask.write,
        needs_instruction=True,
    ),
    Action(
        kind=Kind.REFACTOR,
        group=Group.REWRITE,
        gives=Gives.EDIT,
        title="Refactor {what} …",
        scopes=_ON_ONE_FILE,
        limit=Limit(lines=600, chars=30_000),
        context_tokens=6_000,
        outputs=(
            (Form.WHOLE, Output(likely=80, most=1_000, likely_share=1.1, most_share=2.0)),
            (Form.BLOCKS, Output(likely=600, most=3_000, likely_share=0.4, most_share=1.0)),
        ),
        # Callers count where the person may want signatures to change.
        shares=Shares(conventions=1_000, definitions=2_500, callers=1_500),
        write=refactor.write,
        choices=(
            Choice("simplify", "Simplify {what}"),
            Choice("extract", "Extract a function from {what}", is_whole_symbol=True, is_extra=True),
            Choice("inline", "Inline in {what}", is_whole_symbol=True, is_extra=True),
            Choice("modernise", "Modernise {what}", is_extra=True),
            Choice("types", "Add types to {what}", is_extra=True),
            Choice("errors", "Handle errors in {what}", is_extra=True),
        ),
        needs_instruction=True,
        bounds=refactor.bounds,
        done="refactored {file}",
        verb="gain",
    ),
    Action(
        kind=Kind.DOCS,
        group=Group.DOCS,
        gives=Gives.EDIT,
        title="Describe {what}",
        scopes=_ON_ONE_FILE,
        limit=Limit(lines=1_500, chars=60_000),
        context_tokens=3_000,
        outputs=(
            (Form.WHOLE, Output(likely=200, most=1_000, likely_share=1.2, most_share=2.5)),
            (Form.BLOCKS, Output(likely=600, most=3_000, likely_share=0.3, most_share=1.0)),
        ),
        shares=Shares(conventions=1_000, definitions=1_500),
        write=docs.write,
        bounds=docs.bounds,
        done="described the code in {file}",
        verb="describe",
    ),
    Action(
        kind=Kind.REVIEW,
        group=Group.REVIEW,
        gives=Gives.FINDINGS,
        title="Review {what}",
        scopes=(*_ON_ONE_FILE, Scope.FILES),
        limit=Limit(lines=3_000, chars=120_000),
        context_tokens=review.CONTEXT_TOKENS,
        # A finding has some 150 tokens, and a hundred lines rarely have more than one.
        outputs=((Form.WHOLE, Output(likely=500, most=3_000)),),
        shares=Shares(conventions=1_000, definitions=2_500, callers=1_500),
        write=review.write,
        extents=((Extent.CHANGES, "Review what is not committed"), (Extent.FOLDER, "Review this folder")),
    ),
    Action(
        kind=Kind.AUDIT,
        group=Group.REVIEW,
        gives=Gives.FINDINGS,
        title="Audit the security of {what}",
        scopes=(*_ON_ONE_FILE, Scope.FILES),
        limit=Limit(lines=3_000, chars=120_000),
        context_tokens=review.CONTEXT_TOKENS,
        outputs=((Form.WHOLE, Output(likely=500, most=3_000)),),
        # Who calls it, and with what, is what an attack needs.
        shares=Shares(definitions=2_500, callers=3_000),
        write=audit.write,
        extents=(
            (Extent.CHANGES, "Audit the security of what is not committed"),
            (Extent.FOLDER, "Audit the security of this folder"),
        ),
    ),
    Action(
        kind=Kind.TESTS,
        group=Group.TESTS,
        gives=Gives.EDIT,
        title="Write tests for {what}",
        scopes=_ON_ONE_FILE,
        limit=Limit(lines=600, chars=24_000),
        context_tokens=3_000,
        # A test has some 120 tokens, and a function three to eight.
        outputs=((Form.WHOLE, Output(likely=500, most=4_000, likely_share=1.5, most_share=3.0)),),
        shares=Shares(conventions=2_000, definitions=3_000, callers=2_000),
        write=write_tests.write,
        verb="test",
        wants=write_tests.wants,
        workspace_tokens=write_tests.WORKSPACE_TOKENS,
        more=write_tests.more_parts,
    ),
    Action(
        kind=Kind.REFACTOR_FILES,
        group=Group.REWRITE,
        gives=Gives.EDIT,
        title="Change {what} and the files that use it …",
        scopes=(*_ON_ONE_FILE, Scope.FILES),
        limit=Limit(lines=2_000, chars=refactor_files.LIST_TOKENS * 3),
        context_tokens=0,
        outputs=((Form.WHOLE, Output(likely=1_200, most=8_000)),),
        shares=Shares(conventions=2_000),
        write=refactor_files.write,
        extents=((Extent.CHANGES, "Change the files that are not committed …"),),
        wants=refactor_files.wants,
        workspace_tokens=refactor_files.WORKSPACE_TOKENS,
        more=refactor_files.file_parts,
        files_tokens=refactor_files.LIST_TOKENS,
        needs_instruction=True,
    ),
    Action(
        kind=Kind.NAMES,
        group=Group.REWRITE,
        gives=Gives.CHOICES,
        title="Find another name",
        scopes=_ON_ONE_FILE,
        limit=Limit(lines=400, chars=24_000),
        context_tokens=0,
        outputs=((Form.WHOLE, Output(likely=40, most=200)),),
        write=naming.write,
        find=naming.find,
    ),
    Action(
        kind=Kind.PLAN,
        group=Group.EXPLAIN,
        gives=Gives.TEXT,
        title="Plan a change …",
        scopes=_ON_ONE_FILE,
        limit=Limit(lines=1_500, chars=60_000),
        context_tokens=4_000,
        outputs=((Form.WHOLE, Output(likely=1_500, most=4_000)),),
        shares=Shares(conventions=1_000, definitions=2_500, callers=1_500),
        write=planning.write,
        effort=Effort.LOW,
        needs_instruction=True,
        done="planned",
    ),
)


def action_of(kind: Kind) -> Action:
    """Return the row of an action.

    Raises:
        UnknownAction: it is not on offer.
    """
    for action in ACTIONS:
        if action.kind is kind:
            return action
    names = ", ".join(sorted(action.kind.value for action in ACTIONS))
    raise UnknownAction(f"the action {kind.value} is not there yet; these are: {names}")
