"""What each action is: one row for each that is on offer. Another one is a row here and a file beside this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from tierlsp.actions import ask, audit, explain, fix, review
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.reading import Form
from tierlsp.actions.scope import Limit
from tierlsp.backends.chat import Effort
from tierlsp.errors import TierlspError
from tierlsp.routing.facts import Kind, Scope


class Group(StrEnum):
    """Where an action is found in a menu. `lsp` makes the editor's kinds of it."""

    REWRITE = "rewrite"
    EXPLAIN = "explain"
    REVIEW = "review"
    TESTS = "tests"
    DOCS = "docs"
    QUICKFIX = "quickfix"


class Gives(StrEnum):
    """What comes of an action."""

    EDIT = "edit"
    TEXT = "text"
    FINDINGS = "findings"


class UnknownAction(TierlspError):
    """There is no such action, or not yet."""


@dataclass(frozen=True, slots=True)
class Output:
    """How much a model writes, in tokens: a fixed part, and one that grows with the lines that are meant."""

    likely: int
    most: int
    likely_share: float = 0.0
    """Of the tokens of the lines."""
    most_share: float = 0.0

    def tokens(self, target_tokens: int) -> tuple[int, int]:
        """Return the likely number and the most."""
        return (
            self.likely + ceil(self.likely_share * target_tokens),
            self.most + ceil(self.most_share * target_tokens),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant of an action."""

    name: str
    title: str
    """With `{what}` for the lines that are meant."""
    needs_diagnostics: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One action."""

    kind: Kind
    group: Group
    gives: Gives
    title: str
    """With `{what}` for the lines that are meant."""
    scopes: tuple[Scope, ...]
    """What it can be asked for."""
    limit: Limit
    context_tokens: int
    """Of the file around the lines."""
    outputs: tuple[tuple[Form, Output], ...]
    """For each form of an answer."""
    write: Callable[[Job], Wording]
    choices: tuple[Choice, ...] = ()
    effort: Effort = Effort.OFF
    is_automatic: bool = False
    """Whether it is offered without being asked for, where there is a problem."""
    needs_diagnostics: bool = False
    """Whether it is offered only where there is a problem."""
    needs_instruction: bool = False
    """Whether the person must say something."""
    is_whole_symbol: bool = False
    """Whether it takes the function around a selection."""

    def output(self, form: Form) -> Output:
        """Return how much is written in `form`."""
        return next((output for key, output in self.outputs if key is form), self.outputs[0][1])


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
        write=fix.write,
        is_automatic=True,
        needs_diagnostics=True,
        is_whole_symbol=True,
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
        write=ask.write,
        needs_instruction=True,
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
        write=review.write,
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
        write=audit.write,
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
