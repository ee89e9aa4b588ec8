"""The parts of one run under way, and the one place where it asks a model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from tierlsp.actions.course import Course, money
from tierlsp.actions.plan import Plan
from tierlsp.actions.ports import Routed, Way
from tierlsp.actions.types import RunProgress
from tierlsp.errors import TierlspError
from tierlsp.privacy.outbound import Part
from tierlsp.routing.calls import Answered, Attempt, Break, Call, Piece
from tierlsp.routing.decision import Decision

OnProgress = Callable[[RunProgress], None]


@dataclass(frozen=True, slots=True)
class Work:
    """One run's parts."""

    plan: Plan
    routed: Routed
    way: Way
    course: Course
    report: OnProgress

    def question(
        self,
        answer: Literal["text", "edit"],
        *,
        parts: tuple[Part, ...] | None = None,
        decision: Decision | None = None,
        max_output_tokens: int | None = None,
        is_escalation: bool = False,
    ) -> Call:
        """Return a call of this run. What is not given is as the run was planned.

        Args:
            answer: whether it is shown as it comes, or used only when it is whole.
            parts: the prompt.
            decision: who is asked.
            max_output_tokens: the most that may be written.
            is_escalation: whether it repeats work of a call whose answer was of no use.
        """
        plan = self.plan
        return Call(
            run=plan.request.run,
            kind=plan.request.kind,
            decision=decision or self.routed.decision,
            parts=plan.parts if parts is None else parts,
            max_output_tokens=plan.facts.max_output_tokens if max_output_tokens is None else max_output_tokens,
            max_usd=plan.request.max_usd,
            answer=answer,
            effort=plan.action.effort,
            is_escalation=is_escalation,
        )

    async def call(self, call: Call, on_piece: Callable[[Piece | Break], None] | None = None) -> Answered:
        """Make a call and return its answer, telling how far it is.

        Raises:
            CallFailed: there is no answer.
            NeedsConsent: a cloud model would be asked, and nobody has said yet.
        """
        try:
            async with aclosing(self.way.caller.call(call)) as events:
                async for event in events:
                    if isinstance(event, Attempt):
                        self.course.begins(event)
                        self.report(RunProgress(_asking(event)))
                    elif isinstance(event, Answered):
                        self.course.answered(event)
                        return event
                    elif on_piece is not None:
                        on_piece(event)
        except asyncio.CancelledError:
            self.course.cut_off(self.way.caller.spent_usd)
            raise
        raise TierlspError(f"{self.course.model or 'the model'} gave no answer; try again")


def _asking(attempt: Attempt) -> str:
    price = "" if attempt.max_usd == 0 else f", at most {money(attempt.max_usd)}"
    after = f"{attempt.after}; " if attempt.after else ""
    return f"{after}asking {attempt.model} ({attempt.tier}{price})"
