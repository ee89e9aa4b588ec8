"""Reviews: in parts inside the caps, honest where not all was judged, and nothing is paid for twice."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.actions.runs import (
    Answer,
    FakeMemory,
    bench_of,
    decision_of,
    document_of,
    failed,
    problem,
    request_of,
)
from tierlsp.actions.finding_memory import family_of
from tierlsp.actions.review import CHUNK_TOKENS
from tierlsp.actions.types import ActionRequest, Document, LineRange, Portion, RunOutcome, RunResult
from tierlsp.actions.units import units_of_portion
from tierlsp.backends.chat import Finish
from tierlsp.routing.estimate import tokens_in_messages
from tierlsp.routing.facts import Kind, Scope

FOUND = json.dumps(
    {
        "severity": "error",
        "category": "bug",
        "confidence": 80,
        "file": "area.py",
        "line": 2,
        "evidence": "    return 3.14 * raduis ** 2",
        "message": "the name of the parameter is spelt another way",
    }
)
REPLY = f"{FOUND}\nEND"


def review(**changes: object) -> ActionRequest:
    return request_of(Kind.REVIEW, **({"diagnostics": (), "scope": Scope.FILE} | changes))


def shown(result: RunResult) -> list[str]:
    return [finding.message for each in result.findings for finding in each.findings]


async def test_findings_carry_what_a_person_needs() -> None:
    bench = bench_of(Answer(REPLY))
    result = await bench.run(review())
    assert result.outcome is RunOutcome.DONE
    [each] = result.findings
    [finding] = each.findings
    assert finding.span.start.line == 1
    assert result.document is not None and "spelt another way" in result.document
    assert "1 error" in result.message
    assert result.usd == Decimal("0.001")


async def test_nothing_found_is_nothing() -> None:
    result = await bench_of(Answer("END")).run(review())
    assert (result.outcome, shown(result), result.document) == (RunOutcome.NOTHING, [], None)


async def test_the_second_review_of_the_same_text_asks_nobody() -> None:
    memory = FakeMemory()
    first = await bench_of(Answer(REPLY), memory=memory).run(review())
    again = bench_of(memory=memory)
    result = await again.run(review())
    assert again.caller.calls == []
    assert shown(result) == shown(first)
    assert result.usd == 0


async def test_a_function_that_moved_is_known_and_one_that_changed_is_asked_about() -> None:
    memory = FakeMemory()
    await bench_of(Answer(REPLY), memory=memory).run(review())
    text = "# a new line\n\ndef area(radius):\n    return 3.14 * raduis ** 2\n\n\ndef other():\n    return area(2)\n"
    bench = bench_of(Answer("END"), memory=memory)
    result = await bench.run(review(document=document_of(text)))
    [call] = bench.caller.calls
    said = call.parts[1].text.partition("To judge")[2]
    assert "area(2)" in said
    assert "raduis" not in said
    [finding] = result.findings[0].findings
    assert finding.span.start.line == 3


async def test_another_model_is_asked_but_a_newer_date_of_the_same_is_not() -> None:
    assert family_of("anthropic/claude-opus-4-20250514") == family_of("openrouter/anthropic/claude-opus-4")
    memory = FakeMemory()
    await bench_of(Answer(REPLY), memory=memory).run(review())
    other = decision_of(models=("deepseek/other",), higher=())
    bench = bench_of(Answer(REPLY), memory=memory, decision=other)
    await bench.run(review())
    assert len(bench.caller.calls) == 1


async def test_what_was_dismissed_stays_away_until_its_code_changes() -> None:
    memory = FakeMemory()
    first = await bench_of(Answer(REPLY), memory=memory).run(review())
    memory.dismissed.add(first.findings[0].findings[0].fingerprint)
    result = await bench_of(memory=memory).run(review())
    assert shown(result) == []
    assert "dismissed" in result.message
    moved = document_of("import os\n\n\n" + "\n".join(review().document.lines))
    result = await bench_of(Answer(REPLY), memory=memory).run(review(document=moved))
    assert shown(result) == []


async def test_what_a_linter_said_is_left_out_and_told_to_the_model() -> None:
    bench = bench_of(Answer(REPLY))
    result = await bench.run(review(diagnostics=(problem(1, "parameter name spelt another way"),)))
    assert shown(result) == []
    assert "parameter name spelt another way" in bench.caller.calls[0].parts[1].text


@pytest.mark.parametrize("answer", [Answer(REPLY, finish=Finish.LENGTH), Answer("END", finish=Finish.REFUSAL)])
async def test_an_answer_that_was_cut_or_declined_is_not_remembered_and_not_asked_for_again(answer: Answer) -> None:
    memory = FakeMemory()
    bench = bench_of(answer, memory=memory)
    result = await bench.run(review())
    assert result.outcome is RunOutcome.FAILED
    assert "0 of 1 parts were judged" in result.message
    assert memory.units == {} and len(bench.caller.calls) == 1


UNREADABLE = [Answer("I looked at it, and all is well."), Answer(FOUND)]


@pytest.mark.parametrize("kind", [Kind.REVIEW, Kind.AUDIT])
@pytest.mark.parametrize("answer", UNREADABLE)
async def test_an_answer_that_cannot_be_read_is_asked_for_once_more_and_told_why(answer: Answer, kind: Kind) -> None:
    memory = FakeMemory()
    bench = bench_of(answer, Answer(REPLY), memory=memory)
    result = await bench.run(replace(review(max_usd=Decimal("0.01")), kind=kind))
    assert result.outcome is RunOutcome.DONE and len(shown(result)) == 1
    assert memory.units and result.usd == Decimal("0.002")
    first, second = bench.caller.calls
    assert second.parts[: len(first.parts)] == first.parts
    assert [part.role for part in second.parts[-2:]] == ["assistant", "user"]
    assert second.parts[-2].text == answer.text
    assert result.tried[0].partition(": ")[2] in second.parts[-1].text
    assert ("security|errors|concurrency" in second.parts[-1].text) is (kind is Kind.AUDIT)
    assert second.decision.candidates == (first.decision.model,) and second.decision.higher == ()
    assert second.is_escalation and second.max_usd == Decimal("0.01")
    assert second.max_output_tokens == first.max_output_tokens


@pytest.mark.parametrize("answer", UNREADABLE)
async def test_a_part_that_cannot_be_read_twice_is_not_judged_and_not_asked_a_third_time(answer: Answer) -> None:
    memory = FakeMemory()
    bench = bench_of(answer, answer, memory=memory)
    result = await bench.run(review())
    assert result.outcome is RunOutcome.FAILED
    assert "0 of 1 parts were judged" in result.message
    assert memory.units == {} and len(bench.caller.calls) == 2
    # What stands in an answer without an end is shown all the same, each remark once.
    assert len(shown(result)) == (answer.text == FOUND)


async def test_what_the_second_answer_says_counts_and_not_the_first() -> None:
    bench = bench_of(Answer(FOUND), Answer("END"))
    result = await bench.run(review())
    assert (result.outcome, shown(result)) == (RunOutcome.NOTHING, [])


async def test_asking_again_that_would_pass_the_price_leaves_the_part_unjudged() -> None:
    bench = bench_of(Answer("no"), Answer(fails=failed("budget", "it could cost up to $0.5")))
    result = await bench.run(review())
    assert result.outcome is RunOutcome.OVER_BUDGET
    assert "0 of 1 parts were judged (it could cost up to $0.5)" in result.message
    assert result.usd == Decimal("0.001")


async def test_only_the_part_that_cannot_be_read_is_paid_for_again_and_after_all_others() -> None:
    memory = FakeMemory()
    portions = long_diff()
    bench = bench_of(Answer("no"), *[Answer("END")] * 40, memory=memory)
    result = await bench.run(diff_review(portions))
    calls = bench.caller.calls
    assert result.outcome is RunOutcome.NOTHING
    assert len(calls) == bench.router.asked[-1].calls + 1
    assert [call.is_escalation for call in calls] == [False] * (len(calls) - 1) + [True]
    assert calls[-1].parts[: len(calls[0].parts)] == calls[0].parts
    again = bench_of(memory=memory)
    assert (await again.run(diff_review(portions))).outcome is RunOutcome.NOTHING
    assert again.caller.calls == []


async def test_a_part_that_was_cut_keeps_no_other_from_being_asked_again() -> None:
    bench = bench_of(Answer("END", finish=Finish.LENGTH), Answer("no"), *[Answer("END")] * 40)
    result = await bench.run(diff_review(long_diff()))
    count = bench.router.asked[-1].calls
    assert f"only {count - 1} of {count} parts were judged" in result.message
    assert len(bench.caller.calls) == count + 1


# ------------------------------------------------------------------ long diffs


def long_file(name: str, functions: int) -> Document:
    lines: list[str] = []
    for number in range(functions):
        lines += [f"def task_{number}(items, limit):"]
        lines += [
            f"    total_{step} = sum(item.value_{step} for item in items) * {number} % {name[-4]}" for step in range(17)
        ]
        lines += [f"    return total_{number % 17}", ""]
    return document_of("\n".join(lines), name=name)


def long_diff(*, changed: int | None = None) -> tuple[Portion, ...]:
    """Five new files of 400 lines: 2,000 lines of a diff. `changed` is a function of the first that is other."""
    documents = [long_file(f"part{number}.py", 20) for number in range(5)]
    if changed is not None:
        lines = list(documents[0].lines)
        at = lines.index(f"def task_{changed}(items, limit):")
        lines[at + 1] = "    total_0 = 7"
        documents[0] = replace(documents[0], lines=tuple(lines))
    return tuple(Portion(each, (LineRange(0, len(each.lines)),)) for each in documents)


def diff_review(portions: tuple[Portion, ...], **more: object) -> ActionRequest:
    return review(document=portions[0].document, portions=portions, scope=Scope.FILES, **more)


async def test_a_diff_of_2000_lines_goes_in_parts_and_the_second_run_pays_for_what_changed() -> None:
    memory = FakeMemory()
    portions = long_diff()
    bench = bench_of(*[Answer("END")] * 40, memory=memory)
    result = await bench.run(diff_review(portions))
    calls = bench.caller.calls
    assert result.outcome is RunOutcome.NOTHING
    assert 3 <= len(calls) <= 14
    # One price for all of it was asked for beforehand, and no call is longer than what it was asked for.
    facts = bench.router.asked[-1]
    assert facts.calls == len(calls)
    for call in calls:
        length = tokens_in_messages([part.text for part in call.parts])
        assert length.highest <= facts.highest_prompt_tokens
        assert length.likely <= CHUNK_TOKENS * 1.6
    assert result.usd == Decimal("0.001") * len(calls)
    sent = "\n".join(part.text for call in calls for part in call.parts)
    assert all(sent.count(f"`part{number}.py`:") for number in range(5))
    # Progress says how far it is.
    assert next(news.percent for news in bench.news if news.percent is not None) == 0

    again = bench_of(memory=memory)
    assert (await again.run(diff_review(portions))).outcome is RunOutcome.NOTHING
    assert again.caller.calls == []

    third = bench_of(Answer("END"), memory=memory)
    await third.run(diff_review(long_diff(changed=3)))
    [call] = third.caller.calls
    judged = "".join(part.text for part in call.parts).partition("To judge")[2]
    assert "def task_3(" in judged
    assert "def task_4(" not in judged


async def test_where_the_cap_is_reached_what_was_found_so_far_is_shown_and_said_to_be_a_part() -> None:
    memory = FakeMemory()
    portions = long_diff()
    quoted = json.dumps(
        {"evidence": "def task_0(items, limit):", "message": "no check of the limit", "file": "part0.py"}
    )
    answers = [Answer(f"{quoted}\nEND"), Answer("END"), Answer(fails=failed("budget", "it could cost up to $0.5"))]
    bench = bench_of(*answers, memory=memory)
    result = await bench.run(diff_review(portions))
    assert result.outcome is RunOutcome.OVER_BUDGET
    assert shown(result) == ["no check of the limit"]
    assert "only 2 of" in result.message
    assert "$0.5" in result.message
    assert result.usd == Decimal("0.002")
    # What was paid for is not paid for again.
    rest = bench_of(*[Answer("END")] * 40, memory=memory)
    await rest.run(diff_review(portions))
    assert len(rest.caller.calls) == bench.router.asked[-1].calls - 2


async def test_a_failure_of_the_first_part_is_the_end_of_the_run() -> None:
    result = await bench_of(Answer(fails=failed("offline", "nobody answered"))).run(diff_review(long_diff()))
    assert (result.outcome, result.findings) == (RunOutcome.FAILED, ())


async def test_cancelling_between_parts_keeps_what_was_paid_for() -> None:
    memory = FakeMemory()
    bench = bench_of(Answer("END"), Answer(hangs=True), memory=memory)
    task = asyncio.ensure_future(bench.run(diff_review(long_diff())))
    while len(bench.caller.calls) < 2:
        await asyncio.sleep(0)
    task.cancel()
    result = await task
    assert result.outcome is RunOutcome.CANCELLED
    assert bench.caller.running == 0
    assert memory.units


async def test_a_model_with_a_small_window_gets_smaller_parts() -> None:
    bench = bench_of(*[Answer("END")] * 200)
    shut = replace(bench.router.routed, decision=replace(decision_of(), candidates=()), room_tokens=3_000)
    open_ = bench.router.routed
    lengths: list[int] = []

    async def route(request: ActionRequest, facts) -> object:
        lengths.append(facts.prompt_tokens)
        return shut if facts.prompt_tokens > 3_000 else open_

    bench.router.route = route
    result = await bench.run(diff_review(long_diff()))
    assert result.outcome is RunOutcome.NOTHING
    assert len(bench.caller.calls) > 10
    assert lengths[-1] <= 3_000


# ------------------------------------------------------------------ what of a change is sent


def test_a_change_is_judged_with_the_function_around_it() -> None:
    document = document_of("import os\n\n\ndef a():\n    x = 1\n    return x\n\n\ndef b():\n    return 2\n")
    [unit] = units_of_portion(Portion(document, (LineRange(4, 5, ("    x = 0",)),)))
    assert (unit.first, unit.end, unit.changed, unit.removed) == (3, 6, (4,), ("    x = 0",))


def test_two_changes_in_one_function_are_one_piece() -> None:
    document = long_file("a.py", 3)
    [unit] = units_of_portion(Portion(document, (LineRange(2, 3), LineRange(6, 8))))
    assert unit.changed == (2, 6, 7)


def test_no_part_of_a_key_is_sent() -> None:
    key = ["-----BEGIN RSA PRIVATE KEY-----", *["MIIE" * 10] * 30, "-----END RSA PRIVATE KEY-----"]
    document = document_of("\n".join(["a = 1", *key, "b = 2"]))
    [unit] = units_of_portion(Portion(document, (LineRange(15, 16, ("MIIEold",)),)))
    assert unit.lines[0] in ("a = 1", key[0])
    assert key[-1] in unit.lines
    [unit] = units_of_portion(Portion(document_of("b = 2"), (LineRange(0, 0, tuple(key[:5])),)))
    assert unit.removed == ()


def test_lines_past_the_end_do_no_harm() -> None:
    document = document_of("a = 1\nb = 2")
    [unit] = units_of_portion(Portion(document, (LineRange(90, 95, ("x",)),)))
    assert unit.end <= 2
