"""Actions of the person's own, from `[actions.NAME]` of config.toml, with the gate, checks and prices of all others."""

from __future__ import annotations

from tierlsp.actions.action import Action, Gives, Group, Output
from tierlsp.actions.answer_form import answer_form
from tierlsp.actions.catalogue import action_of
from tierlsp.actions.fences import fenced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import problems_text, where
from tierlsp.actions.reading import Form
from tierlsp.actions.scope import Limit
from tierlsp.actions.shares import Shares
from tierlsp.actions.types import ActionRequest, OwnAction
from tierlsp.errors import TierlspError
from tierlsp.routing.facts import Kind, Scope

_EDIT_RULES = """\
You change code as the person says, and nothing besides. Keep names, signatures, comments and style as they are unless
the task is about them. Never leave code out: what you write replaces what was there.
If there is nothing to change, answer with one line: NOTHING: and the reason."""

_TEXT_RULES = """\
You answer a programmer's request about the code that is shown. Say nothing that the code does not show.
Answer in Markdown, as short as the request allows. Put code in fences. Write no links, no images and no HTML."""


def row_of(request: ActionRequest) -> Action:
    """Return what the catalogue says of the action that is asked for, or what follows from the person's own words.

    Raises:
        UnknownAction: it is not on offer.
    """
    if request.kind is not Kind.OWN:
        return action_of(request.kind)
    if request.own is None:
        raise TierlspError("there is no such action; those of your own stand in config.toml under [actions.NAME]")
    return own_row(request.own)


def own_row(own: OwnAction) -> Action:
    """Return the row of an action of the person's own."""
    scopes = (Scope.SELECTION, Scope.SYMBOL, Scope.CLASS, Scope.FILE)
    if own.gives_edit:
        return Action(
            kind=Kind.OWN,
            group=Group.REWRITE,
            gives=Gives.EDIT,
            title=own.title.replace("{", "{{").replace("}", "}}"),
            scopes=scopes,
            limit=Limit(lines=600, chars=30_000),
            context_tokens=6_000,
            outputs=(
                (Form.WHOLE, Output(likely=80, most=1_000, likely_share=1.1, most_share=2.0)),
                (Form.BLOCKS, Output(likely=600, most=3_000, likely_share=0.3, most_share=1.0)),
            ),
            shares=Shares(conventions=1_000, definitions=2_500),
            write=write,
            done=f"did {own.name} in {{file}}",
        )
    return Action(
        kind=Kind.OWN,
        group=Group.EXPLAIN,
        gives=Gives.TEXT,
        title=own.title.replace("{", "{{").replace("}", "}}"),
        scopes=scopes,
        limit=Limit(lines=1_500, chars=60_000),
        context_tokens=6_000,
        outputs=((Form.WHOLE, Output(likely=450, most=2_000)),),
        shares=Shares(definitions=2_500, callers=1_000),
        write=write,
    )


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    request, own = job.request, job.request.own
    assert own is not None
    words = request.instruction.strip()
    added = f"\n\nThe person adds: {words}" if words else ""
    problems = f"\n\n{problems_text(job)}" if request.diagnostics else ""
    code = fenced(job.lines, request.document.language, job.fence)
    task = f"This is wanted for {where(job)}: {own.prompt}{added}{problems}\n\nThe code:\n{code}"
    if not own.gives_edit:
        return Wording(_TEXT_RULES, task)
    return Wording(_EDIT_RULES, f"{task}\n\n{answer_form(job, 'the code')}")
