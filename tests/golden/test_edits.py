"""What becomes of models' replies: `edits/*.md`.

Settings of a file: `language`, and where there is one `action` (else it is a fix), `choice`, `instruction` and
`problem` (a line, from 1). The document is
`before`, with the lines that are meant between ⟦ and ⟧, which stand on lines of their own. `after` is the document as
it would be, or why the reply is not used.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.scenario import Scenario, check_last_block, read_scenario
from tierlsp.actions.catalogue import action_of
from tierlsp.actions.edits import Change, apply_edit, file_edit
from tierlsp.actions.job import Job
from tierlsp.actions.reading import Form, NothingToDo, ReplyError, read_edit
from tierlsp.actions.scope import Target
from tierlsp.actions.types import ActionRequest, Diagnostic, Document, Place, Span
from tierlsp.actions.verify import verify
from tierlsp.routing.facts import Kind, Scope

FILES = sorted((Path(__file__).parent / "edits").glob("*.md"))


def job_of(scenario: Scenario) -> Job:
    settings = scenario.settings()
    lines = scenario.block("before").split("\n")
    first, end = lines.index("⟦"), lines.index("⟧") - 1
    kept = tuple(line for line in lines if line not in ("⟦", "⟧"))
    path = Path("/project/file")
    document = Document(path.as_uri(), path, settings["language"], 1, kept)
    problems = ()
    if "problem" in settings:
        line = int(settings["problem"]) - 1
        problems = (Diagnostic(Span(Place(line, 0), Place(line, 1)), "a problem"),)
    request = ActionRequest(
        run="", kind=Kind(settings.get("action", "fix")), document=document,
        span=Span(Place(first, 0), Place(first, 0)), root=None, diagnostics=problems,
        instruction=settings.get("instruction", ""), choice=settings.get("choice", ""),
    )  # fmt: skip
    return Job(request, Target(Scope.SELECTION, first, end))


def outcome_of(job: Job, reply: str, form: Form | None = None) -> str:
    """Return the document after `reply`, or why it is not used."""
    try:
        read = read_edit(reply, job.lines, form or job.form, fence=job.fence, restore=lambda text: text)
    except ReplyError as error:
        return f"refused: {error}"
    if isinstance(read, NothingToDo):
        return f"nothing: {read.reason}"
    verified = verify(job, read, action_of(job.request.kind).bounds(job))
    if verified.failed is not None:
        return f"refused by {verified.failed.check}: {verified.failed.text}"
    document = job.request.document
    edit = file_edit(document, [Change(0, len(document.lines), verified.lines)])
    assert apply_edit(edit) == verified.lines
    return "\n".join(verified.lines)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_golden(path: Path, update: bool) -> None:
    scenario = read_scenario(path)
    form = scenario.settings().get("form")
    actual = outcome_of(job_of(scenario), scenario.block("reply"), Form(form) if form else None)
    check_last_block(scenario, actual, update=update)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_reply_cut_anywhere_is_refused_or_says_the_same(path: Path) -> None:
    """**Law:** an answer is used whole or not at all."""
    scenario = read_scenario(path)
    form = scenario.settings().get("form")
    job, reply = job_of(scenario), scenario.block("reply")
    whole = outcome_of(job, reply, Form(form) if form else None)
    for end in range(len(reply)):
        cut = outcome_of(job, reply[:end], Form(form) if form else None)
        if not cut.startswith(("refused", "nothing")):
            assert cut == whole or whole.startswith("refused"), f"cut at {end}"
            if cut != whole:
                # What came behind is why the whole is refused: then no cut may make an edit of it.
                pytest.fail(f"cut at {end}, it passes: {cut}")
