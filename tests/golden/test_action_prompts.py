"""The whole prompts of actions: `action_prompts/*.md`.

Settings of a file: `action`, and where there is one `language`, `path`, `choice`, `instruction`, `lines` (repeats of
the first line of `before` above it, to make a long file), `refused` (why the `reply` is not used), `above` (why others'
were not), `changed` (lines that a change wrote, `4-5`), `removed` (what stood there) and `extent` (for `changes`, the
files of `workspace` that are no rules are new ones). `before` is the document, with ⟦ and ⟧ around the selection or █
at the cursor; `problems` has lines `line: severity: message`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.golden.scenario import Scenario, check_last_block, read_scenario
from tests.unit.actions.runs import decision_of
from tierlsp.actions.catalogue import ACTIONS, Gives
from tierlsp.actions.commit import diffs_in
from tierlsp.actions.excerpts import chosen, excerpts_of
from tierlsp.actions.finding_memory import Remembered
from tierlsp.actions.plan import Known, Plan, make_plan, wanted_of
from tierlsp.actions.prompts import escalated_parts, repair_parts
from tierlsp.actions.survey import survey_of
from tierlsp.actions.types import ActionRequest, Diagnostic, Document, Extent, LineRange, Place, Portion, Severity, Span
from tierlsp.actions.workspace import CONFIG_FILES, CONVENTION_FILES, Sample, Wanted, is_test_path
from tierlsp.privacy.outbound import Part
from tierlsp.routing.facts import Kind
from tierlsp.text.language_ids import language_id_of

NAMED = (*CONVENTION_FILES, *CONFIG_FILES)

FILES = sorted((Path(__file__).parent / "action_prompts").glob("*.md"))


def place_of(text: str, mark: str) -> Place:
    before = text.partition(mark)[0]
    for other in "⟦⟧█":
        before = before.replace(other, "")
    return Place(before.count("\n"), len(before.rpartition("\n")[2]))


def plan_of(scenario: Scenario) -> Plan:
    settings = scenario.settings()
    text = scenario.block("before")
    repeats = int(settings.get("lines", "0"))
    marks = "⟦⟧" if "⟦" in text else "██"
    start, end = place_of(text, marks[0]), place_of(text, marks[1])
    if marks == "██":
        end = start
    clean = text.replace("⟦", "").replace("⟧", "").replace("█", "")
    clean = (clean.partition("\n")[0] + "\n") * repeats + clean
    problems = []
    for line in scenario.blocks.get("problems", "").splitlines():
        number, severity, message = line.split(": ", 2)
        at = Place(int(number) - 1 + repeats, 0)
        problems.append(Diagnostic(Span(at, Place(at.line, 1)), message, Severity(severity), "E1", "tool"))
    path = Path("/project") / settings.get("path", "src/app.py")
    document = Document(path.as_uri(), path, settings.get("language", "python"), 1, tuple(clean.split("\n")))
    span = Span(Place(start.line + repeats, start.column), Place(end.line + repeats, end.column))
    request = ActionRequest(
        run="", kind=Kind(settings["action"]), document=document, span=span, root=Path("/project"),
        diagnostics=tuple(problems), choice=settings.get("choice", ""), instruction=settings.get("instruction", ""),
    )  # fmt: skip
    known = Known(listing=tuple(settings.get("listing", "").split()))
    if settings.get("extent") == "changes":
        first, end = map(int, settings["changed"].split("-"))
        new = sample_of(scenario, Wanted())
        portions = [Portion(document, (LineRange(first - 1, end, (settings.get("removed", ""),)),))]
        portions += [Portion(each, (LineRange(0, len(each.lines)),)) for each in (new.files if new is not None else ())]
        request = replace(request, extent=Extent.CHANGES, portions=tuple(portions))
    sample = sample_of(scenario, wanted_of(make_plan(request, known)))
    return make_plan(request, replace(known, sample=sample))


def sample_of(scenario: Scenario, wanted: Wanted) -> Sample | None:
    """Return the workspace of the block `workspace`: each file below a line `━━ path`."""
    if "workspace" not in scenario.blocks:
        return None
    files = []
    for piece in scenario.block("workspace").split("━━ ")[1:]:
        name, _, text = piece.partition("\n")
        path = Path("/project") / name
        language = language_id_of(path.name)
        files.append((name, Document(path.as_uri(), path, language, None, tuple(text.rstrip("\n").split("\n")))))
    return Sample(
        files=tuple(each for name, each in files if not is_test_path(name) and name not in NAMED),
        tests=tuple(each for name, each in files if is_test_path(name)),
        conventions=tuple(each for name, each in files if name in CONVENTION_FILES),
        excerpts=chosen([found for name, each in files for found in excerpts_of(each, name, wanted)], wanted),
        configs=tuple(each for name, each in files if name in CONFIG_FILES),
        paths=tuple(name for name, _ in files),
    )


def sample_files(scenario: Scenario) -> tuple[Document, ...]:
    sample = sample_of(scenario, Wanted())
    return (*sample.files, *sample.tests, *sample.conventions) if sample is not None else ()


def shown(parts: tuple[Part, ...]) -> str:
    return "\n".join(
        f"━━ {part.role}{' · stable' if part.is_stable else ''}{f' · {part.path}' if part.path else ''}\n{part.text}"
        for part in parts
    )


def parts_in(scenario: Scenario) -> tuple[Part, ...]:
    plan = plan_of(scenario)
    settings = scenario.settings()
    if "refused" in settings:
        return repair_parts(plan.parts, plan.job, scenario.block("reply"), settings["refused"])
    if "above" in settings:
        return escalated_parts(plan.parts, plan.job, settings["above"])
    if plan.action.gives is Gives.FINDINGS:
        return reviewed(plan, settings)
    return plan.parts


def reviewed(plan: Plan, settings: dict[str, str]) -> tuple[Part, ...]:
    """The first call of a review."""
    if "changed" in settings:
        document, removed = plan.request.document, settings.get("removed")
        first, end = map(int, settings["changed"].split("-"))
        change = LineRange(first - 1, end, (removed,) if removed else ())
        plan = replace(
            plan, job=replace(plan.job, request=replace(plan.request, portions=(Portion(document, (change,)),)))
        )
    return survey_of(plan, decision_of(), Remembered(), None).prompts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_golden(path: Path, update: bool) -> None:
    scenario = read_scenario(path)
    check_last_block(scenario, shown(parts_in(scenario)), update=update)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_part_with_a_files_text_says_which_file(path: Path) -> None:
    """The gate excludes and restores by it."""
    scenario = read_scenario(path)
    plan = plan_of(scenario)
    lines = {line.strip() for line in plan.request.document.lines if len(line.strip()) > 12}
    for part in parts_in(scenario):
        if any(line in part.text for line in lines):
            assert part.path is not None
        if part.path is not None and part.path != plan.request.document.path:
            others = {each.path for each in plan.job.files} | {each.path for each in sample_files(scenario)}
            # A diff is of many files, and each is looked at by its own path.
            of_diff = {Path("/project") / each.path for each in diffs_in(plan.request.document.lines)}
            assert part.path in others | of_diff
        if part.role == "system":
            assert part.path is None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_stays_the_same_comes_first(path: Path) -> None:
    stable = [part.is_stable for part in parts_in(read_scenario(path))]
    assert stable == sorted(stable, reverse=True)


def test_two_places_of_one_file_have_the_same_beginning() -> None:
    """So that a provider's prompt cache has read it already."""
    lines = tuple(f"def f{number}():\n    return {number}\n" for number in range(900))
    document = Document("file:///a.py", Path("/a.py"), "python", 1, tuple("\n".join(lines).split("\n")))
    found = []
    for line in (1201, 1204):
        at = Place(line, 4)
        request = ActionRequest("", Kind.EXPLAIN, document, Span(at, at), None)
        found.append(make_plan(request, Known()).parts)
    assert found[0][:-1] == found[1][:-1] and found[0][-1] != found[1][-1]
    assert len(found[0]) == 3


def test_every_action_has_a_golden_prompt() -> None:
    assert {read_scenario(path).settings()["action"] for path in FILES} == {action.kind.value for action in ACTIONS}
