"""The parts of one run under way, and the one place where it asks a model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from tierlsp.actions.course import Course, money
from tierlsp.actions.plan import Plan
from tierlsp.actions.ports import Routed, Way
from tierlsp.actions.types import RunProgress
from tierlsp.errors import TierlspError
from tierlsp.routing.calls import Answered, Attempt, Break, Call, Piece

OnProgress = Callable[[RunProgress], None]


@dataclass(frozen=True, slots=True)
class Work:
    """One run's parts."""

    plan: Plan
    routed: Routed
    way: Way
    course: Course
    report: OnProgress

    async def call(self, call: Call, on_piece: Callable[[Piece | Break], None] | None = None) -> Answered:
        """Make a call and return its answer, telling how far it is.

        Raises:
            CallFailed: there is no answer.
            NeedsConsent: a cloud model would be asked, and nobody has said yet.
        """
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
        raise TierlspError(f"{self.course.model or 'the model'} gave no answer; try again")


def _asking(attempt: Attempt) -> str:
    price = "" if attempt.max_usd == 0 else f", at most {money(attempt.max_usd)}"
    after = f"{attempt.after}; " if attempt.after else ""
    return f"{after}asking {attempt.model} ({attempt.tier}{price})"
